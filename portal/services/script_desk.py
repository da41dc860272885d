"""What a script is told of its inspection: how it stands, item by item, in codes and instants rather than words.

Names of files, and what was typed with an answer, are not among it: a script that sends knows documents by SHA-256.
"""

from typing import Any
from uuid import UUID

from portal.db.check_queries import checks_of
from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.db.tables import Document
from portal.domain.actors import Actor
from portal.domain.checklist import ItemProgress
from portal.domain.checks import CheckState
from portal.domain.errors import NotFound
from portal.domain.extras import is_ended
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.roles import Permission
from portal.domain.times import iso
from portal.ports import Deps
from portal.vault.cases import Case, open_case
from portal.vault.checks import checks_json, is_problem, open_answer
from schemas.definitions import Slot
from schemas.texts import say

View = dict[str, Any]
NO_ITEM = say("There is no such item in this inspection. Ask for the list of items.")


def status_of(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return the `Status` of `schemas/api.py`. Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable."""
    case = _open(deps, actor, inspection_id)
    inspection, items = case.inspection, case.progress.items
    rows = [case.checks.get(each.id) for each in case.current]
    return {
        "reference": inspection.reference,
        "state": "cancelled" if case.cancelled and readable(InspectionState(inspection.state)) else inspection.state,
        "deadline_at": iso(inspection.deadline_at),
        "passed": case.now > inspection.deadline_at,
        "declared_at": iso(inspection.declared_at) if inspection.declared_at else None,
        "summary": case.progress.summary,
        "counts": {
            "items": len(items),
            "settled": sum(each.settled for each in items),
            "unsettled": sum(not each.settled for each in items),
            "documents": len(case.current),
            "late": sum(not each.on_time for each in case.current),
            "problems": sum(is_problem(each) for each in rows),
            "waiting": sum(each is None or each.state == CheckState.waiting for each in rows),
            "withheld": sum(case.withheld(each) is not None for each in case.current),
        },
        "items": [_item(case, each) for each in items],
    }


def items_of(deps: Deps, actor: Actor, inspection_id: UUID) -> list[View]:
    """Return every `Item` of the inspection. Raises as `status_of` does."""
    case = _open(deps, actor, inspection_id)
    return [_item(case, each) for each in case.progress.items]


def item_of(deps: Deps, actor: Actor, inspection_id: UUID, code: str) -> View:
    """Return one `WholeItem`, with its places and documents. Raises NotFound (item too), and as `status_of` does."""
    case = _open(deps, actor, inspection_id)
    found = next((each for each in case.progress.items if each.item.code == code), None)
    if found is None:
        raise NotFound(NO_ITEM)
    own = [each for each in case.current if each.item == code]
    with reading(deps.engine) as session:
        checks = checks_of(session, inspection_id, [each.id for each in own])
    return {
        **_item(case, found),
        "slots": [_slot(found, slot, own) for slot in found.item.slots],
        "documents": [_document(case, each, checks.get(each.id)) for each in own],
    }


def _open(deps: Deps, actor: Actor, inspection_id: UUID) -> Case:
    # The same answer for whoever sends and for whoever reads: each by the permission that they have.
    reads = actor.reaches(inspection_id, Permission.view_inspection)
    permission = Permission.view_inspection if reads else Permission.view_task_list
    with reading(deps.engine) as session:
        return open_case(session, deps, actor, inspection_id, permission)


def _item(case: Case, standing: ItemProgress) -> View:
    due, code = case.due.get(standing.item.code), standing.item.code
    return {
        "code": code,
        "label": standing.item.label,
        "state": str(standing.state),
        "settled": standing.settled,
        "filled": standing.filled,
        "needed": standing.needed,
        "answer": str(standing.gap) if standing.gap else None,
        "due_at": iso(due or case.inspection.deadline_at),
        "documents_count": sum(each.item == code for each in case.current),
        "problems": sum(is_problem(case.checks.get(each.id)) for each in case.current if each.item == code),
        "open": case.open and not is_ended(standing.item),
    }


def _slot(standing: ItemProgress, slot: Slot, own: list[Document]) -> View:
    return {
        "code": slot.code,
        "label": slot.label,
        "dated": slot.dated,
        "many": slot.many,
        "accepts": list(standing.item.accepted_in(slot)),
        "filled": any(each.slot == slot.code for each in own),
    }


def _document(case: Case, document: Document, check: DocumentCheck | None) -> View:
    return {
        "id": str(document.id),
        "slot": document.slot,
        "version": document.version,
        "sha256": (document.sha256 or b"").hex(),
        "size": document.size,
        "began_at": iso(document.began_at),
        "received_at": iso(document.received_at or document.began_at),
        "on_time": bool(document.on_time),
        "check": {
            **checks_json(check, open_answer(case.key, check)),
            "withheld": case.withheld(document) is not None,
            "released": check is not None and check.released_at is not None,
        },
    }
