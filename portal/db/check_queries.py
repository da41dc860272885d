"""The rows of checking as services ask for them. Whoever calls has admitted the actor, or is the service itself."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, defer

from portal.db.checks import DocumentCheck
from portal.db.tables import Document, Inspection
from portal.domain.checks import CheckState, Scan
from portal.domain.lifecycle import DocumentState, InspectionState, readable

_READABLE = sorted(each for each in InspectionState if readable(each))
_HEAVY = (DocumentCheck.sealed_result,)


def checks_in(session: Session, inspection_id: UUID) -> Mapping[UUID, DocumentCheck]:
    """Return the checks of an inspection by document, without what was found, of which there may be much."""
    rows = select(DocumentCheck).where(DocumentCheck.inspection_id == inspection_id)
    return {each.document_id: each for each in session.scalars(rows.options(*map(defer, _HEAVY)))}


def checks_of(session: Session, inspection_id: UUID, documents: Collection[UUID]) -> Mapping[UUID, DocumentCheck]:
    """Return the checks of these documents of the inspection, with what was found."""
    rows = select(DocumentCheck).where(
        DocumentCheck.inspection_id == inspection_id, DocumentCheck.document_id.in_(documents)
    )
    return {each.document_id: each for each in session.scalars(rows.execution_options(populate_existing=True))}


def checks_with_findings(session: Session, inspection_id: UUID) -> Mapping[UUID, DocumentCheck]:
    """Return the checks by which a document that counts is flagged or quarantined, with what was found."""
    rows = (
        select(DocumentCheck)
        .join(Document, Document.id == DocumentCheck.document_id)
        .where(
            DocumentCheck.inspection_id == inspection_id,
            DocumentCheck.state.in_((CheckState.flagged, CheckState.quarantined)),
            Document.state == DocumentState.received,
        )
    )
    return {each.document_id: each for each in session.scalars(rows.execution_options(populate_existing=True))}


def take_check(session: Session, document_id: UUID, now: datetime, until: datetime) -> bool:
    """Take a check that is due for oneself until an instant; of two who try at once, one gets it."""
    taken = session.execute(
        update(DocumentCheck)
        .where(DocumentCheck.document_id == document_id, *_due(now))
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1  # type: ignore[attr-defined,no-any-return]  # a CursorResult, which typing does not say


def due_checks(session: Session, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the documents that are to be checked now and that nobody has taken.

    Each inspection has its turn, its own in the order in which they are due: who sends hundreds keeps nobody waiting.
    """
    order = DocumentCheck.next_try_at, DocumentCheck.document_id
    turn = func.row_number().over(partition_by=DocumentCheck.inspection_id, order_by=order)
    return session.scalars(
        select(DocumentCheck.document_id).where(*_due(now)).order_by(turn, *order).limit(limit)
    ).all()


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(DocumentCheck.lease_until.is_(None), DocumentCheck.lease_until <= now)
    return DocumentCheck.next_try_at <= now, free


def given_up(session: Session, *, scanner: bool) -> Sequence[UUID]:
    """Return the documents that count, were not released and are tried no more although an answer is lacking.

    Without a `scanner` nothing lacks its answer.
    """
    lacks: ColumnElement[bool] = DocumentCheck.state == CheckState.unchecked
    if scanner:
        lacks = or_(lacks, DocumentCheck.scan == Scan.unscanned)
    rows = (
        select(DocumentCheck.document_id)
        .join(Document, Document.id == DocumentCheck.document_id)
        .join(Inspection, Inspection.id == DocumentCheck.inspection_id)
        .where(
            lacks,
            DocumentCheck.next_try_at.is_(None),
            DocumentCheck.released_at.is_(None),
            Document.state == DocumentState.received,
            Inspection.state.in_(_READABLE),
        )
    )
    return session.scalars(rows.order_by(DocumentCheck.document_id)).all()


def try_again(session: Session, documents: Collection[UUID], now: datetime) -> None:
    """Let checks that were given up be tried anew, from the first try on."""
    session.execute(
        update(DocumentCheck)
        .where(DocumentCheck.document_id.in_(documents), DocumentCheck.next_try_at.is_(None))
        .values(next_try_at=now, attempts=0, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def kept_answers(session: Session, after: UUID | None, limit: int) -> Sequence[tuple[Inspection, DocumentCheck]]:
    """Return the checks of documents that count, in readable inspections, of which something is kept and nothing due.

    In the order of the documents' ids, those after one of them.
    """
    rows = (
        select(Inspection, DocumentCheck)
        .join(Document, Document.id == DocumentCheck.document_id)
        .join(Inspection, Inspection.id == DocumentCheck.inspection_id)
        .where(
            DocumentCheck.sealed_result.is_not(None),
            DocumentCheck.next_try_at.is_(None),
            Document.state == DocumentState.received,
            Inspection.state.in_(_READABLE),
        )
        .order_by(DocumentCheck.document_id)
        .limit(limit)
    )
    found = session.execute(rows if after is None else rows.where(DocumentCheck.document_id > after))
    return [(inspection, row) for inspection, row in found]


def count_checks(session: Session) -> Mapping[tuple[str, str], int]:
    """Count the checks of documents that count, by state and what the scanner said."""
    rows = (
        select(DocumentCheck.state, DocumentCheck.scan, func.count())
        .join(Document, and_(Document.id == DocumentCheck.document_id, Document.state == DocumentState.received))
        .group_by(DocumentCheck.state, DocumentCheck.scan)
    )
    return {(state, scan): count for state, scan, count in session.execute(rows)}


def waiting_checks(session: Session, limit: int) -> Sequence[tuple[str, str, DocumentCheck]]:
    """Return what is still to be tried: the inspection's reference, the item and the row, the next first."""
    rows = (
        select(Inspection.reference, Document.item, DocumentCheck)
        .join(Document, Document.id == DocumentCheck.document_id)
        .join(Inspection, Inspection.id == DocumentCheck.inspection_id)
        .where(DocumentCheck.next_try_at.is_not(None))
        .options(*map(defer, _HEAVY))
        .order_by(DocumentCheck.next_try_at, DocumentCheck.document_id)
        .limit(limit)
    )
    return [(reference, item, row) for reference, item, row in session.execute(rows)]
