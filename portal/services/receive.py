"""Receive an upload: a short transaction, the body part by part outside any, a short transaction (design: Upload)."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import admit, documents_in_slot, next_version, upload_of
from portal.db.recall_queries import stored_in
from portal.db.states import move_document
from portal.db.tables import Document, Inspection
from portal.domain.actors import Actor
from portal.domain.deadline import is_on_time
from portal.domain.errors import Conflict, PortalError, Refused
from portal.domain.extras import is_ended
from portal.domain.intake import (
    check_item_slot,
    check_length,
    check_meeting_date,
    check_room,
    check_type,
    clean_name,
    extension,
    limit_for,
)
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.roles import Permission
from portal.domain.taking import check_collects
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.asked import checklist_of, due_times
from portal.vault.bodies import Facts, Target, seal_body
from portal.vault.checks import unchecked
from portal.vault.parts import document_prefix
from portal.vault.receipts import receipt_after_change, signed_receipt_of
from portal.vault.records import Details, check_not_recalled, inspection_key, seal_details
from portal.vault.texts import name_digest
from schemas.texts import say

log = structlog.get_logger()

UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
CLOSED = say("This inspection no longer takes documents. Ask the lead inspector if you still need to send something.")
SUPERSEDED = say("This upload was given up because it was started again or took too long. Send the file again.")


@dataclass(frozen=True)
class Upload:
    """What the sender says before the body. `length` in bytes, `sha256` raw; both None where not stated."""

    inspection: UUID
    item: str
    slot: str
    upload_id: str
    name: str
    began_at: datetime
    """When the request began: the time that counts (R4)."""
    meeting_date: str = ""
    replaces: str = ""
    length: int | None = None
    sha256: bytes | None = None


@dataclass(frozen=True)
class Received:
    """What the sender gets: the document and its signed receipt."""

    document: UUID
    receipt: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True)
class _Ticket:
    target: Target
    repeats: bool


def receive(deps: Deps, actor: Actor, upload: Upload, body: Iterable[bytes]) -> Received:
    """Take one document. Once this returns, its bytes and key are durable and its row is committed.

    `body` yields chunks of any size and raises Interrupted when it was cut. Raises NotFound, NotAllowed, Conflict,
    Refused, Interrupted, StoreUnavailable, KeyUnavailable: then nothing was received, and what was there stands.
    """
    ticket = _begin(deps, actor, upload)
    if ticket.repeats:
        return _repeat(deps, actor, upload, ticket, body)
    try:
        facts = seal_body(deps.store, ticket.target, _leased(deps, ticket, body))
        if upload.sha256 is not None and upload.sha256 != facts.sha256:
            raise Refused(
                say("The file changed on its way: its SHA-256 is not the one you stated. Send it again."), "file"
            )
        return _commit(deps, actor, upload, ticket, facts)
    except BaseException as error:
        _abandon(deps, actor, ticket, error)
        raise


def _begin(deps: Deps, actor: Actor, upload: Upload) -> _Ticket:
    """Check all that can be checked before the body, and put a pending document with a lease in its place."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, upload.inspection, Permission.upload, lock=True)
        key = inspection_key(deps, inspection)
        item, slot = check_item_slot(checklist_of(session, key, inspection), upload.item, upload.slot)
        if is_ended(item):
            raise Conflict(say("This is no longer asked for. Go back to your list, or write to the inspection team."))
        if not UPLOAD_ID.fullmatch(upload.upload_id):
            raise Refused(say("The upload id must be 8 to 64 letters, digits, hyphens or underscores."), "upload_id")
        earlier = upload_of(session, inspection.id, upload.upload_id)
        repeats = earlier is not None and earlier.state != DocumentState.pending
        if not repeats:  # whoever lost the answer may ask for it again, also of an inspection that was closed since
            check_collects(InspectionState(inspection.state), CLOSED)
        name = clean_name(upload.name)
        check_type(item, slot, name)
        limit = limit_for(item, deps.policy.max_file_bytes)
        check_length(upload.length, limit)
        meeting = check_meeting_date(slot, upload.meeting_date, london_date(upload.began_at))
        if earlier and repeats:
            return _Ticket(
                Target(inspection.id, earlier.id, key, earlier.extension, limit, earlier.part_bytes), repeats=True
            )
        check_room(*stored_in(session, inspection.id), upload.length, deps.policy)
        now = deps.clock.now()
        if earlier:
            # The sender tries again: their first try cannot succeed any more, whatever became of its connection.
            move_document(earlier, DocumentState.abandoned)
            earlier.ended_at = now
            append(
                session, actor, "document.abandoned", now, inspection=inspection.id, subject=earlier.id, reason="again"
            )
            session.flush()
        current = documents_in_slot(session, inspection.id, item.code, slot.code)
        replaces = _replaced(upload.replaces, current)
        if current and not slot.many and replaces is None:
            raise Conflict(
                say(
                    "A file for “{place}” was sent already, and stands. To send another one, choose “Replace”.",
                    place=slot.label,
                )
            )
        document = Document(
            id=uuid4(),
            inspection_id=inspection.id,
            item=item.code,
            slot=slot.code,
            state=DocumentState.pending,
            upload_id=upload.upload_id,
            extension=extension(name),
            part_bytes=deps.policy.part_bytes,
            began_at=upload.began_at,
            lease_until=now + deps.policy.upload_lease,
            sent_by=actor.person,
            replaces_id=replaces,
            name_digest=name_digest(key, name),
        )
        details = Details(name, meeting.isoformat() if meeting else "")
        document.sealed_details = seal_details(key, inspection.id, document.id, details)
        session.add(document)
        append(session, actor, "document.began", now, inspection=inspection.id, subject=document.id, item=item.code)
        target = Target(inspection.id, document.id, key, document.extension, limit, document.part_bytes)
        return _Ticket(target, repeats=False)


def _replaced(raw: str, current: Iterable[Document]) -> UUID | None:
    """Return the id of the document that the sender chose to replace; it must be current, in the same slot."""
    if not raw:
        return None
    chosen = next((document.id for document in current if str(document.id) == raw), None)
    if chosen is None:
        raise Conflict(say("The file you wanted to replace is no longer there. Go back to the item and look again."))
    return chosen


def _leased(deps: Deps, ticket: _Ticket, body: Iterable[bytes]) -> Iterator[bytes]:
    """Pass the body on, renewing the lease as long as bytes arrive, however slowly."""
    renew_every = deps.policy.upload_lease.total_seconds() / 4
    renewed = monotonic()
    for chunk in body:
        if monotonic() - renewed > renew_every:
            _renew(deps, ticket)
            renewed = monotonic()
        if chunk:
            yield chunk


def _renew(deps: Deps, ticket: _Ticket) -> None:
    with writing(deps.engine) as session:
        done = session.execute(
            update(Document)
            .where(Document.id == ticket.target.document, Document.state == DocumentState.pending)
            .values(lease_until=deps.clock.now() + deps.policy.upload_lease)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]  # a CursorResult, which the typing does not say
            raise Conflict(SUPERSEDED)


def _commit(deps: Deps, actor: Actor, upload: Upload, ticket: _Ticket, facts: Facts) -> Received:
    """Make the document count; whoever was fenced out meanwhile learns it here, honestly."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, ticket.target.inspection, Permission.upload, lock=True)
        check_collects(InspectionState(inspection.state), CLOSED)
        document = session.get_one(Document, ticket.target.document, with_for_update=True)
        if document.state != DocumentState.pending:
            raise Conflict(SUPERSEDED)
        now = deps.clock.now()
        replaced = session.get(Document, document.replaces_id) if document.replaces_id else None
        document.version = _version(session, inspection, document, replaced)
        move_document(document, DocumentState.received)
        document.received_at = max(now, document.began_at)
        session.add(unchecked(document))
        document.size, document.sha256, document.crc32 = facts.size, facts.sha256, facts.crc32
        due_at = due_times(session, inspection).get(document.item, inspection.deadline_at)
        document.on_time = is_on_time(document.began_at, due_at)
        if replaced and replaced.state == DocumentState.received:
            move_document(replaced, DocumentState.replaced)
            replaced.ended_at = now
        receipt_after_change(session, deps, inspection, "document replaced" if replaced else "document received", now)
        append(
            session,
            actor,
            "document.received",
            now,
            inspection=inspection.id,
            subject=document.id,
            item=document.item,
            size=facts.size,
            on_time=document.on_time,
            replaces=str(document.replaces_id or ""),
        )
        return Received(document.id, signed_receipt_of(deps, inspection, document))


def _version(session: Session, inspection: Inspection, document: Document, replaced: Document | None) -> int:
    """Return which version of its file a document is.

    A place for one file numbers all that comes to it; in a place for many, what replaces a file is its next version.
    """
    if checklist_of(session, None, inspection).item(document.item).slot(document.slot).many:
        return (replaced.version or 1) + 1 if replaced else 1
    return next_version(session, inspection.id, document.item, document.slot)


def _repeat(deps: Deps, actor: Actor, upload: Upload, ticket: _Ticket, body: Iterable[bytes]) -> Received:
    """The upload id is known: the same bytes get the same receipt, others are refused, and nothing is stored."""
    digest = hashlib.sha256()
    for chunk in body:
        digest.update(chunk)
    with writing(deps.engine) as session:
        inspection = admit(session, actor, ticket.target.inspection, Permission.upload)
        document = session.get_one(Document, ticket.target.document)
        check_not_recalled(DocumentState(document.state))
        if document.sha256 != digest.digest() or (document.item, document.slot) != (upload.item, upload.slot):
            raise Conflict(say("This upload id was used for another file. Use a new one; what was received stands."))
        append(session, actor, "document.repeated", deps.clock.now(), inspection=inspection.id, subject=document.id)
        return Received(document.id, signed_receipt_of(deps, inspection, document), repeated=True)


def _abandon(deps: Deps, actor: Actor, ticket: _Ticket, error: BaseException) -> None:
    """Say at once that the upload did not finish, and remove its parts; the sweep does what fails here."""
    reason = type(error).__name__ if isinstance(error, PortalError) else "fault"
    try:
        with writing(deps.engine) as session:
            document = session.get_one(Document, ticket.target.document, with_for_update=True)
            if document.state not in (DocumentState.pending, DocumentState.abandoned):
                return  # the commit went through after all: what counts is never touched here
            now = deps.clock.now()
            if document.state == DocumentState.pending:
                move_document(document, DocumentState.abandoned)
                document.ended_at = now
            if isinstance(error, Refused):
                document.sealed_details = document.name_digest = None
            append(
                session,
                actor,
                "document.abandoned",
                now,
                inspection=ticket.target.inspection,
                subject=ticket.target.document,
                reason=reason,
            )
        deps.store.empty(document_prefix(ticket.target.inspection, ticket.target.document))
    except Exception as fault:  # noqa: BLE001 -- the first error is the one to report
        log.warning("upload.cleanup-failed", document=str(ticket.target.document), fault=type(fault).__name__)
