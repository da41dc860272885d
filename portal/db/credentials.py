"""The rows by which people and scripts show who they are. What could be used to get in is hashed, or sealed.

What is sealed here is sealed under a key made of the portal's secret (`vault/own.py`), never under an inspection's.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.tables import Base, Code, Id, InspectionId, PersonId, unique_where


class Totp(Base):
    """An authenticator app, being set up until `confirmed_at`; `last_counter` is that of the last code used."""

    __tablename__ = "totp"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    sealed_secret: Mapped[bytes]
    last_counter: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (
        unique_where("confirmed_at IS NOT NULL", "uq_totp_confirmed", "person_id"),
        unique_where("confirmed_at IS NULL", "uq_totp_waiting", "person_id"),
    )


class Passkey(Base):
    """A passkey's public half, and the counter of its last use."""

    __tablename__ = "passkey"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    counter: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of ten codes for when the second factor is lost; it works once."""

    __tablename__ = "recovery_code"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Base):
    """Wrong tries of one account, address or device, known by an HMAC of what it is, whether or not it exists."""

    __tablename__ = "throttle"
    key: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    waits_until: Mapped[datetime | None]
    last_at: Mapped[datetime] = mapped_column(index=True)


class StepUp(Base):
    """That somebody showed, in this session, that it is they: for one purpose, for a few minutes."""

    __tablename__ = "step_up"
    session_id: Mapped[UUID] = mapped_column(ForeignKey("web_session.id", ondelete="CASCADE"), primary_key=True)
    purpose: Mapped[Code] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]


class DirectoryIdentity(Base):
    """Who a person is in the staff directory: issuer and subject, never an email address."""

    __tablename__ = "directory_identity"
    id: Mapped[Id]
    person_id: Mapped[PersonId]
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class DirectoryVisit(Base):
    """A browser that was sent to the directory and has not come back yet."""

    __tablename__ = "directory_visit"
    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    sealed_flow: Mapped[bytes]
    """Nonce and PKCE verifier."""
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("web_session.id", ondelete="CASCADE"), index=True)
    """The session that is to be confirmed, or None for a new one."""
    purpose: Mapped[Code]
    next_path: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Base):
    """A script's way in: to one inspection, for one purpose, until it ends. Shown once, kept as its SHA-256."""

    __tablename__ = "api_token"
    id: Mapped[Id]
    inspection_id: Mapped[InspectionId]
    purpose: Mapped[Code]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_by: Mapped[PersonId]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("purpose IN ('send', 'read', 'audit')", name="purpose"),)
