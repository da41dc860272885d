"""Proposals as the stewards' and the team's pages show them, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.endings import Hold
from portal.db.engine import reading
from portal.db.proposal_queries import count_waiting, newest_first
from portal.db.proposals import Proposal
from portal.db.queries import NOT_FOUND, admit, require_steward
from portal.db.register_queries import Paged, paged
from portal.db.tables import Inspection, Person, Programme
from portal.domain.actors import Actor
from portal.domain.errors import KeyRemoved, NotFound
from portal.domain.proposals import TERMS, Kind, Outcome, say_change, say_outcome
from portal.domain.roles import Permission
from portal.domain.times import iso, say_moment
from portal.ports import Deps
from portal.vault.proposals import details_of, open_reason
from schemas.texts import say

View = dict[str, Any]
NAMELESS = say("somebody whose account is gone")
NO_REASON_LEFT = say("The reason was destroyed with the inspection.")


def proposals_page(deps: Deps, actor: Actor, page: int = 1) -> Paged[View]:
    """Return one page of the proposals, those that wait first. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        found = paged(session, newest_first(), page)
        now = deps.clock.now()
        return Paged([_view(session, actor, each, now) for each in found.rows], found.page, found.pages)


def waiting_count(deps: Deps, actor: Actor) -> int:
    """Return how many proposals wait for this steward. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        return count_waiting(session, actor.person, deps.clock.now())


def proposal_page(deps: Deps, actor: Actor, proposal_id: UUID) -> View:
    """Return one proposal for a steward; the reason is for who made it and who decides. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        row = session.get(Proposal, proposal_id)
        if row is None:
            raise NotFound(NOT_FOUND)
        view = _view(session, actor, row, deps.clock.now())
        theirs = row.kind != Kind.break_glass or view["own"]
        hold = _hold(session, row)
        return view | {"reason": _reason(session, deps, row) if theirs else None, "hold": hold.id if hold else None}


def readings_asked(deps: Deps, actor: Actor, inspection_id: UUID) -> list[View]:
    """Return what stewards asked to read of an inspection, for the head of its team, the newest first; 25 at most.

    Raises NotFound, NotAllowed.
    """
    with reading(deps.engine) as session:
        admit(session, actor, inspection_id, Permission.let_read)
        asked = newest_first().where(Proposal.kind == Kind.break_glass, Proposal.inspection_id == inspection_id)
        now = deps.clock.now()
        return [
            _view(session, actor, each, now) | {"reason": _reason(session, deps, each)}
            for each in session.scalars(asked.limit(25))
        ]


def list_proposals(deps: Deps, actor: Actor, page: int = 1) -> Paged[View]:
    """Return one page of the proposals with identifiers and times, for the command line. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.approve)
        found = paged(session, newest_first(), page)
        rows = [
            {
                "proposal": str(each.id),
                "kind": each.kind,
                "about": _about(session, each),
                "proposed": iso(each.proposed_at),
                "until": iso(each.expires_at),
                "outcome": each.outcome or "waits",
            }
            for each in found.rows
        ]
        return Paged(rows, found.page, found.pages)


def _view(session: Session, actor: Actor, row: Proposal, now: datetime) -> View:
    kind = Kind(row.kind)
    terms, own = TERMS[kind], row.proposed_by == actor.person
    outcome = row.outcome or (Outcome.lapsed if now >= row.expires_at else None)
    lasts = row.outcome == Outcome.approved and now < row.expires_at and kind in (Kind.break_glass, Kind.early_disposal)
    names = _names(session, row)
    return {
        "id": row.id,
        "kind": kind,
        "title": terms.title,
        "follows": terms.follows,
        "about": _about(session, row),
        "change": say_change(kind, details_of(row)),
        "proposed_words": say(
            "{name}, {when}", name=names.get(row.proposed_by, NAMELESS), when=say_moment(row.proposed_at)
        ),
        "outcome_words": say_outcome(outcome),
        "decided_words": _decided(row, names),
        "until_words": say_moment(row.expires_at) if outcome is None or lasts else None,
        "waits": outcome is None,
        "lasts": lasts,
        "own": own,
        "decides": outcome is None and not own and terms.approves is Permission.approve,
        "withdraws": own and (outcome is None or lasts),
        "inspection": row.inspection_id,
    }


def _decided(row: Proposal, names: Mapping[UUID, str]) -> str | None:
    if row.decided_at is None or row.decided_by is None:
        return None
    return say("{name}, {when}", name=names.get(row.decided_by, NAMELESS), when=say_moment(row.decided_at))


def _names(session: Session, row: Proposal) -> dict[UUID, str]:
    people = [each for each in (row.proposed_by, row.decided_by) if each]
    return {each.id: each.name for each in session.scalars(select(Person).where(Person.id.in_(people)))}


def _about(session: Session, row: Proposal) -> str:
    hold = _hold(session, row)
    if hold is None:
        return _thing(session, row)
    thing, when = _thing(session, row), say_moment(hold.placed_at)
    return say("{thing}: the hold placed on {when}", thing=thing, when=when)


def _hold(session: Session, row: Proposal) -> Hold | None:
    """Return the hold that a proposal asks to lift; None of those made when a thing had one at most."""
    named = details_of(row).get("hold")
    return session.get_one(Hold, UUID(named)) if named else None


def _thing(session: Session, row: Proposal) -> str:
    if row.inspection_id is not None:
        inspection = session.get_one(Inspection, row.inspection_id)
        return say("Inspection {reference}, {agency}", reference=inspection.reference, agency=inspection.agency.name)
    programme = session.get_one(Programme, row.programme_id)
    return say("Programme {code}, {title}", code=programme.code, title=programme.title)


def _reason(session: Session, deps: Deps, row: Proposal) -> str:
    inspection = session.get_one(Inspection, row.inspection_id) if row.inspection_id else None
    try:
        return open_reason(deps, row, inspection)
    except KeyRemoved:
        return NO_REASON_LEFT
