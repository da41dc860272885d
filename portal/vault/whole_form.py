"""The CSV files of one A1 form beside each other: what one of them lacks or breaks may be found in another."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from portal.db.checks import DocumentCheck
from portal.db.tables import Document
from portal.domain.lifecycle import DocumentState
from portal.vault.asks import A1_FORM, sheets_by_slot
from portal.vault.cases import Case, document_view
from portal.vault.checks import own_findings, titles_of

View = dict[str, Any]


def files_beside(case: Case, document: Document) -> Sequence[Document]:
    """Return the files of the A1 form that count, in the order of its sheets, where this is one of them; else none."""
    slots = list(sheets_by_slot(case.deps))
    if document.item != A1_FORM or document.slot not in slots or document.state != DocumentState.received:
        return ()
    files = [each for each in case.current if each.item == A1_FORM and each.slot in slots]
    return sorted(files, key=lambda each: slots.index(each.slot))


def whole_form_view(case: Case, checks: Mapping[UUID, DocumentCheck], document: Document) -> View | None:
    """Return `files`, each with its `label` and what was `found`, and which sheets are `missing`; None of any other.

    `checks` has those of `files_beside`; `elsewhere` says whether one beside this is to be mended or explained.
    """
    files = files_beside(case, document)
    if not files:
        return None
    item = case.checklist.item(A1_FORM)
    sent = {each.slot for each in files}
    views = [
        {
            **document_view(case, each),
            "label": item.slot(each.slot).label,
            "found": titles_of(own_findings(case.key, checks.get(each.id))),
            "this": each.id == document.id,
        }
        for each in files
    ]
    return {
        "files": views,
        "missing": [item.slot(slot).label for slot in sheets_by_slot(case.deps) if slot not in sent],
        "elsewhere": any(each["problem"] and not each["explained"] and not each["this"] for each in views),
    }
