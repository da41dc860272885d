"""What monitoring watches of the end of life, as gauges: no names, no references."""

from collections.abc import Mapping
from math import inf

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ending_queries import clock_row, undisposed
from portal.db.endings import Alarm, CopyNotice, DisposalPlan
from portal.db.engine import reading
from portal.db.queries import require_steward
from portal.domain.actors import Actor
from portal.domain.forewarning import APPROVAL_ALARM, LATE_ALARM
from portal.domain.lifecycle import InspectionState
from portal.domain.mails import MAIL_ALARM
from portal.domain.retention import CLOCK_ALARM
from portal.domain.roles import Permission
from portal.formats.exposition import Gauge, exposition
from portal.ports import Deps
from portal.vault.records import verdict_of

KINDS = (CLOCK_ALARM, MAIL_ALARM, LATE_ALARM, APPROVAL_ALARM)
"""Kinds of alarms that are counted even if none was ever raised."""


def metrics(deps: Deps, actor: Actor) -> str:
    """Return the figures in Prometheus' text format. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.view_certificates)
        return exposition(_gauges(session, deps))


def _gauges(session: Session, deps: Deps) -> list[Gauge]:
    now = deps.clock.now()
    states = [(verdict_of(each, now).state, InspectionState(each.state)) for each in undisposed(session)]
    begun = sum(state is InspectionState.disposing for _verdict, state in states)
    due = sum(verdict == "due" and state is not InspectionState.disposing for verdict, state in states)
    held = sum(verdict == "held" and state is not InspectionState.disposing for verdict, state in states)
    alarms, heartbeat = _alarms(session), clock_row(session).heartbeat_at
    return [
        _one("portal_disposals_due", "Inspections whose disposal is due and was not begun.", due),
        _one("portal_disposals_begun", "Inspections whose disposal was begun and is not certified.", begun),
        _one("portal_disposals_held", "Inspections whose disposal is due and that a hold keeps.", held),
        _one("portal_disposals_late", "Disposals that are late by more than 24 hours.", alarms[LATE_ALARM]),
        _one("portal_plans_unapproved", "Plans of disposals that nobody has approved yet.", _unapproved(session)),
        _one("portal_copies_outstanding", "Requests to delete copies that are not confirmed.", _outstanding(session)),
        Gauge("portal_alarms_standing", "Alarms that stand, by kind.", alarms, "kind"),
        _one(
            "portal_heartbeat_age_seconds",
            "Seconds since the worker's last heartbeat; infinite if there was none.",
            (now - heartbeat).total_seconds() if heartbeat else inf,
        ),
    ]


def _one(name: str, words: str, value: float) -> Gauge:
    return Gauge(name, words, {"": value})


def _alarms(session: Session) -> Mapping[str, int]:
    """Count the alarms that stand, of every kind that there ever was."""
    counted = select(Alarm.kind, func.count().filter(Alarm.cleared_at.is_(None))).group_by(Alarm.kind)
    found: dict[str, int] = dict(session.execute(counted).all())
    return dict.fromkeys(KINDS, 0) | found


def _unapproved(session: Session) -> int:
    return session.scalars(
        select(func.count()).select_from(DisposalPlan).where(DisposalPlan.approved_at.is_(None))
    ).one()


def _outstanding(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(CopyNotice).where(CopyNotice.confirmed_at.is_(None))).one()
