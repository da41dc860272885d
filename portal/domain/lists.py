"""Link-staff contacts and prearranged meetings as values, with the rules for what is typed of them (§20).

Rows come as they were typed, by their number on the page from 1; a fault stands under the id of its field, "name-3".
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import TypeVar

from portal.domain.addresses import known_form
from portal.domain.errors import Refused
from portal.domain.intake import display_name
from portal.domain.times import say_date
from portal.domain.typed import read_date, read_time
from schemas.texts import say, say_count, together

MOST_ROWS: Mapping[str, int] = {"contacts": 40, "meetings": 25}
"""On one page, by form: with so many a page stays under 100 KB. Who has more sends a file."""
LONGEST_CELL = 200
"""Characters."""
CONTACT_FIELDS = ("authority", "name", "role", "email", "telephone")
MEETING_FIELDS = ("day", "month", "year", "time", "title", "place", "observe")
_FIELD_WORDS = {
    "authority": say("authority"),
    "name": say("name"),
    "role": say("role"),
    "email": say("email"),
    "telephone": say("telephone"),
    "title": say("title"),
    "place": say("place"),
}

Rows = Mapping[int, Mapping[str, str]]
Faults = dict[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Contact:
    """Somebody to reach in a local authority: an address or a number, or both."""

    authority: str
    name: str
    role: str = ""
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True)
class Meeting:
    """A meeting that is already arranged; date and time are London's."""

    on: date
    at: time | None
    title: str
    place: str
    observe: bool
    """Whether an inspector may be there."""


def tidy(raw: str) -> str:
    """Return one line of text: single spaces, and no characters that are not for reading."""
    kept = "".join(
        char for char in display_name(raw) if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs", "Cn"}
    )
    return " ".join(kept.split())


def known_as(authority: str) -> str:
    """Return what two ways of writing an authority's name share: case, spaces, & and a closing “Council” aside."""
    return tidy(authority).casefold().replace("&", "and").removesuffix(" council")


def check_contacts(rows: Rows, members: Sequence[str]) -> tuple[tuple[Contact, ...], Faults]:
    """Return the contacts in the rows, and what is wrong with them. The first rows are the members', in their order.

    A member's row in which nothing else is typed is none; `ask_about_contacts` asks about it.
    """
    return _read(rows, lambda number, row: _contact(number, row, members), say("Enter at least one contact"))


def check_meetings(rows: Rows) -> tuple[tuple[Meeting, ...], Faults]:
    """Return the meetings in the rows, in order of time, and what is wrong with them; an empty row is none."""
    meetings, faults = _read(rows, _meeting, say("Enter at least one meeting, or say that none is arranged"))
    return tuple(sorted(meetings, key=lambda each: (each.on, each.at or time()))), faults


def ask_about_contacts(contacts: Iterable[Contact], members: Sequence[str], day: date) -> tuple[str, ...]:
    """Question a list that names other authorities than the members of the agency on `day`; nobody known, no question.

    Nothing is refused for it: registers are wrong at times, and a gap may have its reason.
    """
    if not members:
        return ()
    named = {known_as(each.authority): each.authority for each in contacts}
    missing = [each for each in members if known_as(each) not in named]
    known = {known_as(each) for each in members}
    strange = [authority for key, authority in named.items() if key not in known]
    said = []
    if missing:
        said.append(say("There is no contact for {authorities}.", authorities=_join(missing)))
    if strange:
        said.append(
            say_count(
                len(strange),
                "{authorities} is not a member of your agency on {day}, as far as we know.",
                "{authorities} are not members of your agency on {day}, as far as we know.",
                authorities=_join(strange),
                day=say_date(day),
            )
        )
    return tuple(said)


def ask_about_meetings(meetings: Iterable[Meeting], first: date, last: date) -> tuple[str, ...]:
    """Question meetings that are not on the days of the inspection, from `first` to `last`."""
    outside = sorted({each.on for each in meetings if not first <= each.on <= last})
    if not outside:
        return ()
    sentence = say_count(
        len(outside),
        "{days} is not a day of the inspection, which is from {first} to {last}.",
        "{days} are not days of the inspection, which is from {first} to {last}.",
        days=_join([say_date(day) for day in outside]),
        first=say_date(first),
        last=say_date(last),
    )
    return (sentence,)


def _read(
    rows: Rows, read: Callable[[int, Mapping[str, str]], tuple[Value | None, Faults]], none: str
) -> tuple[tuple[Value, ...], Faults]:
    values: list[Value] = []
    faults: Faults = {}
    for number, row in sorted(rows.items()):
        value, wrong = read(number, {field: tidy(typed) for field, typed in row.items()})
        faults |= wrong
        if value is not None:
            values.append(value)
    if not values and not faults:
        faults[""] = none
    return tuple(values), faults


def _contact(number: int, row: Mapping[str, str], members: Sequence[str]) -> tuple[Contact | None, Faults]:
    fixed = members[number - 1] if number <= len(members) else None
    authority = row.get("authority", "") if fixed is None else fixed
    name, role, email, telephone = (row.get(field, "") for field in CONTACT_FIELDS[1:])
    if not any((name, role, email, telephone)) and (fixed is not None or not authority):
        return None, {}
    contact = Contact(authority, name, role, email, telephone)
    whose = (
        say("the contact for {authority}", authority=authority) if authority else say("contact {number}", number=number)
    )
    faults: Faults = {
        f"{field}-{number}": _too_long(field, whose)
        for field in CONTACT_FIELDS
        if len(row.get(field, "")) > LONGEST_CELL
    }
    if not authority:
        faults[f"authority-{number}"] = say("Enter the local authority of contact {number}", number=number)
    if not name:
        faults[f"name-{number}"] = say("Enter the name of {whose}", whose=whose)
    if email and known_form(email) is None:
        faults.setdefault(
            f"email-{number}",
            say("The email address of {whose} must be in the correct format, like name@example.com", whose=whose),
        )
    if not email and not telephone:
        faults[f"email-{number}"] = say("Enter an email address or a telephone number of {whose}", whose=whose)
    return contact, faults


def _meeting(number: int, row: Mapping[str, str]) -> tuple[Meeting | None, Faults]:
    day, month, year, at, title, place, observe = (row.get(field, "") for field in MEETING_FIELDS)
    if not any((day, month, year, at, title, place, observe)):
        return None, {}
    which = say("meeting {number}", number=number)
    faults: Faults = {}
    on, when = date.min, None
    try:
        on = read_date(day, month, year, say("date of {meeting}", meeting=which), f"day-{number}")
    except Refused as refused:
        faults[refused.field] = str(refused)
    try:
        when = read_time(at, f"time-{number}") if at else None
    except Refused:
        faults[f"time-{number}"] = say("The time of {meeting} must be like 4pm, 4:30pm or 16:30", meeting=which)
    asked = say("Enter what it is about or who meets, for {meeting}", meeting=which)
    where = say("Enter where it is, for {meeting}", meeting=which)
    for field, typed, missing in (("title", title, asked), ("place", place, where)):
        if not typed:
            faults[f"{field}-{number}"] = missing
        elif len(typed) > LONGEST_CELL:
            faults[f"{field}-{number}"] = _too_long(field, which)
    if observe not in {"yes", "no"}:
        faults[f"observe-{number}"] = say("Select yes if {meeting} may be observed", meeting=which)
    return Meeting(on, when, title, place, observe == "yes"), faults


def _join(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return say("{names} and {last}", names=together(words[:-1], ", "), last=words[-1])


def _too_long(field: str, whose: str) -> str:
    named = _FIELD_WORDS[field]
    return say("The {field} of {whose} must be {most} characters or fewer", field=named, whose=whose, most=LONGEST_CELL)
