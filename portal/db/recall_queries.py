"""What was sent in error: which documents can be recalled, which were, and who had downloaded them (from the trail)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.db.tables import AuditEntry, Document, Person
from portal.db.types import UtcDateTime
from portal.domain.actors import person_actor
from portal.domain.lifecycle import DocumentState

DOCUMENT_OPENED = "document.opened"
MANY_OPENED = ("bundle.opened", "item.opened", "changes.opened")
"""Downloads of several documents: of all that counted then, or of those in the item that the entry names."""
RECALLED = "document.recalled"
STANDING = (DocumentState.received, DocumentState.replaced, DocumentState.withdrawn)
"""What can be recalled: what counts, and what once did."""
_OVERLAP = timedelta(minutes=1)
"""A download that began just before a document was replaced may stand in the trail just after it."""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_READ = (AuditEntry.actor, func.count(), func.min(AuditEntry.at), func.max(AuditEntry.at))


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
    documents = session.scalars(statement.limit(limit).offset(offset)).all()
    acts = {
        entry.subject: entry
        for entry in session.scalars(
            select(AuditEntry).where(
                AuditEntry.inspection == str(inspection_id),
                AuditEntry.action == RECALLED,
                AuditEntry.subject.in_([str(each.id) for each in documents]),
            )
        )
    }
    people = _people(session, {entry.actor for entry in acts.values()})
    readers = readers_of(session, inspection_id, documents)
    return [
        Recalled(each, people[acts[str(each.id)].actor][1], acts[str(each.id)].at, tuple(readers[each.id]))
        for each in documents
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

    The entry of a download of several does not name them: whoever made it while a document counted is listed for it,
    so that the list rather names one too many than one too few.
    """
    ids = {str(each.id): each.id for each in documents}
    reads = [(ids[subject], *rest) for subject, *rest in session.execute(_alone(inspection_id, list(ids))).all()]
    reads += session.execute(_among_others(inspection_id, documents)).all() if documents else []
    people = _people(session, {actor for _document, actor, *_rest in reads})
    found: dict[tuple[UUID, str], Reader] = {}
    for document, actor, times, first, last in reads:
        before = found.get((document, actor), Reader(*people[actor], 0, first, last))
        found[document, actor] = Reader(
            *people[actor], before.times + times, min(before.first_at, first), max(before.last_at, last)
        )
    readers: dict[UUID, list[Reader]] = {document: [] for document in ids.values()}
    for (document, _actor), reader in sorted(found.items(), key=lambda each: (each[1].first_at, each[1].name)):
        readers[document].append(reader)
    return readers


def _received(inspection_id: UUID) -> Select[Document]:
    return (
        select(Document)
        .where(Document.inspection_id == inspection_id, Document.received_at.is_not(None))
        .order_by(Document.received_at.desc(), Document.id)
    )


def _alone(inspection_id: UUID, subjects: list[str]) -> Select[Any, *tuple[Any, ...]]:
    """Select the downloads of each document by itself, by person."""
    return (
        select(AuditEntry.subject, *_READ)
        .where(
            AuditEntry.inspection == str(inspection_id),
            AuditEntry.action == DOCUMENT_OPENED,
            AuditEntry.subject.in_(subjects),
        )
        .group_by(AuditEntry.subject, AuditEntry.actor)
    )


def _among_others(inspection_id: UUID, documents: Sequence[Document]) -> Select[Any, *tuple[Any, ...]]:
    """Select the downloads of several while each document counted, by person."""
    until = case(
        *(
            (Document.id == each.id, literal(each.ended_at + _OVERLAP, UtcDateTime()))
            for each in documents
            if each.ended_at
        ),
        else_=literal(_NEVER, UtcDateTime()),
    )
    # Details are canonical JSON, so that an item's code stands in them in this form alone.
    its_item = AuditEntry.details.contains('"item":"' + Document.item + '"')
    return (
        select(Document.id, *_READ)
        .join(AuditEntry, AuditEntry.at.between(Document.received_at, until))
        .where(
            Document.id.in_([each.id for each in documents]),
            AuditEntry.inspection == str(inspection_id),
            AuditEntry.action.in_(MANY_OPENED),
            or_(AuditEntry.details.not_like('%"item":%'), its_item),
        )
        .group_by(Document.id, AuditEntry.actor)
    )


def _until(document: Document) -> Any:  # noqa: ANN401 -- an expression of SQLAlchemy's
    return literal(document.ended_at + _OVERLAP if document.ended_at else _NEVER, UtcDateTime())


def _people(session: Session, labels: set[str]) -> dict[str, tuple[UUID, str]]:
    """Return id and name by what the trail calls a person."""
    ids = [UUID(label.removeprefix("person:")) for label in labels]
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {person_actor(person).label: (person, name) for person, name in rows}
