"""How a received document was found, who may have it then, and when a check that failed is tried again.

A check never deletes, alters or un-receives anything: all that it can do is to withhold a document from its readers.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.domain.roles import Permission
from schemas.a1_result import A1Result
from schemas.checking import Answer
from schemas.checks import Effect


class CheckState(StrEnum):
    """What is known of a document."""

    waiting = "waiting"
    clear = "clear"
    flagged = "flagged"
    quarantined = "quarantined"
    unchecked = "unchecked"
    """All tries failed: a person has to look."""


class Scan(StrEnum):
    """What the malware scanner said. Down, a limit or an odd answer leave a document *unscanned*, never clean."""

    unscanned = "unscanned"
    clean = "clean"
    infected = "infected"
    locked = "locked"
    """It needs a password, so that nobody can say what is in it: never called clean, and no further try helps."""


class Withheld(StrEnum):
    """Why a document is not handed out."""

    malware = "malware"
    quarantined = "quarantined"
    unscanned = "unscanned"
    """Not scanned or not checked yet, where the service insists on it."""
    locked = "locked"
    """It needs a password and cannot be scanned, where the service insists on it."""


_WAITS: Mapping[int, timedelta] = MappingProxyType(
    {1: timedelta(seconds=10), 2: timedelta(minutes=1), 3: timedelta(minutes=5), 4: timedelta(minutes=30)}
)
TRIES = len(_WAITS) + 1
"""After so many a person is told; each further one can only be asked for."""


def wait_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed tries, from 1; None: no more of them."""
    return _WAITS.get(attempts)


_HOLD_FILES = "docx docm dotx dotm xlsx xlsm xlsb xltx pptx pptm ppsx potx odt ods odp zip doc xls ppt msg rtf"
HOLD_FILES = frozenset(_HOLD_FILES.split())
"""Endings of files whose members are taken out whatever is said of them, by plain steps and no large library."""
_NOT_SEEN_WHOLE = frozenset({"unreadable", "too-large-to-check"})


def holds_files(extension: str, answer: Answer) -> bool:
    """Say whether files inside are to be taken out and scanned.

    Who says how many there are has just read a hostile file, so that none is believed only of what seldom has any,
    and only where it was read whole.
    """
    return (
        answer.members > 0 or extension in HOLD_FILES or any(each.code in _NOT_SEEN_WHOLE for each in answer.findings)
    )


def judge_answer(answer: Answer, effects: Mapping[str, Effect], scan: Scan) -> CheckState:
    """Return the state of a document by what its findings lead to and what the scanner said.

    An A1 form with errors is flagged for them, never more.
    """
    found = {effects[each.code] for each in answer.findings}
    if scan is Scan.infected or Effect.quarantine in found:
        return CheckState.quarantined
    wrong = answer.a1 is not None and has_errors(answer.a1)
    return CheckState.flagged if wrong or Effect.flag in found else CheckState.clear


def has_errors(result: A1Result) -> bool:
    """Say whether an A1 form is to be mended or explained: anything that stops the checks, or an error."""
    return bool(result.count("STOP") or result.count("ERROR"))


def codes_found(answer: Answer) -> list[str]:
    """Return the codes of what was found, each once, in order, those of the A1 form's rules that ask for something."""
    rules = [each.code for each in answer.a1.problems if each.severity in ("STOP", "ERROR")] if answer.a1 else []
    return sorted({*(each.code for each in answer.findings), *rules})


def withheld(state: CheckState, scan: Scan, *, released: bool, scanner_needed: bool) -> Withheld | None:
    """Say why a document may not be handed out, or None if it may. Malware is never released (ASVS V5.4.3)."""
    if scan is Scan.infected:
        return Withheld.malware
    if released:
        return None
    if state is CheckState.quarantined:
        return Withheld.quarantined
    return _unseen(state, scan) if scanner_needed else None


def _unseen(state: CheckState, scan: Scan) -> Withheld | None:
    """Say why a document is not known to be free of malware."""
    if scan is Scan.unscanned or state in (CheckState.waiting, CheckState.unchecked):
        return Withheld.unscanned
    return Withheld.locked if scan is Scan.locked else None


def release_needs(state: CheckState, scan: Scan, *, released: bool, scanner_needed: bool) -> Permission | None:
    """Return what whoever releases a flagged or withheld document has to be allowed; None: there is nothing to release.

    Where nothing unscanned is handed out the lead inspector alone decides of what may yet be malware.
    """
    reason = withheld(state, scan, released=released, scanner_needed=scanner_needed)
    if released or reason is Withheld.malware or (reason is None and state is not CheckState.flagged):
        return None
    unseen = scanner_needed and _unseen(state, scan)
    return Permission.release_unscanned if unseen else Permission.release_document


def handed_out_from(
    received_at: datetime,
    checked_at: datetime | None,
    released_at: datetime | None,
    state: CheckState,
    scan: Scan,
    *,
    scanner_needed: bool,
) -> datetime:
    """Return since when a document has been handed out that is not withheld now: what a download before lacked."""
    if released_at and withheld(state, scan, released=False, scanner_needed=scanner_needed):
        return max(received_at, released_at)
    return max(received_at, checked_at) if scanner_needed and checked_at else received_at
