"""The plan of a disposal: shown in full, approved by a person where the programme's policy asks for that."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.queries import admit, programme_by_code, require_steward
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.certificates import RULE
from portal.domain.errors import Conflict
from portal.domain.forewarning import APPROVAL_ALARM
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.alarms import clear_alarm
from portal.vault.copies import Copies, copies_of
from portal.vault.plans import Approval, approval_of, approve_plan, digest_of, fits, plan_of, read_plan
from portal.vault.records import verdict_of
from schemas.texts import say

NO_PLAN = say("There is no plan to approve yet. It is made 14 days before disposal is due.")
CHANGED = say("The plan or its dates have changed since. Read the plan as it is now before you approve it.")
APPROVED = say("This plan was approved already.")
BEGUN = say("Disposal of this inspection has begun, so its plan can no longer be approved.")


@dataclass(frozen=True)
class PlanPage:
    """A plan as its page shows it."""

    reference: str
    agency: str
    programme: str
    plan: dict[str, Any] | None
    """What the plan says; None as long as there is none."""
    digest: str
    """By which an approval names the plan; empty as long as there is none."""
    approval: Approval | None
    standing: bool
    """Whether the programme's policy approves plans once they are due."""
    begun: bool
    current: bool
    """Whether the plan is for the date as it stands now."""
    copies: Copies
    certified: bool = False
    """Whether it is disposed of, so that there is a certificate."""

    @property
    def refusal(self) -> str:
        """Why there is nothing to approve; empty where there is."""
        if self.begun:
            return BEGUN
        if self.plan is None:
            return NO_PLAN
        if not self.current:
            return CHANGED
        return "" if self.approval is None else APPROVED


def plan_page(deps: Deps, actor: Actor, inspection_id: UUID) -> PlanPage:
    """Return the plan of an inspection's disposal. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention)
        plan = plan_of(session, inspection.id)
        due_at = verdict_of(inspection, deps.clock.now()).earliest_at
        return PlanPage(
            reference=inspection.reference,
            agency=inspection.agency.name,
            programme=inspection.programme.code,
            plan=dict(read_plan(plan)) if plan else None,
            digest=digest_of(plan) if plan else "",
            approval=approval_of(session, inspection.id),
            standing=inspection.programme.standing_approval,
            begun=_begun(inspection),
            current=plan is not None and fits(plan, inspection, RULE, due_at),
            copies=copies_of(session, inspection.id),
            certified=inspection.state == InspectionState.disposed,
        )


def _begun(inspection: Inspection) -> bool:
    return not readable(InspectionState(inspection.state))


def approve(deps: Deps, actor: Actor, inspection_id: UUID, digest: str | None = None) -> None:
    """Approve the plan of an inspection's disposal, the one of this digest if any is given.

    Raises NotFound, NotAllowed, Conflict (no plan, another than was read, approved already, disposal has begun).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.dispose, lock=True)
        session.refresh(inspection.programme)
        now = deps.clock.now()
        plan = plan_of(session, inspection.id, lock=True)
        if _begun(inspection):
            raise Conflict(BEGUN)
        if plan is None:
            raise Conflict(NO_PLAN)
        fresh = fits(plan, inspection, RULE, verdict_of(inspection, now).earliest_at)
        if not fresh or digest not in (None, digest_of(plan)):
            raise Conflict(CHANGED)
        if plan.approved_at is not None:
            raise Conflict(APPROVED)
        approve_plan(session, actor, plan, actor.label, now)
        clear_alarm(session, deps, actor, APPROVAL_ALARM, subject=str(inspection.id))


@dataclass(frozen=True)
class PolicyPage:
    """How plans of a programme are approved."""

    code: str
    title: str
    standing: bool


def policy_page(deps: Deps, actor: Actor, code: str) -> PolicyPage:
    """Return how plans of a programme are approved. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code)
        return PolicyPage(programme.code, programme.title, programme.standing_approval)


def set_policy(deps: Deps, actor: Actor, code: str, *, standing: bool) -> None:
    """Say whether what is due in a programme goes without a person's approval of each plan. Raises NotFound.

    A plan that a person approved stays approved.
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        if programme.standing_approval == standing:
            return
        programme.standing_approval = standing
        append(
            session, actor, "programme.approval-policy", deps.clock.now(), subject=programme.id, standing=standing
        )  # fmt: skip
