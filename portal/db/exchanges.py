"""The rows of what the team and the agency say to each other, and of what the team asks for beyond the checklist."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.tables import Base, Code, Id, InspectionId, PersonId


class Message(Base):
    """One message of an inspection's thread, which both sides see; a question stands open until it is settled."""

    __tablename__ = "message"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    kind: Mapped[Code]
    item: Mapped[Code | None]
    written_by: Mapped[PersonId]
    written_at: Mapped[datetime]
    sealed_words: Mapped[bytes | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (
        CheckConstraint(
            "kind IN ('question', 'reply', 'deadline', 'deferral', 'announcement', 'recall', 'acceptance')", name="kind"
        ),
    )


class ExtraItem(Base):
    """Something more that the team asks for, with its own due time (§25); label and guidance are sealed."""

    __tablename__ = "extra_item"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    code: Mapped[Code]
    due_at: Mapped[datetime]
    asked_by: Mapped[PersonId]
    asked_at: Mapped[datetime]
    sealed_words: Mapped[bytes | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (Index("uq_extra_item_code", "inspection_id", "code", unique=True),)
