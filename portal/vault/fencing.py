"""Whether an inspection may be disposed of now, and on what grounds: asked once it is locked, just before it begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.ending_queries import clock_row, standing_alarm
from portal.db.tables import Inspection
from portal.domain.actors import WORKER, Actor
from portal.domain.certificates import EARLY_RULE, RULE, UNDATED_RULE
from portal.domain.errors import ClockSuspect, Conflict
from portal.domain.retention import CLOCK_ALARM, ClockVerdict, VerdictState, clock_verdict
from portal.ports import Deps
from portal.vault.gone import REWOUND
from portal.vault.plans import STANDING, approve_plan, make_plan
from portal.vault.proposals import early_decision, say_decision
from portal.vault.records import verdict_of
from schemas.texts import say

CLOCK_SUSPECT = say(
    "Nothing is disposed of: the clock has leapt, or runs behind the last heartbeat. Check the clock, "
    "then run `portal retention confirm-clock`."
)
UNAPPROVED = say("Nobody has approved the plan of this disposal. A data protection officer has to, on its page.")
LOST = say(
    "Nothing is disposed of: entries of the audit trail are lost, and so may be holds. Once every hold is placed "
    "again, the operator says so with `portal audit restored`."
)
_VERDICTS: Mapping[VerdictState, str] = {
    "unpublished": say("unpublished"),
    "retained": say("retained"),
    "in notice": say("in notice"),
    "held": say("held"),
    "due": say("due"),
}


class Unapproved(Conflict):
    """It is due, and waits for a data protection officer to approve its plan."""


@dataclass(frozen=True)
class Grounds:
    """Why a disposal may begin at this instant."""

    due_at: datetime | None
    """When it was due, or would have been; None where nothing was published, and two people decided."""
    rule: str = RULE
    planned_at: datetime | None = None
    """The end of the year, or of the notice where that is later: the time that the plan names."""
    decision: Mapping[str, str] = field(default_factory=dict)
    """What the trail's entry says of a decision by two people, where it took one: it has their `proposal`."""


def steady_now(session: Session, deps: Deps) -> datetime:
    """Return the time, with the heartbeat locked, if the clock can be trusted to dispose of anything (R13).

    Raises ClockSuspect: it has leapt or runs behind, or the alarm about it stands.
    """
    row = clock_row(session, lock=True)
    now = deps.clock.now()
    if clock_verdict(row.heartbeat_at, now) != ClockVerdict.steady or standing_alarm(session, CLOCK_ALARM):
        raise ClockSuspect(CLOCK_SUSPECT)
    return now


def grounds_for(session: Session, actor: Actor, inspection: Inspection, now: datetime) -> Grounds:
    """Say on what grounds an inspection may be disposed of now; it is locked, and its programme read anew.

    Its plan is made, if it was not yet, and its approval recorded. Raises Conflict: it is not due, or held, and no two
    people decided that it goes all the same; or the database was restored, and nobody has said so yet.
    Raises Unapproved: nobody approved its plan.
    """
    if standing_alarm(session, REWOUND):
        raise Conflict(LOST)
    grounds = _grounds(session, inspection, now)
    plan = make_plan(session, actor, inspection, grounds.rule, grounds.planned_at, now)
    if plan.approved_at is None:
        approve_plan(session, actor, plan, _approver(actor, inspection, grounds), now)
    return grounds


def _grounds(session: Session, inspection: Inspection, now: datetime) -> Grounds:
    verdict = verdict_of(inspection, now)
    if verdict.state == "due":
        return Grounds(verdict.due_at, planned_at=verdict.earliest_at)
    early = early_decision(session, inspection, now) if verdict.state in ("retained", "unpublished") else None
    if early is not None:
        rule = EARLY_RULE if inspection.programme.published_on else UNDATED_RULE
        return Grounds(verdict.due_at, rule, verdict.earliest_at, say_decision(early))
    raise Conflict(
        say(
            "{reference} is not due for disposal: {verdict}.",
            reference=inspection.reference,
            verdict=_VERDICTS[verdict.state],
        )
    )


def _approver(actor: Actor, inspection: Inspection, grounds: Grounds) -> str:
    """Say who approves a plan that nobody did: two people's decision, whoever disposes by hand, or the policy."""
    if grounds.decision:
        return f"proposal:{grounds.decision['proposal']}"
    if actor != WORKER:
        return actor.label
    if not inspection.programme.standing_approval:
        raise Unapproved(UNAPPROVED)
    return STANDING
