from datetime import date, timedelta

import pytest

from portal.domain.errors import Conflict, Refused
from portal.domain.long_stop import (
    LONG_STOP_ALARM,
    NO_PUBLICATION_ALARM,
    OnSite,
    Unpublished,
    check_long_stop,
    last_day_on_site,
    last_day_to_count,
)
from portal.domain.retention import Publication, check_early
from tests.domain.common import utc

LAST_DAY = date(2023, 10, 19)
ALARMED, STOPPED = date(2024, 7, 19), date(2025, 4, 19)
DAY = timedelta(days=1)


def test_alarms_from_their_days_on() -> None:
    """Nine months after the last day on site, and at the suggested long-stop; not a day before, and never without."""
    stands = Unpublished(None, LAST_DAY, None)
    both = {NO_PUBLICATION_ALARM, LONG_STOP_ALARM}
    expected = [set(), {NO_PUBLICATION_ALARM}, {NO_PUBLICATION_ALARM}, both, both]
    asked = [ALARMED - DAY, ALARMED, STOPPED - DAY, STOPPED, STOPPED + 4_000 * DAY]
    assert expected == [stands.alarms(day) for day in asked]
    assert [False, True] == [stands.passed(day) for day in (STOPPED - DAY, STOPPED)]
    for without in (
        Unpublished(date(2024, 3, 26), LAST_DAY, None),
        Unpublished(None, None, None),
        Unpublished(None, LAST_DAY, None, remains=False),
    ):
        assert set() == without.alarms(STOPPED + DAY)
        assert not without.passed(STOPPED + DAY)


def test_a_day_that_was_set_takes_the_place_of_the_suggested_one() -> None:
    """Earlier or later; the alarm after nine months does not move."""
    later = Unpublished(None, LAST_DAY, STOPPED + 100 * DAY)
    assert {NO_PUBLICATION_ALARM} == later.alarms(STOPPED + 99 * DAY)
    assert later.passed(STOPPED + 100 * DAY)
    assert STOPPED + 100 * DAY == later.decides_on
    assert {LONG_STOP_ALARM} == Unpublished(None, LAST_DAY, date(2024, 1, 1)).alarms(date(2024, 1, 1))
    assert Unpublished(None, None, None).decides_on is None


def test_cancelled_inspections_do_not_count_unless_all_were() -> None:
    """For the earliest publication date they never do; what was sent is forgotten in neither case (R9)."""
    visited, called_off = OnSite(LAST_DAY), OnSite(LAST_DAY + 30 * DAY, cancelled=True)
    assert LAST_DAY == last_day_on_site([visited, called_off]) == last_day_to_count([visited, called_off])
    assert last_day_on_site([called_off]) is None
    assert LAST_DAY + 30 * DAY == last_day_to_count([called_off])
    assert last_day_to_count([]) is None


def test_which_long_stops_can_be_set() -> None:
    """From tomorrow, and from the day after the last one on site, for ten years; not once the report is published."""
    today, stands = date(2023, 10, 9), Unpublished(None, LAST_DAY, None)
    for day in (LAST_DAY + DAY, date(2033, 10, 9)):
        assert day == check_long_stop(day, stands, today)
    assert today + DAY == check_long_stop(today + DAY, Unpublished(None, None, None), today)
    for wrong, words in [(None, "Enter"), (LAST_DAY, "20 October 2023"), (date(2033, 10, 10), "9 October 2033")]:
        with pytest.raises(Refused, match=words):
            check_long_stop(wrong, stands, today)
    with pytest.raises(Refused):
        check_long_stop(STOPPED, stands, STOPPED)
    with pytest.raises(Conflict, match="published"):
        check_long_stop(STOPPED, Unpublished(date(2024, 3, 26), LAST_DAY, None), date(2024, 4, 1))


def test_what_two_people_may_decide_on_without_a_date() -> None:
    """Only where a long-stop or a cancellation lets them; not held, nor within the notice after a retraction (R9)."""
    never, now = Publication(None, None), utc("2025-04-20 10:00")
    check_early(never, False, now, undated=True)
    for publication, held, undated, words in [
        (never, False, False, "long-stop"),
        (never, True, True, "held"),
        (Publication(None, utc("2025-04-06 10:00:00.001")), False, True, "14 days"),
    ]:
        with pytest.raises(Conflict, match=words):
            check_early(publication, held, now, undated=undated)
    check_early(Publication(None, utc("2025-04-06 10:00")), False, now, undated=True)
