"""Whether somebody can come in at all: by a password, or by a work account."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.credentials import DirectoryIdentity
from portal.db.tables import Person


def has_identity(session: Session, person: UUID) -> bool:
    """Say whether somebody can come in by the directory."""
    return bool(session.scalar(select(exists().where(DirectoryIdentity.person_id == person))))


def has_way_in(session: Session, person: Person) -> bool:
    """Say whether somebody has accepted an invitation, so that another must not set up a second way in."""
    return person.password_hash is not None or has_identity(session, person.id)


def without_way_in(session: Session, people: Collection[Person]) -> set[UUID]:
    """Return those of these people who have accepted no invitation yet."""
    waiting = {each.id for each in people if each.password_hash is None}
    if not waiting:
        return waiting
    connected = session.scalars(select(DirectoryIdentity.person_id).where(DirectoryIdentity.person_id.in_(waiting)))
    return waiting - set(connected)
