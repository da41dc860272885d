"""What comes before a disposal, and what makes a late one an incident: pure, by the times that retention gives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.lifecycle import InspectionState
from portal.domain.retention import Verdict

FOREWARNING = timedelta(days=14)
"""How long ahead the stewards are told, and whoever downloaded is asked to delete copies."""
LATE_AFTER = timedelta(hours=24)
"""A disposal that is not certified this long after nothing stood in its way is an incident (R8)."""
LATE_ALARM = "late-disposal"
APPROVAL_ALARM = "approval-due"


@dataclass(frozen=True)
class Case:
    """An inspection that is not disposed of, as these rules look at it; all times in UTC."""

    state: InspectionState
    verdict: Verdict
    held: bool
    """Whether a hold on it or on its programme stands."""
    lifted_at: datetime | None = None
    """When the last hold was lifted that stood on it or on its programme."""
    begun_at: datetime | None = None
    """When its disposal began, if it did."""

    @property
    def begun(self) -> bool:
        """Whether its disposal was begun."""
        return self.state in (InspectionState.disposing, InspectionState.disposed)


def comes_soon(case: Case, now: datetime) -> bool:
    """Say whether its disposal is due within the forewarning, or already, and nothing holds it."""
    earliest = case.verdict.earliest_at
    return earliest is not None and not case.held and not case.begun and now >= earliest - FOREWARNING


def free_since(case: Case) -> datetime | None:
    """Return from when on nothing stood in the way of its disposal; None while something does, or before it is due."""
    if case.begun:
        return min(filter(None, (case.begun_at, _free_since(case))), default=None)
    return _free_since(case) if case.verdict.state == "due" else None


def _free_since(case: Case) -> datetime | None:
    earliest = case.verdict.earliest_at
    if earliest is None:
        return None
    return max(earliest, case.lifted_at) if case.lifted_at is not None else earliest


def is_late(case: Case, now: datetime) -> bool:
    """Say whether it should have been certified by now: more than 24 hours have passed since it was free to go."""
    since = free_since(case)
    return since is not None and now > since + LATE_AFTER
