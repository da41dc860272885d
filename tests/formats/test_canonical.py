import math

import pytest

from portal.formats.canonical import canonical_json


def test_keys_are_ordered_and_nothing_is_spaced() -> None:
    """Order of insertion leaves no trace."""
    assert canonical_json({"b": [1, True, None], "a": "é"}) == '{"a":"é","b":[1,true,null]}'.encode()
    assert canonical_json({"a": 1, "b": 2}) == canonical_json({"b": 2, "a": 1})


def test_keys_are_ordered_by_utf_16() -> None:
    """The order is that of RFC 8785, in which a surrogate pair comes before U+FB33."""
    expected = '{"\u20ac":1,"\U0001f600":2,"\ufb33":3}'.encode()
    assert expected == canonical_json({"\ufb33": 3, "\U0001f600": 2, "\u20ac": 1})


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", b"bytes", {1: "key"}, object()])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    """A value that two programs might write in two ways raises ValueError."""
    with pytest.raises(ValueError):
        canonical_json(value)
