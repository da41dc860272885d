"""What must hold in every simulated calendar, said another way than the rules say it: by true time, day by day.

It knows nothing of the portal: London's summer time, anniversaries, notices, long-stops and the clock's guard are
worked out here anew, by counting.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from tests.domain.calendars import Fact

ONE = timedelta(days=1)
FORTNIGHT = 14 * ONE


@cache
def _last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.isoweekday() != 7:
        day -= ONE
    return day


def london_begins(day: date) -> datetime:
    """Return when a day begins in London, in UTC: the clocks change at 1am on two Sundays."""
    summer = _last_sunday(day.year, 3) < day <= _last_sunday(day.year, 10)
    return datetime.combine(day, time(), UTC) - timedelta(hours=1 if summer else 0)


@cache
def kept_until(published: date) -> datetime:
    """Return the instant until which information is kept: count the days until the date comes round, and end that day.

    The 29 February comes round on the 28th.
    """
    wanted = {(published.month, published.day), (2, 28) if (published.month, published.day) == (2, 29) else None}
    day = published + ONE
    while (day.month, day.day) not in wanted:
        day += ONE
    return london_begins(day + ONE)


@cache
def eighteen_months_on(day: date) -> datetime:
    """Return when, in London, the day begins that is 18 months on, or the last of its month."""
    month, found = day.month, day
    for _ in range(18):
        while found.month == month:
            found += ONE
        month = found.month
    while found.day != day.day and (found + ONE).month == month:
        found += ONE
    return london_begins(found)


@dataclass
class Kept:
    """One inspection, as the onlooker knows it."""

    state: str = "announced"
    held: bool = False
    cancelled: bool = False
    approved: bool = False
    decided_at: datetime | None = None
    gone: bool = False


@dataclass
class Onlooker:
    """Follows the facts, and notes every fault."""

    standing: bool
    inspections: list[Kept]
    last_days: list[date]
    published: date | None = None
    entered: datetime | None = None
    held: bool = False
    offset: timedelta = timedelta()
    beaten: datetime | None = None
    """What the clock said when a round last found it right."""
    suspect: bool = False
    long_stop: datetime | None = None
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def follow(self, facts: Sequence[Fact]) -> "Onlooker":
        """Look at every fact in turn."""
        for fact in facts:
            getattr(self, "see_" + fact.kind.replace("-", "_"))(fact)
        return self

    def see_clock(self, fact: Fact) -> None:
        self.offset = fact.value
        self.count("clock changes")

    def see_beat(self, fact: Fact) -> None:
        said = fact.at + self.offset
        if self.wrong(said):
            self.count("suspicions" if not self.suspect else "suspect rounds")
            self.suspect = True
        elif not self.suspect:
            self.beaten = said

    def wrong(self, said: datetime) -> bool:
        return self.beaten is not None and not timedelta() <= said - self.beaten <= ONE

    def see_confirmed(self, fact: Fact) -> None:
        self.suspect, self.beaten = False, fact.at + self.offset

    def see_entered(self, fact: Fact) -> None:
        self.published, self.entered = fact.value, fact.at
        for each in self.inspections:
            each.approved = False
        self.count("entries" if fact.value else "retractions")

    def see_held(self, fact: Fact) -> None:
        (self if fact.which is None else self.inspections[fact.which]).held = fact.value

    def see_state(self, fact: Fact) -> None:
        self.inspections[fact.which or 0].state = fact.value

    def see_cancelled(self, fact: Fact) -> None:
        self.inspections[fact.which or 0].cancelled = True
        self.count("cancelled")

    def see_approved(self, fact: Fact) -> None:
        self.inspections[fact.which or 0].approved = True

    def see_decided(self, fact: Fact) -> None:
        self.inspections[fact.which or 0].decided_at = fact.at

    def see_long_stop(self, fact: Fact) -> None:
        self.long_stop = london_begins(fact.value)

    def see_disposed(self, fact: Fact) -> None:
        """Something is gone: was all of it as it must be?"""
        each, how = self.inspections[fact.which or 0], str(fact.value)
        self.count(how)
        wrong = {
            "twice": each.gone,
            "held": each.held or self.held,
            "in notice": self.entered is not None and fact.at < self.entered + FORTNIGHT,
            "open": each.state != "closed",
            "suspect clock": self.suspect or self.wrong(fact.at + self.offset),
        }
        if how == "by decision":
            in_time = each.decided_at is not None and fact.at < each.decided_at + 7 * ONE
            wrong["undecided"] = not in_time
            wrong["undated"] = self.published is None and not each.cancelled and not self.stopped(fact.at)
        else:
            wrong["unpublished"] = self.published is None
            wrong["early"] = self.published is not None and fact.at < kept_until(self.published)
            wrong["unapproved"] = how == "when due" and not (self.standing or each.approved)
        self.faults += [f"{name} at {fact.at:%Y-%m-%d %H:%M:%S}" for name, is_so in wrong.items() if is_so]
        each.gone = True

    def stopped(self, at: datetime) -> bool:
        """Say whether the long-stop is reached."""
        return at >= (self.long_stop or min(eighteen_months_on(day) for day in self.last_days))

    def see_round(self, fact: Fact) -> None:
        """A round has ended: is anything left that stood clear?"""
        if self.published is None or self.suspect or self.offset or self.entered is None:
            return
        if fact.at < kept_until(self.published) or fact.at < self.entered + FORTNIGHT:
            return
        for each in self.inspections:
            if each.gone:
                continue
            if each.held or self.held:
                self.count("held though due")
            elif self.standing or each.approved:
                self.faults.append(f"forgotten at {fact.at:%Y-%m-%d %H:%M:%S}")

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
