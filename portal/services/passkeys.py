"""Passkeys: setting one up, signing in with one, and confirming with one that it is its owner who asks."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.tables import WebSession
from portal.domain.actors import person_actor
from portal.domain.browsers import SOME_BROWSER, Browser
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.sessions import Factor, Stage
from portal.domain.step_up import Purpose
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
from portal.vault.sessions import lock_own, raise_to_full
from portal.vault.step_up import grant
from portal.vault.throttles import count_failure, must_wait, throttle_key
from portal.vault.tries import OVER, TOO_MANY, SignInEnded, count_wrong, has_to_wait, tries_of
from schemas.texts import say

WRONG: Final = say("The passkey was not accepted. Try again, or use another way to show that it is you.")
WAIT: Final = say("There were too many wrong tries. Wait a few minutes, then try again.")
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
        late = must_wait(session, [key], now)
        passkey = None if late else add_passkey(session, deps, row, label, answer)
        if passkey is not None:
            append(session, who, "factor.added", now, subject=passkey.id, factor=Factor.passkey)
            return enrolled(session, deps, row, Factor.passkey)
        if not late:
            count_failure(session, key, now)
        append(session, who, "factor.refused", now, factor=Factor.passkey, why="wait" if late else "answer")
    raise Refused(WAIT if late else WRONG, FIELD)


def ask_to_sign_in(deps: Deps, session_id: UUID) -> str:
    """Return, as JSON, what the browser of a challenged session is asked to sign. Raises NotFound."""
    with writing(deps.engine) as session:
        row = session.get(WebSession, session_id, with_for_update=True)
        if row is None or row.stage != Stage.challenged:
            raise NotFound(OVER)
        return ask_for_passkey(session, deps, row, SIGN_IN)


def sign_in_by_passkey(deps: Deps, session_id: UUID, answer: str, browser: Browser = SOME_BROWSER) -> str:
    """Make a challenged session full by a passkey; return its new token.

    Raises Refused, in the same words whatever was wrong, and SignInEnded after the fifth.
    """
    with writing(deps.engine) as session:
        row = lock_own(session, session_id)
        if row is None or row.stage != Stage.challenged:
            raise SignInEnded(OVER, FIELD)
        now, who = deps.clock.now(), person_actor(row.person_id)
        tries = tries_of(session, deps, row, browser)
        used = None if has_to_wait(session, deps, tries) else use_passkey(session, deps, row, SIGN_IN, answer)
        if used is not None and used.fits:
            token = raise_to_full(row, Factor.passkey, now)
            append(session, who, "session.confirmed", now, subject=used.passkey or "", factor=Factor.passkey)
            return token
        ended = used is not None and count_wrong(session, deps, row, tries)
        append(session, who, "session.refused", now, factor=Factor.passkey, ended=ended, **_why(used))
    if ended:
        raise SignInEnded(TOO_MANY, FIELD)
    raise Refused(WAIT if used is None else WRONG, FIELD)


def ask_to_confirm(deps: Deps, session_id: UUID, purpose: Purpose) -> str:
    """Return, as JSON, what the browser of a full session is asked to sign, for this purpose alone. Raises NotFound."""
    with writing(deps.engine) as session:
        row = session.get(WebSession, session_id, with_for_update=True)
        if row is None or row.stage != Stage.full:
            raise NotFound(OVER)
        return ask_for_passkey(session, deps, row, _act(purpose))


def confirm_by_passkey(deps: Deps, session_id: UUID, purpose: Purpose, answer: str) -> str:
    """Confirm by a passkey that it is they; return the session's new token. Raises Refused, in the same words for all.

    Wrong ones count with wrong codes, on the session.
    """
    with writing(deps.engine) as session:
        row = lock_own(session, session_id)
        if row is None or row.stage != Stage.full:
            raise Refused(OVER, FIELD)
        now, who = deps.clock.now(), person_actor(row.person_id)
        key = throttle_key(deps.secret, "step-up", str(row.id))
        used = None if must_wait(session, [key], now) else use_passkey(session, deps, row, _act(purpose), answer)
        if used is not None and used.fits:
            return grant(session, row, purpose, Factor.passkey, now)
        if used is not None:
            count_failure(session, key, now)
        append(session, who, "step-up.refused", now, purpose=purpose, factor=Factor.passkey, **_why(used))
    raise Refused(WAIT if used is None else WRONG, FIELD)


def _act(purpose: Purpose) -> str:
    return f"confirm {purpose}"


def _why(used: Use | None) -> dict[str, Any]:
    """Return what the trail says of a refusal: whether it had to wait, and which passkey it was, by its row."""
    if used is None:
        return {"why": "wait"}
    return {"why": "counter" if used.copied else "answer", "subject": used.passkey or ""}


def _setting_up(session: Session, session_id: UUID) -> WebSession:
    row = lock_own(session, session_id)
    if row is None or row.stage == Stage.challenged:
        raise NotFound(OVER)
    return row
