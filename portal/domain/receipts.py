"""What the provider keeps, as JSON-ready dicts that hold no file name and no person's name. Times are in UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.times import iso, parse_iso

FORMAT = 1
"""The layout of both receipts; raised whenever a field changes its meaning."""


def document_receipt(
    *,
    reference: str,
    document_id: str,
    item: str,
    slot: str,
    version: int,
    sha256: str,
    size: int,
    began_at: datetime,
    received_at: datetime,
    on_time: bool,
    accepted_at: datetime | None = None,
    replaces: str | None = None,
) -> dict[str, Any]:
    """Return the receipt of one upload: `sha256` in hex, `size` in bytes, `replaces` the id of the version before.

    One that was late and accepted says when, under `accepted_at`; no other has that field.
    Raises ValueError (naive time).
    """
    return {
        "kind": "document-receipt",
        "format": FORMAT,
        "inspection": reference,
        "document": document_id,
        "item": item,
        "slot": slot,
        "version": version,
        "sha256": sha256,
        "size": size,
        "began_at": iso(began_at),
        "received_at": iso(received_at),
        "on_time": on_time,
        "replaces": replaces,
    } | ({"accepted_at": iso(accepted_at)} if accepted_at else {})


def inspection_receipt(
    *,
    number: int,
    cause: str,
    reference: str,
    made_at: datetime,
    deadline_at: datetime,
    declared_at: datetime | None,
    declared_by_role: str | None,
    documents: Sequence[Mapping[str, Any]],
    gaps: Sequence[Mapping[str, Any]],
    summary: str,
) -> dict[str, Any]:
    """Return receipt `number` of an inspection, made because of `cause`: all that is current at `made_at`.

    Raises ValueError (naive time).
    """
    return {
        "kind": "inspection-receipt",
        "format": FORMAT,
        "number": number,
        "cause": cause,
        "inspection": reference,
        "made_at": iso(made_at),
        "deadline_at": iso(deadline_at),
        "declared_at": None if declared_at is None else iso(declared_at),
        "declared_by_role": declared_by_role,
        "documents": [dict(each) for each in documents],
        "gaps": [dict(each) for each in gaps],
        "summary": summary,
    }


@dataclass(frozen=True)
class Stated:
    """How punctual a receipt says that a document was."""

    on_time: bool
    accepted_at: datetime | None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Stated":
        """Read it from the receipt of one document."""
        accepted = document.get("accepted_at")
        return cls(document["on_time"], parse_iso(accepted) if accepted else None)
