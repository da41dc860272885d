"""What is kept of the staff directory, by its rows: who is who there, and what it last said of a session's owner."""

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import DirectoryIdentity
from portal.db.tables import Assignment, WebSession
from portal.db.visitor_queries import Seen
from portal.domain.actors import person_actor
from portal.domain.directory import ASK_EVERY, TRUSTED_FOR
from portal.domain.errors import SealBroken
from portal.domain.roles import PROVIDER, STEWARDS, TEAM, Role
from portal.domain.sessions import Factor, Stage
from portal.ports import Admitted, Deps
from portal.vault.own import open_own, seal_own
from portal.vault.sessions import begin, session_at

_SESSION: Final = "directory session"


def keep(secret: bytes, row: WebSession, admitted: Admitted, now: datetime) -> None:
    """Keep with a session what the directory said of its owner; the refresh token is sealed."""
    said = {
        "issuer": admitted.issuer,
        "subject": admitted.subject,
        "roles": sorted(admitted.roles),
        "refresh": admitted.refresh,
    }
    row.sealed_refresh = seal_own(secret, _SESSION, row.id.bytes, json.dumps(said).encode())
    row.checked_at = now


def kept(secret: bytes, row: WebSession | Seen) -> Admitted | None:
    """Return what the directory last said of a session's owner; None where it cannot be read, so counts for nothing."""
    if row.sealed_refresh is None:
        return None
    try:
        said = json.loads(open_own(secret, _SESSION, row.id.bytes, row.sealed_refresh))
    except SealBroken:  # the portal's secret is another by now
        return None
    return Admitted(
        said["issuer"], said["subject"], frozenset(Role(each) for each in said["roles"]), refresh=said["refresh"]
    )


def usable_roles(deps: Deps, row: WebSession | Seen) -> frozenset[Role] | None:
    """Return the roles that a session's owner can use at most; None: whatever they have.

    Whoever came by the directory uses what it vouches for, and where it alone lets staff in, others are no staff.
    """
    if row.factor == Factor.directory:
        admitted = kept(deps.secret, row)
        return admitted.roles if admitted else frozenset()
    return PROVIDER if deps.policy.staff_by_directory else None


def must_be_asked(row: WebSession | Seen, now: datetime) -> bool:
    """Say whether the directory must be asked again before this session's owner goes on."""
    return row.factor == Factor.directory and not _within(ASK_EVERY, row, now)


def still_counts(row: WebSession, now: datetime) -> bool:
    """Say whether the directory's last word counts, while it cannot be asked or is being asked."""
    return _within(TRUSTED_FOR, row, now)


def _within(period: timedelta, row: WebSession | Seen, now: datetime) -> bool:
    # What was said in the future, before a clock was set back, does not count for longer.
    return row.checked_at is not None and timedelta() <= now - row.checked_at < period


def identity_at(session: Session, admitted: Admitted) -> DirectoryIdentity | None:
    """Return whose identity this is: by issuer and subject alone, never by an email address (V6.8.1, V10.5.2)."""
    return session.scalar(
        select(DirectoryIdentity).where(
            DirectoryIdentity.issuer == admitted.issuer, DirectoryIdentity.subject == admitted.subject
        )
    )


def add_identity(session: Session, person: UUID, admitted: Admitted, now: datetime) -> DirectoryIdentity:
    """Let this identity be this person's. Raises IntegrityError when flushed (it is somebody's by now)."""
    row = DirectoryIdentity(
        id=uuid4(), person_id=person, issuer=admitted.issuer, subject=admitted.subject, created_at=now
    )
    session.add(row)
    return row


def is_staff(session: Session, person: UUID) -> bool:
    """Say whether somebody is in a team or a steward."""
    role = Assignment.role.in_(sorted(TEAM | STEWARDS))
    return bool(
        session.scalar(select(exists().where(Assignment.person_id == person, Assignment.ended_at.is_(None), role)))
    )


def begin_by_directory(session: Session, deps: Deps, person: UUID, admitted: Admitted, browser: str) -> str:
    """Begin a full session by the directory, in the caller's transaction, of which it is the last act."""
    now = deps.clock.now()
    token = begin(session, person, Stage.full, now, browser=browser, factor=Factor.directory)
    row = session_at(session, token)
    if row is None:
        raise RuntimeError("A session that was just begun is not there.")
    keep(deps.secret, row, admitted, now)
    append(session, person_actor(person), "session.began", now, factor=Factor.directory)
    return token
