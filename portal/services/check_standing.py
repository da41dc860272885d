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
from portal.domain.checks import CheckState, Scan, judge_answer
from portal.domain.errors import KeyRemoved, KeyUnavailable, SealBroken
from portal.ports import Deps
from portal.vault.check_keeping import append_checked
from portal.vault.checks import open_answer
from portal.vault.records import inspection_key

_JUDGED = frozenset({CheckState.clear, CheckState.flagged, CheckState.quarantined})
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
    """Go through what is kept of the documents that count, a few at each step, and do what version and settings ask.

    What cannot be read any more, because a code or the shape has changed, is due to be checked anew; what the findings
    lead to now makes the document flagged, withheld or clear. Neither changes while the portal runs, so that once for
    each start is enough. Yields how many documents of a step that was. Raises KeyUnavailable, once all others were
    looked at: one inspection's key keeps nothing from its turn.
    """
    last: UUID | None = None
    lacking: KeyUnavailable | None = None
    while True:
        with reading(deps.engine) as session:
            kept = kept_answers(session, last, A_STEP)
        settled = 0
        for inspection, row in kept:
            try:
                settled += _settled(deps, inspection, row)
            except KeyUnavailable as error:
                lacking = error
        yield settled
        if len(kept) < A_STEP:
            break
        last = kept[-1][1].document_id
    if lacking is not None:
        raise lacking


def _settled(deps: Deps, inspection: Inspection, seen: DocumentCheck) -> bool:
    """Do what is to be done about one document; say whether anything was. Raises KeyUnavailable."""
    try:
        answer = open_answer(inspection_key(deps, inspection), seen)
    except (KeyRemoved, SealBroken):
        return False  # it is gone; or it was altered, which is said wherever it is read
    state = judge_answer(answer, deps.effects, Scan(seen.scan)) if answer else None
    # What waits, or was given up, is settled by its next check.
    if state == seen.state or (state and seen.state not in _JUDGED):
        return False
    with writing(deps.engine) as session:
        row = session.get(DocumentCheck, seen.document_id, with_for_update=True)
        if row is None or row.next_try_at is not None:
            return False
        if (row.state, row.sealed_result) != (seen.state, seen.sealed_result):
            return False  # another worker was here, or a check
        if answer is None or state is None:
            try_again(session, [row.document_id], deps.clock.now())
        else:
            # What was withheld is handed out from now on, which a download before it lacked.
            row.state, row.checked_at = state, deps.clock.now()
            append_checked(session, deps, row, answer)
    return True
