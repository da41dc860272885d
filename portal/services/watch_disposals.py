"""Disposals that nobody approved in time, and those that are late: alarms that stand until their cause is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.ending_queries import disposal_of
from portal.db.endings import Alarm, Hold
from portal.db.engine import reading, writing
from portal.db.tables import Inspection
from portal.domain.actors import WORKER
from portal.domain.certificates import RULE
from portal.domain.forewarning import APPROVAL_ALARM, LATE_ALARM, Case, free_since, is_late
from portal.domain.lifecycle import InspectionState
from portal.domain.times import iso, say_deadline
from portal.ports import Deps
from portal.vault.alarms import clear_alarm, raise_alarm
from portal.vault.plans import fits, plan_of
from portal.vault.records import verdict_of
from schemas.texts import say

KINDS = (LATE_ALARM, APPROVAL_ALARM)


@dataclass(frozen=True)
class _Found:
    """What is to be raised and what to be cleared about one inspection: kinds of alarms."""

    case: Case
    new: Sequence[str]
    over: Sequence[str]


def watch_disposals(deps: Deps) -> int:
    """Raise what has become late or waits for an approval, clear what no longer is; return how many alarms changed."""
    with reading(deps.engine) as session:
        now, standing = deps.clock.now(), _standing(session)
        ids = [UUID(subject) for subject in standing]
        watched = or_(Inspection.state != InspectionState.disposed, Inspection.id.in_(ids))
        inspections = session.scalars(select(Inspection).where(watched).order_by(Inspection.id)).all()
        changed = [each.id for each in inspections if _changes(_look(session, each, standing, now))]
    for inspection in changed:
        _settle(deps, inspection)
    return len(changed)


def late_references(deps: Deps) -> list[str]:
    """Return the references of the inspections whose disposal is late, for the stewards' pages."""
    with reading(deps.engine) as session:
        late = session.scalars(select(Alarm.subject).where(Alarm.kind == LATE_ALARM, Alarm.cleared_at.is_(None))).all()
        if not late:
            return []
        ids = [UUID(each) for each in late]
        found = select(Inspection.reference).where(Inspection.id.in_(ids)).order_by(Inspection.reference)
        return list(session.scalars(found))


def _changes(found: _Found) -> bool:
    return bool(found.new or found.over)


def _standing(session: Session) -> dict[str, set[str]]:
    """Return the kinds of alarms that stand, by the inspection that they are about."""
    rows = session.execute(select(Alarm.subject, Alarm.kind).where(Alarm.kind.in_(KINDS), Alarm.cleared_at.is_(None)))
    standing: dict[str, set[str]] = {}
    for subject, kind in rows:
        standing.setdefault(subject, set()).add(kind)
    return standing


def _look(session: Session, inspection: Inspection, standing: dict[str, set[str]], now: datetime) -> _Found:
    case, stands = _case(session, inspection, now), standing.get(str(inspection.id), set())
    gone, begun = case.state == InspectionState.disposed, case.state == InspectionState.disposing
    holds = {
        LATE_ALARM: not gone and is_late(case, now),
        APPROVAL_ALARM: _unapproved(session, inspection, case),
    }
    # Late stays late whatever is done about it, a hold included, until it is certified; or until it turns out that it
    # was not due at all, because the clock was wrong or two people changed the date.
    still = not gone and (begun or case.verdict.state in ("due", "held"))
    over = {LATE_ALARM: not still, APPROVAL_ALARM: not holds[APPROVAL_ALARM]}
    return _Found(
        case,
        [kind for kind in KINDS if holds[kind] and kind not in stands],
        [kind for kind in KINDS if kind in stands and over[kind]],
    )


def _case(session: Session, inspection: Inspection, now: datetime) -> Case:
    verdict, programme = verdict_of(inspection, now), inspection.programme
    held = inspection.held or programme.held
    case = Case(InspectionState(inspection.state), verdict, held)
    if not case.begun and verdict.state != "due":
        return case
    about = or_(Hold.inspection_id == inspection.id, Hold.programme_id == programme.id)
    lifted = session.scalar(select(func.max(Hold.lifted_at)).where(about))
    disposal = disposal_of(session, inspection.id) if case.begun else None
    return Case(case.state, verdict, held, lifted, disposal.started_at if disposal else None)


def _unapproved(session: Session, inspection: Inspection, case: Case) -> bool:
    if case.begun or case.verdict.state != "due" or inspection.programme.standing_approval:
        return False
    plan = plan_of(session, inspection.id)
    approved = plan is not None and plan.approved_at is not None
    return plan is None or not approved or not fits(plan, inspection, RULE, case.verdict.earliest_at)


def _settle(deps: Deps, inspection_id: UUID) -> None:
    """Look once more at one inspection, locked, and raise or clear what is to be."""
    with writing(deps.engine) as session:
        inspection = session.get_one(Inspection, inspection_id, with_for_update={"of": Inspection})
        session.refresh(inspection.programme)
        now = deps.clock.now()
        found = _look(session, inspection, _standing(session), now)
        for kind in found.new:
            words = _late_words(inspection, found.case) if kind == LATE_ALARM else _approval_words(inspection)
            raise_alarm(session, deps, kind, words, subject=str(inspection.id))
        for kind in found.over:
            clear_alarm(session, deps, WORKER, kind, subject=str(inspection.id))
        if LATE_ALARM in found.new:
            since = free_since(found.case)
            append(session, WORKER, "disposal.late", now, inspection=inspection.id, since=iso(since) if since else "")
        if LATE_ALARM in found.over:
            append(session, WORKER, "disposal.late-over", now, inspection=inspection.id, state=inspection.state)


def _late_words(inspection: Inspection, case: Case) -> str:
    since = free_since(case)
    if since is None:
        raise ValueError("Nothing is late that is not free to go.")
    return say(
        "The disposal of {reference} is late: it could begin after {since}, and is not certified. Look at the worker, "
        "its log, the store and the keys. This ends by itself once the disposal is certified.",
        reference=inspection.reference,
        since=say_deadline(since),
    )


def _approval_words(inspection: Inspection) -> str:
    return say(
        "{reference} is due for disposal, and nobody has approved its plan. A data protection officer approves it "
        "on its page under Retention.",
        reference=inspection.reference,
    )
