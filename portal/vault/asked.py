"""All that an inspection is asked for: its pinned checklist, and what the team asked for beyond it (§25)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from portal.db.exchanges import ExtraItem
from portal.db.tables import Answer, Document, Inspection
from portal.domain.extras import EXTRA, extra_item
from portal.vault.texts import open_text, seal_text
from schemas.definitions import Checklist, Item, load_checklist
from schemas.texts import say


@dataclass(frozen=True)
class ExtraWords:
    """What was typed to ask for something more."""

    label: str
    guidance: str = ""


UNSAID = ExtraWords(say("Asked for later"))


def extras_of(session: Session, inspection_id: UUID) -> list[ExtraItem]:
    """Return what was asked for beyond the checklist, in the order of asking; what was taken back too."""
    return list(
        session.scalars(select(ExtraItem).where(ExtraItem.inspection_id == inspection_id).order_by(ExtraItem.code))
    )


def checklist_of(session: Session, key: bytes | None, inspection: Inspection) -> Checklist:
    """Return the pinned checklist with the extra items behind it, numbered on; without the key, without their words.

    One that was taken back stays in it only where something was sent or said for it, which would otherwise stand under
    no item at all. Raises SealBroken.
    """
    checklist = load_checklist(inspection.checklist_version)
    first, rows = len(checklist.items) + 1, extras_of(session, inspection.id)
    told = _told_of(session, inspection.id) if any(each.ended_at for each in rows) else frozenset()
    extras = [
        _item(first + index, extra_words(key, each) if key else UNSAID, each)
        for index, each in enumerate(rows)
        if each.ended_at is None or each.code in told
    ]
    return replace(checklist, items=(*checklist.items, *extras)) if extras else checklist


def _told_of(session: Session, inspection_id: UUID) -> frozenset[str]:
    """Return the codes of the extra items for which something was sent, or begun to be, or an answer was given.

    Whatever became of it since: receipts name what was said when they were made.
    """
    sent = select(Document.item).where(
        Document.inspection_id == inspection_id,
        Document.item.startswith(EXTRA),
        Document.sealed_details.is_not(None) | Document.received_at.is_not(None),
    )
    said = select(Answer.item).where(Answer.inspection_id == inspection_id, Answer.item.startswith(EXTRA))
    return frozenset(session.scalars(union(sent, said)))


def due_times(session: Session, inspection: Inspection) -> Mapping[str, datetime]:
    """Return when each extra item is due, by code; all else is due at the inspection's deadline."""
    return {each.code: each.due_at for each in extras_of(session, inspection.id)}


def seal_extra_words(key: bytes, inspection: UUID, extra: UUID, words: ExtraWords) -> bytes:
    """Seal label and guidance of an extra item."""
    return seal_text(key, inspection, extra, "extra", json.dumps([words.label, words.guidance]))


def extra_words(key: bytes, extra: ExtraItem) -> ExtraWords:
    """Open label and guidance of an extra item. Raises SealBroken."""
    if extra.sealed_words is None:  # blanked by a disposal that is under way
        return UNSAID
    return ExtraWords(*json.loads(open_text(key, extra.inspection_id, extra.id, "extra", extra.sealed_words)))


def _item(number: int, words: ExtraWords, extra: ExtraItem) -> Item:
    return extra_item(extra.code, number, words.label, words.guidance, ended=extra.ended_at is not None)
