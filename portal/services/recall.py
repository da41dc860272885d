"""Sent in error: a document is recalled. Unreadable from the commit on, its parts deleted then, a tombstone remains."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.engine import reading, writing
from portal.db.queries import admit, document_in, people_with
from portal.db.recall_queries import (
    RECALLED,
    count_received,
    readers_of,
    recallable,
    recalled_document,
    recalled_documents,
)
from portal.db.states import move_document
from portal.db.tables import Document, Inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, StoreUnavailable
from portal.domain.intake import display_name
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.roles import TEAM, Permission
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.asked import checklist_of
from portal.vault.check_keeping import look_again
from portal.vault.mails import queue_mail
from portal.vault.receipts import receipt_after_change
from portal.vault.records import open_details, readable_key
from portal.vault.tombstones import place_words, remove_parts, tombstone_view
from schemas.definitions import Checklist
from schemas.texts import say

View = dict[str, Any]
CLOSED = say("This inspection is closed, so documents can no longer be recalled. Ask the lead inspector.")
DONE = say("This document was recalled already.")
PER_PAGE = 50
_STATE_WORDS = {
    DocumentState.received: say("In what you have sent"),
    DocumentState.replaced: say("Replaced"),
    DocumentState.withdrawn: say("Withdrawn"),
}


def recall(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> bool:
    """Recall a document, whether it counts or was replaced or withdrawn; return whether its parts are gone already.

    Once this returns nobody can open it, whatever the store does; what could not be deleted now, the sweep deletes.
    Raises NotFound, NotAllowed, Conflict (closed; recalled already).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.recall, lock=True)
        document = document_in(session, inspection.id, document_id)
        if not _open(inspection):
            raise Conflict(CLOSED)
        if document.state == DocumentState.recalled:
            raise Conflict(DONE)
        if document.state == DocumentState.received:
            look_again(session, deps, document)
        now = deps.clock.now()
        move_document(document, DocumentState.recalled)
        document.ended_at = document.ended_at or now
        document.sealed_details = document.name_digest = document.sha256 = document.crc32 = None
        session.execute(delete(DocumentCheck).where(DocumentCheck.document_id == document.id))
        _tell_readers(session, deps, inspection, document)
        receipt_after_change(session, deps, inspection, "document recalled", now)
        append(session, actor, RECALLED, now, inspection=inspection.id, subject=document.id, item=document.item)
    deps.fault_point("recall.committed")
    with suppress(StoreUnavailable):
        remove_parts(deps, actor, inspection_id, document_id)
        return True
    return False


def _tell_readers(session: Session, deps: Deps, inspection: Inspection, document: Document) -> None:
    """Queue a mail to those of the team who have the document: only they can delete their copies."""
    team = {each.id for each in people_with(session, TEAM, inspection.id)}
    occasion, facts = str(document.id), {"item": document.item}
    for reader in readers_of(session, inspection.id, [document])[document.id]:
        if reader.person in team:
            queue_mail(session, deps, reader.person, inspection.id, "recalled", occasion=occasion, facts=facts)


def _open(inspection: Inspection) -> bool:
    return inspection.state in (InspectionState.announced, InspectionState.deferred)


def sent_page(deps: Deps, actor: Actor, inspection_id: UUID, page: int = 1) -> View:
    """Return one page of what can be recalled (`documents`) and of what was (`tombstones`), the newest first.

    `pages` says how many there are; a page beyond them is empty. Raises NotFound, NotAllowed, KeyRemoved,
    KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.recall)
        key = readable_key(deps, inspection, deps.clock.now())
        checklist = checklist_of(session, key, inspection)
        offset = (page - 1) * PER_PAGE
        documents = recallable(session, inspection.id, PER_PAGE, offset) if _open(inspection) else ()
        tombstones = recalled_documents(session, inspection.id, PER_PAGE, offset)
        counts = count_received(session, inspection.id)
    return {
        "reference": inspection.reference,
        "open": _open(inspection),
        "documents": [_document_view(checklist, key, each) for each in documents],
        "tombstones": [tombstone_view(checklist, each) for each in tombstones],
        "page": page,
        "pages": -(-max(counts) // PER_PAGE) or 1,
    }


def recall_page(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> View:
    """Return the document that is to be recalled (`document`), or what remains of it (`tombstone`); the other is None.

    Raises NotFound, NotAllowed, Conflict (closed before it was recalled), KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.recall)
        key = readable_key(deps, inspection, deps.clock.now())
        document = document_in(session, inspection.id, document_id)
        checklist = checklist_of(session, key, inspection)
        if document.state == DocumentState.recalled:
            shown = {"document": None, "tombstone": tombstone_view(checklist, recalled_document(session, document))}
        elif _open(inspection):
            shown = {"document": _document_view(checklist, key, document), "tombstone": None}
        else:
            raise Conflict(CLOSED)
    return {"reference": inspection.reference, "declared": inspection.declared_at is not None, **shown}


def _document_view(checklist: Checklist, key: bytes, document: Document) -> View:
    return {
        "id": document.id,
        "item": document.item,
        "item_label": place_words(checklist, document),
        "name": display_name(open_details(key, document).name),
        "version": document.version or 1,
        "size": document.size or 0,
        "received_words": say_moment(document.received_at or document.began_at),
        "state_words": _STATE_WORDS[DocumentState(document.state)],
    }
