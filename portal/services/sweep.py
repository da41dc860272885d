"""The sweep: uploads whose lease ran out are abandoned first, their parts deleted then, and looked for once more later.

What was recalled and not deleted yet, because the process or the store failed, goes first. The rest begins with the
database, so that an upload which is still alive either renews its lease or learns at its commit that it was given up: a
part is never taken from a document that counts.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.recall_queries import unfinished_recalls
from portal.db.states import move_document
from portal.db.tables import Document
from portal.domain.actors import WORKER
from portal.domain.errors import StoreUnavailable
from portal.domain.lifecycle import DocumentState
from portal.ports import Deps
from portal.vault.parts import document_prefix
from portal.vault.tombstones import remove_parts


def sweep(deps: Deps) -> int:
    """Remove what was recalled and what dead uploads left; return how many stored things were removed.

    Raises StoreUnavailable, for a recalled document that the store would not let go once all else is done.
    """
    removed, kept = _remove_recalled(deps)
    _give_up(deps)
    with reading(deps.engine) as session:
        waiting = session.scalars(
            select(Document).where(Document.state == DocumentState.abandoned, Document.swept_at.is_(None))
        ).all()
    for document in waiting:
        removed += deps.store.empty(document_prefix(document.inspection_id, document.id))
        _mark_swept(deps, document)
    removed += deps.store.clear_unfinished(deps.policy.sweep_grace)
    if kept is not None:
        raise kept
    return removed


def _remove_recalled(deps: Deps) -> tuple[int, StoreUnavailable | None]:
    """Delete what is left of recalled documents. One that the store keeps holds up no other: its error is returned."""
    with reading(deps.engine) as session:
        recalled = unfinished_recalls(session)
    removed, kept = 0, None
    for each in recalled:
        try:
            removed += remove_parts(deps, WORKER, each.inspection_id, each.id)
        except StoreUnavailable as error:
            kept = error
    return removed, kept


def _give_up(deps: Deps) -> None:
    with writing(deps.engine) as session:
        now = deps.clock.now()
        for document in _lapsed(session, deps):
            move_document(document, DocumentState.abandoned)
            document.ended_at = now
            append(
                session, WORKER, "document.abandoned", now, inspection=document.inspection_id, subject=document.id,
                reason="lease",
            )  # fmt: skip


def _lapsed(session: Session, deps: Deps) -> list[Document]:
    statement = select(Document).where(Document.state == DocumentState.pending, Document.lease_until < deps.clock.now())
    return list(session.scalars(statement.with_for_update(skip_locked=True)))


def _mark_swept(deps: Deps, document: Document) -> None:
    """Let go of it for good only after the grace period, in which a last part may still have landed."""
    now = deps.clock.now()
    if document.ended_at is None or now < document.ended_at + deps.policy.sweep_grace:
        return
    with writing(deps.engine) as session:
        session.get_one(Document, document.id).swept_at = now
