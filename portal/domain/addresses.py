"""What is typed of people and agencies: addresses in the one form in which an account is known, names, codes."""

import re

from portal.domain.errors import Refused
from schemas.texts import say

LONGEST = 254
LONGEST_NAME = 100
LONGEST_CODE = 40
_CODE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
# Without what a mail header would read as more than one address.
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\\x00-\x1f\x7f]+@[^\s@,;:<>()\[\]\"\\\x00-\x1f\x7f]+")


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
        raise Refused(say("Enter an email address in the correct format, like name@example.com"), "email")
    return address


def check_name(raw: str) -> str:
    """Return a person's or an agency's name, trimmed. Raises Refused (blank, over 100 characters, line breaks)."""
    name = raw.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(say("Give a name of 1 to {most} characters on one line.", most=LONGEST_NAME), "name")
    return name


def check_code(raw: str) -> str:
    """Return a code that can also name a folder: letters, digits and single hyphens. Raises Refused."""
    if len(raw) > LONGEST_CODE or not _CODE.fullmatch(raw):
        raise Refused(
            say("Give a code of up to {most} letters, digits and single hyphens, such as RAA-2023.", most=LONGEST_CODE),
            "code",
        )
    return raw
