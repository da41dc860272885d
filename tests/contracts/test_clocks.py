"""What every clock promises (rule 6), and which bank holidays the portal knows (R7)."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from portal.adapters.calendar import england_holidays
from portal.adapters.clock import DevelopmentClock, SystemClock
from portal.ports import Clock
from tests.fakes import FakeClock


@pytest.mark.parametrize("make", [SystemClock, lambda: DevelopmentClock(timedelta), FakeClock])
def test_clocks_are_aware_and_in_utc(make: Callable[[], Clock]) -> None:
    """Every clock answers with an aware instant in UTC and does not run backwards."""
    clock = make()
    first, second = clock.now(), clock.now()
    assert UTC == first.tzinfo
    assert first <= second


def test_system_clock_is_the_machines() -> None:
    """The system clock lies between two readings of the machine's."""
    before = datetime.now(UTC)
    moment = timedelta(milliseconds=1)  # what it is cut to
    assert before - moment < SystemClock().now() <= datetime.now(UTC)


def test_development_clock_reads_its_offset_each_time() -> None:
    """A changed offset counts at the next reading, as server, worker and command line share it."""
    offsets = iter([timedelta(days=400), timedelta(days=-1)])
    clock = DevelopmentClock(lambda: next(offsets))
    ahead, behind = clock.now(), clock.now()
    assert timedelta(days=400) < ahead - behind <= timedelta(days=401)


def test_fake_clock_stands_still_until_moved() -> None:
    """The fake moves by exactly what it is told, and turns other zones into UTC."""
    clock = FakeClock(datetime(2023, 10, 10, 17, tzinfo=timezone(timedelta(hours=1))))
    assert datetime(2023, 10, 10, 16, tzinfo=UTC) == clock.now() == clock.now()
    clock.advance(timedelta(seconds=1))
    assert datetime(2023, 10, 10, 16, 0, 1, tzinfo=UTC) == clock.now()
    clock.set(datetime(2024, 1, 1, tzinfo=UTC))
    assert datetime(2024, 1, 1, tzinfo=UTC) == clock.now()


def test_holidays_of_england() -> None:
    """Regular and one-off days are known, those of Scotland alone are not, and the last year is the data's."""
    holidays = england_holidays()
    assert {date(2023, 5, 8), date(2022, 9, 19), date(2028, 12, 26)} <= holidays.days
    assert date(2023, 11, 30) not in holidays.days
    assert 2028 <= holidays.last_year
    assert "Bank holiday for the coronation of King Charles III" == holidays.titles[date(2023, 5, 8)]


def test_holidays_are_not_fetched(caplog: pytest.LogCaptureFixture) -> None:
    """The installed data is used; the package would log any attempt to download newer ones."""
    with caplog.at_level(logging.DEBUG):
        england_holidays()
    assert [] == caplog.records
