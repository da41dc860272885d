"""What is sealed with a document, an answer, a message or a receipt, and the inspection's key that seals it."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.db.exchanges import Message
from portal.db.tables import Answer, Document, Inspection, Receipt
from portal.domain.answers import Said
from portal.domain.errors import KeyRemoved
from portal.domain.lifecycle import DocumentState, InspectionState, readable
from portal.domain.retention import Publication, Verdict, disposal_verdict
from portal.domain.times import iso, parse_iso
from portal.formats.canonical import canonical_json
from portal.ports import Deps, Signer
from portal.vault.signatures import verify_signature
from portal.vault.texts import open_text, seal_text
from schemas.texts import say

_STRUCTURED = "\x1f"
"""What begins a structured answer: white space, with which the plain words of older answers never begin."""
GONE = say("This inspection's information was disposed of, and cannot be read again.")
RECALLED = say("This document was sent in error and recalled. Nobody can open it any more.")


@dataclass(frozen=True)
class Details:
    """What was typed or told with a document: its file name and, in a dated slot, the meeting's date (ISO) or ""."""

    name: str
    meeting_date: str = ""


def inspection_key(deps: Deps, inspection: Inspection) -> bytes:
    """Return the inspection's key, having looked at its state first. Raises KeyRemoved, KeyUnavailable."""
    return key_in_state(deps, inspection.id, InspectionState(inspection.state), inspection.wrapped_key)


def key_in_state(deps: Deps, inspection: UUID, state: InspectionState, wrapped_key: bytes | None) -> bytes:
    """Return the key of an inspection that is in this state just now. Raises KeyRemoved, KeyUnavailable."""
    if not readable(state) or wrapped_key is None:
        raise KeyRemoved(GONE)
    return deps.custodian.unwrap(inspection, wrapped_key)


def check_not_recalled(state: DocumentState) -> None:
    """Pass unless a document in this state was recalled. Raises KeyRemoved: it is as good as gone, for everybody."""
    if state is DocumentState.recalled:
        raise KeyRemoved(RECALLED)


def readable_key(deps: Deps, inspection: Inspection, now: datetime) -> bytes:
    """Return the key that a read at `now` needs. Raises KeyRemoved, KeyUnavailable.

    An inspection whose disposal is due is refused even if the job never ran.
    """
    if verdict_of(inspection, now).state == "due":
        raise KeyRemoved(GONE)
    return inspection_key(deps, inspection)


def verdict_of(inspection: Inspection, now: datetime) -> Verdict:
    """Say what retention says of one inspection, its own hold and its programme's counted."""
    programme = inspection.programme
    publication = Publication(programme.published_on, programme.publication_entered_at)
    return disposal_verdict(publication, inspection.held or programme.held, now)


def seal_details(key: bytes, inspection: UUID, document: UUID, details: Details) -> bytes:
    """Seal a document's details, bound to the inspection and the document."""
    return seal_text(key, inspection, document, "details", json.dumps(asdict(details)))


def open_details(key: bytes, document: Document) -> Details:
    """Open a document's details. Raises SealBroken, KeyRemoved (blanked)."""
    return Details(**json.loads(_open(key, document.inspection_id, document.id, "details", document.sealed_details)))


def seal_said(key: bytes, inspection: UUID, answer: UUID, said: Said) -> bytes:
    """Seal what was typed to explain a gap, as JSON."""
    kept = {"words": said.words, "name": said.name, "by": iso(said.by) if said.by else None}
    return seal_text(key, inspection, answer, "words", _STRUCTURED + json.dumps(kept))


def open_said(key: bytes, answer: Answer) -> Said:
    """Open what was typed to explain a gap. Raises SealBroken, KeyRemoved (blanked)."""
    text = _open(key, answer.inspection_id, answer.id, "words", answer.sealed_words)
    if not text.startswith(_STRUCTURED):
        return Said(text)
    kept = json.loads(text.removeprefix(_STRUCTURED))
    return Said(kept["words"], kept["name"], parse_iso(kept["by"]) if kept["by"] else None)


def open_words(key: bytes, answer: Answer) -> str:
    """Say in one line what was typed to explain a gap. Raises SealBroken, KeyRemoved (blanked)."""
    return open_said(key, answer).in_words


def seal_message_words(key: bytes, inspection: UUID, message: UUID, words: str) -> bytes:
    """Seal what is said in an inspection's thread."""
    return seal_text(key, inspection, message, "message", words)


def open_message_words(key: bytes, message: Message) -> str:
    """Open what was said in an inspection's thread. Raises SealBroken, KeyRemoved (blanked)."""
    return _open(key, message.inspection_id, message.id, "message", message.sealed_words)


def seal_receipt(key: bytes, inspection: UUID, receipt: UUID, signed: dict[str, Any]) -> bytes:
    """Seal a signed receipt."""
    return seal_text(key, inspection, receipt, "body", canonical_json(signed).decode())


def open_receipt(key: bytes, receipt: Receipt) -> dict[str, Any]:
    """Open a signed receipt. Raises SealBroken, KeyRemoved (blanked)."""
    signed: dict[str, Any] = json.loads(_open(key, receipt.inspection_id, receipt.id, "body", receipt.sealed_body))
    return signed


def _open(key: bytes, inspection: UUID, record: UUID, field: str, sealed: bytes | None) -> str:
    if sealed is None:
        raise KeyRemoved(GONE)
    return open_text(key, inspection, record, field, sealed)


def sign_body(signer: Signer, body: dict[str, Any]) -> dict[str, Any]:
    """Return `{"body", "key_id", "signature"}`: Ed25519, in hex, over the canonical JSON of the body.

    The body says by its `kind` what it is, so that no statement can pass for one of another kind.
    """
    signature = signer.sign(canonical_json(body))
    return {"body": body, "key_id": signature.key_id, "signature": signature.value.hex()}


def signed_well(public_key: bytes, signed: dict[str, Any]) -> bool:
    """Say whether a signed statement is what the key's owner signed; anything malformed is not."""
    try:
        signature = bytes.fromhex(signed["signature"])
        return verify_signature(public_key, canonical_json(signed["body"]), signature)
    except (KeyError, TypeError, ValueError):
        return False
