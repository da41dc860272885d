"""Email addresses are known in one form."""

import pytest

from portal.domain.addresses import check_address, known_form
from portal.domain.errors import Refused


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(" Ann@Example.ORG\n", "ann@example.org"), ("a+b.c@d.e", "a+b.c@d.e"), ("x" * 242 + "@example.org", None)],
)
def test_an_address_is_trimmed_and_without_capitals(raw: str, expected: str | None) -> None:
    """The longest address has 254 characters."""
    assert (expected or raw) == check_address(raw)


@pytest.mark.parametrize(
    "raw",
    [
        *("", "nobody", "a@b@c", "@example.org", "ann@", "a b@example.org", "a\nb@example.org", "a\0b@example.org"),
        *("a\u2028b@example.org", "a\ud800@example.org", "x" * 243 + "@example.org"),
    ],
)
def test_what_is_no_address_is_refused(raw: str) -> None:
    """Nothing that could end a mail's header, or that a database refuses, is taken for one."""
    assert None is known_form(raw)
    with pytest.raises(Refused, match="email address"):
        check_address(raw)
