"""How a received document was found, who may have it then, and when a check that failed is tried again.

A check never deletes, alters or un-receives anything: all that it can do is to withhold a document from its readers.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

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


class Withheld(StrEnum):
    """Why a document is not handed out."""

    malware = "malware"
    quarantined = "quarantined"
    unscanned = "unscanned"
    """Not scanned or not checked yet, where the service insists on it."""


TRIES = 5
"""After so many a person is told; each further one can only be asked for."""
_WAITS: Mapping[int, timedelta] = MappingProxyType(
    {1: timedelta(seconds=10), 2: timedelta(minutes=1), 3: timedelta(minutes=5), 4: timedelta(minutes=30)}
)


def wait_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed tries, from 1; None: no more of them."""
    return _WAITS.get(attempts)


def judge(effects: Iterable[Effect], scan: Scan) -> CheckState:
    """Return the state of a document that was checked, by what its findings lead to and what the scanner said."""
    found = set(effects)
    if scan is Scan.infected or Effect.quarantine in found:
        return CheckState.quarantined
    return CheckState.flagged if Effect.flag in found else CheckState.clear


def withheld(state: CheckState, scan: Scan, *, released: bool, scanner_needed: bool) -> Withheld | None:
    """Say why a document may not be handed out, or None if it may. Malware is never released (ASVS V5.4.3)."""
    if scan is Scan.infected:
        return Withheld.malware
    if released:
        return None
    if state is CheckState.quarantined:
        return Withheld.quarantined
    unknown = scan is Scan.unscanned or state in (CheckState.waiting, CheckState.unchecked)
    return Withheld.unscanned if scanner_needed and unknown else None


def can_release(state: CheckState, scan: Scan, *, released: bool, scanner_needed: bool) -> bool:
    """Say whether a head of the team may release a document: a flagged or withheld one, unless it is malware."""
    reason = withheld(state, scan, released=released, scanner_needed=scanner_needed)
    return not released and reason is not Withheld.malware and (reason is not None or state is CheckState.flagged)
