"""Setting up an authenticator app: a secret that waits, shown to its owner, and the first code that confirms it."""

from dataclasses import dataclass
from uuid import UUID, uuid4

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
        app = uuid4()
        sealed = seal_own(deps.secret, "totp", app.bytes, pyotp.random_base32().encode())
        session.add(Totp(id=app, person_id=person, sealed_secret=sealed, created_at=deps.clock.now()))


def look_at_app(deps: Deps, session_id: UUID) -> Setup:
    """Return the secret that waits, to show it to its owner. Raises NotFound (none waits)."""
    with reading(deps.engine) as session:
        person = session.get_one(Person, _session(session, session_id, lock=False).person_id)
        app = app_of(session, person.id, confirmed=False)
        if app is None:
            raise NotFound(NONE_WAITS)
        secret = secret_of(deps.secret, app)
        return Setup(
            secret, pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=person.email, issuer_name=ISSUER)
        )


def confirm_app(deps: Deps, session_id: UUID, code: str) -> Enrolled:
    """Take the first code of the app that waits: from now on it is a second factor. Raises NotFound, Refused."""
    with writing(deps.engine) as session:
        row = _session(session, session_id)
        app = app_of(session, row.person_id, confirmed=False, lock=True)
        if app is None:
            raise NotFound(NONE_WAITS)
        now = deps.clock.now()
        if not use_code(deps.secret, app, code, now):
            raise Refused(WRONG, "code")
        app.confirmed_at = now
        append(session, person_actor(row.person_id), "factor.added", now, subject=app.id, factor=Factor.totp)
        return enrolled(session, deps, row, Factor.totp)


def _session(session: Session, session_id: UUID, *, lock: bool = True) -> WebSession:
    row = session.get(WebSession, session_id, with_for_update=lock or None)
    if row is None or row.stage == Stage.challenged:
        raise NotFound(NONE_WAITS)
    return row
