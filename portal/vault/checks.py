"""What is kept of the check of a document: its row, and what is sealed in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from portal.db.checks import DocumentCheck
from portal.db.tables import Document
from portal.domain.check_words import say_check
from portal.domain.checks import (
    CheckState,
    Scan,
    Withheld,
    codes_found,
    handed_out_from,
    has_errors,
    release_needs,
    withheld,
)
from portal.domain.errors import KeyRemoved
from portal.domain.kind_words import OF_A_KIND, say_kind
from portal.domain.roles import Permission
from portal.domain.times import iso, say_moment
from portal.ports import Deps
from portal.vault.records import GONE
from portal.vault.texts import open_text, seal_text
from schemas.a1_result import A1Result
from schemas.checking import Answer, OddAnswer, answer_line, read_kept
from schemas.checks import load_checks
from schemas.texts import say, say_count, together

log = structlog.get_logger()
View = dict[str, Any]
_NOWHERE: View = {"of_a_kind": False, "where": [], "more": 0}


def unchecked(document: Document) -> DocumentCheck:
    """Return the row of a document that was received just now: it waits to be checked."""
    return DocumentCheck(
        document_id=document.id,
        inspection_id=document.inspection_id,
        state=CheckState.waiting,
        scan=Scan.unscanned,
        next_try_at=document.received_at,
    )


def seal_answer(key: bytes, inspection: UUID, document: UUID, answer: Answer) -> bytes:
    """Seal what was found in a document."""
    return seal_text(key, inspection, document, "check", answer_line(answer).decode())


def open_answer(key: bytes, row: DocumentCheck | None) -> Answer | None:
    """Open what was found in a document; None where nothing is known yet, or no more. Raises SealBroken.

    What was kept by another version of the portal may say what this one does not know: it is looked at again.
    """
    if row is None or row.sealed_result is None:
        return None
    line = open_text(key, row.inspection_id, row.document_id, "check", row.sealed_result).encode()
    try:
        return read_kept(line)
    except OddAnswer:
        log.error("check.unknown-answer", document=str(row.document_id))
        return None


def seal_check_words(key: bytes, inspection: UUID, document: UUID, field: str, words: str) -> bytes:
    """Seal what somebody typed about a check; `field` is "reason" or "release"."""
    return seal_text(key, inspection, document, f"check {field}", words)


def open_check_words(key: bytes, row: DocumentCheck, field: str, sealed: bytes | None) -> str:
    """Open what somebody typed about a check. Raises SealBroken, KeyRemoved (blanked)."""
    if sealed is None:
        raise KeyRemoved(GONE)
    return open_text(key, row.inspection_id, row.document_id, f"check {field}", sealed)


def withheld_row(deps: Deps, row: DocumentCheck | None) -> Withheld | None:
    """Say why the document of this row is not handed out, or None if it is. Without a row nothing is known of it."""
    needed = deps.policy.scanner_needed
    if row is None:
        return withheld(CheckState.waiting, Scan.unscanned, released=False, scanner_needed=needed)
    return withheld(CheckState(row.state), Scan(row.scan), released=row.released_at is not None, scanner_needed=needed)


def release_of(deps: Deps, row: DocumentCheck | None) -> Permission | None:
    """Return what whoever releases the document of this row has to be allowed; None: there is nothing to release."""
    if row is None:
        return None
    state, scan, released = CheckState(row.state), Scan(row.scan), row.released_at is not None
    return release_needs(state, scan, released=released, scanner_needed=deps.policy.scanner_needed)


def handed_out_at(deps: Deps, document: Document, row: DocumentCheck | None) -> datetime:
    """Return since when a document that is not withheld has been handed out."""
    received_at = document.received_at or document.began_at
    if row is None:
        return received_at
    return handed_out_from(
        *(received_at, row.checked_at, row.released_at, CheckState(row.state), Scan(row.scan)),
        scanner_needed=deps.policy.scanner_needed,
    )


def mark_of(row: DocumentCheck | None) -> str:
    """Return what tells whether a document was checked again since somebody looked: 64 characters at most."""
    if row is None:
        return ""
    return f"{row.state} {row.scan} {iso(row.checked_at) if row.checked_at else ''}"


def has_findings(row: DocumentCheck | None) -> bool:
    """Say whether something was found that counts, released or not."""
    return row is not None and row.state in (CheckState.flagged, CheckState.quarantined)


def is_problem(row: DocumentCheck | None) -> bool:
    """Say whether something was found that the sender is to mend if they can, and that nobody has released."""
    return row is not None and row.released_at is None and has_findings(row)


def is_explained(row: DocumentCheck | None) -> bool:
    """Say whether the sender has said why the errors found in an A1 form stay, so that nothing is asked of them."""
    return is_problem(row) and row is not None and row.reason_at is not None and row.state == CheckState.flagged


def check_view(deps: Deps, row: DocumentCheck | None) -> View:
    """Return what a list shows of a check, opening nothing."""
    if row is None:
        return {
            "state": "waiting",
            "check_words": say("Not checked yet"),
            "withheld": withheld_row(deps, None),
            "problem": False,
            "explained": "",
        }
    state, scan, reason = CheckState(row.state), Scan(row.scan), withheld_row(deps, row)
    released = row.released_at is not None
    return {
        "state": str(state),
        "check_words": say_check(
            state, scan, reason, tried=row.attempts > 0, released=released, scans=deps.scanner is not None
        ),
        "withheld": reason,
        "problem": is_problem(row),
        "explained": say_moment(row.reason_at) if row.reason_at is not None and is_explained(row) else "",
    }


def sender_view(deps: Deps, key: bytes, row: DocumentCheck | None) -> View:
    """Return what the page of a document tells its sender of the check."""
    return {
        **check_view(deps, row),
        "scan": row.scan if row else "unscanned",
        "tried": bool(row and row.attempts),
        "findings": own_findings(key, row),
        "scans": deps.scanner is not None,
    }


def own_findings(key: bytes, row: DocumentCheck | None) -> list[View]:
    """Return what was found as its sender reads it: what they have explained is not asked of them again."""
    return findings_view(open_answer(key, row), row.reason_at if row is not None and is_explained(row) else None)


def findings_view(answer: Answer | None, explained_at: datetime | None = None) -> list[View]:
    """Return what was found as pages show it, in the order of `schemas/checks.toml`, which has the worst first."""
    if answer is None:
        return []
    checks, found = load_checks(), {each.code: each for each in answer.findings}
    views = [
        {
            "code": code,
            "title": check.title,
            "fix": check.fix,
            "of_a_kind": code in OF_A_KIND,
            "where": [say_kind(each) if code in OF_A_KIND else each for each in found[code].where],
            "more": max(0, found[code].count - len(found[code].where)) if found[code].where else 0,
        }
        for code, check in checks.items()
        if code in found
    ]
    return views + ([_a1_view(answer.a1, explained_at)] if answer.a1 and answer.a1.problems else [])


def _a1_view(result: A1Result, explained_at: datetime | None) -> View:
    """Return one line for all that was found in an A1 form, whose places have pages of their own."""
    said = _counted(result)
    if not has_errors(result):
        fix = say("Look at each. Where it is right, you need not do anything.")
        return {"code": "a1", "title": say("The data in the A1 form has {what}.", what=said), "fix": fix} | _NOWHERE
    fix = say("Correct the cells in your own copy and send the new file, or say why they stay as they are.")
    if explained_at is not None:
        fix = say("You gave a reason on {moment}. You can change it.", moment=say_moment(explained_at))
    return {
        "code": "a1",
        "title": say("The data in the A1 form has {what}.", what=said),
        "fix": fix,
    } | _NOWHERE


def _counted(result: A1Result) -> str:
    stops, errors = result.count("STOP"), result.count("ERROR")
    if not stops and not errors:
        return say_count(result.count("CHECK"), "{count:,} thing to check", "{count:,} things to check")
    stopping = say_count(stops, "{count:,} place that stops the checks", "{count:,} places that stop the checks")
    wrong = say_count(errors, "{count:,} error", "{count:,} errors")
    if stops and errors:
        return say("{stopping} and {wrong}", stopping=stopping, wrong=wrong)
    return stopping if stops else wrong


def titles_of(findings: list[View]) -> str:
    """Say in one line what was found."""
    return together([each["title"] for each in findings], " ")


def checks_json(row: DocumentCheck | None, answer: Answer | None) -> Mapping[str, Any]:
    """Return what a script is told of a check: states and codes alone."""
    return {
        "state": row.state if row else "waiting",
        "scan": row.scan if row else "unscanned",
        "codes": codes_found(answer) if answer else [],
    }
