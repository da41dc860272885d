"""Tokens of scripts as the database keeps them, and the end of all that somebody made, in the caller's transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import ApiToken
from portal.domain.actors import Actor
from portal.vault.feeds import end_feeds_of


def revoke_tokens_of(session: Session, actor: Actor, person: UUID, now: datetime) -> int:
    """Revoke every token that somebody made and that still works; return how many. Each leaves an entry.

    The address at which their calendar reads ends too: it lets in without them as well.
    """
    end_feeds_of(session, actor, person, now)
    return _revoke(session, actor, ApiToken.made_by == person, now)


def revoke_tokens_in(session: Session, actor: Actor, inspection: UUID, now: datetime) -> int:
    """Revoke every token of an inspection that still works; return how many. Each leaves an entry."""
    return _revoke(session, actor, ApiToken.inspection_id == inspection, now)


def _revoke(session: Session, actor: Actor, which: ColumnElement[bool], now: datetime) -> int:
    working = select(ApiToken).where(which, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    found = session.scalars(working.order_by(ApiToken.id).with_for_update()).all()
    for token in found:
        token.revoked_at = now
    for token in found:
        append(session, actor, "token.revoked", now, inspection=token.inspection_id, subject=token.id)
    return len(found)
