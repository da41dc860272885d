"""A simulated end of life, round by round, over the rules: what the services do with them, without any database.

Two times pass. True time orders everything, and the oracle (`oracle.py`) judges by it alone; the server's clock is true
time and an offset, and is all that the rules are told. The clock leaps by more than a day or falls back by any length,
until a person looks; what R13 cannot see, a leap of less than a day, is left out. While the clock is wrong nobody
enters a date.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from random import Random

from portal.domain.errors import Conflict, Refused
from portal.domain.long_stop import OnSite, Unpublished, last_day_on_site, last_day_to_count
from portal.domain.proposals import TakesTwo
from portal.domain.retention import (
    ClockVerdict,
    Publication,
    Verdict,
    check_early,
    check_publication_date,
    clock_verdict,
    disposal_verdict,
)
from portal.domain.times import london_date
from tests.domain.calendars import DAY, Calendar, Fact, Happening

SECOND = timedelta(seconds=1)
EVERY = timedelta(hours=23)
"""Between two rounds of the worker where nothing is near; more than a day would be an alarm."""
DECISION_LASTS = timedelta(days=7)
NO_TIME = timedelta()


@dataclass(frozen=True)
class Rules:
    """The rules under test; others can be put in their place, to see that it is noticed."""

    verdict: Callable[[Publication, bool, datetime], Verdict] = disposal_verdict
    clock: Callable[[datetime | None, datetime], ClockVerdict] = clock_verdict


@dataclass
class Inspection:
    """One inspection as the portal's rows have it."""

    last_day_on: date
    state: str = "announced"
    held: bool = False
    cancelled: bool = False
    approved: bool = False
    decided_until: datetime | None = None
    """By the server's clock, as all that the portal keeps."""


class Simulation:
    """The portal in a calendar: what its services do with the rules, and who writes down what truly happened."""

    def __init__(self, calendar: Calendar, rules: Rules) -> None:
        self.calendar, self.rules = calendar, rules
        self.random = Random(calendar.seed + 1)
        self.story: list[Fact] = []
        self.inspections = [Inspection(day) for day in calendar.last_days]
        self.publication = Publication(None, None)
        self.held = False
        self.long_stop_on: date | None = None
        self.heartbeat: datetime | None = None
        self.alarm, self.paused = False, False
        self.offset, self.leap = NO_TIME, NO_TIME
        self.at = calendar.start
        self.number = count(10_000)
        self.coming = list(calendar.happenings)
        heapify(self.coming)
        self.later(calendar.start, "round", True)

    @property
    def now(self) -> datetime:
        """What the server's clock says."""
        return self.at + self.offset

    def later(self, at: datetime, kind: str, value: object = None) -> None:
        """Let something happen at an instant of true time."""
        heappush(self.coming, Happening(at, next(self.number), kind, value))

    def tell(self, kind: str, value: object = None, which: int | None = None) -> None:
        """Write down what truly happened."""
        self.story.append(Fact(self.at, kind, value, which))

    def run(self) -> list[Fact]:
        """Let all of it happen."""
        while self.coming and self.coming[0].at < self.calendar.end:
            self.at, _order, kind, value = heappop(self.coming)
            if kind == "round":
                self.round(regular=value)
            else:
                getattr(self, "on_" + kind.replace(" ", "_"))(value)
        return self.story

    def round(self, *, regular: bool) -> None:
        """One round of the worker: the heartbeat, then the disposals."""
        if regular:
            self.later(self.at + EVERY, "round", True)
        if self.paused:
            return
        self.tell("beat")
        if self.rules.clock(self.heartbeat, self.now) is not ClockVerdict.steady:
            if not self.alarm:
                self.later(self.at + self.random.uniform(0.05, 10) * DAY, "confirm")
            self.alarm = True
        elif not self.alarm:
            self.heartbeat = self.now
        if self.leap:
            self.jump(self.leap)
            self.leap = NO_TIME
        for index, each in enumerate(self.inspections):
            if each.state != "disposed" and self.publication.published_on is not None:
                self.dispose(index, each)
        self.tell("round")

    def dispose(self, index: int, each: Inspection, *, by_hand: bool = False) -> None:
        """Dispose of an inspection if the rules have it so."""
        held = each.held or self.held
        verdict = self.rules.verdict(self.publication, held, self.now)
        decided = False
        if verdict.state != "due":
            decided = by_hand and each.decided_until is not None and self.now < each.decided_until
            if not decided or each.state != "closed":
                return
            try:
                check_early(self.publication, held, self.now, undated=self.undated(each))
            except Conflict:
                return
        if self.alarm or self.rules.clock(self.heartbeat, self.now) is not ClockVerdict.steady:
            return
        if decided or by_hand or each.approved or self.calendar.standing:
            each.state = "disposed"
            self.tell("disposed", "by decision" if decided else "by hand" if by_hand else "when due", index)

    def undated(self, each: Inspection) -> bool:
        """Say whether two people may decide though nothing is published."""
        days = last_day_to_count([OnSite(i.last_day_on, i.cancelled) for i in self.inspections])
        stands = Unpublished(self.publication.published_on, days, self.long_stop_on)
        return self.publication.published_on is None and (each.cancelled or stands.passed(london_date(self.now)))

    def jump(self, by: timedelta) -> None:
        """Let the clock leap, or fall back; where it was wrong already it stays as it is."""
        if not self.offset:
            self.offset = by
            self.tell("clock", by)

    def on_jump(self, by: timedelta) -> None:
        self.jump(by)

    def on_jump_within_a_round(self, by: timedelta) -> None:
        self.leap = by

    def on_right_the_clock(self, _value: object) -> None:
        if self.offset:
            self.offset = NO_TIME
            self.tell("clock", NO_TIME)

    def on_confirm(self, _value: object) -> None:
        """A person looks at the clock, and rights it if it is wrong, before they say that it is right."""
        self.on_right_the_clock(None)
        self.alarm, self.heartbeat = False, self.now
        self.tell("confirmed")

    def on_pause(self, _value: object) -> None:
        self.paused = True

    def on_resume(self, _value: object) -> None:
        self.paused = False

    def enter(self, day: date | None) -> None:
        """Enter, change or retract the publication date, by as many people as it takes."""
        behind = self.heartbeat is not None and self.now < self.heartbeat - timedelta(minutes=1)
        if self.alarm or behind or self.offset or any(each.state == "disposed" for each in self.inspections):
            return
        last_day = last_day_on_site([OnSite(each.last_day_on, each.cancelled) for each in self.inspections])
        current = self.publication.published_on
        if day == current:
            return
        for two in (False, True):
            try:
                today = london_date(self.now)
                check_publication_date(day, today=today, last_day_on_site=last_day, current=current, two_people=two)
            except TakesTwo:
                continue
            except Refused:
                return
            break
        self.publication = Publication(day, self.now)
        self.tell("entered", day)
        for index, each in enumerate(self.inspections):
            each.approved = False
            if each.state in ("announced", "deferred"):
                each.state = "closed"
                self.tell("state", "closed", index)
        self.watch_closely(day)

    def watch_closely(self, day: date | None) -> None:
        """Add rounds a second before and at the instants that decide, as the rules under test have them."""
        verdict = disposal_verdict(self.publication, False, self.now)
        ends = [self.at + 14 * DAY, *([verdict.due_at] if verdict.due_at else [])]
        for end in ends:
            for at in (end - DAY, end - SECOND, end, end + SECOND):
                if at > self.at:
                    self.later(at, "round", False)

    def on_enter(self, back: int) -> None:
        """Enter a date; where that cannot be now, somebody tries again on the next day."""
        self.enter(max(london_date(self.now) - back * DAY, *(each.last_day_on for each in self.inspections), date.min))
        if self.publication.published_on is None:
            self.later(self.at + DAY, "enter", back)

    def on_later(self, by: int) -> None:
        if self.publication.published_on is not None:
            self.enter(min(london_date(self.now), self.publication.published_on + by * DAY))

    def on_earlier(self, by: int) -> None:
        if self.publication.published_on is not None:
            self.enter(self.publication.published_on - by * DAY)

    def on_retract(self, _value: object) -> None:
        if self.publication.published_on is not None:
            self.enter(None)

    def hold(self, which: int | None, held: bool) -> None:
        """Place or lift a hold, unless it comes too late."""
        if which is None:
            self.held = held
        elif self.inspections[which].state != "disposed":
            self.inspections[which].held = held
        self.tell("held", held, which)

    def on_hold(self, which: int | None) -> None:
        self.hold(which, True)

    def on_lift(self, which: int | None) -> None:
        self.hold(which, False)

    def move(self, which: int, state: str, *allowed: str) -> bool:
        """Give an inspection another state, where it has one of these; say whether."""
        if self.inspections[which].state not in allowed:
            return False
        self.inspections[which].state = state
        self.tell("state", state, which)
        return True

    def on_defer(self, which: int) -> None:
        self.move(which, "deferred", "announced")

    def on_announce(self, which: int) -> None:
        if self.move(which, "announced", "deferred"):
            self.inspections[which].last_day_on = london_date(self.now) + 10 * DAY

    def on_close(self, which: int) -> None:
        self.move(which, "closed", "announced", "deferred")

    def on_cancel(self, which: int) -> None:
        if self.publication.published_on is None and self.inspections[which].state != "disposed":
            self.move(which, "closed", "announced", "deferred")
            self.inspections[which].cancelled = True
            self.tell("cancelled", None, which)

    def on_approve(self, which: int) -> None:
        self.inspections[which].approved = True
        self.tell("approved", None, which)

    def on_long_stop(self, days: int) -> None:
        """Set a long-stop, which destroys nothing; the oracle is not told, since nothing may follow from it alone."""
        self.long_stop_on = london_date(self.now) + days * DAY
        self.tell("long-stop", self.long_stop_on)

    def on_decide(self, which: int) -> None:
        """Two people decide that an inspection goes before its time, if the rules let it be proposed."""
        each = self.inspections[which]
        if each.state != "closed" or self.offset:
            return
        try:
            check_early(self.publication, each.held or self.held, self.now, undated=self.undated(each))
        except Conflict:
            return
        each.decided_until = self.now + DECISION_LASTS
        self.tell("decided", None, which)

    def on_by_hand(self, which: int) -> None:
        each = self.inspections[which]
        if each.state != "disposed":
            self.dispose(which, each, by_hand=True)


def simulate(calendar: Calendar, rules: Rules) -> list[Fact]:
    """Return what happens in a calendar under these rules, in the order of true time."""
    return Simulation(calendar, rules).run()
