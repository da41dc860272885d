"""Sign in and out over server-side sessions; what a session may do is looked up anew at every request."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.tables import Person, WebSession
from portal.db.visitor_queries import roles_here
from portal.domain.actors import Actor, person_actor
from portal.domain.addresses import known_form
from portal.domain.errors import Refused
from portal.domain.roles import Role
from portal.ports import Deps
from portal.vault.invitations import token_hash
from portal.vault.passwords import password_fits

FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)
WRONG = (
    "Check your email address and password, then try again. After several wrong tries you have to wait a few minutes."
)


@dataclass(frozen=True)
class SignedIn:
    """A signed-in person."""

    actor: Actor
    name: str
    roles: dict[UUID | None, frozenset[Role]]
    """By inspection: where the request is about, as a steward (under None), and one for each role in a team."""


def sign_in(deps: Deps, email: str, password: str) -> str:
    """Return the token of a new session. Raises Refused, in the same words whatever was wrong.

    From the fifth wrong password on, the account waits: half a minute, doubled each time, 15 minutes at most. A right
    password during the wait is refused too, and does not shorten it.
    """
    with reading(deps.engine) as session:
        person = session.scalar(select(Person).where(Person.email == known_form(email)))
    # Outside any transaction: hashing is slow on purpose.
    fits = password_fits(person.password_hash if person else None, password)
    if person is None:
        raise Refused(WRONG, "email")
    with writing(deps.engine) as session:
        now = deps.clock.now()
        person = session.get_one(Person, person.id, with_for_update={"key_share": True})
        waits = person.throttled_until is not None and now < person.throttled_until
        if not waits and fits and person.disabled_at is None:
            person.failures, person.throttled_until = 0, None
            token = secrets.token_urlsafe(32)
            session.add(WebSession(token_hash=token_hash(token), person_id=person.id, created_at=now, last_seen_at=now))
            append(session, person_actor(person.id), "session.began", now)
            return token
        if not waits:
            person.failures += 1
            if person.failures >= FREE_TRIES:
                wait = timedelta(seconds=30) * 2 ** min(person.failures - FREE_TRIES, 10)
                person.throttled_until = now + min(wait, LONGEST_WAIT)
            append(session, person_actor(person.id), "session.refused", now)
    raise Refused(WRONG, "email")


def who_is(deps: Deps, token: str, inspection_id: UUID | None = None) -> SignedIn | None:
    """Return whose session this is, with their roles in the inspection that they ask about, if any.

    None if it is unknown, signed out, too old, idle too long, or disabled.
    """
    now = deps.clock.now()
    digest = token_hash(token)
    with reading(deps.engine) as session:
        row = session.get(WebSession, digest)
        if row is None:
            return None
        person = session.get_one(Person, row.person_id)
        alive = now - row.created_at < deps.policy.session_life and now - row.last_seen_at < deps.policy.session_idle
        if not alive or person.disabled_at is not None:
            return None
        actor = person_actor(person.id)
        signed_in = SignedIn(actor, person.name, roles_here(session, actor, inspection_id))
    if now - row.last_seen_at >= SEEN_EVERY:
        # An UPDATE, never an INSERT: a slow request cannot bring back a session that was signed out meanwhile.
        with writing(deps.engine) as session:
            session.execute(update(WebSession).where(WebSession.token_hash == digest).values(last_seen_at=now))
    return signed_in


def sign_out(deps: Deps, token: str) -> None:
    """End the session; a second time changes nothing."""
    with writing(deps.engine) as session:
        row = session.get(WebSession, token_hash(token))
        if row is None:
            return
        actor = person_actor(row.person_id)
        session.execute(delete(WebSession).where(WebSession.token_hash == row.token_hash))
        append(session, actor, "session.ended", deps.clock.now())
