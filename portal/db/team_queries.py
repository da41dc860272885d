"""What the team's desk asks: who downloaded what, as the trail has it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.tables import AuditEntry
from portal.domain.actors import Actor
from portal.domain.times import parse_iso

Scope: TypeAlias = Literal["all", "item", "changes", "document"]
DOCUMENT_OPENED = "document.opened"
BUNDLE_OPENED = "bundle.opened"
BUNDLE_COMPLETED = "bundle.completed"


@dataclass(frozen=True)
class Download:
    """One download that was begun. Nothing but the trail knows of it."""

    seq: int
    """The trail's entry that was committed before the first byte."""
    at: datetime
    actor: str
    """The trail's label of who it was: `person:<id>`."""
    scope: Scope
    item: str = ""
    """Of what item; empty for everything and for changes."""
    document: str = ""
    """The id of the one document; empty for a bundle."""
    since: datetime | None = None
    """Changes alone: those received from this instant on; None for all of them."""
    completed: bool = False
    """Whether the last byte was handed over. A single document is not followed to its end: always False."""


def downloads_of(session: Session, inspection_id: UUID) -> Sequence[Download]:
    """Return every download that was begun in the inspection, oldest first, whoever it was."""
    rows = session.execute(
        select(
            AuditEntry.seq, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.details
        )
        .where(
            AuditEntry.inspection == str(inspection_id),
            AuditEntry.action.in_([DOCUMENT_OPENED, BUNDLE_OPENED, BUNDLE_COMPLETED]),
        )
        .order_by(AuditEntry.seq)
    )
    found: dict[int, Download] = {}
    for row in rows:
        details = json.loads(row.details)
        if row.action == BUNDLE_COMPLETED:
            begun = found.get(details["opened"])
            if begun is not None:
                found[begun.seq] = replace(begun, completed=True)
        elif row.action == BUNDLE_OPENED:
            since = details.get("since")
            found[row.seq] = Download(
                row.seq,
                row.at,
                row.actor,
                details.get("scope", "all"),
                details.get("item", ""),
                since=parse_iso(since) if since else None,
            )
        else:
            found[row.seq] = Download(
                row.seq, row.at, row.actor, "document", details.get("item", ""), document=row.subject
            )
    return tuple(found.values())


def last_whole(downloads: Sequence[Download], actor: Actor) -> Download | None:
    """Return the actor's last download of everything or of the changes that went to its end, if there was one.

    What was received before it began, the actor has: each download of changes follows on the one before.
    """
    return next(
        (
            each
            for each in reversed(downloads)
            if each.actor == actor.label and each.completed and each.scope in ("all", "changes")
        ),
        None,
    )
