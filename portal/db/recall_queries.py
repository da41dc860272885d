"""What was sent in error: which documents can be recalled, which were, and who had downloaded them (from the trail)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.behind import people_behind
from portal.db.tables import AuditEntry, Document, Person
from portal.db.team_queries import Download, downloads_of
from portal.domain.lifecycle import DocumentState
from portal.domain.times import iso, parse_iso

RECALLED = "document.recalled"
STANDING = (DocumentState.received, DocumentState.replaced, DocumentState.withdrawn)
"""What can be recalled: what counts, and what once did."""


@dataclass(frozen=True)
class Reader:
    """Somebody who downloaded a document, alone or among others: how often, first and last."""

    person: UUID
    name: str
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Recalled:
    """What remains of a document that was recalled: its row without name and digests, who, when, and its readers."""

    document: Document
    by: str
    at: datetime
    readers: tuple[Reader, ...]

    @property
    def deleted(self) -> bool:
        """Whether its parts are gone from the store, confirmed by reading back."""
        return self.document.swept_at is not None


def recalled_documents(session: Session, inspection_id: UUID, limit: int = 50, offset: int = 0) -> list[Recalled]:
    """Return what was recalled in an inspection, what was received last first, in five queries however many."""
    statement = _received(inspection_id).where(Document.state == DocumentState.recalled)
    return _told(session, inspection_id, session.scalars(statement.limit(limit).offset(offset)).all())


def recalled_document(session: Session, document: Document) -> Recalled:
    """Return what remains of one document, which was recalled."""
    [told] = _told(session, document.inspection_id, [document])
    return told


def _told(session: Session, inspection_id: UUID, documents: Sequence[Document]) -> list[Recalled]:
    acts = session.scalars(
        select(AuditEntry).where(
            AuditEntry.inspection == str(inspection_id),
            AuditEntry.action == RECALLED,
            AuditEntry.subject.in_([str(each.id) for each in documents]),
        )
    ).all()
    act_of = {entry.subject: entry for entry in acts}
    people = _people(session, {entry.actor for entry in acts})
    readers = readers_of(session, inspection_id, documents) if documents else {}
    return [
        Recalled(each, people[act.actor][1], act.at, tuple(readers[each.id]))
        for each in documents
        for act in [act_of[str(each.id)]]
    ]


def recallable(session: Session, inspection_id: UUID, limit: int, offset: int) -> Sequence[Document]:
    """Return documents that can be recalled, what was received last first."""
    statement = _received(inspection_id).where(Document.state.in_(STANDING))
    return session.scalars(statement.limit(limit).offset(offset)).all()


def count_received(session: Session, inspection_id: UUID) -> tuple[int, int]:
    """Count the documents that can be recalled, and those that were."""
    counts: dict[str, int] = dict(
        session.execute(
            select(Document.state, func.count()).where(Document.inspection_id == inspection_id).group_by(Document.state)
        ).all()
    )
    return sum(counts.get(state, 0) for state in STANDING), counts.get(DocumentState.recalled, 0)


def unfinished_recalls(session: Session) -> Sequence[Document]:
    """Return the recalled documents whose parts were not yet seen to be gone."""
    return session.scalars(
        select(Document).where(Document.state == DocumentState.recalled, Document.swept_at.is_(None))
    ).all()


def readers_of(session: Session, inspection_id: UUID, documents: Sequence[Document]) -> dict[UUID, list[Reader]]:
    """Return who downloaded each of these documents of one inspection, whoever did first at the head.

    The entry of a download of several does not name them, but says which they were: all that counted then, those of one
    item, or those received since. One that was broken off counts too: it may have gone far enough.
    """
    downloads = downloads_of(session, inspection_id)
    people = _people(session, {each.actor for each in downloads})
    readers: dict[UUID, list[Reader]] = {}
    for document in documents:
        found: dict[tuple[UUID, str], list[datetime]] = {}
        for each in downloads:
            if each.actor in people and _covers(each, document):
                found.setdefault(people[each.actor], []).append(each.at)
        readers[document.id] = [Reader(*person, len(at), at[0], at[-1]) for person, at in found.items()]
    return readers


def _covers(download: Download, document: Document) -> bool:
    if download.document:
        return download.document == str(document.id)
    if document.received_at is None or (download.item and download.item != document.item):
        return False
    received_at = parse_iso(iso(document.received_at))  # the trail's times end at the millisecond
    return (
        received_at <= download.at
        and (document.ended_at is None or download.at <= document.ended_at)
        and (download.since is None or download.since <= received_at)
    )


def _received(inspection_id: UUID) -> Select[Document]:
    return (
        select(Document)
        .where(Document.inspection_id == inspection_id, Document.received_at.is_not(None))
        .order_by(Document.received_at.desc(), Document.id)
    )


def _people(session: Session, labels: set[str]) -> dict[str, tuple[UUID, str]]:
    """Return id and name of the person behind each label: a script's downloads are those of its token's maker."""
    behind = people_behind(session, labels)
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(behind.values()))))
    names = {person: name for person, name in rows}  # noqa: C416 -- rows are Row objects, not pairs
    return {label: (person, names[person]) for label, person in behind.items()}


def stored_in(session: Session, inspection_id: UUID) -> tuple[int, int]:
    """Return how many documents of an inspection the store holds whole, and their bytes in all."""
    found = select(func.count(), func.coalesce(func.sum(Document.size), 0)).where(
        Document.inspection_id == inspection_id, Document.state.in_(STANDING)
    )
    files, size = session.execute(found).one()
    return files, int(size or 0)
