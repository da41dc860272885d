"""How the team's pages say where an inspection stands, in a few words."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from portal.domain.checklist import ItemState, Progress
from portal.domain.lifecycle import InspectionState

STATES: Mapping[InspectionState, str] = {
    InspectionState.announced: "Open",
    InspectionState.deferred: "Deferred",
    InspectionState.closed: "Closed",
    InspectionState.disposing: "Being disposed of",
    InspectionState.disposed: "Disposed of",
}
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def say_completeness(standing: Progress) -> str:
    """Say how complete an inspection is: "9 of 11 provided, 1 not held, 1 still to send"."""
    done = [each for each in standing.asked if each.state is ItemState.provided]
    rest = Progress(tuple(each for each in standing.items if each.state is not ItemState.provided))
    said = f"{len(done)} of {len(standing.asked)} provided"
    return ", ".join(filter(None, (said, rest.summary)))


def say_left(now: datetime, deadline: datetime) -> str:
    """Say roughly how far off a deadline is: "2 days to go", "3 hours left", "passed 2 hours ago"."""
    away = abs(deadline - now)
    unit, name = next((each for each in _UNITS if away >= each[0]), (None, ""))
    if unit is None:
        return "less than a minute left" if now <= deadline else "passed just now"
    count = away // unit
    length = f"{count} {name}{'' if count == 1 else 's'}"
    if now > deadline:
        return f"passed {length} ago"
    return f"{length} to go" if name == "day" else f"{length} left"


def say_late(late: int, accepted: int) -> str:
    """Say how many documents came late, and how many of these the team accepted: "2 late, 1 of them accepted"."""
    if not late:
        return "None"
    return f"{late} late" + (f", {accepted} of them accepted" if accepted else "")
