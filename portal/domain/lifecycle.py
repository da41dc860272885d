"""What may follow what: the legal transitions of an inspection and of a document, as tables."""

from collections.abc import Mapping
from enum import StrEnum

from portal.domain.errors import Conflict
from schemas.texts import say


class InspectionState(StrEnum):
    """Where an inspection is in its life."""

    announced = "announced"
    deferred = "deferred"
    """Put off (§19): nothing is taken until it is announced anew."""
    closed = "closed"
    disposing = "disposing"
    disposed = "disposed"


class DocumentState(StrEnum):
    """Where a document is in its life; *pending* has not been received, whatever has been sent of it."""

    pending = "pending"
    received = "received"
    replaced = "replaced"
    withdrawn = "withdrawn"
    abandoned = "abandoned"
    recalled = "recalled"
    """Sent in error: unreadable, its parts deleted; that it was there remains."""


INSPECTION_TRANSITIONS: frozenset[tuple[InspectionState, InspectionState]] = frozenset(
    {
        (InspectionState.announced, InspectionState.deferred),
        (InspectionState.announced, InspectionState.closed),
        (InspectionState.deferred, InspectionState.announced),
        (InspectionState.deferred, InspectionState.closed),
        (InspectionState.deferred, InspectionState.disposing),
        (InspectionState.announced, InspectionState.disposing),
        (InspectionState.closed, InspectionState.disposing),
        (InspectionState.disposing, InspectionState.disposed),
    }
)
DOCUMENT_TRANSITIONS: frozenset[tuple[DocumentState, DocumentState]] = frozenset(
    {
        (DocumentState.pending, DocumentState.received),
        (DocumentState.pending, DocumentState.abandoned),
        (DocumentState.received, DocumentState.replaced),
        (DocumentState.received, DocumentState.withdrawn),
        (DocumentState.received, DocumentState.recalled),
        (DocumentState.replaced, DocumentState.recalled),
        (DocumentState.withdrawn, DocumentState.recalled),
    }
)
_WORDS: Mapping[StrEnum, str] = {
    InspectionState.announced: say("announced"),
    InspectionState.deferred: say("deferred"),
    InspectionState.closed: say("closed"),
    InspectionState.disposing: say("disposing"),
    InspectionState.disposed: say("disposed"),
    DocumentState.pending: say("pending"),
    DocumentState.received: say("received"),
    DocumentState.replaced: say("replaced"),
    DocumentState.withdrawn: say("withdrawn"),
    DocumentState.abandoned: say("abandoned"),
    DocumentState.recalled: say("recalled"),
}
TRANSITIONS: frozenset[tuple[StrEnum, StrEnum]] = frozenset({*INSPECTION_TRANSITIONS, *DOCUMENT_TRANSITIONS})


def check_transition(old: InspectionState | DocumentState, new: InspectionState | DocumentState) -> None:
    """Allow the step from `old` to `new` if its table has it. Raises Conflict."""
    if (old, new) in TRANSITIONS:
        return
    if isinstance(old, InspectionState):
        raise Conflict(
            say(
                "This inspection is {old}, so it cannot become {new}. Reload the page to see how it stands now.",
                old=_WORDS[old],
                new=_WORDS[new],
            )
        )
    raise Conflict(
        say(
            "This document is {old}, so it cannot become {new}. Reload the page to see how it stands now.",
            old=_WORDS[old],
            new=_WORDS[new],
        )
    )


def collects(state: InspectionState) -> bool:
    """Say whether documents and answers are taken in this state."""
    return state is InspectionState.announced


def readable(state: InspectionState) -> bool:
    """Say whether documents may be read in this state: from the start of disposal on, nothing is."""
    return state in {InspectionState.announced, InspectionState.deferred, InspectionState.closed}
