"""Decide on what somebody else proposed: approving does it, once; or refuse, withdraw, or let its time run out."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.proposal_queries import run_out
from portal.db.proposals import Proposal
from portal.db.queries import NOT_FOUND, admit, people_with, require_steward
from portal.db.tables import Inspection, Programme
from portal.domain.actors import Actor, person_actor
from portal.domain.errors import Conflict, NotAllowed, NotFound
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.proposals import TERMS, Kind, Outcome, check_person, check_same_state, check_waits
from portal.domain.roles import Permission, Role
from portal.ports import Deps
from portal.vault.asking import ask, to_ask
from portal.vault.holds import lift_proposed
from portal.vault.mails import queue_mail
from portal.vault.proposals import Thing, check_not_due, details_of, lapse, settle, state_of
from portal.vault.publication import check_publication, enter_publication
from schemas.texts import say

OWN = say("You proposed this yourself. Another person has to decide. You can withdraw it.")
NOT_YOURS = say("Only whoever proposed this can withdraw it.")


def approve(deps: Deps, actor: Actor, proposal_id: UUID, inspection_id: UUID | None = None) -> Kind:
    """Approve a proposal, which does what it proposes in the same transaction: of two at once, one does it.

    `inspection_id` is the address's, where a team decides. Raises NotFound, NotAllowed (their own, the command line),
    Conflict (decided, lapsed, things have changed), Refused (the date does not fit any more).
    """
    return _decide(deps, actor, proposal_id, inspection_id, Outcome.approved)


def refuse(deps: Deps, actor: Actor, proposal_id: UUID, inspection_id: UUID | None = None) -> Kind:
    """Refuse a proposal. Raises NotFound, NotAllowed (their own, the command line), Conflict (decided, lapsed)."""
    return _decide(deps, actor, proposal_id, inspection_id, Outcome.refused)


def _decide(deps: Deps, actor: Actor, proposal_id: UUID, inspection_id: UUID | None, outcome: Outcome) -> Kind:
    person = check_person(actor)
    with writing(deps.engine) as session:
        proposal, thing = _load(session, actor, proposal_id, inspection_id)
        now, kind = deps.clock.now(), Kind(proposal.kind)
        own = proposal.proposed_by == person
        if own:
            append(
                session, actor, "proposal.denied", now, inspection=proposal.inspection_id, subject=proposal.id,
                reason="own",
            )  # fmt: skip
        else:
            check_waits(proposal.outcome, proposal.expires_at, now)
            if outcome is Outcome.approved:
                _check_state(kind, proposal, thing)
                ACTS[kind](session, deps, actor, proposal, thing)
            settle(session, deps, proposal, outcome, person, now)
            append(
                session, actor, f"proposal.{outcome}", now, inspection=proposal.inspection_id, subject=proposal.id,
                kind=kind, proposed_by=person_actor(proposal.proposed_by).label,
            )  # fmt: skip
    if own:
        raise NotAllowed(OWN)
    return kind


def _load(session: Session, actor: Actor, proposal_id: UUID, inspection_id: UUID | None) -> tuple[Proposal, Thing]:
    """Return a proposal that the actor may decide, and what it is about, both locked. Raises NotFound, NotAllowed."""
    found = session.get(Proposal, proposal_id)
    if found is None:
        raise NotFound(NOT_FOUND)
    approves = TERMS[Kind(found.kind)].approves
    thing: Thing
    if approves is Permission.let_read and found.inspection_id is not None:
        if inspection_id not in (None, found.inspection_id):
            raise NotFound(NOT_FOUND)
        thing = admit(session, actor, found.inspection_id, approves, lock=True)
    else:
        if inspection_id is not None:
            raise NotFound(NOT_FOUND)
        require_steward(session, actor, approves)
        thing = _lock_thing(session, found)
    return _lock(session, proposal_id), thing


def _lock(session: Session, proposal_id: UUID) -> Proposal:
    return session.get_one(Proposal, proposal_id, with_for_update=True, populate_existing=True)


def _lock_thing(session: Session, proposal: Proposal) -> Thing:
    """Lock what a proposal is about, before the proposal itself, as whoever proposes does."""
    if proposal.programme_id is not None:
        return session.get_one(Programme, proposal.programme_id, with_for_update=True)
    about = select(Inspection).where(Inspection.id == proposal.inspection_id).with_for_update(of=Inspection)
    inspection = session.scalars(about).one()
    session.refresh(inspection.programme)
    return inspection


def _check_state(kind: Kind, proposal: Proposal, thing: Thing) -> None:
    details, now = details_of(proposal), state_of(kind, thing)
    check_same_state({name: details.get(name, "") for name in now}, now)
    if isinstance(thing, Inspection) and not readable(InspectionState(thing.state)):
        raise Conflict(say("Disposal of this inspection has begun, so this can no longer be approved. Refuse it."))


def _publish(session: Session, deps: Deps, actor: Actor, proposal: Proposal, thing: Thing) -> None:
    if isinstance(thing, Inspection):
        raise TypeError("A publication date is a programme's.")
    new = details_of(proposal).get("new")
    day = date.fromisoformat(new) if new else None
    inspections = check_publication(session, deps, thing, day, two_people=True)
    enter_publication(session, deps, actor, thing, day, inspections, proposal=str(proposal.id))


def _lift(session: Session, deps: Deps, actor: Actor, proposal: Proposal, thing: Thing) -> None:
    lift_proposed(session, deps, actor, thing, proposal.id, details_of(proposal))


def _let_dispose(session: Session, deps: Deps, actor: Actor, proposal: Proposal, thing: Thing) -> None:
    """Let `dispose.py` begin for some days: whoever disposes still has to do it, and to type the reference.

    Whoever downloaded is asked now to delete their copies: there is no time ahead of an early disposal.
    """
    if not isinstance(thing, Inspection):
        raise TypeError("Only an inspection is disposed of.")
    now = deps.clock.now()
    check_not_due(session, thing, now)
    proposal.expires_at = now + deps.policy.proposal_life
    if takers := to_ask(session, thing.id, now):
        ask(session, deps, thing, takers, None, actor)


def _let_read(session: Session, deps: Deps, _actor: Actor, proposal: Proposal, _thing: Thing) -> None:
    """Let the steward read for a while, and tell the agency's leader."""
    proposal.expires_at = deps.clock.now() + deps.policy.reading_life
    for leader in people_with(session, frozenset({Role.leader}), proposal.inspection_id):
        queue_mail(
            session, deps, leader.id, proposal.inspection_id, "reading-allowed", occasion=str(proposal.id)
        )  # fmt: skip


ACTS: dict[Kind, Callable[[Session, Deps, Actor, Proposal, Thing], None]] = {
    Kind.earlier_publication: _publish,
    Kind.retracted_publication: _publish,
    Kind.lift_hold: _lift,
    Kind.early_disposal: _let_dispose,
    Kind.break_glass: _let_read,
}
"""What approving does, by kind."""


def withdraw(deps: Deps, actor: Actor, proposal_id: UUID) -> Kind:
    """Withdraw one's own proposal, or end one's own reading; it counts no more from this instant on.

    Raises NotFound, NotAllowed (another's), Conflict (decided, lapsed).
    """
    person = check_person(actor)
    with writing(deps.engine) as session:
        found = session.get(Proposal, proposal_id)
        if found is None:
            raise NotFound(NOT_FOUND)
        require_steward(session, actor, TERMS[Kind(found.kind)].proposes)
        if found.proposed_by != person:
            raise NotAllowed(NOT_YOURS)
        thing = _lock_thing(session, found)
        if isinstance(thing, Inspection) and not readable(InspectionState(thing.state)):
            raise Conflict(say("Disposal of this inspection has begun, so nothing can be withdrawn any more."))
        proposal = _lock(session, proposal_id)
        _end(session, deps, actor, proposal)
        return Kind(proposal.kind)


def end_reading(deps: Deps, actor: Actor, proposal_id: UUID, inspection_id: UUID) -> None:
    """End a steward's reading at once, for the head of the team. Raises NotFound, NotAllowed, Conflict (over)."""
    check_person(actor)
    with writing(deps.engine) as session:
        admit(session, actor, inspection_id, Permission.let_read, lock=True)
        proposal = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
        if proposal is None or proposal.kind != Kind.break_glass or proposal.inspection_id != inspection_id:
            raise NotFound(NOT_FOUND)
        if proposal.outcome is None:
            raise Conflict(say("This reading was not approved yet. Refuse it instead."))
        _end(session, deps, actor, proposal)


def _end(session: Session, deps: Deps, actor: Actor, proposal: Proposal) -> None:
    """Withdraw what waits, or what was approved and still counts for a while."""
    now, kind = deps.clock.now(), Kind(proposal.kind)
    lasts = kind in (Kind.break_glass, Kind.early_disposal) and proposal.outcome == Outcome.approved
    check_waits(None if lasts else proposal.outcome, proposal.expires_at, now)
    # Who approved what is ended stays, in the row and in the trail.
    settle(session, deps, proposal, Outcome.withdrawn, proposal.decided_by, now)
    append(session, actor, "proposal.withdrawn", now, inspection=proposal.inspection_id, subject=proposal.id, kind=kind)


def lapse_proposals(deps: Deps) -> int:
    """Mark the proposals that nobody decided in time, and tell who made them; return how many."""
    now = deps.clock.now()
    with reading(deps.engine) as session:
        if not run_out(session, now):
            return 0
    with writing(deps.engine) as session:
        found = run_out(session, now, lock=True)
        for proposal in found:
            lapse(session, deps, proposal, now)
        return len(found)
