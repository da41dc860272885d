"""What follows when a second factor was added: a full session, recovery codes with the first, a mail to its owner."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.db.tables import WebSession
from portal.domain.sessions import Factor, Stage
from portal.ports import Deps
from portal.vault.factors import make_recovery_codes, recovery_codes_left
from portal.vault.mails import queue_mail
from portal.vault.sessions import end_sessions, raise_to_full


@dataclass(frozen=True)
class Enrolled:
    """A second factor was added."""

    token: str | None
    """The session's new token, where adding the factor made it full."""
    recovery_codes: list[str]
    """To be shown once; empty where there were some already."""


def enrolled(session: Session, deps: Deps, row: WebSession, factor: Factor) -> Enrolled:
    """Go on after a factor was added in this session, in the caller's transaction."""
    now = deps.clock.now()
    token = None
    if row.stage == Stage.enrolling:
        # Another session that only ever gave the password must not add a factor of its own any more.
        end_sessions(session, row.person_id, but=row.id)
        token = raise_to_full(row, factor, now)
    none_left = not recovery_codes_left(session, row.person_id)
    codes = make_recovery_codes(session, deps.secret, row.person_id, now) if none_left else []
    queue_mail(session, deps, row.person_id, None, "factor-added")
    return Enrolled(token, codes)
