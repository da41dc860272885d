"""What comes before a disposal, and when it is late: at the instants at which the answer turns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.forewarning import FOREWARNING, LATE_AFTER, Case, comes_soon, free_since, is_late
from portal.domain.lifecycle import InspectionState
from portal.domain.retention import Verdict

DUE = datetime(2025, 3, 27, tzinfo=UTC)
MOMENT, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
CLOSED, BEGUN, GONE = InspectionState.closed, InspectionState.disposing, InspectionState.disposed
KEPT = Case(CLOSED, Verdict("retained", DUE, DUE), held=False)
NOW_DUE = Case(CLOSED, Verdict("due", DUE, DUE), held=False)
UNPUBLISHED = Case(CLOSED, Verdict("unpublished", None, None), held=False)
EARLY = Case(BEGUN, Verdict("retained", DUE, DUE), held=False, begun_at=DUE - 9 * HOUR)


@pytest.mark.parametrize(
    ("soon", "case", "now"),
    [
        (False, KEPT, DUE - FOREWARNING - MOMENT),
        (True, KEPT, DUE - FOREWARNING),
        (True, NOW_DUE, DUE + 400 * FOREWARNING),
        (False, replace(KEPT, held=True), DUE),
        (False, replace(KEPT, state=BEGUN), DUE),
        (False, replace(KEPT, state=GONE), DUE),
        (False, UNPUBLISHED, DUE),
        # The notice after an entry ends later than the year: it counts from there.
        (False, replace(KEPT, verdict=Verdict("in notice", DUE, DUE + HOUR)), DUE + HOUR - FOREWARNING - MOMENT),
        (True, replace(KEPT, verdict=Verdict("in notice", DUE, DUE + HOUR)), DUE + HOUR - FOREWARNING),
    ],
)
def test_what_comes_soon(soon: bool, case: Case, now: datetime) -> None:
    """Within 14 days, or due; nothing that is held, begun, gone or not published."""
    assert soon == comes_soon(case, now)


@pytest.mark.parametrize(
    ("since", "case"),
    [
        (DUE, NOW_DUE),
        (DUE, replace(NOW_DUE, lifted_at=DUE - HOUR)),
        (DUE + HOUR, replace(NOW_DUE, lifted_at=DUE + HOUR)),
        (None, replace(NOW_DUE, verdict=Verdict("held", DUE, DUE), held=True)),
        (None, KEPT),
        (None, UNPUBLISHED),
        (DUE - 9 * HOUR, EARLY),
        (DUE, replace(NOW_DUE, state=BEGUN, begun_at=DUE + HOUR)),
        (DUE + HOUR, replace(NOW_DUE, state=BEGUN, lifted_at=DUE + HOUR, begun_at=DUE + 2 * HOUR)),
        (DUE, replace(UNPUBLISHED, state=BEGUN, begun_at=DUE)),
    ],
)
def test_from_when_on_it_could_go_and_24_hours_later_it_is_late(since: datetime | None, case: Case) -> None:
    """From the date, the end of the notice, or the last hold's lifting; from its beginning, where that was before."""
    assert since == free_since(case)
    end = (since or DUE) + LATE_AFTER
    assert (False, since is not None) == (is_late(case, end), is_late(case, end + MOMENT))
