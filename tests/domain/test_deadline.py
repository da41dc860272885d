import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.deadline import (
    DeadlinePolicy,
    Holidays,
    announcement_warnings,
    check_move,
    check_not_remote,
    deadline,
    is_on_time,
    is_working_day,
    last_day_on_site,
    lateness_words,
    notice_warnings,
    nth_working_day_after,
    nth_working_day_before,
    readings,
    working_days_between,
)
from portal.domain.errors import Refused
from portal.domain.times import LONDON, say_deadline
from tests.domain.common import HOLIDAYS, days, naive, utc

TEN_YEARS = days(date(2022, 1, 1), date(2032, 12, 31))

# Name, announced (UTC), next working day (words, UTC), next day (words, UTC), fifth working day.
EXAMPLES = [
    ("usual Monday", "2023-10-09 08:30",
     "4pm on Tuesday 10 October 2023", "2023-10-10 15:00",
     "4pm on Tuesday 10 October 2023", "2023-10-10 15:00", date(2023, 10, 16)),
    ("after 4pm", "2023-10-09 15:30",
     "4pm on Tuesday 10 October 2023", "2023-10-10 15:00",
     "4pm on Tuesday 10 October 2023", "2023-10-10 15:00", date(2023, 10, 16)),
    ("Monday in London, Sunday in UTC", "2023-10-08 23:30",
     "4pm on Tuesday 10 October 2023", "2023-10-10 15:00",
     "4pm on Tuesday 10 October 2023", "2023-10-10 15:00", date(2023, 10, 16)),
    ("Friday", "2023-10-13 08:30",
     "4pm on Monday 16 October 2023", "2023-10-16 15:00",
     "4pm on Saturday 14 October 2023", "2023-10-14 15:00", date(2023, 10, 20)),
    ("Friday before the clocks go back", "2023-10-27 08:30",
     "4pm on Monday 30 October 2023", "2023-10-30 16:00",
     "4pm on Saturday 28 October 2023", "2023-10-28 15:00", date(2023, 11, 3)),
    ("Monday after the clocks went back", "2023-10-30 09:30",
     "4pm on Tuesday 31 October 2023", "2023-10-31 16:00",
     "4pm on Tuesday 31 October 2023", "2023-10-31 16:00", date(2023, 11, 6)),
    ("Friday before Christmas", "2023-12-22 09:30",
     "4pm on Wednesday 27 December 2023", "2023-12-27 16:00",
     "4pm on Saturday 23 December 2023", "2023-12-23 16:00", date(2024, 1, 3)),
    ("Monday before Christmas", "2023-12-18 09:30",
     "4pm on Tuesday 19 December 2023", "2023-12-19 16:00",
     "4pm on Tuesday 19 December 2023", "2023-12-19 16:00", date(2023, 12, 27)),
    ("Maundy Thursday", "2024-03-28 09:30",
     "4pm on Tuesday 2 April 2024", "2024-04-02 15:00",
     "4pm on Friday 29 March 2024", "2024-03-29 16:00", date(2024, 4, 8)),
    ("day before a leap day", "2024-02-28 09:30",
     "4pm on Thursday 29 February 2024", "2024-02-29 16:00",
     "4pm on Thursday 29 February 2024", "2024-02-29 16:00", date(2024, 3, 6)),
    ("Friday before a proclaimed holiday", "2022-09-16 08:30",
     "4pm on Tuesday 20 September 2022", "2022-09-20 15:00",
     "4pm on Saturday 17 September 2022", "2022-09-17 15:00", date(2022, 9, 26)),
    ("New Year's Eve", "2024-12-31 09:30",
     "4pm on Thursday 2 January 2025", "2025-01-02 16:00",
     "4pm on Wednesday 1 January 2025", "2025-01-01 16:00", date(2025, 1, 8)),
]  # fmt: skip

# Announced, start, working days of notice, as it should be, the day of notice that fits the start.
NOTICES = [
    (date(2023, 10, 9), date(2023, 10, 16), 5, True, date(2023, 10, 9)),
    (date(2023, 12, 18), date(2023, 12, 27), 5, True, date(2023, 12, 18)),
    (date(2024, 3, 25), date(2024, 4, 3), 5, True, date(2024, 3, 25)),
    (date(2023, 10, 9), date(2023, 10, 13), 4, False, date(2023, 10, 6)),
    (date(2023, 8, 21), date(2023, 8, 29), 5, True, date(2023, 8, 21)),
]


@pytest.fixture(params=["UTC", "Europe/London", "America/Los_Angeles", "Pacific/Kiritimati"])
def process_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test in a process whose own time zone is another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def last_sunday(year: int, month: int) -> date:
    """Return the last Sunday of a month of 31 days."""
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def four_in_london(day: date) -> datetime:
    """Return 4pm by the rule of the Summer Time Order, with no zone database."""
    summer = last_sunday(day.year, 3) <= day < last_sunday(day.year, 10)
    return datetime(day.year, day.month, day.day, 15 if summer else 16, tzinfo=UTC)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_examples(example: tuple[str, str, str, str, str, str, date]) -> None:
    """Each worked example has its two deadlines, their words and its fifth working day (R2, R5, R10)."""
    _, announced, working_words, working, next_words, next_day, fifth = example
    announced_at = utc(announced)
    both = readings(announced_at, HOLIDAYS)
    assert (utc(next_day), utc(working)) == (both.next_day, both.next_working_day)
    assert (next_words, working_words) == (say_deadline(both.next_day), say_deadline(both.next_working_day))
    assert (next_day != working) == both.differ
    assert both.next_day == deadline(announced_at, DeadlinePolicy.next_day, HOLIDAYS)
    assert both.next_working_day == deadline(announced_at, DeadlinePolicy.next_working_day, HOLIDAYS)
    assert fifth == nth_working_day_after(announced_at.astimezone(LONDON).date(), 5, HOLIDAYS)


def test_every_day_of_ten_years(process_zone: str) -> None:
    """Both policies agree with a plain reckoning on every day, from its first instant to its last, in any zone."""
    working = [day for day in days(TEN_YEARS[0], date(2033, 1, 31)) if is_working_day(day, HOLIDAYS)]
    for day in TEN_YEARS:
        expected = (four_in_london(day + timedelta(days=1)), four_in_london(working[bisect_right(working, day)]))
        midnight = datetime(day.year, day.month, day.day, tzinfo=LONDON)
        for announced in (midnight, midnight.replace(hour=9, minute=30), midnight.replace(hour=23, minute=59)):
            both = readings(announced, HOLIDAYS)
            assert expected == (both.next_day, both.next_working_day), f"{announced} with {process_zone}"


def test_deadlines_are_in_utc() -> None:
    """A deadline comes in UTC whatever zone the announcement was written in."""
    announced = datetime(2023, 10, 9, 9, 30, tzinfo=LONDON)
    assert UTC is deadline(announced, DeadlinePolicy.next_day, HOLIDAYS).tzinfo


def test_a_proclaimed_day_counts_at_once() -> None:
    """A holiday that is added moves the working-day reading and leaves the literal one (R7)."""
    announced = utc("2023-10-09 08:30")
    proclaimed = Holidays(HOLIDAYS.days | {date(2023, 10, 10)}, HOLIDAYS.last_year)
    both = readings(announced, proclaimed)
    assert (utc("2023-10-10 15:00"), utc("2023-10-11 15:00")) == (both.next_day, both.next_working_day)


@pytest.mark.parametrize(
    ("began", "on_time"),
    [
        ("2023-10-10T14:59:59.999", True),
        ("2023-10-10T15:00:00.000", True),
        ("2023-10-10T15:00:00.000001", False),
        ("2023-10-10T15:00:00.001", False),
    ],
)
def test_the_deadline_itself_is_on_time(began: str, on_time: bool) -> None:
    """What began at 16:00:00.000 is on time, and the smallest step later is not (R4)."""
    assert on_time == is_on_time(utc(began), utc("2023-10-10 15:00"))


@pytest.mark.parametrize(("announced", "start", "count", "fits", "notice"), NOTICES)
def test_notice_examples(announced: date, start: date, count: int, fits: bool, notice: date) -> None:
    """Each worked example of notice has its count, its warning or none, and the day of notice that would fit (R5)."""
    assert count == working_days_between(announced, start, HOLIDAYS)
    assert fits == (() == notice_warnings(announced, start, HOLIDAYS))
    assert notice == nth_working_day_before(start, 5, HOLIDAYS)


def test_notice_warning_names_both_ways_out() -> None:
    """A warning says how long the notice is, which start fits it and which notice fits the start."""
    (warning,) = notice_warnings(date(2023, 10, 9), date(2023, 10, 13), HOLIDAYS)
    assert (
        "The start is 4 working days after the notice, and should be 5. "
        "Start on Monday 16 October 2023, or give notice on Friday 6 October 2023."
    ) == warning


@pytest.mark.parametrize("start", [date(2023, 10, 14), date(2023, 12, 25)])
def test_start_on_no_working_day_is_warned_of(start: date) -> None:
    """A start on a Saturday or a bank holiday is named as such, before the count."""
    warnings = notice_warnings(date(2023, 10, 9), start, HOLIDAYS)
    assert 2 == len(warnings)
    assert "is not a working day" in warnings[0]


def test_start_before_the_notice_is_warned_of() -> None:
    """A start that is not after the notice has no working days of notice."""
    (warning,) = notice_warnings(date(2023, 10, 9), date(2023, 10, 9), HOLIDAYS)
    assert warning.startswith("The start is 0 working days after the notice")


@pytest.mark.parametrize(
    ("announced", "count"),
    [
        ("2023-10-09 06:00", 0),
        ("2023-10-09 05:59:59.999999", 1),
        ("2023-10-09 17:00", 0),
        ("2023-10-09 17:00:00.000001", 1),
        ("2023-10-07 08:30", 1),
        ("2023-12-25 09:30", 1),
        ("2023-12-25 18:30", 2),
        ("2028-12-18 09:30", 0),
        ("2028-12-27 09:30", 1),
        ("2029-01-08 09:30", 1),
    ],
)
def test_announcement_warnings(announced: str, count: int) -> None:
    """Unusual days and hours are warned of, and dates beyond the known bank holidays (R6, R7)."""
    assert count == len(announcement_warnings(utc(announced), HOLIDAYS))


@given(st.sampled_from(TEN_YEARS), st.integers(1, 30))
def test_working_days_there_and_back(day: date, n: int) -> None:
    """The nth working day after a day has n working days up to it, and the nth before it is no later than the day."""
    after = nth_working_day_after(day, n, HOLIDAYS)
    assert is_working_day(after, HOLIDAYS)
    assert n == working_days_between(day, after, HOLIDAYS)
    assert is_working_day(day, HOLIDAYS) == (day == nth_working_day_before(after, n, HOLIDAYS))


@pytest.mark.parametrize("n", [0, -1])
def test_working_days_count_from_one(n: int) -> None:
    """There is no zeroth working day."""
    with pytest.raises(ValueError, match="from 1"):
        nth_working_day_after(date(2023, 10, 9), n, HOLIDAYS)


def test_a_deadline_moves_later_with_a_reason() -> None:
    """A later deadline with a reason is allowed, by however little (R3)."""
    current = utc("2023-10-10 15:00")
    moved = current + timedelta(microseconds=1)
    assert "The post room is flooded." == check_move(current, moved, " The post room is flooded.\n", current)


@pytest.mark.parametrize(
    ("later", "reason", "field", "message"),
    [
        (timedelta(), "why", "deadline", "The new deadline must be later than 4pm on Tuesday 10 October 2023."),
        (timedelta(hours=-1), "why", "deadline", "The new deadline must be later than 4pm on Tuesday 10 October 2023."),
        (timedelta(hours=1), " \n", "reason", "Enter the reason for the new deadline."),
        (timedelta(hours=1), "x" * 2001, "reason", "The reason must be 2,000 characters or fewer."),
    ],
)
def test_a_deadline_never_moves_earlier(later: timedelta, reason: str, field: str, message: str) -> None:
    """The same or an earlier deadline is refused, and so is a move without a reason (R3)."""
    current = utc("2023-10-10 15:00")
    with pytest.raises(Refused) as refused:
        check_move(current, current + later, reason, current - timedelta(hours=2))
    assert (message, field) == (str(refused.value), refused.value.field)


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=1)])
def test_a_deadline_never_moves_to_what_has_passed(late: timedelta) -> None:
    """A deadline that passed days ago moves to a time that is still to come, or not at all (R3)."""
    new = utc("2023-10-12 15:00")
    with pytest.raises(Refused, match="in the future"):
        check_move(utc("2023-10-10 15:00"), new, "why", new + late)


@pytest.mark.parametrize(
    ("starts_on", "length", "last"),
    [
        (date(2023, 10, 16), 1, date(2023, 10, 16)),
        (date(2023, 10, 16), 4, date(2023, 10, 19)),
        (date(2023, 10, 19), 4, date(2023, 10, 24)),
        (date(2023, 12, 27), 4, date(2024, 1, 2)),
        (date(2023, 10, 14), 2, date(2023, 10, 16)),
    ],
)
def test_days_on_site_are_working_days(starts_on: date, length: int, last: date) -> None:
    """After the first day no weekend and no bank holiday is a day on site."""
    assert last == last_day_on_site(starts_on, length, HOLIDAYS)


@dataclass(frozen=True)
class Sent:
    """A document, as far as it can be late."""

    on_time: bool | None
    accepted_at: datetime | None = None


def test_lateness_is_said_in_one_way() -> None:
    """Late is said plainly, with the day in London on which it was accepted; on time wins over both."""
    accepted = utc("2023-10-11 23:30")
    assert "On time" == lateness_words(Sent(True))
    assert "On time" == lateness_words(Sent(True, accepted))
    assert "Received after the deadline" == lateness_words(Sent(False))
    said = "Received after the deadline, accepted on Thursday 12 October 2023"
    assert said == lateness_words(Sent(False, accepted))


def test_naive_times_are_refused() -> None:
    """A time without its zone is no announcement, no deadline and no beginning."""
    nowhere, aware = naive("2023-10-09 09:30"), utc("2023-10-09 08:30")
    for call in (
        lambda: readings(nowhere, HOLIDAYS),
        lambda: is_on_time(nowhere, aware),
        lambda: is_on_time(aware, nowhere),
        lambda: announcement_warnings(nowhere, HOLIDAYS),
        lambda: check_move(nowhere, aware, "why", aware),
        lambda: check_move(aware, nowhere, "why", aware),
    ):
        with pytest.raises(ValueError, match="zone"):
            call()


def test_a_due_time_is_within_a_year() -> None:
    """A slip in the year could not be taken back, since a deadline never moves earlier."""
    now = datetime(2023, 10, 9, 8, 30, tzinfo=UTC)
    with pytest.raises(Refused, match="within a year"):
        check_move(now, datetime(2032, 10, 10, 15, tzinfo=UTC), "Snow.", now)
    with pytest.raises(Refused, match="within a year"):
        check_not_remote(datetime(9999, 12, 31, 16, tzinfo=UTC), now, "due_day")
    assert "Snow." == check_move(now, datetime(2024, 10, 8, 15, tzinfo=UTC), "Snow.", now)
