"""What becomes of a checked document, in the caller's transaction: its row, the next try, who is told, the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.queries import people_with
from portal.db.tables import Document
from portal.domain.actors import WORKER
from portal.domain.checks import CheckState, Scan, codes_found, judge_answer, wait_after
from portal.domain.lifecycle import DocumentState
from portal.domain.roles import Role
from portal.ports import Deps
from portal.vault.alarms import raise_alarm
from portal.vault.asks import others_with
from portal.vault.check_opened import Opened
from portal.vault.checks import seal_answer
from portal.vault.mails import queue_mail
from portal.vault.stored import Stored
from schemas.a1_result import A1Result
from schemas.checking import Answer, Found
from schemas.checks import MALWARE
from schemas.texts import say

log = structlog.get_logger()
_TOLD = frozenset({Role.leader, Role.lead_inspector})


def of_sheet(result: A1Result, sheet: str) -> A1Result:
    """Return what was found in one sheet of several files, and what concerns them all, as all that stops the check."""
    rows = {name: count for name, count in result.rows.items() if name == sheet}
    problems = tuple(each for each in result.problems if each.sheet in ("", sheet) or each.severity == "STOP")
    return replace(result, rows=rows, problems=problems)


def with_sheet(answer: Answer, joint: Answer, sheet: str) -> Answer:
    """Return what was found in one of several files beside what all of them together show, which is counted whole."""
    return replace(answer, a1=of_sheet(joint.a1, sheet), glance=joint.glance) if joint.a1 else answer


def keep_sheets(
    session: Session,
    deps: Deps,
    key: bytes,
    own: Stored,
    sheets: Mapping[str, Stored],
    joint: Answer,
    opened: Opened,
) -> None:
    """Say anew of the other CSV files of the A1 form what all of them together show, where they were checked before."""
    for sheet, each in sheets.items():
        row = session.get(DocumentCheck, each.document)
        if each == own or row is None or session.get_one(Document, each.document).state != DocumentState.received:
            continue
        before, known = row.state, opened.of(key, row)
        if known is None and row.sealed_result is not None:
            row.next_try_at, row.attempts = deps.clock.now(), 0
        elif known is not None:
            answer = with_sheet(known, joint, sheet)
            if is_news(known, answer):
                unrelease(row)
            write_answer(deps, key, row, answer, Scan(row.scan))
            if row.state != before:
                append_checked(session, deps, row, answer)


def look_again(session: Session, deps: Deps, gone: Document) -> None:
    """Let the other CSV files of an A1 form be looked at anew: what they showed together with this one is outdated."""
    for each in others_with(session, deps, gone):
        row = session.get(DocumentCheck, each.id)
        if row is not None and row.sealed_result is not None and row.scan != Scan.infected:
            row.next_try_at, row.attempts = deps.clock.now(), 0
            if row.scan == Scan.unscanned:
                row.checked_at = None  # otherwise the scanner alone would be asked


def with_malware(answer: Answer) -> Answer:
    """Return what was found in a file that is malware, which is said once."""
    return replace(answer, findings=(*(each for each in answer.findings if each.code != MALWARE), Found(MALWARE)))


def is_news(before: Answer | None, answer: Answer) -> bool:
    """Say whether there is anything in an answer that was not known of the document before."""
    return before is None or not set(codes_found(answer)) <= set(codes_found(before))


def unrelease(row: DocumentCheck) -> None:
    """Take back a release."""
    row.released_at = row.released_by = row.sealed_release = None


def write_answer(deps: Deps, key: bytes, row: DocumentCheck, answer: Answer, scan: Scan) -> None:
    """Keep what was found, sealed, and what that makes of the document."""
    scan = Scan.infected if row.scan == Scan.infected else scan  # once malware, always
    answer = with_malware(answer) if scan is Scan.infected else answer
    row.sealed_result = seal_answer(key, row.inspection_id, row.document_id, answer)
    row.definition = answer.a1.definition if answer.a1 else None
    if answer.a1 and answer.a1.faults:
        log.error("a1.rule-failed", document=str(row.document_id), codes=list(answer.a1.faults))
    row.scan, row.state = scan, judge_answer(answer, deps.effects, scan)
    row.checked_at = deps.clock.now()


def set_next_scan(session: Session, deps: Deps, row: DocumentCheck, *, first: bool) -> None:
    """Set when the scan is tried again, if it lacks; after the last try a person is told."""
    row.next_try_at = None
    if row.scan != Scan.unscanned or deps.scanner is None:
        return
    row.attempts = 1 if first else row.attempts + 1
    wait = wait_after(row.attempts)
    row.next_try_at = deps.clock.now() + wait if wait else None
    if wait is None:
        _alarm(session, deps)


def count_failure(session: Session, deps: Deps, row: DocumentCheck) -> CheckState:
    """Count a try of the checker that failed; after the last of them a person has to look."""
    row.attempts += 1
    wait = wait_after(row.attempts)
    row.next_try_at = deps.clock.now() + wait if wait else None
    if wait is None:
        if row.state != CheckState.quarantined:  # what was found before withholds it still
            row.state = CheckState.unchecked
        _alarm(session, deps)
        append_checked(session, deps, row, None)
    return CheckState(row.state)


def count_lost(session: Session, deps: Deps, row: DocumentCheck, *, known: bool) -> bool:
    """Count a try of which nobody came back, as when the file brought the whole server down; say whether to go on."""
    if known:
        set_next_scan(session, deps, row, first=False)
    else:
        count_failure(session, deps, row)
    if row.next_try_at is None:
        row.lease_until = None
    return row.next_try_at is not None


def _alarm(session: Session, deps: Deps) -> None:
    words = say("Documents could not be checked, or not scanned for malware, however often that was tried.")
    raise_alarm(session, deps, "unchecked", words)


def tell_of_malware(session: Session, deps: Deps, document: Document) -> None:
    """Tell the agency's leader and the team's lead that a file is malware, once."""
    log.error("check.malware", document=str(document.id))
    for person in people_with(session, _TOLD, document.inspection_id):
        queue_mail(
            *(session, deps, person.id, document.inspection_id, "malware-found"),
            occasion=str(document.id),
            facts={"item": document.item},
        )


def append_checked(session: Session, deps: Deps, row: DocumentCheck, answer: Answer | None) -> None:
    """Say in the trail how a document was found: states and codes, nothing of what is in it."""
    codes: Sequence[str] = codes_found(answer) if answer else ()
    append(
        session,
        WORKER,
        "document.checked",
        deps.clock.now(),
        inspection=row.inspection_id,
        subject=row.document_id,
        state=str(row.state),
        scan=str(row.scan),
        codes=list(codes),
    )
