"""Contacts and meetings that were typed, as the CSV file that is kept of them, and back."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from typing import TypeVar

from portal.domain.lists import Contact, Meeting
from portal.formats.index import FORMULA_STARTS, printable

CONTACT_HEADINGS = ("Local authority", "Name", "Role", "Email address", "Telephone number")
MEETING_HEADINGS = ("Date", "Time", "Meeting", "Place", "May be observed")
LONGEST_FILE = 256 * 1024
"""Bytes; what was typed is never longer."""
_MARK = b"\xef\xbb\xbf"
_YES = {True: "Yes", False: "No"}

Value = TypeVar("Value")


def contacts_csv(contacts: Iterable[Contact]) -> bytes:
    """Return one line for each contact: UTF-8 with a byte order mark, CRLF, every cell quoted, no cell a formula."""
    rows = ((each.authority, each.name, each.role, each.email, each.telephone) for each in contacts)
    return _write(CONTACT_HEADINGS, rows)


def meetings_csv(meetings: Iterable[Meeting]) -> bytes:
    """Return one line for each meeting, in the same way; dates and times as in ISO 8601, London's."""
    rows = (
        (each.on.isoformat(), f"{each.at:%H:%M}" if each.at else "", each.title, each.place, _YES[each.observe])
        for each in meetings
    )
    return _write(MEETING_HEADINGS, rows)


def read_contacts(data: bytes) -> tuple[Contact, ...] | None:
    """Return the contacts in a file that `contacts_csv` made, or None for any other file."""
    return _read(data, CONTACT_HEADINGS, lambda row: Contact(*row))


def read_meetings(data: bytes) -> tuple[Meeting, ...] | None:
    """Return the meetings in a file that `meetings_csv` made, or None for any other file."""
    return _read(data, MEETING_HEADINGS, _meeting)


def _meeting(row: Sequence[str]) -> Meeting:
    on, at, title, place, observe = row
    observed = {word: value for value, word in _YES.items()}[observe]
    return Meeting(date.fromisoformat(on), time.fromisoformat(at) if at else None, title, place, observed)


def _write(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return _MARK + sheet.getvalue().encode()


def _read(data: bytes, headings: Sequence[str], make: Callable[[Sequence[str]], Value]) -> tuple[Value, ...] | None:
    try:
        text = data.removeprefix(_MARK).decode()
        first, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        if not data.startswith(_MARK) or tuple(first) != headings or any(len(row) != len(headings) for row in rows):
            return None
        return tuple(make([_value(cell) for cell in row]) for row in rows)
    except (ValueError, KeyError, csv.Error):
        return None


def _runs(text: str) -> bool:
    return text.lstrip(" '").startswith(FORMULA_STARTS)


def _cell(value: str) -> str:
    """Put an apostrophe before what might run, and before what looks as if this had been done, so that it comes off."""
    return ("'" if _runs(value) else "") + printable(value)


def _value(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _runs(cell) else cell
