"""Propose what takes two people: a publication date made earlier or removed, a hold lifted, a disposal before time."""

from datetime import date
from uuid import UUID

from portal.db.engine import writing
from portal.db.hold_queries import lock_hold
from portal.db.proposal_queries import waiting_about
from portal.db.queries import admit, programme_by_code, require_steward
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.proposals import Kind, publication_kind
from portal.domain.retention import takes_two
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.holds import check_stands, hold_state
from portal.vault.proposals import check_not_due, details_of, propose
from portal.vault.publication import check_publication
from schemas.texts import say

OTHER_WAITS = say("Another hold on it is proposed to be lifted. Wait for that decision, or let it be withdrawn.")
BEGUN = say("Disposal of this inspection has begun, so nothing about it can be proposed any more.")
NOT_CLOSED = say("Only a closed inspection is disposed of. Let it be closed first, or cancelled.")


def propose_publication(deps: Deps, actor: Actor, code: str, published_on: date | None, reason: str) -> UUID:
    """Propose an earlier publication date than one that stood or stands, or none any more; return the proposal's id.

    Raises NotFound, NotAllowed, Refused (the date, the reason), Conflict (proposed already, disposal has begun).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.propose)
        programme = programme_by_code(session, code, lock=True)
        check_publication(session, deps, programme, published_on, two_people=True)
        if not takes_two(published_on, current=programme.published_on, retracted=programme.retracted_on):
            raise Conflict(say("One person may enter this date. Enter it on the programme’s page."))
        new = {} if published_on is None else {"new": str(published_on)}
        return propose(session, deps, actor, publication_kind(published_on), programme, reason, **new)


def propose_lifting(deps: Deps, actor: Actor, hold_id: UUID, reason: str) -> UUID:
    """Propose to lift one hold; return the proposal's id.

    Raises NotFound, NotAllowed, Refused (the reason), Conflict (lifted already, this one or another of the same thing
    proposed already).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.propose)
        hold, thing = lock_hold(session, hold_id)
        check_stands(hold)
        waiting = waiting_about(session, Kind.lift_hold, thing)
        if waiting and waiting.expires_at > deps.clock.now() and details_of(waiting).get("hold") != str(hold_id):
            raise Conflict(OTHER_WAITS)
        return propose(session, deps, actor, Kind.lift_hold, thing, reason, **hold_state(hold))


def propose_early_disposal(deps: Deps, actor: Actor, inspection_id: UUID, reason: str) -> UUID:
    """Propose to dispose of an inspection before it is due; return the proposal's id.

    It may go without a publication date where it was cancelled, or the long-stop is reached. Raises NotFound,
    NotAllowed, Refused (the reason), Conflict (no date yet, in notice, held, due, open, begun, proposed).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.propose, lock=True)
        if not readable(InspectionState(inspection.state)):
            raise Conflict(BEGUN)
        if inspection.state != InspectionState.closed:
            raise Conflict(NOT_CLOSED)
        session.refresh(inspection.programme)
        check_not_due(session, inspection, deps.clock.now())
        return propose(session, deps, actor, Kind.early_disposal, inspection, reason)
