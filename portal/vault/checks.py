"""What is kept of the check of a document: its row, and what is sealed in it."""

from uuid import UUID

from portal.db.checks import DocumentCheck
from portal.db.tables import Document
from portal.domain.checks import CheckState, Scan, Withheld, withheld
from portal.domain.errors import KeyRemoved
from portal.ports import Deps
from portal.vault.records import GONE
from portal.vault.texts import open_text, seal_text
from schemas.checking import Answer, answer_line, read_answer


def unchecked(document: Document) -> DocumentCheck:
    """Return the row of a document that was received just now: it waits to be checked."""
    return DocumentCheck(
        document_id=document.id,
        inspection_id=document.inspection_id,
        state=CheckState.waiting,
        scan=Scan.unscanned,
        next_try_at=document.received_at,
    )


def seal_answer(key: bytes, inspection: UUID, document: UUID, answer: Answer) -> bytes:
    """Seal what was found in a document."""
    return seal_text(key, inspection, document, "check", answer_line(answer).decode())


def open_answer(key: bytes, row: DocumentCheck) -> Answer | None:
    """Open what was found in a document; None where nothing is known yet. Raises SealBroken."""
    if row.sealed_result is None:
        return None
    return read_answer(open_text(key, row.inspection_id, row.document_id, "check", row.sealed_result).encode())


def seal_check_words(key: bytes, inspection: UUID, document: UUID, field: str, words: str) -> bytes:
    """Seal what somebody typed about a check; `field` is "reason" or "release"."""
    return seal_text(key, inspection, document, f"check {field}", words)


def open_check_words(key: bytes, row: DocumentCheck, field: str, sealed: bytes | None) -> str:
    """Open what somebody typed about a check. Raises SealBroken, KeyRemoved (blanked)."""
    if sealed is None:
        raise KeyRemoved(GONE)
    return open_text(key, row.inspection_id, row.document_id, f"check {field}", sealed)


def withheld_row(deps: Deps, row: DocumentCheck) -> Withheld | None:
    """Say why the document of this row is not handed out, or None if it is."""
    return withheld(
        CheckState(row.state),
        Scan(row.scan),
        released=row.released_at is not None,
        scanner_needed=deps.policy.scanner_needed,
    )
