"""SELECTs of an inspection's thread; whoever calls has been admitted to the inspection."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.exchanges import Message
from portal.db.queries import NOT_FOUND
from portal.db.tables import Assignment
from portal.domain.errors import NotFound
from portal.domain.roles import PROVIDER, Role
from portal.domain.thread import MessageKind, Side


def messages_in(session: Session, inspection_id: UUID, *, first: int, count: int) -> Sequence[Message]:
    """Return `count` messages from the `first` (0: the newest), newest first."""
    return session.scalars(
        select(Message)
        .where(Message.inspection_id == inspection_id)
        .order_by(Message.written_at.desc(), Message.id)
        .offset(first)
        .limit(count)
    ).all()


def count_messages(session: Session, inspection_id: UUID) -> int:
    """Return how many messages the inspection has."""
    return session.scalars(
        select(func.count()).select_from(Message).where(Message.inspection_id == inspection_id)
    ).one()


def message_in(session: Session, inspection_id: UUID, message_id: UUID) -> Message:
    """Return a message of this inspection, locked. Raises NotFound."""
    message = session.scalar(
        select(Message).where(Message.id == message_id, Message.inspection_id == inspection_id).with_for_update()
    )
    if message is None:
        raise NotFound(NOT_FOUND)
    return message


def open_questions(session: Session, inspection_id: UUID) -> Sequence[Message]:
    """Return the questions that nobody has answered or closed, oldest first."""
    return session.scalars(
        select(Message)
        .where(
            Message.inspection_id == inspection_id,
            Message.kind == MessageKind.question,
            Message.settled_at.is_(None),
        )
        .order_by(Message.written_at, Message.id)
    ).all()


def count_asked_of_agency(session: Session, inspection_id: UUID) -> int:
    """Return how many of the team's questions nobody has answered or closed."""
    agency = select(Assignment.person_id).where(
        Assignment.inspection_id == inspection_id, Assignment.role.in_([str(role) for role in PROVIDER])
    )
    return session.scalars(
        select(func.count())
        .select_from(Message)
        .where(
            Message.inspection_id == inspection_id,
            Message.kind == MessageKind.question,
            Message.settled_at.is_(None),
            Message.written_by.not_in(agency),
        )
    ).one()


def sides(session: Session, inspection_id: UUID) -> Mapping[UUID, Side]:
    """Return on which side everyone is, or was, who ever had a role in the inspection."""
    rows = session.execute(
        select(Assignment.person_id, Assignment.role).where(Assignment.inspection_id == inspection_id)
    )
    return {person: Side.agency if Role(role) in PROVIDER else Side.team for person, role in rows}
