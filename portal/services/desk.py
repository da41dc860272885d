"""What the provider's pages show of one inspection: read in a fixed number of queries, and changing nothing.

Views are dicts as the templates take them, with ids in place of addresses: those are the web layer's to make.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.db.engine import reading
from portal.db.queries import latest_receipt, roles_of
from portal.domain.actors import Actor
from portal.domain.checklist import ItemProgress, ItemState
from portal.domain.errors import NotFound
from portal.domain.intake import limit_for, say_size, say_types
from portal.domain.roles import Permission, may
from portal.domain.times import say_moment, say_time_left
from portal.ports import Deps
from portal.vault.cases import document_view, gap_words, interrupted_uploads, open_case
from portal.vault.records import open_details, open_words
from portal.vault.standing import GAP_OPTIONS, heading, missing_words, rest_words
from schemas.definitions import Item, Slot

View = dict[str, Any]
_TAGS: Mapping[ItemState, str] = {
    ItemState.not_started: "govuk-tag--blue",
    ItemState.in_progress: "govuk-tag--light-blue",
}


def task_list(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return the `desk` of task_list.html, with `receipt` the newest receipt's number or None, and `may_declare`.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_task_list)
        receipt = latest_receipt(session, inspection_id)
        interrupted = interrupted_uploads(session, case)
        held = roles_of(session, actor).get(inspection_id, frozenset())
    groups: dict[str, list[View]] = {}
    for each in case.progress.items:
        groups.setdefault(each.item.group, []).append(_task(each))
    inspection = case.inspection
    return {
        **heading(case),
        "time_left_words": say_time_left(case.now, inspection.deadline_at),
        "server_time_words": say_moment(case.now),
        "missing": missing_words(case.progress),
        "interrupted": interrupted,
        "groups": [{"title": title, "items": items} for title, items in groups.items()],
        "receipt": receipt.number if receipt else None,
        "may_declare": case.open and any(may(role, Permission.declare) for role in held),
    }


def item_page(deps: Deps, actor: Actor, inspection_id: UUID, code: str, replace: str = "") -> View:
    """Return the `item` of item.html and its `reference`; `replace` is the id of a document to be replaced, or "".

    Raises NotFound (inspection, item), NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_task_list)
        interrupted = [each for each in interrupted_uploads(session, case) if each["item"] == code]
    standing = next((each for each in case.progress.items if each.item.code == code), None)
    if standing is None:
        raise NotFound("There is no such item on the checklist. Go back to the task list.")
    item = standing.item
    documents: dict[str, list[View]] = {slot.code: [] for slot in item.slots}
    met = {"year": "", "month": "", "day": ""}
    for each in case.current:
        if each.item == code:
            documents[each.slot].append(document_view(case, each))
            if str(each.id) == replace:
                met = dict(zip(met, (open_details(case.key, each).meeting_date or "--").split("-"), strict=True))
    answer = next((each for each in case.answers if each.item == code), None)
    return {
        "reference": case.inspection.reference,
        "code": code,
        "label": item.label,
        "guidance": item.guidance,
        "limit_words": f"Up to {say_size(limit_for(item, deps.policy.max_file_bytes))}",
        "gap": {"kind": answer.kind, "words": open_words(case.key, answer)} if answer else None,
        "gap_options": GAP_OPTIONS if case.open and standing.state is not ItemState.provided else [],
        "open": case.open,
        "interrupted": interrupted,
        "status_words": standing.words,
        "rest": rest_words(standing),
        "slots": [
            {
                **_slot(slot, documents[slot.code], case.open, replace),
                "accepts_words": _sentence(say_types(item.accepted_in(slot))),
                "way": _way(item, slot),
                "met": met,
            }
            for slot in item.slots
        ],
    }


def team_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return the `inspection` of team/inspection.html; `total` is the size of all current documents in bytes.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_inspection)
    documents: dict[str, list[View]] = {}
    for each in case.current:
        slots = case.checklist.item(each.item).slots
        label = next(slot.label for slot in slots if slot.code == each.slot) if len(slots) > 1 else None
        documents.setdefault(each.item, []).append({**document_view(case, each), "slot_label": label})
    answers = {each.item: each for each in case.answers}
    items = []
    for standing in case.progress.items:
        code = standing.item.code
        said = gap_words(case.key, answers.get(code)) if standing.state is not ItemState.provided else None
        items.append({**_task(standing), "gaps": [said] if said else [], "documents": documents.get(code, [])})
    return {
        **heading(case),
        "late": sum(each.late for each in case.progress.items),
        "items": items,
        "count": len(case.current),
        "total": sum(each.size or 0 for each in case.current),
    }


def _task(each: ItemProgress) -> View:
    rest = f"Still to send: {rest_words(each)}" if rest_words(each) else ""
    late = f"{each.late} received after the deadline" if each.late else ""
    return {
        "code": each.item.code,
        "label": each.item.label,
        "status_words": each.words,
        "tag_class": _TAGS.get(each.state),
        "hint": ". ".join(filter(None, (rest, late))) or None,
    }


def _slot(slot: Slot, documents: list[View], is_open: bool, replace: str) -> View:
    replacing = next((each for each in documents if str(each["id"]) == replace), None) if is_open else None
    return {
        "code": slot.code,
        "label": slot.label,
        "dated": slot.dated,
        "many": slot.many,
        "can_add": is_open and (slot.many or not documents),
        "upload_id": secrets.token_urlsafe(16),
        "replacing": replacing,
        "documents": documents,
    }


def _way(item: Item, slot: Slot) -> str | None:
    """Head the first place of each alternative, where there are several: "Either send 1 file", "Or send 3 files"."""
    heads = [ways[0] for ways in item.complete]
    if len(heads) == 1 or slot.code not in heads:
        return None
    number = heads.index(slot.code)
    count = len(item.complete[number])
    return f"{'Or' if number else 'Either'} send {count} file{'' if count == 1 else 's'}"


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
