"""A calendar feed of what is due when: an address that needs no sign-in, because no calendar can.

Whoever has the address reads references and kinds of events, and nothing else. It works for as long as its owner has,
without a break, the role with which they made it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.endings import CalendarFeed
from portal.db.engine import reading, writing
from portal.db.people_queries import person_of
from portal.db.queries import require_steward
from portal.db.tables import Assignment, Person
from portal.domain.actors import Actor, person_actor
from portal.domain.errors import NotFound
from portal.domain.roles import MATRIX, Permission
from portal.domain.timeline import HAPPENING_WORDS, Event, Happening
from portal.domain.times import say_moment
from portal.formats.icalendar import CalendarEvent, calendar
from portal.ports import Deps
from portal.vault.feeds import end_feeds_of, standing_feed
from portal.vault.invitations import token_hash
from portal.vault.throttles import count_failure, must_wait, throttle_key
from portal.vault.timeline import timeline
from schemas.texts import say

log = structlog.get_logger()
NO_FEED = say("There is no calendar at this address.")
_KEEPERS = sorted(role for role, permissions in MATRIX.items() if Permission.manage_retention in permissions)


@dataclass(frozen=True)
class MadeFeed:
    """A new feed's token, to be shown this once."""

    token: str = field(repr=False)


def feed_since(deps: Deps, actor: Actor) -> str:
    """Say since when the actor has a feed; nothing where they have none. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        feed = standing_feed(session, _self(actor))
        return say_moment(feed.made_at) if feed else ""


def make_feed(deps: Deps, actor: Actor) -> MadeFeed:
    """Make a feed, or another in place of the one that there is, whose address works no more. Raises NotFound."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        # The account is locked: of two at the same instant, the second ends the first's.
        person = person_of(session, _self(actor), lock=True)
        now = deps.clock.now()
        renewed = end_feeds_of(session, actor, person.id, now) > 0
        feed, made = uuid4(), MadeFeed(secrets.token_urlsafe(32))
        row = CalendarFeed(id=feed, person_id=person.id, token_hash=token_hash(made.token), made_at=now)
        session.add(row)
        append(session, actor, "feed.made", now, subject=feed, renewed=renewed)
        return made


def end_feed(deps: Deps, actor: Actor) -> None:
    """End the actor's feed; where there is none, nothing changes. Raises NotFound."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        person = person_of(session, _self(actor), lock=True)
        end_feeds_of(session, actor, person.id, deps.clock.now())


def read_feed(deps: Deps, token: str) -> bytes:
    """Return the calendar (RFC 5545). Raises NotFound, alike whatever is wrong with the token."""
    now = deps.clock.now()
    with reading(deps.engine) as session:
        # Looked for by its hash: how long that takes says nothing of a token.
        feed = session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == token_hash(token)))
        events = timeline(session, now) if feed is not None and _works(session, feed) else None
    if events is None:
        _refuse(deps, feed)
        raise NotFound(NO_FEED)
    said = [_event(deps, each, now) for each in events if each.kind is not Happening.undated]
    return calendar(deps.catalogue.of(say("Retention and disposal")), said, now)


def _works(session: Session, feed: CalendarFeed) -> bool:
    if feed.ended_at is not None:
        return False
    held = select(Assignment.id).where(
        Assignment.person_id == feed.person_id,
        Assignment.role.in_(_KEEPERS),
        Assignment.inspection_id.is_(None),
        Assignment.ended_at.is_(None),
        Assignment.created_at <= feed.made_at,
    )
    enabled = select(Person.id).where(Person.id == feed.person_id, Person.disabled_at.is_(None))
    return session.scalar(held.limit(1)) is not None and session.scalar(enabled) is not None


def _refuse(deps: Deps, feed: CalendarFeed | None) -> None:
    """Say in the trail that a token which is no longer good was shown; a calendar that goes on asking fills nothing.

    Nothing is kept of one that never was: nobody guesses 256 bits.
    """
    if feed is not None:
        key = throttle_key(deps.secret, "feed", str(feed.id))
        with writing(deps.engine) as session:
            now = deps.clock.now()
            if not must_wait(session, [key], now):
                count_failure(session, key, now)
                append(session, person_actor(feed.person_id), "feed.refused", now, subject=feed.id)
    log.info("feed.refused", known=feed is not None)


def _event(deps: Deps, event: Event, now: datetime) -> CalendarEvent:
    words = say("{reference}: {what}", reference=event.reference, what=HAPPENING_WORDS[event.kind])
    when = event.at or event.on or now.date()
    return CalendarEvent(f"{event.uid}@evidence-portal", deps.catalogue.of(words), when)


def _self(actor: Actor) -> UUID:
    """Return whose calendar it is. Raises NotFound: the operator has none."""
    if actor.person is None:
        raise NotFound(NO_FEED)
    return actor.person
