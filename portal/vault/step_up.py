"""That somebody confirmed that it is they, by its row: every way to confirm ends here, in the caller's transaction."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import StepUp
from portal.db.tables import WebSession
from portal.domain.actors import person_actor
from portal.domain.sessions import Factor
from portal.domain.step_up import Purpose
from portal.vault.invitations import token_hash


def grant(session: Session, row: WebSession, purpose: Purpose, factor: Factor, now: datetime) -> str:
    """Let a session do what the purpose names for some minutes; return its new token (ASVS V7.2.4, V7.5.3).

    The session must be full, and its row locked. The entry in the trail is the transaction's last act.
    """
    token = secrets.token_urlsafe(32)
    row.token_hash = token_hash(token)
    session.merge(StepUp(session_id=row.id, purpose=purpose, granted_at=now))
    append(session, person_actor(row.person_id), "step-up.granted", now, purpose=purpose, factor=factor)
    return token


def deny(session: Session, row: WebSession, purpose: Purpose, factor: Factor, now: datetime) -> None:
    """Note in the trail that somebody did not confirm."""
    append(session, person_actor(row.person_id), "step-up.refused", now, purpose=purpose, factor=factor)
