"""What the registers hold for the A1 form alone: the days that it covers, authorities' codes, words of case numbers."""

import re
from datetime import date
from typing import Final

from portal.domain.errors import Refused
from portal.domain.times import say_date
from schemas.texts import say

MOST_WORDS: Final = 20
_WORD: Final = re.compile(r"[A-Z0-9]{1,12}")
_AUTHORITY: Final = re.compile(r"[0-9]{3}")


def check_authority_code(raw: str) -> str | None:
    """Return an authority's three digits, or None where the field is blank. Raises Refused."""
    code = raw.strip()
    if code and not _AUTHORITY.fullmatch(code):
        raise Refused(say("The authority’s code must be 3 digits, such as 383, or be left blank"), "number")
    return code or None


def check_id_words(raw: str) -> str:
    """Return the words that begin an agency's case numbers, each once, in capitals, with a space between.

    Raises Refused. They are words such as LEEDS in LEEDS-0012, so that the form's checks take none of them for a name.
    """
    words = sorted(set(re.split(r"[\s,;]+", raw.strip().upper())) - {""})
    if len(words) > MOST_WORDS or not all(map(_WORD.fullmatch, words)):
        raise Refused(
            say("Enter up to {most} words of up to 12 letters A to Z or figures, with spaces between", most=MOST_WORDS),
            "words",
        )
    return " ".join(words)


def check_data_period(first: date | None, last: date | None) -> tuple[date, date] | None:
    """Return the days that the A1 form covers, None for those of its definition. Raises Refused (one alone, order)."""
    if first is None and last is None:
        return None
    if first is None:
        raise Refused(say("Enter the first day of the A1 form, or leave out the last day too"), "data_from_day")
    if last is None:
        raise Refused(say("Enter the last day of the A1 form, or leave out the first day too"), "data_until_day")
    if last < first:
        raise Refused(
            say("The last day of the A1 form must be {first} or later", first=say_date(first)), "data_until_day"
        )
    return first, last
