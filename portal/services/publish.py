"""The publication date of a programme's report, which starts the retention clock.

Making it earlier or removing it takes two people: `propose.py` and `decide.py`.
"""

from datetime import date

from portal.db.engine import writing
from portal.db.queries import programme_by_code, require_steward
from portal.domain.actors import Actor
from portal.domain.retention import Publication, Verdict, disposal_verdict
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.vault.publication import check_publication, enter_publication


def publish(deps: Deps, actor: Actor, code: str, published_on: date | None) -> Verdict:
    """Enter or move the final report's publication date; inspections that still collect are closed (§53, §65, R9).

    Nothing is disposed of for 14 days after any entry or change. Raises NotFound, Refused (future, before the last day
    on site), TakesTwo (earlier or retracted), Conflict (disposal has begun).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        inspections = check_publication(session, deps, programme, published_on, two_people=False)
        if programme.published_on != published_on:
            enter_publication(session, deps, actor, programme, published_on, inspections)
        publication = Publication(programme.published_on, programme.publication_entered_at)
        return disposal_verdict(publication, programme.held, deps.clock.now())
