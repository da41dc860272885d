"""Sent in error: a document is recalled. Unreadable from the commit on, its parts deleted then, a tombstone remains."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, document_in, people_with
from portal.db.recall_queries import (
    RECALLED,
    readers_of,
)
from portal.db.states import move_document
from portal.db.tables import Inspection
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, StoreUnavailable
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.roles import TEAM, Permission
from portal.ports import Deps
from portal.vault.mails import queue_mail
from portal.vault.receipts import receipt_after_change
from portal.vault.tombstones import remove_parts

View = dict[str, Any]
CLOSED = "This inspection is closed, so documents can no longer be recalled. Ask the lead inspector."
DONE = "This document was recalled already."
PER_PAGE = 50


def recall(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> bool:
    """Recall a document, whether it counts or was replaced or withdrawn; return whether its parts are gone already.

    Once this returns nobody can open it, whatever the store does; what could not be deleted now, the sweep deletes.
    Raises NotFound, NotAllowed, Conflict (closed; recalled already).
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.recall, lock=True)
        document = document_in(session, inspection.id, document_id)
        _check_open(inspection)
        if document.state == DocumentState.recalled:
            raise Conflict(DONE)
        now = deps.clock.now()
        move_document(document, DocumentState.recalled)
        document.ended_at = document.ended_at or now
        document.sealed_details = document.name_digest = document.sha256 = document.crc32 = None
        team = {each.id for each in people_with(session, TEAM, inspection.id)}
        for reader in readers_of(session, inspection.id, [document])[document.id]:
            if reader.person in team:
                queue_mail(session, deps, reader.person, inspection.id, "recalled", occasion=str(document.id))
        receipt_after_change(session, deps, inspection, "document recalled", now)
        append(session, actor, RECALLED, now, inspection=inspection.id, subject=document.id, item=document.item)
    deps.fault_point("recall.committed")
    with suppress(StoreUnavailable):
        remove_parts(deps, actor, inspection_id, document_id)
        return True
    return False


def _check_open(inspection: Inspection) -> None:
    if InspectionState(inspection.state) not in (InspectionState.announced, InspectionState.deferred):
        raise Conflict(CLOSED)
