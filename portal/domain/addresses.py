"""Email addresses: the one form in which an account is known by its address."""

import re

from portal.domain.errors import Refused

LONGEST = 254
_ADDRESS = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")


def known_form(raw: str) -> str | None:
    """Return the address trimmed and without capitals, or None if it is none: no line breaks, at most 254 characters.

    Whether it exists only a delivered mail can tell, so that little is asked of it here.
    """
    address = raw.strip().casefold()
    good = len(address) <= LONGEST and _ADDRESS.fullmatch(address) and address.isprintable()
    return address if good else None


def check_address(raw: str) -> str:
    """Return the address in its known form. Raises Refused."""
    address = known_form(raw)
    if address is None:
        raise Refused("Enter an email address in the correct format, like name@example.com", "email")
    return address
