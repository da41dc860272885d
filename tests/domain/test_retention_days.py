import csv
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.long_stop import months_after
from portal.domain.retention import NOTICE, Publication, Verdict, disposal_verdict, due_at
from portal.domain.times import london_date
from tests.domain.common import days
from tests.domain.oracle import kept_until

BESIDE = Path(__file__).parents[2].parent / "shared" / "dates" / "retention_examples.csv"
"""Where the examples stand on the machines that have them; the same rows are below."""
TABLE = """\
published,weekday,last_day_held,due_local,due_utc,days
2024-03-26,Tue,2025-03-26,2025-03-27 00:00 GMT,2025-03-27T00:00:00Z,365
2024-02-29,Thu,2025-02-28,2025-03-01 00:00 GMT,2025-03-01T00:00:00Z,365
2023-03-01,Wed,2024-03-01,2024-03-02 00:00 GMT,2024-03-02T00:00:00Z,366
2024-12-31,Tue,2025-12-31,2026-01-01 00:00 GMT,2026-01-01T00:00:00Z,365
2024-03-30,Sat,2025-03-30,2025-03-31 00:00 BST,2025-03-30T23:00:00Z,365
2024-10-27,Sun,2025-10-27,2025-10-28 00:00 GMT,2025-10-28T00:00:00Z,365
2028-02-29,Tue,2029-02-28,2029-03-01 00:00 GMT,2029-03-01T00:00:00Z,365
"""
EVERY_DAY = days(date(2022, 1, 1), date(2032, 12, 31))
TICK = timedelta(microseconds=1)


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def process_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test in a server whose own time zone is another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_every_row_of_the_table_of_retention() -> None:
    """Last day held, the instant in London and in UTC, and how many days: as each example has them (R8)."""
    assert TABLE == (BESIDE.read_text(encoding="utf-8") if BESIDE.exists() else TABLE)
    for row in csv.DictReader(TABLE.splitlines()):
        published, last_day = date.fromisoformat(row["published"]), date.fromisoformat(row["last_day_held"])
        due, summer = due_at(published), timedelta(hours=1 if row["due_local"].endswith("BST") else 0)
        assert datetime.fromisoformat(row["due_utc"]) == due
        assert row["due_local"].rpartition(" ")[0] == f"{due + summer:%Y-%m-%d %H:%M}"
        assert last_day + timedelta(days=1) == (due + summer).date()
        assert (row["weekday"], int(row["days"])) == (f"{published:%a}", (last_day - published).days)


def test_every_day_of_eleven_years_in_any_zone(process_zone: str) -> None:
    """London's midnight after the anniversary, found by counting days; not a microsecond before it, nor before the
    notice has run, and not while held: whatever the zone of the server, and of the clock that is asked (R8, R9).
    """
    for day in EVERY_DAY:
        due = kept_until(day)
        assert due == due_at(day), process_zone
        assert day < london_date(due - TICK) < london_date(due)
        entered = due - NOTICE + timedelta(days=day.day % 5 - 2, hours=day.month)
        earliest = max(due, entered + NOTICE)
        publication, here = Publication(day, entered.astimezone()), earliest.astimezone()
        assert Verdict("due", due, earliest) == disposal_verdict(publication, held=False, now=here)
        assert Verdict("held", due, earliest) == disposal_verdict(publication, held=True, now=here)
        before = disposal_verdict(publication, held=False, now=here - TICK)
        assert ("retained" if earliest == due else "in notice") == before.state


def test_corresponding_dates_of_later_months() -> None:
    """Nine and eighteen months on it is the same day of the month, or the last of a month that has no such day (R9)."""
    assert date(2024, 7, 19) == months_after(date(2023, 10, 19), 9)
    assert date(2024, 2, 29) == months_after(date(2023, 5, 31), 9)
    assert date(2025, 2, 28) == months_after(date(2023, 8, 29), 18)
    for day in EVERY_DAY:
        for months in (9, 18):
            found = months_after(day, months)
            assert (day.year * 12 + day.month + months) == found.year * 12 + found.month
            assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)
