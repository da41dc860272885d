"""How checking stands, for whoever runs the server: counts, what waits, and another try for what was given up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.db.check_queries import count_checks, given_up, kept_answers, try_again, waiting_checks
from portal.db.checks import DocumentCheck
from portal.db.engine import reading, writing
from portal.db.tables import Inspection
from portal.domain.errors import KeyRemoved, SealBroken
from portal.ports import Deps
from portal.vault.checks import open_answer
from portal.vault.records import inspection_key

SHOWN = 50
A_STEP = 20


@dataclass(frozen=True)
class Waiting:
    """A document that is to be checked or scanned, by ids and codes alone."""

    inspection: str
    """The inspection's reference."""
    item: str
    document: UUID
    state: str
    scan: str
    attempts: int
    next_try_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """How checking stands."""

    counts: list[dict[str, Any]]
    """How many documents that count there are of each state and scan."""
    waiting: list[Waiting]
    """The next to be tried first, `SHOWN` at most."""
    given_up: int
    """Documents that a person has to look at."""
    scanner: str
    """none, ready or down."""


def standing(deps: Deps) -> Standing:
    """Return how checking stands; the scanner is asked whether it answers."""
    with reading(deps.engine) as session:
        counts = count_checks(session)
        waiting = [
            Waiting(reference, item, row.document_id, row.state, row.scan, row.attempts, row.next_try_at)
            for reference, item, row in waiting_checks(session, SHOWN)
        ]
        lost = len(given_up(session, scanner=deps.scanner is not None))
    scanner = "none" if deps.scanner is None else "ready" if deps.scanner.ready() else "down"
    rows = [{"state": state, "scan": scan, "documents": count} for (state, scan), count in sorted(counts.items())]
    return Standing(rows, waiting, lost, scanner)


def retry(deps: Deps) -> int:
    """Let what was given up be tried anew, from the first try on, and return how many that is.

    Without a scanner, what nobody scanned is not among it: there would be nobody to ask.
    """
    with writing(deps.engine) as session:
        documents = given_up(session, scanner=deps.scanner is not None)
        try_again(session, documents, deps.clock.now())
        return len(documents)


def look_at_kept(deps: Deps) -> Iterator[int]:
    """Open what is kept of the documents that count, a few at each step; what cannot be read is due to be checked anew.

    That is so where a code or the shape has changed with the portal's version, so that once for each start is enough.
    Yields how many of a step are due anew. Raises KeyUnavailable.
    """
    last: UUID | None = None
    while True:
        with reading(deps.engine) as session:
            kept = kept_answers(session, last, A_STEP)
            keys = {inspection: _key(deps, inspection) for inspection in {inspection for inspection, _ in kept}}
        unknown = [row.document_id for inspection, row in kept if _is_unknown(keys[inspection], row)]
        if unknown:
            with writing(deps.engine) as session:
                try_again(session, unknown, deps.clock.now())
        yield len(unknown)
        if len(kept) < A_STEP:
            return
        last = kept[-1][1].document_id


def _key(deps: Deps, inspection: Inspection) -> bytes | None:
    try:
        return inspection_key(deps, inspection)
    except KeyRemoved:
        return None


def _is_unknown(key: bytes | None, row: DocumentCheck) -> bool:
    try:
        return key is not None and open_answer(key, row) is None
    except SealBroken:
        return False  # what was altered is said wherever it is read
