from collections import Counter
from datetime import datetime, timedelta

import pytest

from portal.domain.retention import ClockVerdict, Publication, Verdict, disposal_verdict
from tests.domain.calendars import make_calendar
from tests.domain.oracle import Kept, Onlooker
from tests.domain.simulation import Rules, simulate

CALENDARS = 1_000
DAY = timedelta(days=1)


def look(seed: int, rules: Rules | None = None) -> Onlooker:
    """Simulate a calendar, and let the oracle look at what happened."""
    calendar = make_calendar(seed)
    kept = [Kept() for _ in calendar.last_days]
    return Onlooker(calendar.standing, kept, calendar.last_days).follow(simulate(calendar, rules or Rules()))


def test_in_a_thousand_calendars_nothing_goes_early_wrongly_or_held_and_nothing_is_forgotten() -> None:
    """Whatever clocks, workers and people do; and enough of each comes about for that to mean something."""
    faults, counts = {}, Counter[str]()
    for seed in range(CALENDARS):
        seen = look(seed)
        counts.update(seen.counts)
        if seen.faults:
            faults[seed] = seen.faults[:3]
    assert {} == faults
    few = {"when due": 1_000, "by decision": 40, "held though due": 3_000, "cancelled": 150, "retractions": 40,
           "entries": 1_000, "clock changes": 2_000, "suspicions": 1_500, "suspect rounds": 5_000}  # fmt: skip
    assert [] == [what for what, least in few.items() if counts[what] < least]


def _early(publication: Publication, held: bool, now: datetime) -> Verdict:
    return disposal_verdict(publication, held, now + DAY)


def _late(publication: Publication, held: bool, now: datetime) -> Verdict:
    return disposal_verdict(publication, held, now - DAY)


def _unheld(publication: Publication, held: bool, now: datetime) -> Verdict:
    return disposal_verdict(publication, held and now.day != 5, now)


def _without_notice(publication: Publication, held: bool, now: datetime) -> Verdict:
    entered = publication.entered_at
    return disposal_verdict(Publication(publication.published_on, entered and entered - 13 * DAY), held, now)


def _of_leap_days_alone(publication: Publication, held: bool, now: datetime) -> Verdict:
    verdict = disposal_verdict(publication, held, now)
    leap = (
        publication.published_on is not None
        and (publication.published_on + DAY).month != publication.published_on.month
    )
    return Verdict("retained", verdict.due_at, verdict.earliest_at) if leap else verdict


def _in_utc(publication: Publication, held: bool, now: datetime) -> Verdict:
    summer = now.month in range(4, 11)
    return disposal_verdict(publication, held, now + timedelta(hours=-1 if summer else 0))


def _credulous(_last: datetime | None, _now: datetime) -> ClockVerdict:
    return ClockVerdict.steady


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules(verdict=_early), "early"),
        (Rules(verdict=_unheld), "held"),
        (Rules(verdict=_without_notice), "in notice"),
        (Rules(verdict=_late), "forgotten"),
        (Rules(verdict=_in_utc), "forgotten"),
        (Rules(verdict=_of_leap_days_alone), "forgotten"),
        (Rules(clock=_credulous), "suspect clock"),
    ],
)
def test_rules_that_are_broken_are_caught(rules: Rules, fault: str) -> None:
    """A day early or late, a hold that is not seen each fifth of a month, a notice cut short, midnight elsewhere than
    in London, ends of months forgotten, a clock that is always trusted: the simulation sees each for what it is.
    """
    caught = (name for seed in range(CALENDARS) for name in look(seed, rules).faults)
    assert next(name for name in caught if name.startswith(fault))
