"""Look whether a report has long been published without its date, and whether a long-stop is reached (R9)."""

from portal.db.engine import reading, writing
from portal.db.long_stop_queries import programmes_to_watch, unpublished
from portal.db.queries import programme_by_code
from portal.domain.actors import WORKER
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.long_stop import settle_alarms, standing_kinds


def watch_publication(deps: Deps) -> int:
    """Raise the alarms that have become due and clear those whose cause is gone; return how many changed.

    Run again, it changes nothing more; and it disposes of nothing, whatever the day.
    """
    today = london_date(deps.clock.now())
    with reading(deps.engine) as session:
        changing = [
            each.code
            for each in programmes_to_watch(session)
            if unpublished(session, each).alarms(today) != standing_kinds(session, each)
        ]
    changed = 0
    for code in changing:
        with writing(deps.engine) as session:
            changed += settle_alarms(session, deps, WORKER, programme_by_code(session, code, lock=True))
    return changed
