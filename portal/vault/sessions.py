"""Sessions: begun at a stage, raised to another under a new token, ended by deleting the row."""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from portal.db.credentials import Passkey, Totp
from portal.db.tables import Person, WebSession
from portal.domain.sessions import Factor, Stage
from portal.vault.invitations import token_hash


def begin(
    session: Session, person: UUID, stage: Stage, now: datetime, *, browser: str = "", factor: Factor | None = None
) -> str:
    """Begin a session and return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            id=uuid4(),
            token_hash=token_hash(token),
            person_id=person,
            stage=stage,
            factor=factor,
            browser=browser[:64],
            created_at=now,
            last_seen_at=now,
        )
    )
    return token


def raise_to_full(row: WebSession, factor: Factor, now: datetime) -> str:
    """Make a session full and return its new token: the one before is dead from now on."""
    token = secrets.token_urlsafe(32)
    row.stage, row.factor, row.token_hash, row.challenge, row.last_seen_at = (
        *(Stage.full, factor, token_hash(token), None),
        now,
    )
    return token


def renew(row: WebSession) -> str:
    """Give a session a new token and return it: the one before is dead from now on."""
    token = secrets.token_urlsafe(32)
    row.token_hash = token_hash(token)
    return token


def session_at(session: Session, token: str, *, lock: bool = False) -> WebSession | None:
    """Return the session of a token, whatever its stage and age."""
    statement = select(WebSession).where(WebSession.token_hash == token_hash(token))
    return session.scalar(statement.with_for_update() if lock else statement)


def lock_own(session: Session, session_id: UUID) -> WebSession | None:
    """Return a session, locked after its owner's row.

    That order everywhere, throttles last: of two who act for one account at once, whatever they do, one waits.
    """
    person = session.scalar(select(WebSession.person_id).where(WebSession.id == session_id))
    lock_person(session, person)
    return session.get(WebSession, session_id, with_for_update=True)


def lock_person(session: Session, person: UUID | None) -> Person | None:
    """Return an account, locked; nobody's takes as long."""
    return session.get(Person, person or UUID(int=0), with_for_update={"key_share": True})


def end_sessions(session: Session, person: UUID, *, but: UUID | None = None) -> None:
    """End every session of a person, or every other than one."""
    theirs = delete(WebSession).where(WebSession.person_id == person)
    session.execute(theirs.where(WebSession.id != but) if but else theirs)


def has_factor(session: Session, person: UUID) -> bool:
    """Say whether somebody has set up a second factor."""
    app = exists().where(Totp.person_id == person, Totp.confirmed_at.is_not(None))
    return bool(session.scalar(select(app | exists().where(Passkey.person_id == person))))
