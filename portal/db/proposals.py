"""The rows of what takes two people: one proposes, another approves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.tables import Base, Code, Id, PersonId, unique_where


class Proposal(Base):
    """An act that waits for a second person, about a programme or an inspection; `details` has dates and ids alone."""

    __tablename__ = "proposal"
    id: Mapped[Id]
    kind: Mapped[Code]
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme.id"), index=True)
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    details: Mapped[str] = mapped_column(default="{}")
    sealed_reason: Mapped[bytes | None]
    proposed_by: Mapped[PersonId]
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    outcome: Mapped[Code | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "kind IN ('earlier_publication', 'retracted_publication', 'early_disposal', 'lift_hold', 'break_glass')",
            name="kind",
        ),
        CheckConstraint("outcome IN ('approved', 'refused', 'withdrawn', 'lapsed')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(programme_id IS NULL) != (inspection_id IS NULL)", name="about_one_thing"),
        CheckConstraint("outcome IN ('withdrawn', 'lapsed') OR decided_by != proposed_by", name="two_people"),
        unique_where("outcome IS NULL AND programme_id IS NOT NULL", "uq_proposal_programme", "kind", "programme_id"),
        unique_where(
            "outcome IS NULL AND inspection_id IS NOT NULL", "uq_proposal_inspection", "kind", "inspection_id"
        ),
    )
