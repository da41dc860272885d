"""Long-stops by their rows, in the caller's transaction: who may go without a date, and which alarms stand (R9)."""

from collections.abc import Set
from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.ending_queries import standing_alarm
from portal.db.long_stop_queries import unpublished
from portal.db.tables import Inspection, Programme
from portal.domain.actors import Actor
from portal.domain.long_stop import KINDS, LONG_STOP_ALARM, Unpublished, alarm_words
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.alarms import clear_alarm, raise_alarm


def undated(session: Session, inspection: Inspection, now: datetime) -> bool:
    """Say whether two people may decide though nothing was published: it was cancelled, or the long-stop is reached."""
    if inspection.cancelled_at is not None:
        return True
    return unpublished(session, inspection.programme).passed(london_date(now))


def standing_kinds(session: Session, programme: Programme) -> Set[str]:
    """Return of which kinds an alarm about this programme stands."""
    return {kind for kind in KINDS if standing_alarm(session, kind, str(programme.id)) is not None}


def settle_alarms(session: Session, deps: Deps, actor: Actor, programme: Programme) -> int:
    """Raise and clear the alarms about a programme, which must be locked, as its dates have it; return how many."""
    stands = unpublished(session, programme)
    wanted = stands.alarms(london_date(deps.clock.now()))
    there, subject, changed = standing_kinds(session, programme), str(programme.id), 0
    for kind in KINDS:
        if kind in wanted - there:
            changed += raise_alarm(session, deps, kind, _words(kind, programme, stands), subject=subject)
        elif kind in there - wanted:
            changed += clear_alarm(session, deps, actor, kind, subject=subject)
    return changed


def _words(kind: str, programme: Programme, stands: Unpublished) -> str:
    day = stands.decides_on if kind == LONG_STOP_ALARM else stands.last_day_on
    if day is None:
        raise ValueError("An alarm about a programme is about one of its days.")
    return alarm_words(kind, programme.code, day)
