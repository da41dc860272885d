"""What the pages of the declaration and of the receipts show, read in a fixed number of queries; nothing is changed.

Views are dicts as the templates take them, with ids in place of addresses: those are the web layer's to make.
"""

from typing import Any
from uuid import UUID

from portal.db.engine import reading
from portal.db.queries import admit, document_in, latest_receipt, receipt_numbered
from portal.domain.actors import Actor
from portal.domain.checklist import GapKind
from portal.domain.errors import Conflict, NotFound
from portal.domain.roles import Permission
from portal.domain.times import parse_iso, say_deadline, say_moment
from portal.ports import Deps
from portal.vault.cases import GAP_WORDS, document_view, gap_words, name_of, open_case
from portal.vault.receipts import signed_receipt_of
from portal.vault.records import open_receipt, readable_key
from portal.vault.standing import GAP_OPTIONS, declared_words, heading, missing_words, rest_words

View = dict[str, Any]


def received_page(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> View:
    """Return one received document (`document`) and what is still missing, as document_received.html takes them.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_task_list)
    document = next((each for each in case.received if each.id == document_id), None)
    if document is None:
        raise NotFound("There is no such document. Go back to the task list.")
    standing = next(each for each in case.progress.items if each.item.code == document.item)
    return {
        "document": document_view(case, document),
        "rest": rest_words(standing),
        "receipt_number": f"{case.inspection.reference}/{str(document.id)[:8]}",
        "missing": missing_words(case.progress),
        "declared": case.inspection.declared_at is not None,
    }


def document_receipt(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> View:
    """Return the signed receipt of one document. Raises NotFound, NotAllowed, KeyRemoved."""
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.view_receipt)
        document = document_in(session, inspection.id, document_id)
        readable_key(deps, inspection, deps.clock.now())  # what is to be disposed of has no receipt any more
        return signed_receipt_of(deps, inspection, document)


def declaration_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what declare.html shows, with `code` in each row and `receipt` the newest number or None.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.declare)
        receipt = latest_receipt(session, inspection_id)
    answers = {each.item: each for each in case.answers}
    names: dict[str, list[str]] = {}
    for each in case.current:
        names.setdefault(each.item, []).append(name_of(case, each))
    return {
        **heading(case),
        "receipt": receipt.number if receipt else None,
        "rows": [
            {
                "code": each.item.code,
                "label": each.item.label,
                "words": names.get(each.item.code, []),
                "gap_words": gap_words(case.key, answers.get(each.item.code)),
            }
            for each in case.progress.items
        ],
        "unexplained": [
            {"code": each.item.code, "label": label, "kind": each.gap or "", "words": ""}
            for each, label in zip(case.progress.unexplained, missing_words(case.progress), strict=True)
        ],
        "gap_options": GAP_OPTIONS,
    }


def receipt_page(deps: Deps, actor: Actor, inspection_id: UUID, number: int | None = None) -> View:
    """Return the `receipt` of receipt.html, the newest unless a number is given.

    Raises NotFound, NotAllowed, Conflict (the declaration was not sent yet), KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_receipt)
        receipt = (
            latest_receipt(session, inspection_id)
            if number is None
            else receipt_numbered(session, inspection_id, number)
        )
    if receipt is None:
        raise Conflict("The declaration was not sent yet, so there is no receipt. Go back to the task list.")
    body = open_receipt(case.key, receipt)["body"]
    rows = {str(each.id): each for each in case.received}
    return {
        **heading(case),
        "number": body["number"],
        "made_words": say_moment(parse_iso(body["made_at"])),
        "deadline_words": say_deadline(parse_iso(body["deadline_at"])),
        "declared_words": declared_words(case),
        "declared": body["declared_at"] is not None,
        "documents": [document_view(case, rows[each["document"]]) for each in body["documents"]],
        "gaps": [
            {
                "item_label": case.checklist.item(each["item"]).label,
                "kind_words": GAP_WORDS[GapKind(each["kind"])],
                "words": each["words"],
            }
            for each in body["gaps"]
        ],
    }
