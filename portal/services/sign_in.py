"""Sign in and out over server-side sessions; what a session may do is looked up anew at every request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import glancing, reading, writing
from portal.db.tables import Person, WebSession
from portal.db.visitor_queries import roles_here, session_seen
from portal.domain.actors import STRANGER, Actor, person_actor
from portal.domain.addresses import known_form
from portal.domain.browsers import SOME_BROWSER, Browser
from portal.domain.errors import NotFound, Refused
from portal.domain.roles import Role
from portal.domain.sessions import Factor, Stage, end_of
from portal.ports import Deps
from portal.vault.devices import counted_on
from portal.vault.directory import is_staff, must_be_asked, usable_roles
from portal.vault.invitations import token_hash
from portal.vault.passwords import hash_password, is_outdated, password_fits
from portal.vault.sessions import begin, has_factor, lock_person, session_at
from portal.vault.throttles import count_failure, must_wait
from portal.vault.tries import OVER
from schemas.texts import say

SEEN_EVERY = timedelta(minutes=1)
WRONG = say(
    "Check your email address and password, then try again. After several wrong tries you have to wait a few minutes."
)


@dataclass(frozen=True)
class SignedIn:
    """Somebody who gave a password at least; below the stage *full* there are no roles."""

    actor: Actor
    name: str
    roles: dict[UUID | None, frozenset[Role]]
    """By inspection: in the one that the request is about, and as a steward (under None)."""
    session: UUID
    stage: Stage
    ends_at: datetime
    """When the session ends if nothing more is heard from it."""
    left: timedelta
    """How long that was when the session was looked up."""
    in_teams: frozenset[Role] = frozenset()
    """In the teams of whatever inspections."""
    by_directory: bool = False
    ask_directory: bool = False
    """Whether the directory must be asked before they go on (`services/directory_checks.py`)."""


def sign_in(deps: Deps, email: str, password: str, browser: Browser = SOME_BROWSER) -> str:
    """Return the token of a new session, not yet full. Raises Refused, in the same words whatever was wrong.

    From the fifth wrong password on, what it is counted on waits: half a minute, doubled each time, 15 minutes at most.
    A right password during the wait is refused too, and shortens no wait. An account that does not exist is treated as
    one that does, statement by statement, so that neither words nor time tell them apart (ASVS 6.3.8).
    """
    address = known_form(email)
    with reading(deps.engine) as session:
        person = session.scalar(select(Person).where(Person.email == address))
    # Outside any transaction: hashing is slow on purpose.
    fits = password_fits(person.password_hash if person else None, password)
    tries = counted_on(deps.secret, "account", str(address), person, browser)
    token = None
    with writing(deps.engine) as session:
        # First of all: of many tries at once, each is counted before the next is looked at.
        here, now = lock_person(session, person.id if person else None), deps.clock.now()
        if not must_wait(session, (each.key for each in tries), now):
            token = _let_in(session, deps, here, person.password_hash, browser) if here and person and fits else None
            for each in tries if token is None else ():
                count_failure(session, each.key, now, each.allowance)
        if token is None:
            append(session, person_actor(person.id) if person else STRANGER, "session.refused", now)
    if person is None or token is None:
        raise Refused(WRONG, "email")
    _hash_anew(deps, person, password)
    return token


def _hash_anew(deps: Deps, seen: Person, password: str) -> None:
    """Hash a password anew where its hash was made with other parameters.

    Only once it has let somebody in: before, the time that it takes would say during a wait that it is right.
    """
    if not is_outdated(seen.password_hash or ""):
        return
    hashed = hash_password(password)
    with writing(deps.engine) as session:
        person = lock_person(session, seen.id)
        if person is not None and person.password_hash == seen.password_hash:
            person.password_hash = hashed


def _let_in(session: Session, deps: Deps, person: Person, fitted: str | None, browser: Browser) -> str | None:
    """Begin a session, unless the account was disabled or given another password while the one given was hashed.

    Where staff come in by the directory alone, no password lets them in.
    """
    now = deps.clock.now()
    if person.disabled_at is not None or person.password_hash != fitted:
        return None
    if deps.policy.staff_by_directory and is_staff(session, person.id):
        return None
    stage = Stage.challenged if has_factor(session, person.id) else Stage.enrolling
    token = begin(session, person.id, stage, now, browser=browser.name)
    append(session, person_actor(person.id), "session.began", now)
    return token


def who_is(deps: Deps, token: str, inspection_id: UUID | None = None) -> SignedIn | None:
    """Return whose session this is, with their roles in the inspection that they ask about, if any.

    None if it is unknown, signed out, too old, idle too long, or disabled.
    """
    now = deps.clock.now()
    with glancing(deps.engine) as connection:
        row = session_seen(connection, token_hash(token))
        if row is None:
            return None
        ends_at = end_of(deps.policy, row.stage, row.created_at)
        alive = now < ends_at and now - row.last_seen_at < deps.policy.session_idle
        if not alive or row.disabled_at is not None:
            return None
        actor, stage = person_actor(row.person_id, usable_roles(deps, row)), Stage(row.stage)
        full = stage is Stage.full
        roles, in_teams = roles_here(connection, actor, inspection_id) if full else ({}, frozenset())
    late = now - row.last_seen_at >= SEEN_EVERY
    if late:
        see(deps, row.id)
    ends_at = min(ends_at, (now if late else row.last_seen_at) + deps.policy.session_idle)
    by_directory, ask = row.factor == Factor.directory, must_be_asked(row, now)
    return SignedIn(actor, row.name, roles, row.id, stage, ends_at, ends_at - now, in_teams, by_directory, ask)


def see(deps: Deps, session_id: UUID) -> None:
    """Note that a session is in use.

    An UPDATE, never an INSERT: a slow request cannot bring back a session that was signed out meanwhile.
    """
    with writing(deps.engine) as session:
        now = deps.clock.now()
        session.execute(update(WebSession).where(WebSession.id == session_id).values(last_seen_at=now))


def check_open(deps: Deps, session_id: UUID) -> None:
    """Let go on what somebody began in a session; its token may be another by now. Raises NotFound (it was ended)."""
    with reading(deps.engine) as session:
        if session.get(WebSession, session_id) is None:
            raise NotFound(OVER)


def sign_out(deps: Deps, token: str) -> None:
    """End the session; a second time changes nothing."""
    with writing(deps.engine) as session:
        row = session_at(session, token)
        if row is None:
            return
        actor = person_actor(row.person_id)
        session.execute(delete(WebSession).where(WebSession.id == row.id))
        append(session, actor, "session.ended", deps.clock.now())
