"""The rows of checking: what is known of each received document, and who released it. One row a document."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.tables import Base, Code, InspectionId


class DocumentCheck(Base):
    """How a received document was found. Made with the receipt, so that none is missed; no check changes a document."""

    __tablename__ = "document_check"
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    inspection_id: Mapped[InspectionId]
    state: Mapped[Code]
    """See `domain/checks.py`; *waiting* until an answer came or the tries were used up."""
    scan: Mapped[Code]
    """What the malware scanner said: *unscanned* until it said *clean* or *infected*; *locked*: it cannot be."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    """None: nothing is left to be tried."""
    lease_until: Mapped[datetime | None]
    """Until when whoever took it has it for their own."""
    checked_at: Mapped[datetime | None]
    definition: Mapped[Code | None]
    """The version of the A1 form's definition that it was read by."""
    sealed_result: Mapped[bytes | None]
    """What was found, and of an A1 form how it looks at a glance."""
    sealed_reason: Mapped[bytes | None]
    """Why the sender leaves errors of the A1 form as they are."""
    reason_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    reason_at: Mapped[datetime | None]
    sealed_release: Mapped[bytes | None]
    """Why a head of the team released it."""
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'clear', 'flagged', 'quarantined', 'unchecked')", name="state"),
        CheckConstraint("scan IN ('unscanned', 'clean', 'infected', 'locked')", name="scan"),
        CheckConstraint("scan != 'infected' OR released_at IS NULL", name="malware_never_released"),
        Index("ix_document_check_next_try_at", "next_try_at"),
    )
