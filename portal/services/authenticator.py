"""Setting up an authenticator app: a secret that waits, shown to its owner, and the first code that confirms it."""

from dataclasses import dataclass
from uuid import UUID, uuid5

import pyotp
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import Totp
from portal.db.engine import reading, writing
from portal.db.tables import Person, WebSession
from portal.domain.actors import person_actor
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.sessions import Factor, Stage
from portal.ports import Deps
from portal.vault.enrolment import Enrolled, enrolled
from portal.vault.factors import PERIOD, app_of, secret_of, use_code
from portal.vault.own import seal_own
from portal.vault.sessions import lock_own
from schemas.texts import say

ISSUER = "Evidence portal"
HAS_ONE = say("You have an authenticator app already. Remove it first to use another.")
NONE_WAITS = say("Start to set up your authenticator app again.")
WRONG = say("Check the code in your app and try again. If it stays wrong, check that the phone's clock is right.")


@dataclass(frozen=True)
class Setup:
    """What the owner types or scans into the app."""

    secret: str
    """Base32, 32 letters."""
    uri: str
    """The `otpauth://` address that the QR code holds."""


def begin_app(deps: Deps, session_id: UUID) -> None:
    """Make a secret that waits for its first code; begun again, it is another. Raises NotFound, Conflict (has one)."""
    with writing(deps.engine) as session:
        person = _session(session, session_id).person_id
        if app_of(session, person, confirmed=True) is not None:
            raise Conflict(HAS_ONE)
        session.execute(delete(Totp).where(Totp.person_id == person, Totp.confirmed_at.is_(None)))
        app = _waiting_id(session_id)
        sealed = seal_own(deps.secret, "totp", app.bytes, pyotp.random_base32().encode())
        session.add(Totp(id=app, person_id=person, sealed_secret=sealed, created_at=deps.clock.now()))


def look_at_app(deps: Deps, session_id: UUID) -> Setup:
    """Return the secret that waits, to show it to its owner. Raises NotFound (none waits)."""
    with reading(deps.engine) as session:
        row = _session(session, session_id, lock=False)
        person, app = session.get_one(Person, row.person_id), _waiting(session, row)
        secret = secret_of(deps.secret, app)
        return Setup(
            secret, pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=person.email, issuer_name=ISSUER)
        )


def confirm_app(deps: Deps, session_id: UUID, code: str) -> Enrolled:
    """Take the first code of the app that waits: from now on it is a second factor. Raises NotFound, Refused."""
    with writing(deps.engine) as session:
        row = _session(session, session_id)
        app = _waiting(session, row, lock=True)
        now, who = deps.clock.now(), person_actor(row.person_id)
        if use_code(deps.secret, app, code, now):
            app.confirmed_at = now
            append(session, who, "factor.added", now, subject=app.id, factor=Factor.totp)
            return enrolled(session, deps, row, Factor.totp)
        append(session, who, "factor.refused", now, factor=Factor.totp, why="answer")
    raise Refused(WRONG, "code")


def _session(session: Session, session_id: UUID, *, lock: bool = True) -> WebSession:
    row = lock_own(session, session_id) if lock else session.get(WebSession, session_id)
    if row is None or row.stage == Stage.challenged:
        raise NotFound(NONE_WAITS)
    return row


def _waiting(session: Session, row: WebSession, *, lock: bool = False) -> Totp:
    """Return the app that this session began to set up. Raises NotFound."""
    app = app_of(session, row.person_id, confirmed=False, lock=lock)
    if app is None or app.id != _waiting_id(row.id):
        raise NotFound(NONE_WAITS)
    return app


def _waiting_id(session_id: UUID) -> UUID:
    """Return the id of the app that a session sets up: another that knows the password must never see its secret."""
    return uuid5(session_id, "authenticator app")
