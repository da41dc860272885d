from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import times
from tests.domain.common import days, naive, utc

INSTANTS = st.datetimes(naive("2000-01-01"), naive("2060-01-01"), timezones=st.timezones())


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-06-04 08:32", "4 June 2026 at 9:32am"),
        ("2026-01-04 09:00", "4 January 2026 at 9am"),
        ("2026-01-04 09:00:59", "4 January 2026 at 9am"),
        ("2026-06-04 11:00", "4 June 2026 at midday"),
        ("2026-06-04 11:01", "4 June 2026 at 12:01pm"),
        ("2026-06-04 23:05", "5 June 2026 at 12:05am"),
        ("2026-06-04 23:00", "5 June 2026 at 12am"),
        ("2026-06-04 22:59", "4 June 2026 at 11:59pm"),
    ],
)
def test_say_moment(instant: str, said: str) -> None:
    """A moment is said in London's time, in the style of GOV.UK."""
    assert said == times.say_moment(utc(instant))


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2023-10-10 15:00", "4pm on Tuesday 10 October 2023"),
        ("2023-10-30 16:00", "4pm on Monday 30 October 2023"),
        ("2023-10-10 15:30", "4:30pm on Tuesday 10 October 2023"),
        ("2023-10-09 23:00", "11:59pm on Monday 9 October 2023"),
        ("2024-01-01 00:00", "11:59pm on Sunday 31 December 2023"),
        ("2023-10-09 23:01", "12:01am on Tuesday 10 October 2023"),
    ],
)
def test_say_deadline(instant: str, said: str) -> None:
    """A deadline names its hour, day and date, and is never said to be at midnight (R10)."""
    assert said == times.say_deadline(utc(instant))


def test_say_date_does_not_follow_the_locale() -> None:
    """Every day of a year is said with its English names, whatever the process's locale."""
    said = [times.say_date(day) for day in days(date(2023, 1, 1), date(2023, 12, 31))]
    assert "Sunday 1 January 2023" == said[0]
    assert "Sunday 31 December 2023" == said[-1]
    assert 12 == len({words.split()[2] for words in said})
    assert 7 == len({words.split()[0] for words in said})


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(hours=3, minutes=5), "3 hours and 5 minutes left"),
        (timedelta(hours=3, minutes=5, seconds=59.999), "3 hours and 5 minutes left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=1), "1 minute left"),
        (timedelta(days=1, hours=6, minutes=30), "1 day and 6 hours left"),
        (timedelta(days=2, minutes=30), "2 days left"),
        (timedelta(seconds=59), "Less than a minute left"),
        (timedelta(), "Less than a minute left"),
        (timedelta(milliseconds=-1), "The deadline passed less than a minute ago"),
        (timedelta(hours=-2), "The deadline passed 2 hours ago"),
        (timedelta(hours=-2, minutes=-1), "The deadline passed 2 hours and 1 minute ago"),
        (timedelta(days=-3), "The deadline passed 3 days ago"),
    ],
)
def test_say_time_left(left: timedelta, said: str) -> None:
    """The time left is rounded down, and the deadline itself has not passed (R4, R11)."""
    deadline = utc("2023-10-10 15:00")
    assert said == times.say_time_left(deadline - left, deadline)


def test_time_left_across_a_clock_change() -> None:
    """The night on which the clocks go back is an hour longer."""
    assert "1 day and 1 hour left" == times.say_time_left(utc("2023-10-28 15:00"), utc("2023-10-29 16:00"))


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2025, 3, 27), "2025-03-27 00:00"),
        (date(2025, 3, 30), "2025-03-30 00:00"),
        (date(2025, 3, 31), "2025-03-30 23:00"),
        (date(2025, 10, 26), "2025-10-25 23:00"),
        (date(2025, 10, 27), "2025-10-27 00:00"),
    ],
)
def test_london_midnight(day: date, instant: str) -> None:
    """A day begins at London's midnight, also next to a clock change."""
    assert utc(instant) == times.london_midnight(day)


def test_london_midnight_begins_its_day() -> None:
    """For every day of ten years, its midnight is on that day and the instant before it is not."""
    for day in days(date(2022, 1, 1), date(2032, 12, 31)):
        midnight = times.london_midnight(day)
        assert day == times.london_date(midnight)
        assert day - timedelta(days=1) == times.london_date(midnight - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (utc("2023-10-10T15:00:00"), "2023-10-10T15:00:00.000Z"),
        (utc("2023-10-10T15:00:00.001999"), "2023-10-10T15:00:00.001Z"),
        (datetime(2023, 10, 10, 16, tzinfo=times.LONDON), "2023-10-10T15:00:00.000Z"),
    ],
)
def test_iso(instant: datetime, text: str) -> None:
    """An instant is written in UTC with exactly three decimals."""
    assert text == times.iso(instant)


@given(INSTANTS)
def test_iso_and_back(instant: datetime) -> None:
    """What is written and read again is the same instant in UTC, to the millisecond below."""
    read = times.parse_iso(times.iso(instant))
    assert UTC is read.tzinfo
    assert timedelta() <= instant - read < timedelta(milliseconds=1)


@pytest.mark.parametrize("text", ["", "2023-10-10", "2023-10-10T15:00:00", "4pm", "2023-13-10T15:00:00Z"])
def test_parse_iso_refuses(text: str) -> None:
    """A text that is no instant, or does not state its offset, is refused."""
    with pytest.raises(ValueError):
        times.parse_iso(text)


@pytest.mark.parametrize(
    "function",
    [
        times.as_utc,
        times.london_date,
        times.say_moment,
        times.say_deadline,
        times.iso,
        lambda instant: times.say_time_left(instant, utc("2023-10-10 15:00")),
        lambda instant: times.say_time_left(utc("2023-10-10 15:00"), instant),
    ],
)
def test_naive_times_are_refused(function: Callable[[datetime], object]) -> None:
    """No function takes a datetime without its zone."""
    with pytest.raises(ValueError, match="zone"):
        function(naive("2023-10-10 15:00"))
