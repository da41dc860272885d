"""The outbox's SELECTs. They are for the worker and the operator, not for people who sign in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.db.tables import (
    Assignment,
    AuditEntry,
    Document,
    Inspection,
    Invitation,
    OutboxMail,
    Person,
    Receipt,
    WebSession,
)
from portal.domain.actors import person_actor
from portal.domain.invitations import WRONG_CODES
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.mails import UNDECIDED

LISTED = 200
"""Mails that a list shows at most."""
_ROUND = 100


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(OutboxMail.sent_at.is_(None), OutboxMail.claimed_at.is_(None), OutboxMail.next_try_at <= now)


def _left_behind(before: datetime) -> ColumnElement[bool]:
    return and_(OutboxMail.sent_at.is_(None), OutboxMail.claimed_at < before, OutboxMail.failure.is_(None))


def next_mail(session: Session, now: datetime) -> OutboxMail | None:
    """Return the oldest mail whose turn has come, locked; one that another worker is about to claim is passed over."""
    return session.scalar(
        select(OutboxMail)
        .where(_due(now))
        .order_by(OutboxMail.created_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def any_mail_due(session: Session, now: datetime) -> bool:
    """Say whether a mail's turn has come."""
    return bool(session.scalar(select(exists().where(_due(now)))))


def left_behind(session: Session, before: datetime) -> Sequence[UUID]:
    """Return mails that were claimed before this instant and neither sent nor given back since, oldest first."""
    return session.scalars(
        select(OutboxMail.id).where(_left_behind(before)).order_by(OutboxMail.claimed_at).limit(_ROUND)
    ).all()


def lock_left_behind(session: Session, mail_id: UUID, before: datetime) -> OutboxMail | None:
    """Return one of those, locked, unless somebody else has settled it meanwhile."""
    return session.scalar(select(OutboxMail).where(OutboxMail.id == mail_id, _left_behind(before)).with_for_update())


def outbox_rows(session: Session, *, everything: bool) -> list[tuple[OutboxMail, str, str | None]]:
    """Return mails with address and reference, newest first; those that need nobody's eye only with `everything`."""
    statement = (
        select(OutboxMail, Person.email, Inspection.reference)
        .join(Person, Person.id == OutboxMail.person_id)
        .outerjoin(Inspection, Inspection.id == OutboxMail.inspection_id)
        .order_by(OutboxMail.created_at.desc(), OutboxMail.id)
        .limit(LISTED)
    )
    if not everything:
        on_its_way = or_(OutboxMail.claimed_at.is_(None), OutboxMail.failure.is_(None))
        statement = statement.where(OutboxMail.sent_at.is_(None), or_(on_its_way, _undecided()))
    return [(mail, email, reference) for mail, email, reference in session.execute(statement)]


def _undecided() -> ColumnElement[bool]:
    return and_(
        OutboxMail.sent_at.is_(None),
        OutboxMail.claimed_at.is_not(None),
        or_(*(OutboxMail.failure.startswith(word) for word in UNDECIDED)),
    )


def any_undecided(session: Session) -> bool:
    """Say whether a person must still decide on a mail."""
    return bool(session.scalar(select(exists().where(_undecided()))))


def holds_a_role(session: Session, person_id: UUID, inspection_id: UUID | None) -> bool:
    """Say whether a person with an open account has a role in the inspection, or is a steward."""
    steward = Assignment.inspection_id.is_(None)
    where = steward if inspection_id is None else or_(steward, Assignment.inspection_id == inspection_id)
    held = (
        select(Assignment.id)
        .join(Person, Person.id == Assignment.person_id)
        .where(Assignment.person_id == person_id, Assignment.ended_at.is_(None), Person.disabled_at.is_(None), where)
    )
    return session.scalar(held.limit(1)) is not None


def open_invitation(session: Session, person_id: UUID, inspection_id: UUID | None, now: datetime) -> Invitation | None:
    """Return a person's newest invitation to an inspection, or to a stewardship, that can still be accepted."""
    return session.scalar(
        select(Invitation)
        .where(
            Invitation.person_id == person_id,
            Invitation.inspection_id.is_not_distinct_from(inspection_id),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            Invitation.wrong_codes < WRONG_CODES,
        )
        .order_by(Invitation.created_at.desc())
        .limit(1)
    )


def collecting(session: Session) -> Sequence[Inspection]:
    """Return the inspections that take documents now."""
    return session.scalars(
        select(Inspection).where(Inspection.state == InspectionState.announced).order_by(Inspection.announced_at)
    ).all()


def late_items(session: Session) -> Sequence[tuple[UUID, str]]:
    """Return, for each inspection that takes documents, the items of which a document was received late."""
    rows = session.execute(
        select(Document.inspection_id, Document.item)
        .distinct()
        .join(Inspection, Inspection.id == Document.inspection_id)
        .where(
            Inspection.state == InspectionState.announced,
            Document.state == DocumentState.received,
            Document.on_time.is_(False),
        )
        .order_by(Document.inspection_id, Document.item)
    )
    return [(inspection, item) for inspection, item in rows]


def newest_receipts(session: Session) -> Sequence[tuple[UUID, int, datetime]]:
    """Return the number and time of the newest receipt after a change, for each inspection that takes documents."""
    newest = (
        select(Receipt.inspection_id, func.max(Receipt.number).label("number"))
        .join(Inspection, Inspection.id == Receipt.inspection_id)
        .where(Inspection.state == InspectionState.announced)
        .group_by(Receipt.inspection_id)
        .subquery()
    )
    rows = session.execute(
        select(Receipt.inspection_id, Receipt.number, Receipt.made_at)
        .join(newest, and_(newest.c.inspection_id == Receipt.inspection_id, newest.c.number == Receipt.number))
        .where(Receipt.number > 1)
    )
    return [(inspection, number, made_at) for inspection, number, made_at in rows]


def queued_occasions(session: Session, template: str, inspections: Sequence[UUID]) -> frozenset[str]:
    """Return for what occasions of these inspections this mail was queued, to whomever."""
    statement = select(OutboxMail.occasion).where(
        OutboxMail.template == template,
        OutboxMail.inspection_id.in_(inspections),
        OutboxMail.occasion.is_not(None),
    )
    return frozenset(
        (each or "").removeprefix(f"{template}:").rpartition(":")[0] for each in session.scalars(statement)
    )


def any_came(session: Session, inspection: Inspection, people: Sequence[UUID]) -> bool:
    """Say whether one of these people has signed in, or done anything, since the inspection was announced."""
    since = inspection.announced_at
    seen = exists().where(WebSession.person_id.in_(people), WebSession.last_seen_at >= since)
    # The trail is searched from the inspection's own first entry on: all of it may be long.
    first = select(func.min(AuditEntry.seq)).where(AuditEntry.inspection == str(inspection.id)).scalar_subquery()
    acted = exists().where(
        AuditEntry.seq > first,
        AuditEntry.at >= since,
        AuditEntry.actor.in_([person_actor(each).label for each in people]),
        AuditEntry.action != "session.refused",
    )
    return bool(session.scalar(select(or_(seen, acted))))
