"""Passkeys: setting one up, signing in with one, and confirming with one that it is its owner who asks."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.tables import Person, WebSession
from portal.domain.actors import person_actor
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.sessions import Factor, Stage
from portal.ports import Deps
from portal.vault.enrolment import Enrolled, enrolled
from portal.vault.passkeys import (
    MOST,
    SIGN_IN,
    Use,
    add_passkey,
    ask_for_new,
    ask_for_passkey,
    count_passkeys,
    use_passkey,
)
from portal.vault.sessions import raise_to_full
from portal.vault.throttles import count_failure, must_wait, throttle_key
from schemas.texts import say

WRONG: Final = say("The passkey was not accepted. Try again, or use another way to show that it is you.")
WAIT: Final = say("There were too many wrong tries. Wait a few minutes, then try again.")
OVER: Final = say("You were signed out. Sign in again.")
ENOUGH: Final = say("You have {most} passkeys already. Remove one before you add another.", most=MOST)
FIELD: Final = "passkey"


def ask_to_set_up(deps: Deps, session_id: UUID) -> str:
    """Return, as JSON, what the browser is asked to make. Raises NotFound, Conflict (has ten)."""
    with writing(deps.engine) as session:
        row = _setting_up(session, session_id)
        if count_passkeys(session, row.person_id) >= MOST:
            raise Conflict(ENOUGH)
        return ask_for_new(session, deps, row)


def set_up(deps: Deps, session_id: UUID, label: str, answer: str) -> Enrolled:
    """Take what the browser made: from now on it is a second factor. Raises NotFound, Conflict (has ten), Refused."""
    with writing(deps.engine) as session:
        row = _setting_up(session, session_id)
        if count_passkeys(session, row.person_id) >= MOST:
            raise Conflict(ENOUGH)
        now, who = deps.clock.now(), person_actor(row.person_id)
        key = throttle_key(deps.secret, "passkey set-up", str(row.person_id))
        waits = must_wait(session, [key], now)
        passkey = None if waits else add_passkey(session, deps, row, label, answer)
        if passkey is not None:
            append(session, who, "factor.added", now, subject=passkey.id, factor=Factor.passkey)
            return enrolled(session, deps, row, Factor.passkey)
        if not waits:
            count_failure(session, key, now)
            append(session, who, "factor.refused", now, factor=Factor.passkey)
    raise Refused(WAIT if waits else WRONG, FIELD)


def ask_to_sign_in(deps: Deps, session_id: UUID) -> str:
    """Return, as JSON, what the browser of a challenged session is asked to sign. Raises NotFound."""
    with writing(deps.engine) as session:
        row = session.get(WebSession, session_id, with_for_update=True)
        if row is None or row.stage != Stage.challenged:
            raise NotFound(OVER)
        return ask_for_passkey(session, deps, row, SIGN_IN)


def sign_in_by_passkey(deps: Deps, session_id: UUID, answer: str) -> str:
    """Make a challenged session full by a passkey; return its new token. Raises Refused, in the same words for all."""
    with writing(deps.engine) as session:
        row = session.get(WebSession, session_id, with_for_update=True)
        if row is None or row.stage != Stage.challenged:
            raise Refused(OVER, FIELD)
        now, who = deps.clock.now(), person_actor(row.person_id)
        used = _use(session, deps, row, SIGN_IN, answer)
        if used is not None and used.fits:
            token = raise_to_full(row, Factor.passkey, now)
            append(session, who, "session.confirmed", now, subject=used.passkey or "", factor=Factor.passkey)
            return token
        if used is not None:
            shown, why = used.passkey or "", "counter" if used.copied else "answer"
            append(session, who, "session.refused", now, subject=shown, factor=Factor.passkey, why=why)
    raise Refused(WAIT if used is None else WRONG, FIELD)


def _use(session: Session, deps: Deps, row: WebSession, act: str, answer: str) -> Use | None:
    """Return what came of a passkey, a wrong one counted as a wrong code is; None where its owner has to wait."""
    now, key = deps.clock.now(), throttle_key(deps.secret, "second factor", str(row.person_id))
    if must_wait(session, [key], now):
        return None
    used = use_passkey(session, deps, row, act, answer)
    if not used.fits:
        count_failure(session, key, now)
    return used


def _setting_up(session: Session, session_id: UUID) -> WebSession:
    """Return the session with its owner's row locked first, so that of two that add a passkey at once one waits."""
    person = session.scalar(select(WebSession.person_id).where(WebSession.id == session_id))
    if person is not None:
        session.get_one(Person, person, with_for_update={"key_share": True})
    row = session.get(WebSession, session_id, with_for_update=True)
    if row is None or row.stage == Stage.challenged:
        raise NotFound(OVER)
    return row
