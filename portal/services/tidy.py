"""Letting go of what has run out: sessions, visits to the directory, wrong tries, and reasons that nobody needs.

Nothing but the reasons has had any effect since it ran out, so that nothing else is audited.
"""

from sqlalchemy import delete, or_

from portal.db.credentials import DirectoryVisit, Throttle
from portal.db.engine import writing
from portal.db.tables import WebSession
from portal.domain.actors import WORKER
from portal.domain.sessions import Stage
from portal.domain.throttle import FORGOTTEN_AFTER
from portal.ports import Deps
from portal.vault.blanking import blank_ended


def tidy(deps: Deps) -> int:
    """Delete or blank what has run out; return how many rows that were."""
    now, policy = deps.clock.now(), deps.policy
    over = or_(
        WebSession.last_seen_at <= now - policy.session_idle,
        WebSession.created_at <= now - policy.session_life,
        (WebSession.stage != Stage.full) & (WebSession.created_at <= now - policy.halfway_life),
    )
    statements = (
        delete(WebSession).where(over),
        delete(DirectoryVisit).where(DirectoryVisit.made_at <= now - policy.halfway_life),
        # The longest wait is far shorter than the time after which tries are forgotten.
        delete(Throttle).where(Throttle.last_at <= now - FORGOTTEN_AFTER),
    )
    with writing(deps.engine) as session:
        deleted = sum(session.execute(each).rowcount for each in statements)  # type: ignore[attr-defined]
        return deleted + blank_ended(session, WORKER, now)
