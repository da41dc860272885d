"""Fourteen days ahead: plan what will be disposed of, tell the stewards, and ask whoever downloaded to delete copies.

Run again, it does nothing twice: the plan of a due date is made once, and people are asked anew only where needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.db.ending_queries import standing_alarm
from portal.db.endings import DisposalPlan
from portal.db.engine import reading, writing
from portal.db.queries import people_with
from portal.db.tables import Inspection
from portal.domain.actors import WORKER
from portal.domain.certificates import RULE
from portal.domain.forewarning import FOREWARNING, Case, comes_soon
from portal.domain.lifecycle import InspectionState
from portal.domain.retention import CLOCK_ALARM
from portal.domain.roles import STEWARDS
from portal.domain.times import parse_iso
from portal.ports import Deps
from portal.vault.asking import ask, to_ask
from portal.vault.copies import Taker
from portal.vault.mails import queue_mail
from portal.vault.plans import drop_plan, fits, make_plan, plan_of, read_plan
from portal.vault.records import verdict_of

TOLD = "disposals-due"


@dataclass(frozen=True)
class _Step:
    """What one inspection needs now: its plan made anew, or taken back, and people asked."""

    plan: bool
    drop: bool
    asks: Sequence[Taker]

    @property
    def any(self) -> bool:
        """Whether it needs anything."""
        return self.plan or self.drop or bool(self.asks)


def forewarn(deps: Deps) -> int:
    """Make the plans that are missing, tell of them, ask for copies; return how many inspections it was about."""
    with reading(deps.engine) as session:
        now = deps.clock.now()
        if standing_alarm(session, CLOCK_ALARM) is not None:
            return 0  # a day that is wrong would be told to many
        plans = {each.inspection_id: each for each in session.scalars(select(DisposalPlan))}
        watched = session.scalars(_watched(now)).all()
        found = [each.id for each in watched if _step(session, each, plans.get(each.id), now).any]
    if not found:
        return 0
    with writing(deps.engine) as session:
        now = deps.clock.now()
        # In one order, as everyone locks who locks several; read anew, for whoever was waited for may have changed it.
        locked = select(Inspection).where(Inspection.id.in_(found)).order_by(Inspection.id)
        inspections = session.scalars(locked.with_for_update(of=Inspection)).all()
        _tell(session, deps, [each.id for each in inspections if _serve(session, deps, each, now)])
    return len(found)


def _watched(now: datetime) -> Select[Inspection]:
    """Select what is not disposed of, or was not long ago: who was not asked before that is asked after it."""
    return select(Inspection).where(
        or_(Inspection.state != InspectionState.disposed, Inspection.disposed_at > now - FOREWARNING)
    )


def _step(session: Session, inspection: Inspection, plan: DisposalPlan | None, now: datetime) -> _Step:
    verdict = verdict_of(inspection, now)
    held = inspection.held or inspection.programme.held
    case = Case(InspectionState(inspection.state), verdict, held)
    fitting = plan is not None and (case.begun or fits(plan, inspection, RULE, verdict.earliest_at))
    soon = comes_soon(case, now)
    makes = soon and not fitting
    # One whose disposal is going on is left alone: a mail about it would be deleted with it.
    asking = (soon or inspection.state == InspectionState.disposed) and (fitting or makes)
    planned_at = now if makes or plan is None else plan.made_at
    asks = to_ask(session, inspection.id, planned_at) if asking else ()
    return _Step(makes, plan is not None and not fitting and not soon, asks)


def _serve(session: Session, deps: Deps, inspection: Inspection, now: datetime) -> bool:
    """Do what one inspection needs; say whether its plan is new, so that the stewards are told."""
    session.refresh(inspection.programme)
    plan = plan_of(session, inspection.id, lock=True)
    step = _step(session, inspection, plan, now)
    if step.drop and plan is not None:
        drop_plan(session, WORKER, plan, now)
        return False
    if step.plan:
        plan = make_plan(session, WORKER, inspection, RULE, verdict_of(inspection, now).earliest_at, now)
    if step.asks and plan is not None:
        due_at = read_plan(plan)["due_at"]
        ask(session, deps, inspection, step.asks, parse_iso(due_at) if due_at else None)
    return step.plan


def _tell(session: Session, deps: Deps, planned: Sequence[UUID]) -> None:
    """Tell every steward what is due when, in one mail however many inspections it is about."""
    facts = {f"inspection-{number:03d}": str(each) for number, each in enumerate(planned)}
    for person in people_with(session, STEWARDS) if planned else ():
        queue_mail(session, deps, person.id, None, TOLD, facts=facts)
