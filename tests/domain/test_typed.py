"""Dates and times as people type them."""

from datetime import date, time

import pytest

from portal.domain.errors import Conflict, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.taking import check_collects
from portal.domain.typed import london_instant, read_date, read_time
from tests.domain.common import utc


def test_a_date_is_read_from_its_parts() -> None:
    """Spaces and leading zeros are no part of a date."""
    assert date(2023, 10, 6) == read_date(" 06", "10 ", "2023", "start on site", "start_day")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("", " ", ""), "Enter the start on site"),
        (("31", "2", "2023"), "real date"),
        (("1", "2", "23"), "real date"),
        (("1", "2", ""), "real date"),
        (("-1", "2", "2023"), "real date"),
        (("١", "2", "2023"), "real date"),
        (("1", "2", "0000"), "real date"),
        (("1" * 5000, "2", "2023"), "real date"),
    ],
)
def test_what_is_no_date_is_refused(parts: tuple[str, str, str], message: str) -> None:
    """What is not typed, or not in the calendar, is said beside its field."""
    with pytest.raises(Refused, match=message) as refused:
        read_date(*parts, "start on site", "start_day")
    assert "start_day" == refused.value.field


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4pm", time(16)),
        (" 4 PM ", time(16)),
        ("4:30pm", time(16, 30)),
        ("4.30 pm", time(16, 30)),
        ("16:00", time(16)),
        ("9:05", time(9, 5)),
        ("12pm", time(12)),
        ("12am", time(0)),
        ("midday", time(12)),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, expected: time) -> None:
    """Either clock will do, and the design system's words."""
    assert expected == read_time(text, "time")


@pytest.mark.parametrize("text", ["", "4", "24:00", "16:60", "13pm", "0am", "teatime", "4pmm", "٤pm", "-4pm"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """A bare number is either half of the day, so that it is asked again."""
    with pytest.raises(Refused, match="4pm") as refused:
        read_time(text, "time")
    assert "time" == refused.value.field


def test_a_time_is_londons() -> None:
    """The same hour is another instant in summer and in winter."""
    assert utc("2023-10-10 15:00") == london_instant(date(2023, 10, 10), time(16), "time")
    assert utc("2023-11-10 16:00") == london_instant(date(2023, 11, 10), time(16), "time")


@pytest.mark.parametrize("day", [date(2023, 10, 29), date(2024, 3, 31)])
def test_an_hour_that_comes_twice_or_never_is_refused(day: date) -> None:
    """Nobody can say which instant is meant while the clocks change."""
    with pytest.raises(Refused, match="clocks change"):
        london_instant(day, time(1, 30), "time")


def test_deferred_and_closed_are_told_apart() -> None:
    """Whoever sends something learns whether it is to wait or to ask."""
    check_collects(InspectionState.announced, "closed")
    with pytest.raises(Conflict, match=r"deferred.*announced anew"):
        check_collects(InspectionState.deferred, "closed")
    for state in (InspectionState.closed, InspectionState.disposing):
        with pytest.raises(Conflict, match=r"^closed$"):
            check_collects(state, "closed")
