"""Changing one's own password."""

from uuid import UUID

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.tables import Person, WebSession
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, NotFound, Refused
from portal.ports import Deps
from portal.vault.entering import context_of
from portal.vault.mails import queue_mail
from portal.vault.passwords import check_new_password, hash_password, password_fits
from portal.vault.sessions import end_sessions, lock_person, renew
from portal.vault.throttles import count_failure, must_wait, throttle_key
from schemas.texts import say

WRONG = say("Check your current password and try again.")
WAIT = say("There were too many wrong passwords. Wait a few minutes, then try again.")
SAME = say("Choose a password that is not the one you have now.")
NONE = say("Your account has no password: you sign in through your organisation.")
OVER = say("You were signed out. Sign in again.")


def change_password(deps: Deps, actor: Actor, here: UUID, current: str, new: str) -> str:
    """Set another password, sign out everywhere else and tell its owner; return this session's new token.

    The current password is asked for again, so that an open browser is not enough; wrong ones make it wait.
    Raises Refused, Conflict (no password), NotFound (signed out meanwhile).
    """
    with reading(deps.engine) as session:
        seen = session.get(Person, actor.person)
        context = context_of(session, deps, seen.id) if seen else []
    if seen is None or seen.password_hash is None:
        raise Conflict(NONE)
    key = throttle_key(deps.secret, "own password", str(seen.id))
    fits = password_fits(seen.password_hash, current)
    with writing(deps.engine) as session:
        lock_person(session, seen.id)  # of many tries at once, each is counted before the next is looked at
        now = deps.clock.now()
        waits = must_wait(session, [key], now)
        if not fits and not waits:
            count_failure(session, key, now)
        if not fits or waits:
            append(session, actor, "password.refused", now)
    if waits or not fits:
        raise Refused(WAIT if waits else WRONG, "current_password")
    if new == current:
        raise Refused(SAME, "password")
    check_new_password(new, context, deps.breached)
    hashed = hash_password(new)
    with writing(deps.engine) as session:
        person = session.get_one(Person, seen.id, with_for_update=True)
        row = session.get(WebSession, here, with_for_update=True)
        if row is None or person.password_hash != seen.password_hash:
            raise NotFound(OVER)  # changed or signed out while this one was hashed
        person.password_hash = hashed
        end_sessions(session, person.id, but=here)
        token = renew(row)
        queue_mail(session, deps, person.id, None, "password-changed")
        append(session, actor, "password.changed", deps.clock.now())
        return token
