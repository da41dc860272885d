"""The worker's heartbeat and the clock guard: after a leap nothing is disposed of until a person confirms (R13)."""

from uuid import uuid4

from portal.db.chain import append
from portal.db.ending_queries import clock_row, standing_alarm, standing_alarms
from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.db.queries import people_with, require_steward
from portal.domain.actors import WORKER, Actor
from portal.domain.errors import Conflict
from portal.domain.retention import CLOCK_ALARM, ClockVerdict, clock_verdict
from portal.domain.roles import STEWARDS, Permission
from portal.ports import Deps
from portal.vault.mails import queue_mail
from schemas.texts import say

_WORDS = {
    ClockVerdict.leapt: say(
        "The clock has leapt more than 24 hours since the last heartbeat. "
        "Nothing is disposed of until a person has checked the clock and confirmed it."
    ),
    ClockVerdict.behind: say(
        "The clock runs behind the last heartbeat. "
        "Nothing is disposed of until a person has checked the clock and confirmed it."
    ),
}


def beat(deps: Deps) -> ClockVerdict:
    """Record that the worker is alive, or raise the alarm; while an alarm stands the heartbeat does not advance."""
    with writing(deps.engine) as session:
        row = clock_row(session, lock=True)
        # Read the clock after the row is locked: a heartbeat of another process must not seem to be in the future.
        now = deps.clock.now()
        verdict = clock_verdict(row.heartbeat_at, now)
        standing = standing_alarm(session, CLOCK_ALARM)
        if verdict == ClockVerdict.steady:
            if standing is None:
                row.heartbeat_at = now
            return verdict
        if standing is None:
            alarm = Alarm(id=uuid4(), kind=CLOCK_ALARM, raised_at=now, words=_WORDS[verdict])
            session.add(alarm)
            for person in people_with(session, STEWARDS):
                queue_mail(session, deps, person.id, None, "clock-alarm")
            append(session, WORKER, "clock.alarm", now, subject=alarm.id, verdict=str(verdict))
        return verdict


def alarms(deps: Deps) -> list[str]:
    """Return a sentence for every alarm that stands."""
    with reading(deps.engine) as session:
        return [alarm.words for alarm in standing_alarms(session)]


def confirm_clock(deps: Deps, actor: Actor) -> None:
    """A person has checked the clock: clear the alarm and go on from now. Raises NotFound, Conflict (no alarm)."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        row = clock_row(session, lock=True)
        now = deps.clock.now()
        standing = standing_alarm(session, CLOCK_ALARM)
        if standing is None and clock_verdict(row.heartbeat_at, now) == ClockVerdict.steady:
            raise Conflict(say("There is no clock alarm to confirm."))
        if standing is not None:
            standing.cleared_at, standing.cleared_by = now, actor.label
        row.heartbeat_at = now
        append(session, actor, "clock.confirmed", now, subject=standing.id if standing else "")
