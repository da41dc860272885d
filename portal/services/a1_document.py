"""What was found in an A1 form that was sent, for both sides, and why its sender leaves errors as they are."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, admit, document_in, people_in, provides
from portal.db.tables import Document, Inspection
from portal.db.team_queries import FINDINGS_TAKEN
from portal.domain.a1.findings import without_notes, without_values
from portal.domain.actors import Actor
from portal.domain.checks import has_errors
from portal.domain.deadline import check_reason
from portal.domain.errors import Conflict, NotFound
from portal.domain.lifecycle import DocumentState, InspectionState, collects
from portal.domain.roles import Permission
from portal.domain.taking import check_collects
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.asked import checklist_of
from portal.vault.asks import A1_FORM, limit_words
from portal.vault.check_said import reason_view
from portal.vault.checks import open_answer, seal_check_words, withheld_row
from portal.vault.records import check_not_recalled, open_details, readable_key
from schemas.checking import Answer
from schemas.texts import say

View = dict[str, Any]
NO_REASON = say("Enter why the errors stay as they are")
CLOSED = say("This inspection is closed, so reasons can no longer be given. Ask the lead inspector.")
NOTHING_WRONG = say("There are no errors to explain in this form. Reload the page to see how it stands now.")


@dataclass(frozen=True)
class Checked:
    """An A1 form that was sent, and what was found in it."""

    head: View
    """reference, name, item, slot, received_words, own (the reader is of the agency), open (still collected),
    withheld (from this reader: no cells are quoted), accepts (endings) and limit_words of a file in its place."""
    answer: Answer = field(repr=False)
    """Of the file itself only what is more than noted."""
    reason: View | None
    """by, moment, words: why errors stay; None where nobody said."""
    may_reason: bool
    """Whether the reader may say why: there are errors, and documents are still taken."""


def checked_form(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID, *, taken: bool = False) -> Checked:
    """Return an A1 form's findings; the trail says so, since they quote cells: a read of the document, if not of all.

    With `taken` they leave as a file, which counts as a download.

    Raises NotFound (no A1 form, not checked yet, not theirs), NotAllowed, KeyRemoved, KeyUnavailable, SealBroken. The
    agency's own people see those of forms that count no longer, as they do these forms.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.download_document)
        own = provides(session, actor, inspection.id)
        document, row = _form(session, inspection, document_id, own=own)
        key = readable_key(deps, inspection, deps.clock.now())
        answer, details = open_answer(key, row), open_details(key, document)
        if answer is None:
            raise NotFound(NOT_FOUND)
        hidden = not own and withheld_row(deps, row) is not None
        names = people_in(session, inspection.id)
        item = checklist_of(session, key, inspection).item(document.item)
    with writing(deps.engine) as session:
        act, now = FINDINGS_TAKEN if taken else "a1.findings-opened", deps.clock.now()
        append(session, actor, act, now, inspection=inspection.id, subject=document.id, item=document.item)
    is_open = collects(InspectionState(inspection.state)) and document.state == DocumentState.received
    reason = reason_view(key, row, names)
    head = {
        "reference": inspection.reference,
        "name": details.name,
        "item": document.item,
        "slot": document.slot,
        "id": document.id,
        "received_words": say_moment(document.received_at or document.began_at),
        "own": own,
        "open": is_open,
        "withheld": hidden,
        "accepts": item.accepted_in(item.slot(document.slot)),
        "limit_words": limit_words(deps, item),
    }
    told = without_notes(without_values(answer) if hidden else answer, deps.effects)
    return Checked(head, told, reason, own and is_open and answer.a1 is not None and has_errors(answer.a1))


def give_reason(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID, words: str) -> None:
    """Say why errors in an A1 form stay as they are; a later reason takes the place of an earlier one.

    Raises NotFound, NotAllowed, Refused (blank, too long), Conflict (closed; no errors), KeyRemoved, KeyUnavailable.
    """
    words = check_reason(words, NO_REASON)
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.explain_gap, lock=True)
        check_collects(InspectionState(inspection.state), CLOSED)
        document, row = _form(session, inspection, document_id, own=False)
        now = deps.clock.now()
        key = readable_key(deps, inspection, now)
        answer = open_answer(key, row)
        if answer is None or answer.a1 is None or not has_errors(answer.a1):
            raise Conflict(NOTHING_WRONG)
        row.sealed_reason = seal_check_words(key, inspection.id, document.id, "reason", words)
        row.reason_by, row.reason_at = actor.person, now
        append(session, actor, "document.errors-explained", now, inspection=inspection.id, subject=document.id)


def _form(session: Session, inspection: Inspection, document_id: UUID, *, own: bool) -> tuple[Document, DocumentCheck]:
    """Return the rows of an A1 form that is the reader's to see. Raises NotFound, KeyRemoved (recalled)."""
    document = document_in(session, inspection.id, document_id)
    check_not_recalled(DocumentState(document.state))
    row = session.get(DocumentCheck, document.id)
    if document.item != A1_FORM or row is None or not (own or document.state == DocumentState.received):
        raise NotFound(NOT_FOUND)
    return document, row
