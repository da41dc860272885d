"""What findings and a scan make of a document."""

import pytest

from portal.domain.checks import TRIES, CheckState, Scan, Withheld, judge_answer, wait_after, withheld
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Found
from schemas.checks import Effect

EFFECTS = {"macros": Effect.flag, "polyglot": Effect.quarantine, "photo-place": Effect.note}


def form(severity: str) -> A1Result:
    """Return what was found in an A1 form with one problem."""
    return A1Result("illustrative-2023", severity != "STOP", {}, (Problem("S03", severity, "", "", "", 1),))


@pytest.mark.parametrize(
    ("codes", "a1", "scan", "state"),
    [
        ((), None, Scan.clean, CheckState.clear),
        (("photo-place",), form("CHECK"), Scan.unscanned, CheckState.clear),
        (("photo-place", "macros"), None, Scan.clean, CheckState.flagged),
        ((), form("STOP"), Scan.clean, CheckState.flagged),
        ((), form("ERROR"), Scan.locked, CheckState.flagged),
        (("macros", "polyglot"), form("ERROR"), Scan.clean, CheckState.quarantined),
        ((), None, Scan.infected, CheckState.quarantined),
    ],
)
def test_the_worst_counts(codes: tuple[str, ...], a1: A1Result | None, scan: Scan, state: CheckState) -> None:
    """Malware withholds a document whatever else is known, and an A1 form's own errors never do."""
    assert state is judge_answer(Answer("pdf", tuple(map(Found, codes)), a1=a1), EFFECTS, scan)


STRICT = {
    (CheckState.clear, Scan.clean): None,
    (CheckState.flagged, Scan.clean): None,
    (CheckState.clear, Scan.unscanned): Withheld.unscanned,
    (CheckState.waiting, Scan.unscanned): Withheld.unscanned,
    (CheckState.unchecked, Scan.clean): Withheld.unscanned,
    (CheckState.flagged, Scan.locked): Withheld.locked,
    (CheckState.quarantined, Scan.unscanned): Withheld.quarantined,
    (CheckState.quarantined, Scan.infected): Withheld.malware,
}


@pytest.mark.parametrize(("found", "reason"), STRICT.items())
def test_what_is_withheld(found: tuple[CheckState, Scan], reason: Withheld | None) -> None:
    """What is not known to be free of malware where that is asked for alone; what is released never, but malware."""
    state, scan = found
    lenient = reason if reason in (Withheld.malware, Withheld.quarantined) else None
    malware = reason if reason is Withheld.malware else None
    asked = [withheld(state, scan, released=released, scanner_needed=needed)
             for released, needed in ((False, True), (False, False), (True, True))]  # fmt: skip
    assert [reason, lenient, malware] == asked


def test_each_further_try_waits_longer_and_the_last_is_the_last() -> None:
    """After it a person is told."""
    waits = [wait_after(number) for number in range(1, TRIES)]
    assert waits == sorted(each for each in waits if each)
    assert wait_after(TRIES) is None
