"""Check a received document: a short transaction, checker and scanner outside any, a short transaction.

Nothing that is found, and nothing that fails, has an effect on a receipt or on the time that counts.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.check_queries import due_checks, given_up, take_check
from portal.db.checks import DocumentCheck
from portal.db.ending_queries import standing_alarm
from portal.db.engine import reading, writing
from portal.db.queries import people_with
from portal.db.tables import Document, Inspection
from portal.domain.actors import WORKER
from portal.domain.checks import CheckState, Scan, codes_found, judge_answer, wait_after
from portal.domain.errors import KeyRemoved, KeyUnavailable, ObjectMissing, SealBroken, StoreUnavailable
from portal.domain.lifecycle import DocumentState, InspectionState, readable
from portal.domain.roles import Role
from portal.ports import Body, CheckFailed, Deps, NotScanned
from portal.vault.alarms import clear_alarm, raise_alarm
from portal.vault.asks import ask_about, ask_together, sheets_by_slot, sheets_with
from portal.vault.checks import open_answer, seal_answer
from portal.vault.mails import queue_mail
from portal.vault.records import inspection_key
from portal.vault.stored import Stored, body_of, stored
from schemas.a1_result import A1Result
from schemas.checking import Answer, Ask, Found
from schemas.checks import MALWARE
from schemas.texts import say

log = structlog.get_logger()

LEASE = timedelta(minutes=15)
"""Longer than checking and scanning the largest file takes; after it somebody else may take the document over."""
OUTSIDE_FAILED = timedelta(minutes=1)
"""How long to wait where store or keys do not answer, which says nothing about the file and counts as no try."""
AT_ONCE = 2
A_ROUND = timedelta(seconds=20)
"""After this a round of the worker begins no further check: mail and deadlines wait behind it."""
_TOLD = frozenset({Role.leader, Role.lead_inspector})


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
    known: bool
    """Whether the checker has answered before, so that only the scan is lacking."""
    members: int = 0
    together: Ask | None = None
    """Of the CSV files of an A1 form that are all there: what is asked about them together."""
    sheets: Mapping[str, Stored] = field(default_factory=dict)
    """Those files, by the sheet that each is."""


@dataclass(frozen=True)
class _Seen:
    """What checker and scanner said of it."""

    answer: Answer | None
    scan: Scan
    a1: A1Result | None = None
    """What was said of all the CSV files of an A1 form together."""


def check_document(deps: Deps, document_id: UUID) -> CheckState | None:
    """Check one document if that is due; return how it was found, None where it is not, or not any more, to be checked.

    Of two who try at once one does it; who is killed loses it to somebody else once the lease has run out. Raises
    nothing on account of the file, the checker, the scanner, the store or the keys: it is tried again.
    """
    job = _take(deps, document_id)
    if job is None:
        return None
    try:
        return _keep(deps, job, _see(deps, job))
    except KeyRemoved:
        return None  # disposed of or recalled meanwhile: its row is gone, or nothing will ever ask for it again
    except (StoreUnavailable, KeyUnavailable, _Busy) as error:
        log.warning("check.outside-failed", document=str(document_id), fault=type(error).__name__)
        return _put_off(deps, job)


def check_due(deps: Deps, most: int = 20) -> int:
    """Check what is due, two documents at once and so many at most; return how many were checked. Settles the alarm."""
    begun = monotonic()
    with reading(deps.engine) as session:
        due = due_checks(session, deps.clock.now(), most)

    def check(document: UUID) -> bool:
        late = monotonic() - begun > A_ROUND.total_seconds()
        return not late and check_document(deps, document) is not None

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as helpers:
        checked = sum(helpers.map(check, due))
    watch_checks(deps)
    return checked


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
        now = deps.clock.now()
        lease = now + LEASE
        if not take_check(session, document_id, now, lease):
            return None
        row = session.get_one(DocumentCheck, document_id)
        document = session.get_one(Document, document_id)
        inspection = session.get_one(Inspection, document.inspection_id)
        if not _wanted(inspection, document):
            row.next_try_at = row.lease_until = None
            return None
        known = deps.scanner is not None and row.sealed_result is not None and row.scan == Scan.unscanned
        members = 0
        if known:
            found = open_answer(inspection_key(deps, inspection), row)
            members = found.members if found else 0
        files = () if known else sheets_with(session, deps, document)
        ask = ask_about(session, deps, inspection, document)
        return _Job(
            inspection=inspection.id,
            document=stored(document),
            lease=lease,
            ask=replace(ask, a1=None) if files else ask,
            known=known,
            members=members,
            together=ask_together(session, deps, inspection, files) if files else None,
            sheets={sheets_by_slot(deps)[each.slot]: stored(each) for each in files},
        )


def _wanted(inspection: Inspection, document: Document) -> bool:
    """Say whether anybody will read the document: what was withdrawn or replaced is the agency's alone again."""
    return readable(InspectionState(inspection.state)) and document.state == DocumentState.received


def _see(deps: Deps, job: _Job) -> _Seen:
    """Let checker and scanner look. Raises KeyRemoved, KeyUnavailable, StoreUnavailable, _Busy."""
    body = body_of(deps, job.document)
    answer, a1, members = None, None, job.members
    try:
        if not job.known:
            answer = deps.checker.check(job.ask, [body])
            members = answer.members
        if job.together:
            a1 = deps.checker.check(job.together, [body_of(deps, each) for each in job.sheets.values()]).a1
    except (CheckFailed, SealBroken, ObjectMissing) as error:
        if _reason(error) == "busy":
            raise _Busy from None
        log.warning("check.failed", document=str(job.document.document), reason=_reason(error))
        answer = a1 = None
    return _Seen(answer, _scan(deps, job, body, members, complete=job.known or answer is not None), a1)


def _scan(deps: Deps, job: _Job, body: Body, members: int, *, complete: bool) -> Scan:
    """Let the scanner look at the file and at each file inside; only its plain word about every one of them counts.

    What the checker has no answer for is scanned all the same: that it is malware is reason enough to withhold it.
    """
    if deps.scanner is None:
        return Scan.unscanned
    try:
        if deps.scanner.is_infected(body):
            return Scan.infected
        if not complete:
            return Scan.unscanned
        if members and any(deps.scanner.is_infected(each) for each in deps.checker.extract(job.ask, [body])):
            return Scan.infected
    except (NotScanned, CheckFailed, SealBroken, ObjectMissing) as error:
        log.warning("check.not-scanned", document=str(job.document.document), reason=_reason(error))
        return Scan.unscanned
    return Scan.clean


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
        if locked is None:
            return None
        locked[2].lease_until, locked[2].next_try_at = None, deps.clock.now() + OUTSIDE_FAILED
        return CheckState(locked[2].state)


def _keep(deps: Deps, job: _Job, seen: _Seen) -> CheckState | None:
    """Keep what was found, or when to try again. Raises KeyRemoved, KeyUnavailable."""
    with writing(deps.engine) as session:
        locked = _locked(session, job)
        if locked is None:
            return None
        inspection, document, row = locked
        row.lease_until = None
        if not _wanted(inspection, document):
            row.next_try_at = None
            return None
        if not job.known and not job.together and sheets_with(session, deps, document):
            row.next_try_at = deps.clock.now()  # the last of its A1 form's files came meanwhile: look at all together
            return CheckState(row.state)
        key = inspection_key(deps, inspection)
        answer = _answer(key, job, row, seen)
        if answer is None:
            return _count_failure(session, deps, row, document)
        _keep_sheets(session, deps, key, job, seen)
        if seen.scan is Scan.infected:
            answer = replace(answer, findings=(*answer.findings, Found(MALWARE)))
            _tell(session, deps, document)
        _write(deps, key, row, answer, seen.scan)
        gave_up = _next_scan(deps, row, first=not job.known)
        if gave_up:
            _alarm(session, deps)
        _append(session, deps, row, answer)
        return CheckState(row.state)


def _answer(key: bytes, job: _Job, row: DocumentCheck, seen: _Seen) -> Answer | None:
    """Return what is known of the document now; None where the checker has not answered and nothing else counts."""
    if job.known:
        return open_answer(key, row)
    if seen.answer is None:
        return Answer(kind="") if seen.scan is Scan.infected else None
    return replace(seen.answer, a1=_of_sheet(seen.a1, _sheet(job))) if seen.a1 else seen.answer


def _sheet(job: _Job) -> str:
    return next(sheet for sheet, each in job.sheets.items() if each.document == job.document.document)


def _of_sheet(result: A1Result, sheet: str) -> A1Result:
    """Return what was found in one sheet of several files, and what concerns them all."""
    rows = {name: count for name, count in result.rows.items() if name == sheet}
    return replace(result, rows=rows, problems=tuple(each for each in result.problems if each.sheet in ("", sheet)))


def _keep_sheets(session: Session, deps: Deps, key: bytes, job: _Job, seen: _Seen) -> None:
    """Say anew of the other CSV files of the A1 form what all of them together show, where they were checked before."""
    for sheet, each in job.sheets.items() if seen.a1 else ():
        row = session.get(DocumentCheck, each.document)
        document = session.get_one(Document, each.document)
        if each == job.document or row is None or row.sealed_result is None or document.state != DocumentState.received:
            continue
        before, answer = row.state, open_answer(key, row)
        if answer and seen.a1:
            answer = replace(answer, a1=_of_sheet(seen.a1, sheet))
            _write(deps, key, row, answer, Scan(row.scan))
            if row.state != before:
                _append(session, deps, row, answer)


def _write(deps: Deps, key: bytes, row: DocumentCheck, answer: Answer, scan: Scan) -> None:
    row.sealed_result = seal_answer(key, row.inspection_id, row.document_id, answer)
    row.sealed_glance = None
    row.definition = answer.a1.definition if answer.a1 else None
    row.scan, row.state = scan, judge_answer(answer, deps.effects, scan)
    row.checked_at = deps.clock.now()


def _next_scan(deps: Deps, row: DocumentCheck, *, first: bool) -> bool:
    """Set when the scan is tried again, if it lacks; say whether it was given up just now."""
    row.next_try_at = None
    if row.scan != Scan.unscanned or deps.scanner is None:
        return False
    row.attempts = 1 if first else row.attempts + 1
    wait = wait_after(row.attempts)
    row.next_try_at = deps.clock.now() + wait if wait else None
    return wait is None


def _count_failure(session: Session, deps: Deps, row: DocumentCheck, document: Document) -> CheckState:
    """Count a try of the checker that failed; after the last of them a person has to look."""
    row.attempts += 1
    wait = wait_after(row.attempts)
    row.next_try_at = deps.clock.now() + wait if wait else None
    if wait is None:
        row.state = CheckState.unchecked
        _alarm(session, deps)
        _append(session, deps, row, None)
    return CheckState(row.state)


def _alarm(session: Session, deps: Deps) -> None:
    words = say("Documents could not be checked, or not scanned for malware, however often that was tried.")
    raise_alarm(session, deps, "unchecked", words)


def _tell(session: Session, deps: Deps, document: Document) -> None:
    """Tell the agency's leader and the team's lead that a file is malware, once."""
    log.error("check.malware", document=str(document.id))
    for person in people_with(session, _TOLD, document.inspection_id):
        queue_mail(
            *(session, deps, person.id, document.inspection_id, "malware-found"),
            occasion=str(document.id),
            facts={"item": document.item},
        )


def _append(session: Session, deps: Deps, row: DocumentCheck, answer: Answer | None) -> None:
    codes: Sequence[str] = codes_found(answer) if answer else ()
    append(
        *(session, WORKER, "document.checked", deps.clock.now()),
        inspection=row.inspection_id,
        subject=row.document_id,
        state=str(row.state),
        scan=str(row.scan),
        codes=list(codes),
    )
