"""The steps of a disposal, each confirmed by looking again, recorded once, and fit to be done again.

Whether a disposal may begin is asked elsewhere, by whoever calls `begin`: the services that dispose, and dispose again.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.ending_queries import disposal_of
from portal.db.endings import Disposal
from portal.db.engine import writing
from portal.db.states import move_document, move_inspection
from portal.db.tables import Document, Inspection
from portal.domain.actors import Actor
from portal.domain.errors import NotFound, StoreUnavailable
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.ports import Deps
from portal.vault.blanking import blank_columns
from portal.vault.parts import inspection_prefix
from schemas.texts import say

NOT_ALL_GONE = say("Not everything of the inspection is gone yet. The next run tries again.")


def begin(
    session: Session, actor: Actor, inspection: Inspection, now: datetime, due_at: datetime | None, **details: str
) -> None:
    """Fence a locked inspection in the caller's transaction: once committed, every reader and writer is refused."""
    move_inspection(inspection, InspectionState.disposing)
    pending = select(Document).where(Document.inspection_id == inspection.id, Document.state == DocumentState.pending)
    for document in session.scalars(pending).all():
        move_document(document, DocumentState.abandoned)
        document.ended_at = now
        append(
            session, actor, "document.abandoned", now, inspection=inspection.id, subject=document.id, reason="disposal"
        )
    session.add(Disposal(inspection_id=inspection.id, due_at=due_at, started_at=now, actor=actor.label))
    append(session, actor, "disposal.began", now, inspection=inspection.id, **details)


def carry_out(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Do every step of a disposal that was begun, so that only its certificate is left to make.

    Raises NotFound, KeyUnavailable, StoreUnavailable: then it goes on there when it is called again.
    """
    deps.fault_point("disposal.fenced")
    remove_key(deps, actor, inspection_id)
    deps.fault_point("disposal.key-removed")
    remove_objects(deps, actor, inspection_id)
    deps.fault_point("disposal.objects-removed")
    blank(deps, actor, inspection_id)
    deps.fault_point("disposal.columns-blanked")


def steps_of(session: Session, inspection_id: UUID) -> Disposal:
    """Return the record of the steps, locked: of two who dispose at once, one waits and finds the step done.

    Raises NotFound: it was not begun.
    """
    disposal = disposal_of(session, inspection_id, lock=True)
    if disposal is None:
        raise NotFound(say("The disposal of this inspection was not begun."))
    return disposal


def remove_key(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Remove the inspection's key and look again; from here on nothing it sealed can be opened.

    Raises KeyUnavailable, StoreUnavailable.
    """
    removal = deps.custodian.remove(inspection_id, deps.clock.now())
    if deps.custodian.state(inspection_id) != "removed":
        raise StoreUnavailable(say("The key custodian still has the inspection's key. The next run tries again."))
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if disposal.key_removed_at is None:
            disposal.key_removed_at, disposal.key_removed_how = removal.removed_at, removal.how
            append(session, actor, "disposal.key-removed", deps.clock.now(), inspection=inspection_id)


def remove_objects(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Delete every version of every object, and read back that nothing is left. Raises StoreUnavailable."""
    removed = empty_store(deps, inspection_id)
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        # Summed over runs: one that was killed has not said how many it removed, so this is a lower bound then.
        disposal.objects += removed
        if disposal.objects_removed_at is None:
            disposal.objects_removed_at = deps.clock.now()
            append(session, actor, "disposal.objects-removed", deps.clock.now(), inspection=inspection_id)


def empty_store(deps: Deps, inspection_id: UUID) -> int:
    """Delete all that the store has of an inspection, look again, and return how much it was. Raises StoreUnavailable.

    The database is not asked: it need not know the inspection.
    """
    prefix = inspection_prefix(inspection_id)
    removed = deps.store.empty(prefix)
    if deps.store.remains(prefix):
        raise StoreUnavailable(say("The store still holds objects of the inspection. The next run tries again."))
    return removed


def blank(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Blank every sealed column, name digest and plaintext digest; delete the mails and invitations tied to it."""
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if disposal.columns_blanked_at is not None:
            return
        now = deps.clock.now()
        disposal.documents += blank_columns(session, inspection_id)
        disposal.columns_blanked_at = now
        append(session, actor, "disposal.columns-blanked", now, inspection=inspection_id)


def confirm_outside(deps: Deps, inspection_id: UUID) -> None:
    """Look once more at key and store. Raises StoreUnavailable: then nothing is certified."""
    if deps.custodian.state(inspection_id) != "removed" or deps.store.remains(inspection_prefix(inspection_id)):
        raise StoreUnavailable(NOT_ALL_GONE)
