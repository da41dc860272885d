"""Alarms by their rows, in the caller's transaction: raised once, told to the stewards, and standing until cleared."""

from uuid import uuid4

import structlog
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.ending_queries import standing_alarm
from portal.db.endings import Alarm
from portal.db.queries import people_with
from portal.domain.actors import WORKER, Actor
from portal.domain.roles import STEWARDS
from portal.ports import Deps
from portal.vault.mails import queue_mail

log = structlog.get_logger()


def raise_alarm(session: Session, deps: Deps, kind: str, words: str, *, subject: str = "") -> bool:
    """Raise an alarm unless one of this kind about this subject (an id, or nothing) stands; say whether it is new.

    `words` hold no names and no content. Every steward gets a mail, the trail an entry, and the log an event that
    monitoring counts.
    """
    if standing_alarm(session, kind, subject) is not None:
        return False
    now = deps.clock.now()
    alarm = Alarm(id=uuid4(), kind=kind, subject=subject, raised_at=now, words=words)
    session.add(alarm)
    for person in people_with(session, STEWARDS):
        queue_mail(session, deps, person.id, None, "alarm", occasion=str(alarm.id))
    append(session, WORKER, "alarm.raised", now, subject=alarm.id, kind=kind, about=subject)
    log.error("alarm.raised", kind=kind, subject=subject)
    return True


def clear_alarm(session: Session, deps: Deps, actor: Actor, kind: str, *, subject: str = "") -> bool:
    """Clear an alarm whose cause is gone, or that a person has dealt with; say whether one stood."""
    standing = standing_alarm(session, kind, subject)
    if standing is None:
        return False
    now = deps.clock.now()
    standing.cleared_at, standing.cleared_by = now, actor.label
    append(session, actor, "alarm.cleared", now, subject=standing.id, kind=kind, about=subject)
    return True
