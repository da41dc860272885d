from itertools import product

import pytest

from portal.domain.errors import Conflict
from portal.domain.lifecycle import DocumentState, InspectionState, check_transition, collects, readable

LEGAL = {
    ("announced", "deferred"),
    ("announced", "closed"),
    ("deferred", "announced"),
    ("deferred", "closed"),
    ("deferred", "disposing"),
    ("announced", "disposing"),
    ("closed", "disposing"),
    ("disposing", "disposed"),
    ("pending", "received"),
    ("pending", "abandoned"),
    ("received", "replaced"),
    ("received", "withdrawn"),
    ("received", "recalled"),
    ("replaced", "recalled"),
    ("withdrawn", "recalled"),
}
STATES: list[InspectionState | DocumentState] = [*InspectionState, *DocumentState]


@pytest.mark.parametrize(("old", "new"), list(product(STATES, STATES)))
def test_every_step(old: InspectionState | DocumentState, new: InspectionState | DocumentState) -> None:
    """Each of all 121 steps is allowed or not as listed here; one between the two tables never is."""
    try:
        check_transition(old, new)
    except Conflict:
        allowed = False
    else:
        allowed = True
    assert ((old.value, new.value) in LEGAL) == allowed


def test_a_conflict_says_what_to_do() -> None:
    """The message names the thing and its state, and tells how to go on."""
    with pytest.raises(Conflict) as conflict:
        check_transition(DocumentState.withdrawn, DocumentState.received)
    assert (
        "This document is withdrawn, so it cannot become received. Reload the page to see how it stands now."
    ) == str(conflict.value)


def test_an_inspection_collects_only_while_announced() -> None:
    """Documents are taken in one state alone."""
    assert [InspectionState.announced] == [state for state in InspectionState if collects(state)]


def test_nothing_is_read_once_disposal_has_begun() -> None:
    """Documents are read until disposal begins, and never again."""
    assert [InspectionState.announced, InspectionState.deferred, InspectionState.closed] == [
        state for state in InspectionState if readable(state)
    ]
