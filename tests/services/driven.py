"""A simulated calendar that drives the real services: what `tests/domain/simulation.py` does with the rules alone.

Of the worker's quiet rounds, in which nothing is near and all is well, only the heartbeat is written down; every other
round is real.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from itertools import count, islice
from uuid import UUID

from sqlalchemy import update

from portal.db.endings import ClockRow
from portal.db.engine import writing
from portal.domain.actors import WORKER
from portal.domain.announcing import Asked, Seen
from portal.domain.errors import ClockSuspect, Conflict, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.proposals import TakesTwo
from portal.domain.retention import ClockVerdict, Publication
from portal.services import cancel, conduct, plans
from portal.services.decide import approve
from portal.services.dispose import dispose, dispose_due, list_due
from portal.services.forewarn import forewarn
from portal.services.heartbeat import beat, confirm_clock
from portal.services.long_stop import set_long_stop
from portal.services.propose import propose_early_disposal, propose_publication
from portal.services.publish import publish
from portal.services.watch_publication import watch_publication
from tests.domain.calendars import DAY, Calendar, make_calendar
from tests.domain.oracle import Kept, Onlooker
from tests.domain.simulation import Inspection, Rules, Simulation
from tests.services.ends import hold, hold_programme, lift
from tests.services.looks import inspection_row
from tests.world import PROGRAMME, START, World, upload

REFUSED = (Conflict, Refused, ClockSuspect)
WHY = "As it was decided."
REAL_EVERY = 80


def calendar_number(number: int) -> Calendar:
    """Return one of the calendars that have two inspections, begun when the world's were announced."""
    fitting = (each for each in map(make_calendar, count()) if len(each.last_days) == 2)
    found = next(islice(fitting, number, None))
    by = START - found.start
    moved = [each._replace(at=each.at + by) for each in found.happenings]
    return Calendar(found.seed, START, found.end + by, found.standing, found.last_days, moved)


class Driven(Simulation):
    """The portal itself in a calendar."""

    def __init__(self, calendar: Calendar, world: World) -> None:
        super().__init__(calendar, Rules())
        self.world, self.deps = world, world.deps
        self.ids = [world.a.inspection, world.b.inspection]
        self.heads = [world.lead_inspector.actor, world.lead_inspector_b.actor]
        self.inspections = [Inspection(inspection_row(world.deps, each).last_day_on) for each in self.ids]
        self.holds: list[tuple[int | None, UUID]] = []
        self.quiet, self.unsettled = 0, True
        for sender, inspection in zip((world.leader, world.leader_b), self.ids, strict=True):
            upload(world.deps, sender.actor, inspection)
        plans.set_policy(world.deps, world.dpo.actor, PROGRAMME, standing=calendar.standing)

    def judged(self) -> Onlooker:
        """Let all of it happen, and the oracle look at it."""
        days = [each.last_day_on for each in self.inspections]
        return Onlooker(self.calendar.standing, [Kept() for _ in self.ids], days).follow(self.run())

    def done(self, act: Callable[[], object]) -> bool:
        """Do what a person does, at the time that the server's clock says; say whether it was let happen."""
        self.world.fakes.clock.set(self.now)
        self.unsettled = True
        try:
            act()
        except REFUSED:
            return False
        return True

    def round(self, *, regular: bool) -> None:
        """One round of the worker, or a heartbeat alone where nothing is near."""
        if regular:
            self.later(self.at + timedelta(hours=23), "round", True)
        if self.paused:
            self.unsettled = True
            return
        self.tell("beat")
        self.quiet += 1
        steady = self.rules.clock(self.heartbeat, self.now) is ClockVerdict.steady
        well = steady and not (self.unsettled or self.alarm or self.offset or self.leap)
        if regular and well and self.quiet % REAL_EVERY:
            self.heartbeat = self.now
            return
        self._settle()
        self.world.fakes.clock.set(self.now)
        if beat(self.deps) is not ClockVerdict.steady and not self.alarm:
            self.alarm = True
            self.later(self.at + self.random.uniform(0.05, 10) * DAY, "confirm")
        elif not self.alarm:
            self.heartbeat = self.now
        if self.leap:
            self.jump(self.leap)
            self.leap = timedelta()
            self.world.fakes.clock.set(self.now)
        self._dispose_due()
        watch_publication(self.deps)
        forewarn(self.deps)
        self.tell("round")
        self.unsettled = False

    def _settle(self) -> None:
        """Write down the heartbeat of the quiet rounds since the last real one."""
        if self.heartbeat is not None and not self.alarm:
            with writing(self.deps.engine) as session:
                session.execute(update(ClockRow).values(heartbeat_at=self.heartbeat))

    def _dispose_due(self) -> None:
        with suppress(*REFUSED):
            if not list(dispose_due(self.deps, WORKER)):
                return
        self._see("when due")

    def _see(self, how: str) -> None:
        for index, each in enumerate(self.inspections):
            gone = inspection_row(self.deps, self.ids[index]).state != InspectionState.closed
            if gone and each.state == "closed":
                each.state = "disposed"
                self.tell("disposed", how, index)

    def on_confirm(self, value: object) -> None:
        """A person looks at the clock, rights it and confirms."""
        self.on_right_the_clock(value)
        if self.done(lambda: confirm_clock(self.deps, self.world.dpo.actor)):
            self.alarm, self.heartbeat = False, self.now
            self.tell("confirmed")

    def enter(self, day: date | None) -> None:
        """Enter, change or retract the publication date, by as many people as it takes."""
        if self.offset or day == self.publication.published_on:
            return
        if self.heartbeat is not None and not self.alarm:
            self._settle()
        if not self.done(lambda: self._enter(day)):
            return
        self.publication = Publication(day, self.now)
        self.tell("entered", day)
        for index, each in enumerate(self.inspections):
            if each.state in ("announced", "deferred"):
                each.state = "closed"
                self.tell("state", "closed", index)
        self.watch_closely(day)

    def _enter(self, day: date | None) -> None:
        dpo = self.world.dpo.actor
        try:
            publish(self.deps, dpo, PROGRAMME, day)
        except TakesTwo:
            proposal = propose_publication(self.deps, dpo, PROGRAMME, day, WHY)
            approve(self.deps, self.world.administrator.actor, proposal)

    def hold(self, which: int | None, held: bool) -> None:
        """Place a hold, or lift all that were placed on it."""
        if held:
            if self.done(lambda: self.holds.append((which, self._hold(which)))):
                self.tell("held", True, which)
            return
        lifted = [each for each in self.holds if each[0] == which]
        if lifted and all(tuple(self.done(partial(lift, self.world, each)) for _which, each in lifted)):
            self.holds = [each for each in self.holds if each[0] != which]
            self.tell("held", False, which)

    def _hold(self, which: int | None) -> UUID:
        return hold_programme(self.world) if which is None else hold(self.world, self.ids[which])

    def _conduct(self, which: int, state: str, act: Callable[[], object]) -> bool:
        if not self.done(act):
            return False
        self.inspections[which].state = state
        self.tell("state", state, which)
        return True

    def on_defer(self, which: int) -> None:
        self._conduct(which, "deferred", lambda: conduct.defer(self.deps, self.heads[which], self.ids[which], WHY))

    def on_announce(self, which: int) -> None:
        seen, inspection = Seen(all_warnings=True), self.ids[which]
        act = partial(conduct.announce_anew, self.deps, self.heads[which], inspection, Asked(), seen)
        if self._conduct(which, "announced", act):
            self.inspections[which].last_day_on = inspection_row(self.deps, inspection).last_day_on

    def on_close(self, which: int) -> None:
        self._conduct(which, "closed", lambda: conduct.close(self.deps, self.heads[which], self.ids[which]))

    def on_cancel(self, which: int) -> None:
        if self._conduct(which, "closed", lambda: cancel.cancel(self.deps, self.heads[which], self.ids[which])):
            self.inspections[which].cancelled = True
            self.tell("cancelled", None, which)

    def on_approve(self, which: int) -> None:
        if self.done(lambda: plans.approve(self.deps, self.world.dpo.actor, self.ids[which])):
            self.tell("approved", None, which)

    def on_long_stop(self, days: int) -> None:
        day = self.now.date() + days * DAY
        if self.done(lambda: set_long_stop(self.deps, self.world.dpo.actor, PROGRAMME, day)):
            self.tell("long-stop", day)

    def on_decide(self, which: int) -> None:
        if not self.offset and self.done(lambda: self._decide(which)):
            self.tell("decided", None, which)

    def _decide(self, which: int) -> None:
        proposal = propose_early_disposal(self.deps, self.world.dpo.actor, self.ids[which], WHY)
        approve(self.deps, self.world.administrator.actor, proposal)

    def on_by_hand(self, which: int) -> None:
        self._settle()
        self.world.fakes.clock.set(self.now)
        due = any(each.now for each in list_due(self.deps, self.world.dpo.actor) if each.inspection == self.ids[which])
        if self.inspections[which].state == "closed" and self.done(
            partial(dispose, self.deps, self.world.dpo.actor, self.ids[which])
        ):
            self._see("by hand" if due else "by decision")
