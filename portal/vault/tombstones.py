"""What remains of a document that was recalled: its parts go, its row stays and says what was there."""

from typing import Any
from uuid import UUID

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.recall_queries import Reader, Recalled
from portal.db.tables import Document
from portal.domain.actors import Actor
from portal.domain.errors import StoreUnavailable
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.parts import document_prefix
from schemas.definitions import Checklist
from schemas.texts import say, together

View = dict[str, Any]
NOT_GONE = say("The store still holds parts of a recalled document. The next run tries again.")


def remove_parts(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> int:
    """Delete every part of a recalled document, and read back that none is left; return how many things went.

    It can be done again, and by two at once: the trail has one entry. Raises StoreUnavailable: then the sweep goes on.
    """
    prefix = document_prefix(inspection_id, document_id)
    removed = deps.store.empty(prefix)
    if deps.store.remains(prefix):
        raise StoreUnavailable(NOT_GONE)
    with writing(deps.engine) as session:
        document = session.get_one(Document, document_id, with_for_update=True)
        if document.swept_at is None:
            now = deps.clock.now()
            document.swept_at = now
            append(session, actor, "document.parts-deleted", now, inspection=inspection_id, subject=document_id)
    return removed


def tombstone_view(checklist: Checklist, recalled: Recalled) -> View:
    """Return what any page shows of a recalled document: neither its name nor its digest, which are gone."""
    document = recalled.document
    return {
        "id": document.id,
        "item": document.item,
        "item_label": place_words(checklist, document),
        "version": document.version or 1,
        "size": document.size or 0,
        "received_words": say_moment(document.received_at or document.began_at),
        "recalled_words": say("Recalled by {name} on {moment}", name=recalled.by, moment=say_moment(recalled.at)),
        "deleted": recalled.deleted,
        "readers": [{"name": each.name, "words": _read_words(each)} for each in recalled.readers],
    }


def place_words(checklist: Checklist, document: Document) -> str:
    """Say where a document was sent: its item, and its place in it where there are several."""
    item = checklist.item(document.item)
    return together((item.label, item.slot(document.slot).label), ": ") if len(item.slots) > 1 else item.label


def _read_words(reader: Reader) -> str:
    first = say_moment(reader.first_at)
    if reader.times == 1:
        return first
    last = say_moment(reader.last_at)
    return say("{count} times, first {first}, last {last}", count=reader.times, first=first, last=last)
