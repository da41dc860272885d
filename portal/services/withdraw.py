"""Withdraw a document: it no longer counts, and stays sealed until the inspection is disposed of."""

from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, document_in
from portal.db.states import move_document
from portal.domain.actors import Actor
from portal.domain.errors import Conflict
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.roles import Permission
from portal.domain.taking import check_collects
from portal.ports import Deps
from portal.vault.check_keeping import look_again
from portal.vault.receipts import receipt_after_change
from schemas.texts import say

CLOSED = say("This inspection is closed, so files can no longer be withdrawn. Ask the lead inspector.")


def withdraw(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> None:
    """Take a current document out of what was sent.

    Raises NotFound, NotAllowed, Conflict (closed, deferred; not current).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.withdraw, lock=True)
        document = document_in(session, inspection.id, document_id)
        check_collects(InspectionState(inspection.state), CLOSED)
        if document.state != DocumentState.received:
            raise Conflict(
                say("This file was withdrawn or replaced already. Go back to the item to see what counts now.")
            )
        now = deps.clock.now()
        move_document(document, DocumentState.withdrawn)
        document.ended_at = now
        look_again(session, deps, document)
        receipt_after_change(session, deps, inspection, "document withdrawn", now)
        append(
            session, actor, "document.withdrawn", now, inspection=inspection.id, subject=document.id, item=document.item
        )
