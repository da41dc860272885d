"""Proposals by their rows, in the caller's transaction: made, told, with their reason sealed."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import Disposal
from portal.db.proposal_queries import approved_about, waiting_about
from portal.db.proposals import Proposal
from portal.db.queries import people_with
from portal.db.tables import Inspection, Programme
from portal.domain.actors import WORKER, Actor, person_actor
from portal.domain.deadline import check_reason
from portal.domain.errors import Conflict, KeyRemoved
from portal.domain.proposals import PUBLICATION, TERMS, Kind, Outcome, check_person
from portal.domain.retention import Publication, check_early
from portal.domain.roles import STEWARDS
from portal.ports import Deps
from portal.vault.long_stop import undated
from portal.vault.mails import queue_mail
from portal.vault.own import open_own, seal_own
from portal.vault.records import GONE, inspection_key
from portal.vault.texts import open_text, seal_text
from schemas.texts import say

Thing = Programme | Inspection
NO_REASON = say("Enter the reason. Whoever decides reads it.")
_PURPOSE, _FIELD = "proposal", "reason"


def state_of(kind: Kind, thing: Thing) -> dict[str, str]:
    """Return that on which a proposal is made, and which must be the same when it is approved."""
    programme = thing.programme if isinstance(thing, Inspection) else thing
    if kind in PUBLICATION:
        return {"published_on": str(programme.published_on)}
    if kind is Kind.lift_hold:
        return {"held": str(thing.held)}
    if kind is Kind.early_disposal and isinstance(thing, Inspection):
        return {"published_on": str(programme.published_on), "state": thing.state}
    return {}


def propose(session: Session, deps: Deps, actor: Actor, kind: Kind, thing: Thing, reason: str, **details: str) -> UUID:
    """Propose an act about a thing, which must be locked, and tell whoever decides; return the proposal's id.

    Raises NotAllowed (the command line), Refused (the reason), Conflict (one waits already, nobody could decide).
    """
    person, now = check_person(actor), deps.clock.now()
    words = check_reason(reason, NO_REASON)
    before = waiting_about(session, kind, thing)
    if before is not None and before.expires_at > now:
        raise Conflict(say("This was proposed already, and waits for a decision."))
    if before is not None:
        lapse(session, deps, before, now)
        session.flush()
    proposal, inspection = uuid4(), thing if isinstance(thing, Inspection) else None
    deciders = _deciders(session, kind, inspection, person)
    if not deciders:
        raise Conflict(say("Nobody else could decide on this. Ask for a second person with that role first."))
    row = Proposal(
        id=proposal,
        kind=kind,
        programme_id=None if inspection else thing.id,
        inspection_id=inspection.id if inspection else None,
        details=json.dumps(state_of(kind, thing) | details, sort_keys=True),
        proposed_by=person,
        proposed_at=now,
        expires_at=now + deps.policy.proposal_life,
    )
    row.sealed_reason = _seal(deps, row, inspection, words)
    session.add(row)
    for each in deciders:
        _tell(session, deps, each, row, "reading-asked" if kind is Kind.break_glass else "proposal-waiting")
    append(session, actor, "proposal.made", now, inspection=row.inspection_id, subject=proposal, kind=kind)
    return proposal


def _deciders(session: Session, kind: Kind, inspection: Inspection | None, proposer: UUID) -> list[UUID]:
    roles = TERMS[kind].deciders
    within = inspection.id if inspection is not None and not roles & STEWARDS else None
    return [each.id for each in people_with(session, roles, within) if each.id != proposer]


def _tell(session: Session, deps: Deps, person: UUID, proposal: Proposal, template: str) -> None:
    """Queue a mail: only to the team and the agency does it name an inspection."""
    about = proposal.inspection_id if template.startswith("reading") else None
    queue_mail(session, deps, person, about, template, occasion=str(proposal.id))


def settle(session: Session, deps: Deps, proposal: Proposal, outcome: Outcome, by: UUID | None, now: datetime) -> None:
    """Note what became of a proposal, and tell whoever made it."""
    proposal.outcome, proposal.decided_by, proposal.decided_at = outcome, by, now
    if outcome is not Outcome.withdrawn:
        queue_mail(session, deps, proposal.proposed_by, None, "proposal-decided", occasion=str(proposal.id))


def lapse(session: Session, deps: Deps, proposal: Proposal, now: datetime) -> None:
    """Note that nobody decided in time."""
    settle(session, deps, proposal, Outcome.lapsed, None, now)
    append(session, WORKER, "proposal.lapsed", now, inspection=proposal.inspection_id, subject=proposal.id)


def details_of(proposal: Proposal) -> Mapping[str, str]:
    """Return the dates and states that a proposal was made on, and the date that it asks for."""
    found: Mapping[str, str] = json.loads(proposal.details)
    return found


def _seal(deps: Deps, proposal: Proposal, inspection: Inspection | None, reason: str) -> bytes:
    if inspection is None:
        return seal_own(deps.secret, _PURPOSE, proposal.id.bytes, reason.encode())
    return seal_text(inspection_key(deps, inspection), inspection.id, proposal.id, _FIELD, reason)


def open_reason(deps: Deps, proposal: Proposal, inspection: Inspection | None) -> str:
    """Open the reason of a proposal. Raises SealBroken, KeyRemoved (blanked), KeyUnavailable."""
    if proposal.sealed_reason is None:
        raise KeyRemoved(GONE)
    if inspection is None:
        return open_own(deps.secret, _PURPOSE, proposal.id.bytes, proposal.sealed_reason).decode()
    key = inspection_key(deps, inspection)
    return open_text(key, inspection.id, proposal.id, _FIELD, proposal.sealed_reason)


def early_decision(session: Session, inspection: Inspection, now: datetime) -> Proposal | None:
    """Return the decision by which an inspection can be disposed of though it is not due, if there is one.

    It counts for some days, and only as long as nothing has changed on which it was made.
    """
    proposal = approved_about(session, Kind.early_disposal, inspection.id)
    if proposal is None or proposal.expires_at <= now:
        return None
    if state_of(Kind.early_disposal, inspection) != details_of(proposal):
        return None
    try:
        check_not_due(session, inspection, now)
    except Conflict:
        return None
    return proposal


def check_not_due(session: Session, inspection: Inspection, now: datetime) -> None:
    """Let an early disposal be proposed, approved or begun. Raises Conflict (see `check_early`)."""
    programme = inspection.programme
    publication = Publication(programme.published_on, programme.publication_entered_at)
    held = inspection.held or programme.held
    check_early(publication, held, now, undated=programme.published_on is None and undated(session, inspection, now))


def decision_behind(session: Session, disposal: Disposal) -> dict[str, str] | None:
    """Return the decision by which a disposal began before it was due, as a certificate says it; None otherwise."""
    if disposal.due_at is not None and disposal.started_at >= disposal.due_at:
        return None
    proposal = approved_about(session, Kind.early_disposal, disposal.inspection_id)
    return say_decision(proposal) if proposal else None


def say_decision(proposal: Proposal) -> dict[str, str]:
    """Return who decided what, as a certificate says it: by identifiers alone."""
    if proposal.decided_by is None:
        raise ValueError("Nobody decided on this.")
    return {
        "proposal": str(proposal.id),
        "proposed_by": person_actor(proposal.proposed_by).label,
        "approved_by": person_actor(proposal.decided_by).label,
    }
