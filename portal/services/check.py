"""Check a received document: a short transaction, checker and scanner outside any, a short transaction.

Nothing that is found, and nothing that fails, has an effect on a receipt or on the time that counts.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Thread
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.check_queries import due_checks, given_up, take_check
from portal.db.checks import DocumentCheck
from portal.db.ending_queries import standing_alarm
from portal.db.engine import reading, writing
from portal.db.tables import Document, Inspection
from portal.domain.actors import WORKER
from portal.domain.checker import limits_for
from portal.domain.checks import CheckState, Scan
from portal.domain.errors import KeyRemoved, KeyUnavailable, ObjectMissing, SealBroken, StoreUnavailable
from portal.domain.lifecycle import DocumentState, InspectionState, readable
from portal.ports import Deps
from portal.ports.checking import Body, CheckFailed, NotScanned
from portal.vault.alarms import clear_alarm
from portal.vault.asks import ask_about, ask_together, sheets_by_slot, sheets_with
from portal.vault.check_keeping import (
    append_checked,
    count_failure,
    count_lost,
    is_news,
    keep_sheets,
    set_next_scan,
    tell_of_malware,
    unrelease,
    with_malware,
    with_sheet,
    write_answer,
)
from portal.vault.check_opened import open_before, open_kept
from portal.vault.records import inspection_key
from portal.vault.scanning import scan
from portal.vault.stored import Stored, body_of, stored
from schemas.checking import Answer, Ask

log = structlog.get_logger()

OUTSIDE_FAILED = timedelta(minutes=1)
"""How long to wait where store or keys do not answer, which says nothing about the file and counts as no try."""
TO_KEEP = timedelta(seconds=30)
"""How long before the lease runs out no further file inside is scanned, so that what failed is counted as a try."""
AT_ONCE = 2
A_ROUND = timedelta(seconds=20)
"""After this a round of checks begins no further one, so that whoever asked for it has an answer."""


class _Busy(Exception):
    """As many checkers run as may: that says nothing about the file."""


@dataclass(frozen=True)
class _Job:
    """What is to be done with one document."""

    inspection: UUID
    document: Stored
    lease: datetime
    """Whoever holds another by the end has lost the document to somebody else."""
    ask: Ask
    scan_alone: bool
    """Whether the checker has answered before, so that only the scan is lacking."""
    known: Answer | None = None
    """What it answered then, if that can still be read."""
    together: Ask | None = None
    """Of the CSV files of an A1 form that are all there: what is asked about them together."""
    sheets: Mapping[str, Stored] = field(default_factory=dict)
    """Those files, by the sheet that each is."""


@dataclass(frozen=True)
class _Seen:
    """What checker and scanner said of it."""

    answer: Answer | None
    scan: Scan
    together: Answer | None = None
    """What was said of all the CSV files of an A1 form together."""


def check_document(deps: Deps, document_id: UUID) -> CheckState | None:
    """Check one document if that is due; return how it was found, None where it is not, or no more, to be checked.

    Of two who try at once one does it; who is killed loses it to somebody else once the lease has run out. Raises
    nothing on account of the file, the checker, the scanner, the store or the keys: it is tried again.
    """
    job = _take(deps, document_id)
    if job is None:
        return None
    try:
        if job.scan_alone and (known := open_kept(deps, document_id)):
            job = replace(job, known=known, together=None, sheets={})
        return _keep(deps, job, _see(deps, job))
    except KeyRemoved:
        return None  # disposed of or recalled meanwhile: its row is gone, or nothing will ever ask for it again
    except (StoreUnavailable, KeyUnavailable, _Busy) as error:
        log.warning("check.outside-failed", document=str(document_id), fault=type(error).__name__)
        return _put_off(deps, job)
    except Exception as error:  # noqa: BLE001 -- a fault of ours is no answer either, and must not come back for ever
        log.error("check.fault", document=str(document_id), fault=type(error).__name__)
        return _keep(deps, job, _Seen(None, Scan.unscanned))


def lease_for(size: int) -> timedelta:
    """Return for how long a document of `size` bytes is one's own: longer than to check it, unpack it and scan it."""
    return timedelta(minutes=2, seconds=2 * limits_for(size).clock)


def check_due(deps: Deps, most: int = 20) -> int:
    """Check what is due, two documents at once and so many at most; return how many were tried. Settles the alarm."""
    begun = monotonic()
    with reading(deps.engine) as session:
        due = deque(due_checks(session, deps.clock.now(), most))
    tried: list[UUID] = []
    faults: list[Exception] = []

    def work() -> None:
        with suppress(IndexError):
            while monotonic() - begun < A_ROUND.total_seconds():
                document = due.popleft()
                try:
                    tried.extend([document] if check_document(deps, document) else [])
                except Exception as fault:  # noqa: BLE001 -- one document's fault keeps no other from its turn
                    faults.append(fault)

    # Daemons, and no pool: whoever ends the process waits for no file.
    threads = [Thread(target=work, name=f"check-{number}", daemon=True) for number in range(AT_ONCE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    watch_checks(deps)
    if faults:
        raise faults[0]
    return len(tried)


def watch_checks(deps: Deps) -> None:
    """Clear the alarm of documents that could not be checked or scanned, once there is none any more."""
    with reading(deps.engine) as session:
        lacking = given_up(session, scanner=deps.scanner is not None)
        over = not lacking and standing_alarm(session, "unchecked", "") is not None
    if over:
        with writing(deps.engine) as session:
            clear_alarm(session, deps, WORKER, "unchecked")


def _take(deps: Deps, document_id: UUID) -> _Job | None:
    """Take the document for oneself and gather what is asked about it; None where there is nothing to do."""
    with writing(deps.engine) as session:
        document, now = session.get_one(Document, document_id), deps.clock.now()
        lease, row = now + lease_for(document.size or 0), session.get(DocumentCheck, document_id)
        lost = row is not None and row.lease_until is not None
        if row is None or not take_check(session, document_id, now, lease):
            return None
        session.refresh(row)
        inspection = session.get_one(Inspection, document.inspection_id)
        if not _wanted(inspection, document):
            row.next_try_at = row.lease_until = None
            return None
        scan_alone = deps.scanner is not None and row.checked_at is not None and row.scan == Scan.unscanned
        if lost and not count_lost(session, deps, row, known=scan_alone):
            return None
        files = sheets_with(session, deps, document)
        ask = ask_about(session, deps, inspection, document)
        return _Job(
            inspection=inspection.id,
            document=stored(document),
            lease=lease,
            ask=replace(ask, a1=None) if files else ask,
            scan_alone=scan_alone,
            together=ask_together(session, deps, inspection, files) if files else None,
            sheets={sheets_by_slot(deps)[each.slot]: stored(each) for each in files},
        )


def _wanted(inspection: Inspection, document: Document) -> bool:
    """Say whether anybody will read the document: what was withdrawn or replaced is the agency's alone again."""
    return readable(InspectionState(inspection.state)) and document.state == DocumentState.received


def _see(deps: Deps, job: _Job) -> _Seen:
    """Let checker and scanner look. Raises KeyRemoved, KeyUnavailable, StoreUnavailable, _Busy."""
    body = body_of(deps, job.document)
    answer, together = job.known, None
    try:
        if not job.known:
            answer = deps.checker.check(job.ask, [body])
        if job.together:
            together = deps.checker.check(job.together, [body_of(deps, each) for each in job.sheets.values()])
    except (CheckFailed, SealBroken, ObjectMissing) as error:
        if _reason(error) == "busy":
            raise _Busy from None
        log.warning("check.failed", document=str(job.document.document), reason=_reason(error))
        answer = together = None
    return _Seen(answer, _scan(deps, job, body, answer), together)


def _scan(deps: Deps, job: _Job, body: Body, answer: Answer | None) -> Scan:
    try:
        return scan(deps, job.ask, body, answer, job.lease - TO_KEEP)
    except (NotScanned, CheckFailed, SealBroken, ObjectMissing) as error:
        log.warning("check.not-scanned", document=str(job.document.document), reason=_reason(error))
        return Scan.unscanned


def _reason(error: Exception) -> str:
    """Return what is logged of a failure: a code, or the name of its class."""
    return str(error)[:64] if isinstance(error, CheckFailed | NotScanned) else type(error).__name__


def _locked(session: Session, job: _Job) -> tuple[Inspection, Document, DocumentCheck] | None:
    """Return the rows with the inspection locked, as by whatever changes what counts; None where it was lost."""
    statement = select(Inspection).where(Inspection.id == job.inspection).with_for_update(of=Inspection)
    inspection = session.scalars(statement).one()
    row = session.get(DocumentCheck, job.document.document)
    if row is None or row.lease_until != job.lease:
        return None
    return inspection, session.get_one(Document, job.document.document), row


def _put_off(deps: Deps, job: _Job) -> CheckState | None:
    with writing(deps.engine) as session:
        locked = _locked(session, job)
        if locked is not None:
            locked[2].lease_until, locked[2].next_try_at = None, deps.clock.now() + OUTSIDE_FAILED
        return CheckState(locked[2].state) if locked is not None else None


def _keep(deps: Deps, job: _Job, seen: _Seen) -> CheckState | None:
    """Keep what was found, or when to try again. Raises KeyRemoved, KeyUnavailable."""
    told = job.known is not None or seen.answer is not None or seen.scan is Scan.infected
    files = (job.document, *job.sheets.values()) if told else ()
    opened = open_before(deps, {each.document for each in files})
    with writing(deps.engine) as session:
        locked = _locked(session, job)
        if locked is None:
            return None
        inspection, document, row = locked
        row.lease_until = None
        if not _wanted(inspection, document):
            row.next_try_at = None
            return None
        if _outdated(session, deps, job, document, row):
            row.next_try_at = deps.clock.now()
            return CheckState(row.state)
        key = inspection_key(deps, inspection)
        before = opened.of(key, row) if told else None
        answer = _answer(job, before, seen)
        if answer is None:
            return count_failure(session, deps, row)
        if seen.together:
            keep_sheets(session, deps, key, job.document, job.sheets, seen.together, opened)
        if seen.scan is Scan.infected or (not job.known and is_news(before, answer)):
            unrelease(row)  # whoever released it knew nothing of what is found now; malware nobody releases
        if seen.scan is Scan.infected:
            answer = with_malware(answer)
            tell_of_malware(session, deps, document)
        write_answer(deps, key, row, answer, seen.scan)
        set_next_scan(session, deps, row, first=not job.known)
        append_checked(session, deps, row, answer)
        return CheckState(row.state)


def _answer(job: _Job, before: Answer | None, seen: _Seen) -> Answer | None:
    """Return what is known of the document now; None where the checker has not answered and nothing else counts."""
    if job.known:
        return before
    if seen.answer is None:
        return Answer(kind="") if seen.scan is Scan.infected else None
    if seen.together is None:
        return seen.answer
    own = next(sheet for sheet, each in job.sheets.items() if each.document == job.document.document)
    return with_sheet(seen.answer, seen.together, own)


def _outdated(session: Session, deps: Deps, job: _Job, document: Document, row: DocumentCheck) -> bool:
    """Say whether other CSV files of its A1 form came or went meanwhile, so that it has to be looked at again."""
    if job.known:
        return row.checked_at is None
    return {each.id for each in sheets_with(session, deps, document)} != {e.document for e in job.sheets.values()}
