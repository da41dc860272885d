"""How the team's pages say where an inspection stands, in a few words."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from portal.domain.checklist import ItemState, Progress
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.times import say_days, say_hours, say_minutes
from schemas.texts import say, together

STATES: Mapping[InspectionState, str] = {
    InspectionState.announced: say("Open"),
    InspectionState.deferred: say("Deferred"),
    InspectionState.closed: say("Closed"),
    InspectionState.disposing: say("Being disposed of"),
    InspectionState.disposed: say("Disposed of"),
}
CANCELLED = say("Cancelled")
_UNITS = ((timedelta(days=1), say_days), (timedelta(hours=1), say_hours), (timedelta(minutes=1), say_minutes))


def say_state(state: InspectionState, *, cancelled: bool) -> str:
    """Say where an inspection stands; that it was called off is said until it is disposed of."""
    return CANCELLED if cancelled and readable(state) else STATES[state]


def say_completeness(standing: Progress) -> str:
    """Say how complete an inspection is: "9 of 11 provided, 1 not held, 1 still to send"."""
    done = [each for each in standing.asked if each.state is ItemState.provided]
    rest = Progress(tuple(each for each in standing.items if each.state is not ItemState.provided))
    said = say("{count} of {all} provided", count=len(done), all=len(standing.asked))
    return together([said, summary], ", ") if (summary := rest.summary) else said


def say_left(now: datetime, deadline: datetime) -> str:
    """Say roughly how far off a deadline is: "2 days to go", "3 hours left", "passed 2 hours ago"."""
    away = abs(deadline - now)
    unit, say_unit = next((each for each in _UNITS if away >= each[0]), (None, say_minutes))
    if unit is None:
        return say("less than a minute left") if now <= deadline else say("passed just now")
    length = say_unit(away // unit)
    if now > deadline:
        return say("passed {length} ago", length=length)
    return say("{length} to go", length=length) if say_unit is say_days else say("{length} left", length=length)


def say_late(late: int, accepted: int) -> str:
    """Say how many documents came late, and how many of these the team accepted: "2 late, 1 of them accepted"."""
    if not late:
        return say("None")
    if accepted:
        return say("{late} late, {accepted} of them accepted", late=late, accepted=accepted)
    return say("{late} late", late=late)
