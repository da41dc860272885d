"""The desk's timeline: what is due when, over everything that is not disposed of or not finally certified."""

from portal.db.engine import reading
from portal.db.queries import require_steward
from portal.db.register_queries import Paged
from portal.domain.actors import Actor
from portal.domain.roles import Permission
from portal.domain.timeline import Month, by_month
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.timeline import timeline

EVENTS_SHOWN = 50
"""On one page."""


def timeline_page(deps: Deps, actor: Actor, page: int = 1) -> Paged[Month]:
    """Return one page of the events, by months, from the earliest on. Raises NotFound."""
    now = deps.clock.now()
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        events = timeline(session, now)
    pages = max(1, -(-len(events) // EVENTS_SHOWN))
    page = min(max(1, page), pages)
    shown = events[(page - 1) * EVENTS_SHOWN : page * EVENTS_SHOWN]
    return Paged(by_month(shown, london_date(now)), page, pages)
