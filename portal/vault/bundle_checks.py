"""What the index of a bundle says of each document's check; only what flagged or quarantined one is opened."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.check_queries import checks_with_findings
from portal.db.checks import DocumentCheck
from portal.db.tables import Document
from portal.domain.times import say_moment
from portal.formats.snapshot import BundleCheck
from portal.vault.cases import A_COLLEAGUE, Case
from portal.vault.checks import check_view, findings_view, is_problem, open_answer, open_check_words, titles_of


def checks_said(session: Session, case: Case) -> Mapping[UUID, BundleCheck]:
    """Return what is said of each document that counts. Raises SealBroken."""
    found = checks_with_findings(session, case.inspection.id)
    return {each.id: _said(case, each, found.get(each.id)) for each in case.current}


def _said(case: Case, document: Document, row: DocumentCheck | None) -> BundleCheck:
    words = check_view(case.deps, case.checks.get(document.id))["check_words"]
    if row is None:
        return BundleCheck(words, released=_released(case, case.checks.get(document.id)))
    return BundleCheck(
        words,
        found=titles_of(findings_view(open_answer(case.key, row))),
        released=_released(case, row),
        reason=open_check_words(case.key, row, "reason", row.sealed_reason) if row.reason_at else "",
        flagged=is_problem(row) and case.withheld(document) is None,
    )


def _released(case: Case, row: DocumentCheck | None) -> str:
    if row is None or row.released_at is None:
        return ""
    name = case.people.get(row.released_by, A_COLLEAGUE) if row.released_by else A_COLLEAGUE
    reason = open_check_words(case.key, row, "release", row.sealed_release)
    return f"By {name} on {say_moment(row.released_at)}: {reason}"
