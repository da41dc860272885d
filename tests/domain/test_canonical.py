"""The trail's canonical JSON is that of RFC 8785, whichever way it is made."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.canonical import canonical

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['\x00\x1f\x7f\u2028"\\/\b\f\n\r\t', "é", "\U0001f600", "\ufffd"]
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS | st.floats(allow_nan=False, width=32)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_every_value_is_written_as_the_standard_has_it(value: object) -> None:
    """The quick way and the library's write the same bytes."""
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError:
        with pytest.raises(ValueError):
            canonical(value)
    else:
        assert expected == canonical(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), "\ud800", {"a": {"b": ["\udfff"]}}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    """Numbers beyond what is exact everywhere, and halves of characters."""
    with pytest.raises(ValueError):
        canonical(value)
