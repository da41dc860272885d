"""What was typed, as the CSV file that is kept of it, and back."""

import csv
import io
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.lists import Contact, Meeting, tidy
from portal.formats.lists import contacts_csv, meetings_csv, read_contacts, read_meetings

ODD = ["=1+1", "+44 20 7946 0000", "-1", "@x", "'=1", "''-1", "'t Hart", " =1", 'a"b', "a,b", "＝1", "Zoë", "'"]
CELLS = st.one_of(st.text(max_size=20), st.sampled_from(ODD)).map(tidy)
CONTACTS = st.lists(st.builds(Contact, CELLS, CELLS, CELLS, CELLS, CELLS), max_size=4)
TIMES = st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0))
MEETINGS = st.lists(st.builds(Meeting, st.dates(), TIMES, CELLS, CELLS, st.booleans()), max_size=4)


def cells(data: bytes) -> list[list[str]]:
    """Return what a spreadsheet reads."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(CONTACTS)
def test_contacts_come_back_as_they_were(contacts: list[Contact]) -> None:
    """Whatever was typed, and however it looks."""
    assert tuple(contacts) == read_contacts(contacts_csv(contacts))


@given(MEETINGS)
def test_meetings_come_back_as_they_were(meetings: list[Meeting]) -> None:
    """Dates, times and answers too."""
    assert tuple(meetings) == read_meetings(meetings_csv(meetings))


@given(CONTACTS)
def test_no_cell_is_a_formula(contacts: list[Contact]) -> None:
    """A spreadsheet runs nothing of it."""
    starts = tuple("=+-@\t\r\n＝＋－＠")
    assert [] == [cell for row in cells(contacts_csv(contacts)) for cell in row if cell.lstrip().startswith(starts)]


def test_the_file_is_for_people_as_well() -> None:
    """It has headings, and says dates as every spreadsheet reads them."""
    meeting = Meeting(date(2023, 10, 16), time(14), "=HYPERLINK(1)", "Hall", observe=True)
    assert [
        ["Date", "Time", "Meeting", "Place", "May be observed"],
        ["2023-10-16", "14:00", "'=HYPERLINK(1)", "Hall", "Yes"],
    ] == cells(meetings_csv([meeting]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"Local authority,Name\r\n",
        contacts_csv([])[3:],
        contacts_csv([]) + b'"only one"\r\n',
        contacts_csv([]) + b'"',
        meetings_csv([]),
    ],
)
def test_another_file_is_none_of_ours(data: bytes) -> None:
    """A file that the agency made itself is left as it is."""
    assert read_contacts(data) is None


@pytest.mark.parametrize("row", ["16/10/2023,,a,b,Yes", "2023-10-16,late,a,b,Yes", "2023-10-16,,a,b,Perhaps"])
def test_a_changed_file_is_none_of_ours(row: str) -> None:
    """What was changed by hand is not guessed at."""
    assert read_meetings(meetings_csv([]) + row.encode()) is None
