"""The second step of signing in: a code of the app or a recovery code; passkeys are in `passkeys.py`."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import Passkey
from portal.db.engine import reading, writing
from portal.db.tables import WebSession
from portal.domain.actors import person_actor
from portal.domain.browsers import SOME_BROWSER, Browser
from portal.domain.errors import NotFound, Refused
from portal.domain.sessions import Factor, Stage
from portal.ports import Deps
from portal.vault.factors import app_of, recovery_codes_left, use_code, use_recovery_code
from portal.vault.mails import queue_mail
from portal.vault.sessions import lock_own, raise_to_full
from portal.vault.tries import OVER, TOO_MANY, SignInEnded, count_wrong, has_to_wait, tries_of
from schemas.texts import say

WRONG_CODE = say("Check the code and try again. Each code works once; wait for the next one if you used it already.")
WRONG_RECOVERY = say("Check the recovery code and try again. Each works once.")
WAIT = say("There were too many wrong codes. Wait a few minutes, then try again.")


@dataclass(frozen=True)
class Ways:
    """The second factors that somebody has."""

    app: bool
    passkey: bool
    recovery_codes: int


def ways_of(deps: Deps, session_id: UUID) -> Ways:
    """Return what the owner of a session can show as a second factor. Raises NotFound."""
    with reading(deps.engine) as session:
        row = session.get(WebSession, session_id)
        if row is None:
            raise NotFound(OVER)
        person = row.person_id
        passkey = bool(session.scalar(select(exists().where(Passkey.person_id == person))))
        app = app_of(session, person, confirmed=True) is not None
        return Ways(app, passkey, recovery_codes_left(session, person))


def give_code(deps: Deps, session_id: UUID, code: str, browser: Browser = SOME_BROWSER) -> str:
    """Make a challenged session full by a code of the app; return its new token. Raises Refused, SignInEnded."""
    return _give(deps, session_id, code, Factor.totp, browser)


def give_recovery_code(deps: Deps, session_id: UUID, code: str, browser: Browser = SOME_BROWSER) -> str:
    """Make a challenged session full by a recovery code, and tell its owner; return the new token.

    Raises Refused, SignInEnded.
    """
    return _give(deps, session_id, code, Factor.recovery, browser)


def _give(deps: Deps, session_id: UUID, code: str, factor: Factor, browser: Browser) -> str:
    """Wrong codes count as wrong passwords do, so that whoever has the password cannot keep its owner out.

    The fifth ends the session too: to go on they need the password again, and its owner is told that they have it.
    """
    with writing(deps.engine) as session:
        row = lock_own(session, session_id)
        if row is None or row.stage != Stage.challenged:
            raise SignInEnded(OVER, "code")
        now, who = deps.clock.now(), person_actor(row.person_id)
        tries = tries_of(session, deps, row, browser)
        waits = has_to_wait(session, deps, tries)
        if not waits and _fits(session, deps, row, code, factor):
            token = raise_to_full(row, factor, now)
            append(session, who, "session.confirmed", now, factor=factor)
            if factor is Factor.recovery:
                queue_mail(session, deps, row.person_id, None, "recovery-used")
            return token
        ended = not waits and count_wrong(session, deps, row, tries)
        append(session, who, "session.refused", now, factor=factor, ended=ended)
    if ended:
        raise SignInEnded(TOO_MANY, "code")
    if waits:
        raise Refused(WAIT, "code")
    raise Refused(WRONG_RECOVERY if factor is Factor.recovery else WRONG_CODE, "code")


def _fits(session: Session, deps: Deps, row: WebSession, code: str, factor: Factor) -> bool:
    now = deps.clock.now()
    if factor is Factor.recovery:
        return use_recovery_code(session, deps.secret, row.person_id, code, now)
    app = app_of(session, row.person_id, confirmed=True, lock=True)
    return app is not None and use_code(deps.secret, app, code, now)
