"""The rows: columns and constraints, no behaviour. Columns named `sealed_…` are sealed by the inspection's key."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portal.db.types import UtcDateTime

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]
Code = Annotated[str, mapped_column(String(64))]
InspectionId = Annotated[UUID, mapped_column(ForeignKey("inspection.id"), index=True)]
PersonId = Annotated[UUID, mapped_column(ForeignKey("person.id"), index=True)]


def unique_where(condition: str, name: str, *columns: str) -> Index:
    """Return an index, on both databases, that keeps rows single only where the condition holds."""
    return Index(name, *columns, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


class Base(DeclarativeBase):
    """The metadata that migrations are compared with."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), bytes: LargeBinary(), str: Text()}  # noqa: RUF012


class Programme(Base):
    """One thematic exercise: up to six inspections, one final report, so one retention clock."""

    __tablename__ = "programme"
    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    title: Mapped[str]
    deadline_policy: Mapped[Code]
    checklist_version: Mapped[Code]
    created_at: Mapped[datetime]
    published_on: Mapped[date | None]
    publication_entered_at: Mapped[datetime | None]
    retracted_on: Mapped[date | None]
    """The latest publication date that two people took back: one alone may not enter an earlier one (R9)."""
    held: Mapped[bool] = mapped_column(default=False)
    """Whether any of its holds stands; kept by `vault/holds.py` alone, under the programme's lock."""
    long_stop_on: Mapped[date | None]
    """When its owner decides what becomes of it if nothing was published; None for the suggested day (R9)."""
    standing_approval: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether what is due is disposed of without a person's approval of each plan."""
    window_from: Mapped[date | None]
    window_until: Mapped[date | None]
    data_from: Mapped[date | None]  # with data_until: the days that the A1 form covers; None: its definition's
    data_until: Mapped[date | None]


class Agency(Base):
    """A regional adoption agency."""

    __tablename__ = "agency"
    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str]
    voluntary: Mapped[bool] = mapped_column(default=False, server_default=false())
    id_words: Mapped[str] = mapped_column(server_default="")  # that begin its case numbers, as LEEDS-0012: no names


class Inspection(Base):
    """One agency in a programme; the deadline is frozen here at announcement (R1)."""

    __tablename__ = "inspection"
    id: Mapped[Id]
    reference: Mapped[Code] = mapped_column(unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    state: Mapped[Code]
    checklist_version: Mapped[Code]
    announced_at: Mapped[datetime]
    deadline_policy: Mapped[Code]
    deadline_at: Mapped[datetime]
    starts_on: Mapped[date]
    last_day_on: Mapped[date]
    wrapped_key: Mapped[bytes | None]
    held: Mapped[bool] = mapped_column(default=False)
    """Whether any of its own holds stands, as a programme's."""
    declared_at: Mapped[datetime | None]
    declared_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    deferred_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    """When it was called off, which closes it: there will be no report of it."""
    disposed_at: Mapped[datetime | None]
    programme: Mapped[Programme] = relationship(lazy="joined")
    agency: Mapped[Agency] = relationship(lazy="joined")
    __table_args__ = (
        CheckConstraint("state IN ('announced', 'deferred', 'closed', 'disposing', 'disposed')", name="state"),
        CheckConstraint("state != 'disposed' OR disposed_at IS NOT NULL", name="disposed_has_time"),
    )


class Person(Base):
    """An account. Name and address are the one thing kept unsealed, and go with the account (rule 1)."""

    __tablename__ = "person"
    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    """When name and address were removed, with the last inspection that they had to do with."""


class Assignment(Base):
    """A person's role: in one inspection, or (stewards) with no inspection."""

    __tablename__ = "assignment"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    role: Mapped[Code]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "(role IN ('administrator', 'data_protection_officer')) = (inspection_id IS NULL)",
            name="stewards_stand_alone",
        ),
        unique_where("ended_at IS NULL", "uq_assignment_current", "person_id", "inspection_id", "role"),
        # An index takes two rows without an inspection for different ones, so that stewards need one of their own.
        unique_where("ended_at IS NULL AND inspection_id IS NULL", "uq_assignment_steward", "person_id", "role"),
    )


class Invitation(Base):
    """A link that lets a person set a first password, once, with the code that they are told on another channel."""

    __tablename__ = "invitation"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    wrong_codes: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class WebSession(Base):
    """A browser that somebody signs in with, known by the SHA-256 of its token; deleting the row signs it out.

    Only at stage *full* has it any rights. The token is another after each change of stage.
    """

    __tablename__ = "web_session"
    id: Mapped[Id]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[PersonId]
    stage: Mapped[Code]
    factor: Mapped[Code | None]
    browser: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    challenge: Mapped[bytes | None]
    """The WebAuthn challenge that waits for its answer."""
    sealed_refresh: Mapped[bytes | None]
    """The directory's refresh token, where it was the directory that let them in."""
    checked_at: Mapped[datetime | None]
    """When the directory last said that they may come in."""
    __table_args__ = (
        CheckConstraint("stage IN ('enrolling', 'challenged', 'full')", name="stage"),
        CheckConstraint("factor IN ('totp', 'passkey', 'recovery', 'directory')", name="factor"),
        CheckConstraint("stage != 'full' OR factor IS NOT NULL", name="full_has_factor"),
    )


class Document(Base):
    """One uploaded file in a slot. Its parts are in the store under keys made of ids alone."""

    __tablename__ = "document"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    item: Mapped[Code]
    slot: Mapped[Code]
    version: Mapped[int | None]
    state: Mapped[Code]
    upload_id: Mapped[Code]
    sealed_details: Mapped[bytes | None]
    name_digest: Mapped[bytes | None]
    extension: Mapped[Code]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[bytes | None]
    crc32: Mapped[int | None] = mapped_column(BigInteger)
    part_bytes: Mapped[int]
    began_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    on_time: Mapped[bool | None]
    lease_until: Mapped[datetime]
    sent_by: Mapped[PersonId]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    ended_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'received', 'replaced', 'withdrawn', 'abandoned', 'recalled')", name="state"
        ),
        CheckConstraint("state IN ('pending', 'abandoned') OR received_at IS NOT NULL", name="received_has_time"),
        CheckConstraint("size IS NULL OR size > 0", name="size_positive"),
        unique_where("state != 'abandoned'", "uq_document_upload", "inspection_id", "upload_id"),
        Index("ix_document_state_lease", "state", "lease_until"),
    )


class Answer(Base):
    """An explained gap for an item; the newest one that is not superseded counts."""

    __tablename__ = "answer"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    item: Mapped[Code]
    kind: Mapped[Code]
    sealed_words: Mapped[bytes | None]
    given_by: Mapped[PersonId]
    given_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind IN ('equivalent', 'not_held', 'to_follow', 'none')", name="kind"),
        unique_where("superseded_at IS NULL", "uq_answer_current", "inspection_id", "item"),
    )


class Receipt(Base):
    """A receipt of the whole inspection: the declaration's, and one after each later change. Sealed, signed."""

    __tablename__ = "receipt"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    number: Mapped[int]
    cause: Mapped[Code]
    made_at: Mapped[datetime]
    sealed_body: Mapped[bytes | None]
    __table_args__ = (Index("uq_receipt_number", "inspection_id", "number", unique=True),)


class AuditEntry(Base):
    """One link of the hash chain; `details` is canonical JSON without names or content."""

    __tablename__ = "audit_entry"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[Code]
    action: Mapped[Code]
    inspection: Mapped[Code]
    subject: Mapped[str]
    details: Mapped[str]
    salt: Mapped[Code | None]
    """Hides what an entry says behind its digest (format 2); None in entries of format 1."""
    previous: Mapped[Code]
    hash: Mapped[Code] = mapped_column(unique=True)
    __table_args__ = (Index("ix_audit_entry_inspection", "inspection", "seq"),)


class OutboxMail(Base):
    """A mail to be sent: which one, to whom, about which inspection. The text is made when it is sent."""

    __tablename__ = "outbox_mail"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    template: Mapped[Code]
    facts: Mapped[str] = mapped_column(default="{}")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    failure: Mapped[str | None]
    occasion: Mapped[str | None] = mapped_column(String(200), unique=True)
    claimed_at: Mapped[datetime | None]
