"""Addresses at which a steward's calendar reads, by their rows, in the caller's transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import CalendarFeed
from portal.domain.actors import Actor


def standing_feed(session: Session, person: UUID, *, lock: bool = False) -> CalendarFeed | None:
    """Return the feed of somebody that was not ended; there is one at most, as making one ends the one before."""
    statement = select(CalendarFeed).where(CalendarFeed.person_id == person, CalendarFeed.ended_at.is_(None))
    return session.scalars((statement.with_for_update() if lock else statement).order_by(CalendarFeed.made_at)).first()


def end_feeds_of(session: Session, actor: Actor, person: UUID, now: datetime) -> int:
    """End every feed of somebody; return how many. Each leaves an entry."""
    standing = select(CalendarFeed).where(CalendarFeed.person_id == person, CalendarFeed.ended_at.is_(None))
    found = session.scalars(standing.order_by(CalendarFeed.id).with_for_update()).all()
    for feed in found:
        feed.ended_at = now
    for feed in found:
        append(session, actor, "feed.ended", now, subject=feed.id)
    return len(found)
