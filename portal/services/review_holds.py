"""Say that a hold was not looked at by its review date; nothing is lifted by it, and the alarm goes with the review."""

from portal.db.ending_queries import standing_alarm
from portal.db.engine import reading, writing
from portal.db.hold_queries import lock_hold, unreviewed
from portal.db.tables import Inspection
from portal.domain.holds import REVIEW_ALARM, newest_overdue, overdue
from portal.domain.times import london_date, say_date
from portal.ports import Deps
from portal.vault.alarms import raise_alarm
from schemas.texts import say


def review_holds(deps: Deps) -> int:
    """Raise an alarm for every hold whose review date has passed, once each; return how many are new."""
    today = london_date(deps.clock.now())
    with reading(deps.engine) as session:
        found = unreviewed(session, newest_overdue(today))
        waiting = [each.id for each in found if standing_alarm(session, REVIEW_ALARM, str(each.id)) is None]
    raised = 0
    for hold_id in waiting:
        with writing(deps.engine) as session:
            # Locked and looked at anew: somebody may be reviewing or lifting it at this instant.
            hold, thing = lock_hold(session, hold_id)
            if hold.lifted_at is not None or not overdue(hold.review_on, today):
                continue
            name = thing.reference if isinstance(thing, Inspection) else thing.code
            words = say("A hold on {name} has no review date yet. Review it under Holds; it stands.", name=name)
            if hold.review_on:
                words = say(
                    "The review date of a hold on {name}, {day}, has passed. Review it under Holds; it stands.",
                    name=name,
                    day=say_date(hold.review_on),
                )
            raised += raise_alarm(session, deps, REVIEW_ALARM, words, subject=str(hold_id))
    return raised
