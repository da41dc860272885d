"""Confirming anew that it is they: for one purpose, for a few minutes, by a code of the app or a recovery code.

Passkeys and the directory have services of their own; each ends in `vault/step_up.py`.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.credentials import StepUp
from portal.db.engine import reading, writing
from portal.db.tables import WebSession
from portal.domain.errors import NotFound, Refused
from portal.domain.sessions import Factor, Stage
from portal.domain.step_up import Purpose, still_confirmed
from portal.ports import Deps
from portal.vault.factors import app_of, use_code, use_recovery_code
from portal.vault.mails import queue_mail
from portal.vault.sessions import lock_own
from portal.vault.step_up import deny, grant
from portal.vault.throttles import count_failure, must_wait, throttle_key
from schemas.texts import say

WRONG = say("Check the code and try again. Each code works once; wait for the next one if you used it already.")
WAIT = say("There were too many wrong codes. Wait a few minutes, then try again.")
OVER = say("You were signed out. Sign in again.")
APP_DIGITS = 6


def confirmed(deps: Deps, session_id: UUID, purpose: str) -> bool:
    """Say whether somebody confirmed in this session, for this purpose, a few minutes ago."""
    with reading(deps.engine) as session:
        row = session.get(StepUp, (session_id, purpose))
        return still_confirmed(row.granted_at if row else None, deps.clock.now(), deps.policy.step_up_life)


def came_by(deps: Deps, session_id: UUID) -> Factor:
    """Return what made a session full: whoever came by the directory confirms there. Raises NotFound."""
    with reading(deps.engine) as session:
        row = session.get(WebSession, session_id)
        if row is None or row.factor is None:
            raise NotFound(OVER)
        return Factor(row.factor)


def confirm(deps: Deps, session_id: UUID, purpose: Purpose, code: str) -> str:
    """Confirm by a code of the app, or else by a recovery code; return the session's new token. Raises Refused.

    Wrong codes count on the session: it is full, so that a stranger who only has the password has none to try them in.
    """
    typed = "".join(code.split())
    factor = Factor.totp if len(typed) == APP_DIGITS and typed.isdigit() else Factor.recovery
    with writing(deps.engine) as session:
        row = lock_own(session, session_id)
        if row is None or row.stage != Stage.full:
            raise Refused(OVER, "code")
        now = deps.clock.now()
        key = throttle_key(deps.secret, "step-up", str(row.id))
        waits = must_wait(session, [key], now)
        if not waits and _fits(session, deps, row, typed, factor):
            if factor is Factor.recovery:
                queue_mail(session, deps, row.person_id, None, "recovery-used")
            return grant(session, row, purpose, factor, now)
        if not waits:
            count_failure(session, key, now)
        deny(session, row, purpose, factor, now)
    raise Refused(WAIT if waits else WRONG, "code")


def _fits(session: Session, deps: Deps, row: WebSession, code: str, factor: Factor) -> bool:
    now = deps.clock.now()
    if factor is Factor.recovery:
        return use_recovery_code(session, deps.secret, row.person_id, code, now)
    app = app_of(session, row.person_id, confirmed=True, lock=True)
    return app is not None and use_code(deps.secret, app, code, now)
