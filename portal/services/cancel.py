"""Cancel an inspection that does not take place: it takes nothing more, and everyone in it is told.

What was sent stays sealed, and goes when the programme's date has it go, or when two people decide that it goes.
"""

from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, people_with
from portal.db.states import move_inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.roles import PROVIDER, TEAM, Permission
from portal.ports import Deps
from portal.vault.mails import queue_mail
from schemas.texts import say

ALREADY = say("This inspection is cancelled already. Reload the page to see how it stands now.")
BEGUN = say("Disposal of this inspection has begun, so it can no longer be cancelled.")
PUBLISHED = say("The final report of this inspection’s programme is published, so it can no longer be cancelled.")


def cancel(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Cancel an inspection, also one that is deferred or closed, and tell the agency and the team by mail.

    Raises NotFound, NotAllowed, Conflict (cancelled already, its report published, its disposal begun).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.cancel, lock=True)
        session.refresh(inspection.programme)
        if inspection.cancelled_at is not None:
            raise Conflict(ALREADY)
        if not readable(InspectionState(inspection.state)):
            raise Conflict(BEGUN)
        if inspection.programme.published_on is not None:
            raise Conflict(PUBLISHED)
        now = deps.clock.now()
        inspection.cancelled_at = now
        if inspection.state != InspectionState.closed:
            move_inspection(inspection, InspectionState.closed)
            inspection.closed_at = now
        for person in people_with(session, PROVIDER | TEAM, inspection.id):
            queue_mail(session, deps, person.id, inspection.id, "cancelled", occasion=str(inspection.id))
        append(session, actor, "inspection.cancelled", now, inspection=inspection.id)
