"""The calendar feed, read back by a strict little parser of RFC 5545."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from portal.formats.icalendar import CalendarEvent, calendar

STAMP = datetime(2025, 3, 1, 12, tzinfo=UTC)
NEEDED = {"UID", "DTSTAMP", "DTSTART", "SUMMARY"}


def parse(feed: bytes) -> list[dict[str, str]]:
    """Return the events of a calendar, property -> value; anything that the RFC does not allow is an AssertionError."""
    assert feed.endswith(b"\r\n")
    lines = feed.removesuffix(b"\r\n").split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or len(line) > 75 for line in lines)
    unfolded = [line.decode("utf-8") for line in lines if line]  # each piece is whole characters
    text = "\n".join(unfolded).replace("\n ", "")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    events: list[dict[str, str]] = []
    open_ = []
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        assert colon
        assert re.fullmatch(r"[A-Z-]+(;[A-Z]+=[A-Z]+)?", name), name
        if name == "BEGIN":
            open_.append(value)
            events += [{}] if value == "VEVENT" else []
        elif name == "END":
            assert value == open_.pop()
        elif open_[-1] == "VEVENT":
            assert name not in events[-1]
            events[-1][name] = value
    assert not open_
    assert ["BEGIN:VCALENDAR", "VERSION:2.0"] == text.split("\n")[:2]
    for event in events:
        assert NEEDED <= {name.partition(";")[0] for name in event}
        assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTAMP"])
    assert len(events) == len({event["UID"] for event in events})
    return events


def test_days_and_instants() -> None:
    """A day is one in London and ends before the next; an instant is in UTC, from whatever zone it came."""
    summer = datetime(2025, 6, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    feed = calendar(
        "Retention", [CalendarEvent("a", "A day", date(2024, 2, 29)), CalendarEvent("b", "B", summer)], STAMP
    )
    day, instant = parse(feed)
    assert ("20240229", "20240301") == (day["DTSTART;VALUE=DATE"], day["DTEND;VALUE=DATE"])
    assert ("20250531T233000Z", "20250301T120000Z") == (instant["DTSTART"], instant["DTSTAMP"])
    assert ("a", "b") == (day["UID"], instant["UID"])
    assert [] == parse(calendar("Retention", [], STAMP))
    with pytest.raises(ValueError, match="zone"):
        calendar("Retention", [CalendarEvent("a", "A", datetime(2025, 1, 1))], STAMP)  # noqa: DTZ001 -- what is refused


@pytest.mark.parametrize("length", range(60, 80))
def test_long_lines_are_folded_between_characters(length: int) -> None:
    """Nothing is longer than 75 octets, and what is unfolded is what was said, wherever an é or a 🗓 falls."""
    for character in ("a", "é", "🗓"):
        said = "x" * (length - 60) + character * length
        assert said == parse(calendar("R", [CalendarEvent("a", said, STAMP)], STAMP))[0]["SUMMARY"]


def test_what_would_end_a_value_is_escaped() -> None:
    """Commas, semicolons, backslashes and line breaks stay within the value; controls do not come through."""
    said = "a,b;c\\d\r\ne\nBEGIN:VEVENT\x00\x07\r"
    [event] = parse(calendar("R;,\n", [CalendarEvent("a", said, STAMP)], STAMP))
    assert r"a\,b\;c\\d\ne\nBEGIN:VEVENT" == event["SUMMARY"].rstrip()
