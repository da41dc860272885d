"""Every SELECT about tokens of scripts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from portal.db.credentials import ApiToken
from portal.db.queries import NOT_FOUND
from portal.db.tables import Assignment, Person
from portal.domain.errors import NotFound
from portal.domain.roles import Role
from portal.domain.tokens import Purpose


def token_at(session: Session, digest: bytes) -> tuple[ApiToken, Person] | None:
    """Return the token of this SHA-256 with whoever made it, whatever became of either since."""
    row = session.execute(
        select(ApiToken, Person).join(Person, Person.id == ApiToken.made_by).where(ApiToken.token_hash == digest)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def roles_held_since(session: Session, person: UUID, inspection: UUID, since: datetime) -> frozenset[Role]:
    """Return a person's roles in the inspection, and stewardships, that they have now and had then, without a break."""
    held = select(Assignment.role).where(
        Assignment.person_id == person, Assignment.ended_at.is_(None), Assignment.created_at <= since
    )
    here, stands = held.where(Assignment.inspection_id == inspection), held.where(Assignment.inspection_id.is_(None))
    return frozenset(Role(role) for role in session.scalars(union_all(here, stands)))


def tokens_in(
    session: Session, inspection: UUID, purposes: Collection[Purpose], limit: int
) -> Sequence[tuple[ApiToken, Person]]:
    """Return tokens of these purposes in an inspection, each with whoever made it: first those that work longest."""
    rows = session.execute(
        select(ApiToken, Person)
        .join(Person, Person.id == ApiToken.made_by)
        .where(ApiToken.inspection_id == inspection, ApiToken.purpose.in_(sorted(purposes)))
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.expires_at.desc(), ApiToken.id)
        .limit(limit)
    )
    return [(token, person) for token, person in rows]


def count_live(session: Session, inspection: UUID, purpose: Purpose, now: datetime) -> int:
    """Count the tokens of a purpose in an inspection that have neither ended nor been revoked."""
    live = select(func.count()).where(
        ApiToken.inspection_id == inspection,
        ApiToken.purpose == purpose,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > now,
    )
    return session.scalar(live) or 0


def token_in(session: Session, inspection: UUID, token: UUID, purposes: Collection[Purpose]) -> ApiToken:
    """Return a token of one of these purposes in the inspection, locked. Raises NotFound."""
    found = session.scalar(
        select(ApiToken)
        .where(ApiToken.id == token, ApiToken.inspection_id == inspection, ApiToken.purpose.in_(sorted(purposes)))
        .with_for_update()
    )
    if found is None:
        raise NotFound(NOT_FOUND)
    return found
