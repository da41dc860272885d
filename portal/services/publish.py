"""The programme's end of life: the publication date that starts the retention clock, and the hold that stops it.

Making the date earlier, removing it and lifting a hold take two people: `propose.py` and `decide.py`.
"""

from datetime import date
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, programme_by_code, require_steward
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState
from portal.domain.proposals import Kind, TakesTwo
from portal.domain.retention import Publication, Verdict, disposal_verdict
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.publication import check_publication, enter_publication
from schemas.texts import say

LIFTING = say(
    "Lifting a hold takes two people. Propose it on the stewards’ page of the hold, and another steward decides."
)


def publish(deps: Deps, actor: Actor, code: str, published_on: date | None) -> Verdict:
    """Enter or move the final report's publication date; inspections that still collect are closed (§53, §65, R9).

    Nothing is disposed of for 14 days after any entry or change. Raises NotFound, Refused (future, before the last day
    on site), TakesTwo (earlier or retracted), Conflict (disposal has begun).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        inspections = check_publication(session, deps, programme, published_on, two_people=False)
        if programme.published_on != published_on:
            enter_publication(session, deps, actor, programme, published_on, inspections)
        publication = Publication(programme.published_on, programme.publication_entered_at)
        return disposal_verdict(publication, programme.held, deps.clock.now())


def place_hold(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Place the hold on one inspection. Raises NotFound, NotAllowed, Conflict (disposal has begun)."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.manage_retention, lock=True)
        if inspection.state in (InspectionState.disposing, InspectionState.disposed):
            raise Conflict(say("Disposal of this inspection has begun, so it can no longer be held."))
        inspection.held = True
        append(session, actor, "hold.placed", deps.clock.now(), inspection=inspection.id)


def place_programme_hold(deps: Deps, actor: Actor, code: str) -> None:
    """Place the hold on a whole programme; what is being disposed of is past it. Raises NotFound."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        programme.held = True
        append(session, actor, "hold.placed", deps.clock.now(), subject=programme.id)


def refuse_lifting() -> None:
    """Tell whoever wants to lift a hold alone how it is done. Raises TakesTwo."""
    raise TakesTwo(LIFTING, Kind.lift_hold)
