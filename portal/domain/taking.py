"""Whether an inspection takes documents and answers, and what to say where it does not."""

from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState, collects
from schemas.texts import say

DEFERRED = say(
    "This inspection is deferred, so nothing is taken until it is announced anew. What you sent before is safe. "
    "You will get a mail with the new deadline."
)


def check_collects(state: InspectionState, closed: str) -> None:
    """Pass while documents and answers are taken. Raises Conflict: that it is deferred, or else the words `closed`."""
    if not collects(state):
        raise Conflict(DEFERRED if state is InspectionState.deferred else closed)
