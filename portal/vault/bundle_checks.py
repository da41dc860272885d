"""What the index of a bundle says of each document's check; only what flagged or quarantined one is opened."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.check_queries import checks_with_findings
from portal.db.checks import DocumentCheck
from portal.db.tables import Document
from portal.formats.snapshot import BundleCheck
from portal.vault.cases import Case
from portal.vault.check_opened import Opened
from portal.vault.check_said import reason_view, release_view
from portal.vault.checks import check_view, findings_view, is_problem, titles_of


def checks_said(session: Session, case: Case, opened: Opened) -> Mapping[UUID, BundleCheck]:
    """Return what is said of each document that counts; `opened` is what was opened before. Raises SealBroken."""
    found = checks_with_findings(session, case.inspection.id)
    return {each.id: _said(case, each, found.get(each.id), opened) for each in case.current}


def _said(case: Case, document: Document, row: DocumentCheck | None, opened: Opened) -> BundleCheck:
    words = check_view(case.deps, case.checks.get(document.id))["check_words"]
    if row is None:
        return BundleCheck(words, released=_released(case, case.checks.get(document.id)))
    reason = reason_view(case.key, row, case.people)
    return BundleCheck(
        words,
        found=titles_of(findings_view(opened.of(case.key, row))),
        released=_released(case, row),
        reason=reason["words"] if reason else "",
        flagged=is_problem(row) and case.withheld(document) is None,
    )


def _released(case: Case, row: DocumentCheck | None) -> str:
    said = release_view(case.key, row, case.people)
    return f"By {said['by']} on {said['moment']}: {said['words']}" if said else ""
