from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import NotAllowed, Refused
from portal.domain.proposals import TakesTwo
from portal.domain.retention import (
    NOTICE,
    ClockVerdict,
    Publication,
    Verdict,
    check_publication_date,
    clock_verdict,
    disposal_verdict,
    due_at,
    takes_two,
)
from portal.domain.times import london_date, london_midnight
from tests.domain.common import days, naive, utc

TICK = timedelta(microseconds=1)
DATES = st.dates(date(2022, 1, 1), date(2040, 12, 31))

# Published, last day held, due (UTC), days held after the day of publication.
EXAMPLES = [
    (date(2024, 3, 26), date(2025, 3, 26), "2025-03-27 00:00", 365),
    (date(2024, 2, 29), date(2025, 2, 28), "2025-03-01 00:00", 365),
    (date(2023, 3, 1), date(2024, 3, 1), "2024-03-02 00:00", 366),
    (date(2024, 12, 31), date(2025, 12, 31), "2026-01-01 00:00", 365),
    (date(2024, 3, 30), date(2025, 3, 30), "2025-03-30 23:00", 365),
    (date(2024, 10, 27), date(2025, 10, 27), "2025-10-28 00:00", 365),
    (date(2028, 2, 29), date(2029, 2, 28), "2029-03-01 00:00", 365),
]


@pytest.mark.parametrize(("published", "last_day", "due", "held_for"), EXAMPLES)
def test_examples(published: date, last_day: date, due: str, held_for: int) -> None:
    """Each worked example is due at its instant, the last day held being over by then (R8)."""
    assert utc(due) == due_at(published)
    assert last_day == london_date(due_at(published) - TICK)
    assert held_for == (last_day - published).days


def test_never_on_the_anniversary() -> None:
    """For every day of twelve years, disposal is due as the day after the anniversary begins in London (R8)."""
    for published in days(date(2022, 1, 1), date(2033, 12, 31)):
        leap = (published.month, published.day) == (2, 29)
        anniversary = date(published.year + 1, published.month, 28 if leap else published.day)
        assert london_midnight(anniversary + timedelta(days=1)) == due_at(published)
        assert anniversary == london_date(due_at(published) - TICK)


def test_due_from_its_instant_on() -> None:
    """Disposal is due exactly at the end of the period, and not one microsecond before."""
    publication = Publication(date(2024, 3, 26), utc("2024-03-27 10:00"))
    due = utc("2025-03-27 00:00")
    assert Verdict("due", due, due) == disposal_verdict(publication, held=False, now=due)
    assert Verdict("retained", due, due) == disposal_verdict(publication, held=False, now=due - TICK)


def test_notice_runs_after_a_late_entry() -> None:
    """A date entered long after publication still leaves fourteen days, to the microsecond (R9)."""
    entered = utc("2025-06-01 09:30:15.123456")
    publication = Publication(date(2024, 3, 26), entered)
    due, earliest = utc("2025-03-27 00:00"), utc("2025-06-15 09:30:15.123456")
    assert Verdict("in notice", due, earliest) == disposal_verdict(publication, held=False, now=earliest - TICK)
    assert Verdict("due", due, earliest) == disposal_verdict(publication, held=False, now=earliest)


@given(st.none() | st.datetimes(naive("2022-01-01"), naive("2060-01-01")), st.booleans())
def test_never_before_publication(entered: datetime | None, held: bool) -> None:
    """Without a publication date nothing is ever due, whatever was entered and removed before (R8)."""
    entered_at = None if entered is None else utc(entered.isoformat())
    verdict = disposal_verdict(Publication(None, entered_at), held, utc("2099-01-01 00:00"))
    assert Verdict("unpublished", None, None) == verdict


@given(DATES, st.integers(0, 2_000), st.integers(-3_000, 3_000), st.integers(0, 86_399_999_999), st.booleans())
def test_what_a_verdict_promises(published: date, entered: int, offset: int, micro: int, held: bool) -> None:
    """Due means: past the anniversary, past the notice and not held; a hold only ever turns due into held."""
    entered_at = london_midnight(published) + timedelta(days=entered)
    now = london_midnight(published) + timedelta(days=offset, microseconds=micro)
    verdict = disposal_verdict(Publication(published, entered_at), held, now)
    allowed = now >= due_at(published) and now >= entered_at + NOTICE
    assert (allowed and not held) == (verdict.state == "due")
    assert (allowed and held) == (verdict.state == "held")
    assert max(due_at(published), entered_at + NOTICE) == verdict.earliest_at
    assert (now < due_at(published)) == (verdict.state == "retained")


def test_a_date_without_its_entry_is_refused() -> None:
    """A publication date that nobody can be shown to have entered never starts a clock."""
    with pytest.raises(ValueError, match="entry"):
        Publication(date(2024, 3, 26), None)


def test_naive_times_are_refused() -> None:
    """A verdict is about an instant."""
    publication = Publication(date(2024, 3, 26), utc("2024-03-27 10:00"))
    for call in (
        lambda: disposal_verdict(publication, held=False, now=naive("2025-03-27")),
        lambda: clock_verdict(None, naive("2025-03-27")),
    ):
        with pytest.raises(ValueError, match="zone"):
            call()


@pytest.mark.parametrize(
    ("new", "last_day", "current"),
    [
        (date(2024, 3, 26), None, None),
        (date(2024, 3, 26), date(2024, 3, 26), None),
        (date(2024, 3, 26), date(2023, 10, 19), date(2024, 3, 25)),
        (date(2024, 3, 26), date(2023, 10, 19), date(2024, 3, 26)),
    ],
)
def test_publication_date_taken(new: date, last_day: date | None, current: date | None) -> None:
    """Today or before, from the last day on site on, and no earlier than what stands: one person may enter it (R9)."""
    check_publication_date(new, today=date(2024, 3, 26), last_day_on_site=last_day, current=current)


@pytest.mark.parametrize(
    ("new", "current", "error", "words"),
    [
        (date(2024, 3, 27), None, Refused, "today or in the past"),
        (date(2023, 10, 18), None, Refused, "Thursday 19 October 2023"),
        (None, None, Refused, "Enter the date"),
        (date(2024, 3, 24), date(2024, 3, 25), NotAllowed, "two people"),
        (None, date(2024, 3, 25), NotAllowed, "two people"),
    ],
)
def test_publication_date_not_taken(new: date | None, current: date | None, error: type[Exception], words: str) -> None:
    """A date in the future or before the last day on site is refused; an earlier one or none takes two people (R9)."""
    with pytest.raises(error, match=words):
        check_publication_date(new, today=date(2024, 3, 26), last_day_on_site=date(2023, 10, 19), current=current)


def test_what_was_retracted_is_no_more_undercut_by_one() -> None:
    """By one the same date or a later one, whatever stands; an earlier one is two people's, and said to be (R9)."""
    retracted, day = date(2024, 3, 10), timedelta(days=1)
    for new, current, alone in [
        (retracted, None, True),
        (retracted + day, None, True),
        (retracted - day, None, False),
        (retracted - day, retracted - 2 * day, False),
        (retracted - 2 * day, retracted - 2 * day, True),
        (retracted + day, retracted + 2 * day, False),
        (retracted + 3 * day, retracted + 2 * day, True),
    ]:
        assert alone is not takes_two(new, current=current, retracted=retracted)
        rest: dict[str, Any] = {"last_day_on_site": date(2023, 10, 19), "current": current, "retracted": retracted}
        check_publication_date(new, today=date(2024, 3, 26), two_people=True, **rest)
        if not alone:
            with pytest.raises(TakesTwo, match=r"Sunday 10 March 2024|Making the publication date earlier"):
                check_publication_date(new, today=date(2024, 3, 26), **rest)


@pytest.mark.parametrize(
    ("since", "verdict"),
    [
        (None, ClockVerdict.steady),
        (timedelta(), ClockVerdict.steady),
        (timedelta(hours=24), ClockVerdict.steady),
        (timedelta(hours=24) + TICK, ClockVerdict.leapt),
        (timedelta(days=400), ClockVerdict.leapt),
        (-TICK, ClockVerdict.behind),
        (timedelta(days=-400), ClockVerdict.behind),
    ],
)
def test_clock_verdict(since: timedelta | None, verdict: ClockVerdict) -> None:
    """More than 24 hours since the last heartbeat is a leap, any time before it is behind (R13)."""
    now = utc("2025-03-27 00:00")
    assert verdict is clock_verdict(None if since is None else now - since, now)
