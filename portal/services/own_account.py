"""Somebody's own account: where they are signed in and by what they sign in; each of it can be ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import Passkey, Totp
from portal.db.engine import reading, writing
from portal.db.tables import Person, WebSession
from portal.domain.actors import Actor
from portal.domain.browsers import say_browser
from portal.domain.errors import Conflict, NotFound
from portal.domain.sessions import Factor, Stage, end_of
from portal.ports import Deps
from portal.vault.factors import app_of, make_recovery_codes, recovery_codes_left
from portal.vault.mails import queue_mail
from portal.vault.sessions import end_sessions
from schemas.texts import say

GONE = say("That is not there any more. Go back to your account to see how things stand now.")
LAST = say("This is the only second step that you have. Add another first, then remove this one.")
NO_PASSWORD = say("You sign in through your organisation. Your password and second steps are kept there.")


@dataclass(frozen=True)
class Place:
    """A browser in which somebody is signed in, or half-way so."""

    id: UUID
    browser: str
    began_at: datetime
    seen_at: datetime
    full: bool
    here: bool


@dataclass(frozen=True)
class OwnApp:
    """The authenticator app."""

    since: datetime


@dataclass(frozen=True)
class OwnPasskey:
    """A passkey."""

    id: UUID
    label: str
    since: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class OwnAccount:
    """What the page of one's own account shows."""

    name: str
    email: str
    has_password: bool
    places: list[Place]
    app: OwnApp | None
    passkeys: list[OwnPasskey]
    recovery_codes: int

    @property
    def factors(self) -> int:
        """How many second steps there are: the last one stays."""
        return len(self.passkeys) + (self.app is not None)


def own_account(deps: Deps, actor: Actor, here: UUID) -> OwnAccount:
    """Return somebody's own account, seen from the session `here`. Raises NotFound."""
    with reading(deps.engine) as session:
        person = _person(session, actor, lock=False)
        app = app_of(session, person.id, confirmed=True)
        passkeys = select(Passkey).where(Passkey.person_id == person.id).order_by(Passkey.created_at, Passkey.id)
        return OwnAccount(
            person.name,
            person.email,
            person.password_hash is not None,
            _places(session, deps, person.id, here),
            OwnApp(app.confirmed_at or app.created_at) if app else None,
            [OwnPasskey(row.id, row.label, row.created_at, row.last_used_at) for row in session.scalars(passkeys)],
            recovery_codes_left(session, person.id),
        )


def _places(session: Session, deps: Deps, person: UUID, here: UUID) -> list[Place]:
    """Return the sessions that are still open, this one first, then the newest."""
    now = deps.clock.now()
    rows = session.scalars(
        select(WebSession)
        .where(WebSession.person_id == person, WebSession.last_seen_at > now - deps.policy.session_idle)
        .order_by(WebSession.last_seen_at.desc(), WebSession.id)
    )
    places = [
        Place(
            row.id, say_browser(row.browser), row.created_at, row.last_seen_at, row.stage == Stage.full, row.id == here
        )
        for row in rows
        if now < end_of(deps.policy, row.stage, row.created_at)
    ]
    return sorted(places, key=lambda place: not place.here)


def end_place(deps: Deps, actor: Actor, chosen: UUID) -> None:
    """Sign out in one browser. Raises NotFound: also for somebody else's session."""
    with writing(deps.engine) as session:
        person = _person(session, actor)
        row = session.get(WebSession, chosen, with_for_update=True)
        if row is None or row.person_id != person.id:
            raise NotFound(GONE)
        session.execute(delete(WebSession).where(WebSession.id == chosen))
        append(session, actor, "session.ended", deps.clock.now(), subject=chosen)


def end_other_places(deps: Deps, actor: Actor, here: UUID) -> None:
    """Sign out in every browser but this one."""
    with writing(deps.engine) as session:
        end_sessions(session, _person(session, actor).id, but=here)
        append(session, actor, "session.others-ended", deps.clock.now())


def remove_app(deps: Deps, actor: Actor, here: UUID) -> None:
    """Remove the authenticator app, sign out elsewhere and tell its owner. Raises NotFound, Conflict (the last)."""
    with writing(deps.engine) as session:
        person = _person(session, actor)
        app = app_of(session, person.id, confirmed=True, lock=True)
        if app is None:
            raise NotFound(GONE)
        if not _passkeys(session, person.id):
            raise Conflict(LAST)
        session.execute(delete(Totp).where(Totp.person_id == person.id))
        _removed(session, deps, actor, here, app.id, Factor.totp)


def remove_passkey(deps: Deps, actor: Actor, here: UUID, chosen: UUID) -> None:
    """Remove a passkey, sign out elsewhere and tell its owner. Raises NotFound, Conflict (the last)."""
    with writing(deps.engine) as session:
        person = _person(session, actor)
        theirs = _passkeys(session, person.id)
        if chosen not in theirs:
            raise NotFound(GONE)
        if len(theirs) == 1 and app_of(session, person.id, confirmed=True) is None:
            raise Conflict(LAST)
        session.execute(delete(Passkey).where(Passkey.id == chosen))
        _removed(session, deps, actor, here, chosen, Factor.passkey)


def _passkeys(session: Session, person: UUID) -> list[UUID]:
    return list(session.scalars(select(Passkey.id).where(Passkey.person_id == person)))


def _removed(session: Session, deps: Deps, actor: Actor, here: UUID, factor_id: UUID, factor: Factor) -> None:
    person = _person(session, actor).id
    end_sessions(session, person, but=here)
    queue_mail(session, deps, person, None, "factor-removed")
    append(session, actor, "factor.removed", deps.clock.now(), subject=factor_id, factor=factor)


def renew_recovery_codes(deps: Deps, actor: Actor) -> list[str]:
    """Return ten new recovery codes, to be shown once; those before are void, and the owner is told."""
    with writing(deps.engine) as session:
        person, now = _person(session, actor).id, deps.clock.now()
        if app_of(session, person, confirmed=True) is None and not _passkeys(session, person):
            raise Conflict(NO_PASSWORD)
        codes = make_recovery_codes(session, deps.secret, person, now)
        queue_mail(session, deps, person, None, "recovery-renewed")
        append(session, actor, "recovery.renewed", now)
        return codes


def _person(session: Session, actor: Actor, *, lock: bool = True) -> Person:
    """Return the actor's own row, locked: of two that each remove one of two factors at once, the second must wait."""
    person = session.get(Person, actor.person, with_for_update={"key_share": True} if lock else None)
    if person is None:
        raise NotFound(GONE)
    return person
