"""The rows of the end of life: holds, notices, plans, disposals, certificates, alarms, and what proves the trail.

What is sealed here about an inspection is sealed by its key; about a programme, by the portal's own (`vault/own.py`).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.tables import Base, Code, Id, InspectionId, PersonId, unique_where


class Hold(Base):
    """A reason to dispose of nothing, of one inspection or of a whole programme, until two people lift it."""

    __tablename__ = "hold"
    id: Mapped[Id]
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme.id"), index=True)
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    sealed_reason: Mapped[bytes | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Who answers for it; None for one that was placed before holds had owners."""
    review_on: Mapped[date | None]
    """The London day on which it is looked at again; None as the owner's, and then it is to be reviewed now."""
    placed_by: Mapped[Code]
    placed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("(programme_id IS NULL) != (inspection_id IS NULL)", name="about_one_thing"),)


class CopyNotice(Base):
    """That somebody who downloaded from an inspection was asked to delete their copies, and whether they did."""

    __tablename__ = "copy_notice"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    person_id: Mapped[PersonId]
    downloads: Mapped[int]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("inspection_id", "person_id"),)


class DisposalPlan(Base):
    """What a disposal will do, in canonical JSON without names or content, and who approved it."""

    __tablename__ = "disposal_plan"
    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspection.id"), primary_key=True)
    made_at: Mapped[datetime]
    body: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[Code | None]
    __table_args__ = (CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approved_has_time"),)


class Disposal(Base):
    """How far the disposal of an inspection has come; each step is recorded once it is confirmed."""

    __tablename__ = "disposal"
    inspection_id: Mapped[UUID] = mapped_column(ForeignKey("inspection.id"), primary_key=True)
    due_at: Mapped[datetime | None]
    """None where nothing was published, and two people decided."""
    started_at: Mapped[datetime]
    actor: Mapped[Code]
    key_removed_at: Mapped[datetime | None]
    key_removed_how: Mapped[str | None]
    ciphertext_sha256: Mapped[Code | None]
    """A digest over every object's key and digest, taken before anything was removed."""
    ciphertext_bytes: Mapped[int | None] = mapped_column(BigInteger)
    objects_removed_at: Mapped[datetime | None]
    objects: Mapped[int] = mapped_column(default=0)
    columns_blanked_at: Mapped[datetime | None]
    documents: Mapped[int] = mapped_column(default=0)
    accounts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many people had nothing else here, so that their accounts went too."""
    compacted_at: Mapped[datetime | None]


class Certificate(Base):
    """The signed statement that an inspection's information was disposed of; names and content never appear in it.

    The first is provisional; the next is made once no backup of the key is left.
    """

    __tablename__ = "certificate"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    number: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    final: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    made_at: Mapped[datetime]
    body: Mapped[str]
    __table_args__ = (Index("uq_certificate_number", "inspection_id", "number", unique=True),)


class Alarm(Base):
    """Something a person must look at; it stands until a person clears it."""

    __tablename__ = "alarm"
    id: Mapped[Id]
    kind: Mapped[Code]
    subject: Mapped[Code] = mapped_column(default="", server_default=text("''"))
    """The id of what it is about, or the empty string."""
    raised_at: Mapped[datetime]
    words: Mapped[str]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]
    __table_args__ = (unique_where("cleared_at IS NULL", "uq_alarm_standing", "kind", "subject"),)


class CheckpointRow(Base):
    """A signed checkpoint of the trail, as it goes to every anchor."""

    __tablename__ = "checkpoint"
    name: Mapped[Code] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, index=True)
    made_at: Mapped[datetime]
    body: Mapped[str]


class Anchoring(Base):
    """Whether an anchor has a statement yet, and what came of the last try."""

    __tablename__ = "anchoring"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The name under which the anchor keeps it."""
    anchor: Mapped[Code] = mapped_column(primary_key=True)
    queued_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    failure: Mapped[str | None]


class TrailBase(Base):
    """Up to which entry the trail was pruned, by its own retention; the entry's hash is what the next follows."""

    __tablename__ = "trail_base"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[Code]
    pruned_at: Mapped[datetime]


class CalendarFeed(Base):
    """An address at which a steward's calendar reads what is due when, known by the SHA-256 of its token."""

    __tablename__ = "calendar_feed"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ClockRow(Base):
    """One row: the worker's last heartbeat (R13) and, in development, the clock's offset in seconds."""

    __tablename__ = "clock"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    heartbeat_at: Mapped[datetime | None]
    offset_seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
