"""Receipts: of one document, computed from its row whenever asked for, and of the whole inspection, kept sealed."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from portal.db.queries import current_answers, current_documents, latest_receipt
from portal.db.tables import Answer, Document, Inspection, Receipt
from portal.domain.checklist import Gap, GapKind, Held, ItemState, Progress, progress
from portal.domain.errors import KeyUnavailable
from portal.domain.receipts import document_receipt, inspection_receipt
from portal.domain.times import iso
from portal.ports import Deps, Signer
from portal.vault.asked import checklist_of
from portal.vault.records import inspection_key, open_said, open_words, seal_receipt, sign_body
from schemas.texts import say


def receipt_of(inspection: Inspection, document: Document) -> dict[str, Any]:
    """Return the unsigned receipt of a received document: what it says of lateness is as of now (R3)."""
    if document.received_at is None or document.sha256 is None or document.size is None or document.version is None:
        raise ValueError("Only a received document has a receipt.")
    return document_receipt(
        reference=inspection.reference,
        document_id=str(document.id),
        item=document.item,
        slot=document.slot,
        version=document.version,
        sha256=document.sha256.hex(),
        size=document.size,
        began_at=document.began_at,
        received_at=document.received_at,
        on_time=bool(document.on_time),
        accepted_at=None if document.on_time else document.accepted_at,
        replaces=str(document.replaces_id) if document.replaces_id else None,
    )


def signed_receipt_of(deps: Deps, inspection: Inspection, document: Document) -> dict[str, Any]:
    """Return the signed receipt of a document; Ed25519 is deterministic, so the same upload gets the same bytes."""
    return sign_body(deps.signer, receipt_of(inspection, document))


def progress_of(session: Session, inspection: Inspection, key: bytes | None = None) -> Progress:
    """Return how far all is that was asked for, by what counts now.

    Without the inspection's key it says neither what was typed to ask for more, nor by when something follows.
    """
    return progress(
        checklist_of(session, key, inspection),
        [Held(each.item, each.slot, bool(each.on_time)) for each in current_documents(session, inspection.id)],
        [
            Gap(each.item, GapKind(each.kind), open_said(key, each).by if key else None)
            for each in current_answers(session, inspection.id)
        ],
    )


def still_holds(standing: Progress, answer: Answer) -> bool:
    """Say whether an answer is still true: what was not held, or was to follow, may have come since."""
    provided = any(each.item.code == answer.item and each.state is ItemState.provided for each in standing.items)
    return not provided or answer.kind == GapKind.equivalent


def issue_receipt(session: Session, deps: Deps, inspection: Inspection, cause: str, at: datetime) -> Receipt:
    """Add the next receipt of the whole inspection, in the caller's transaction. Raises KeyRemoved, KeyUnavailable."""
    key = inspection_key(deps, inspection)
    session.flush()
    before = latest_receipt(session, inspection.id)
    receipt = Receipt(
        id=uuid4(), inspection_id=inspection.id, number=before.number + 1 if before else 1, cause=cause, made_at=at
    )
    standing = progress_of(session, inspection, key)
    gaps = [
        {"item": each.item, "kind": each.kind, "words": open_words(key, each), "given_at": iso(each.given_at)}
        for each in current_answers(session, inspection.id)
        if still_holds(standing, each)
    ]
    body = inspection_receipt(
        number=receipt.number,
        cause=cause,
        reference=inspection.reference,
        made_at=at,
        deadline_at=inspection.deadline_at,
        declared_at=inspection.declared_at,
        declared_by_role="leader",
        documents=[receipt_of(inspection, each) for each in current_documents(session, inspection.id)],
        gaps=gaps,
        summary=standing.summary,
    )
    receipt.sealed_body = seal_receipt(key, inspection.id, receipt.id, sign_body(deps.signer, body))
    session.add(receipt)
    session.flush()
    return receipt


def receipt_after_change(session: Session, deps: Deps, inspection: Inspection, cause: str, at: datetime) -> None:
    """Once the declaration was sent, every change gets a receipt of its own."""
    if inspection.declared_at is not None:
        issue_receipt(session, deps, inspection, cause, at)


def portable(signer: Signer, signed: dict[str, Any]) -> dict[str, Any]:
    """Return a signed statement with the public key beside it, so that its fingerprint alone tells who signed it.

    Raises KeyUnavailable where the key cannot be read.
    """
    key = signer.public_keys().get(signed["key_id"])
    if key is None:
        raise KeyUnavailable(say("The public key of this signature is not there. Restore the signing folder."))
    return {**signed, "public_key": key.hex()}
