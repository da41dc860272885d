"""What the provider's pages show of one inspection: read in a fixed number of queries, and changing nothing.

Views are dicts as the templates take them, with ids in place of addresses: those are the web layer's to make.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from portal.db.check_queries import checks_of
from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.db.queries import latest_receipt, roles_of
from portal.db.tables import Document
from portal.db.thread_queries import count_asked_of_agency
from portal.domain.actors import Actor
from portal.domain.answers import Said, kinds_for
from portal.domain.checklist import GapKind, ItemProgress, ItemState
from portal.domain.errors import NotFound
from portal.domain.extras import is_ended
from portal.domain.intake import say_types
from portal.domain.roles import Permission, may
from portal.domain.times import LONDON, say_deadline, say_moment, say_time_left
from portal.ports import Deps
from portal.vault.asks import limit_words
from portal.vault.cases import (
    A_COLLEAGUE,
    GAP_WORDS,
    Case,
    document_view,
    gap_words,
    interrupted_uploads,
    name_of,
    open_case,
)
from portal.vault.checks import has_findings, is_explained, is_problem, own_findings
from portal.vault.records import open_details
from portal.vault.standing import heading, missing_words, rest_words
from schemas.definitions import Item, Slot
from schemas.texts import say, say_count, together

View = dict[str, Any]
ON_A_PAGE = 50
"""Documents of one place on an item's page."""
_TAGS: Mapping[ItemState, str] = {
    ItemState.not_started: "govuk-tag--blue",
    ItemState.in_progress: "govuk-tag--light-blue",
}

PROBLEM = say("There is a problem")


def task_list(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return the `desk` of task_list.html, with `receipt` the newest receipt's number or None, and `may_declare`.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_task_list)
        receipt = latest_receipt(session, inspection_id)
        interrupted = interrupted_uploads(session, case)
        waiting = count_asked_of_agency(session, inspection_id)
        held = roles_of(session, actor).get(inspection_id, frozenset())
    newest = _newest(case)
    groups: dict[str, list[View]] = {}
    for each in case.progress.items:
        groups.setdefault(each.item.group, []).append(_own_task(case, each, newest.get(each.item.code)))
    inspection = case.inspection
    return {
        **heading(case),
        "time_left_words": say_time_left(case.now, inspection.deadline_at),
        "server_time_words": say_moment(case.now),
        "missing": missing_words(case.progress),
        "overdue": [
            together((each.item.label, late), ": ") for each in case.progress.items if (late := _overdue(case, each))
        ],
        "interrupted": interrupted,
        "waiting": waiting,
        "groups": [{"title": title, "items": items} for title, items in groups.items()],
        "receipt": receipt.number if receipt else None,
        "may_declare": case.open and any(may(role, Permission.declare) for role in held),
    }


def item_page(deps: Deps, actor: Actor, inspection_id: UUID, code: str, replace: str = "", page: int = 1) -> View:
    """Return the `item` of item.html and its `reference`; `replace` is the id of a document to be replaced, or "".

    Where a place has many documents, `page` of them is shown. Raises NotFound (inspection, item), NotAllowed,
    KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.view_task_list)
        interrupted = [each for each in interrupted_uploads(session, case) if each["item"] == code]
        own = [each.id for each in case.current if each.item == code and has_findings(case.checks.get(each.id))]
        found = checks_of(session, inspection_id, own)
    standing = next((each for each in case.progress.items if each.item.code == code), None)
    if standing is None:
        raise NotFound(say("There is no such item on the checklist. Go back to the task list."))
    item = standing.item
    slots = _newest_meeting_first([_slot(case, found, item, slot, replace, page) for slot in item.slots])
    asked = _without_other_ways(item, slots)
    answer = next((each for each in case.answers if each.item == code), None)
    return {
        "reference": case.inspection.reference,
        "code": code,
        "label": item.label,
        "guidance": item.guidance,
        "limit_words": limit_words(deps, item),
        "form": item.form,
        "gap": _typed_answer(answer.kind, case.said[code]) if answer else None,
        "gap_words": gap_words(case.key, answer) if answer and standing.explained else None,
        "gap_options": _gap_options(standing) if case.open else [],
        "overdue": _overdue(case, standing),
        "due_words": _due(case, code),
        "questions": case.date_questions(code),
        "open": case.open,
        "deferred": case.deferred,
        "cancelled": case.cancelled,
        "interrupted": interrupted,
        "status_words": standing.words,
        "rest": rest_words(standing),
        "slots": asked,
        "other_way": len(asked) < len(slots),
        "scans": deps.scanner is not None,
    }


def _newest(case: Case) -> dict[str, tuple[Document, int]]:
    """Return the newest document of each item, and how many count."""
    counts = Counter(each.item for each in case.current)
    return {each.item: (each, counts[each.item]) for each in case.current}


def _own_task(case: Case, each: ItemProgress, newest: tuple[Document, int] | None) -> View:
    """Return a line of the agency's list: besides the status what of it has come, from whom and when."""
    code = each.item.code
    said = case.said.get(code, Said())
    hints = [_due(case, code) if not each.settled else ""]
    hints += [say("{counted} sent", counted=each.counted) if each.filled and each.needed > 1 else ""]
    hints += [say("Still to send: {rest}", rest=rest_words(each)) if rest_words(each) else ""]
    if each.state is ItemState.to_follow:
        hints += [
            _overdue(case, each) or (say("To follow by {deadline}", deadline=say_deadline(each.by)) if each.by else "")
        ]
    if each.state is ItemState.equivalent and said.name:
        hints += [say("Sent instead: {name}", name=said.name)]
    elif said.name and not each.filled:
        hints += [say("Still to send as a file: {name}", name=said.name)]
    if newest:
        hints += [_newest_words(case, *newest)]
    hints += [say("{count} received after the deadline", count=each.late) if each.late else ""]
    found = [case.checks.get(one.id) for one in case.current if one.item == code]
    problems = sum(is_problem(check) and not is_explained(check) for check in found)
    hints += [_found_in(problems) if problems else "", _explained([check for check in found if check])]
    hints += case.date_questions(code)
    return {
        "code": code,
        "label": each.item.label,
        "status_words": PROBLEM if problems else each.status,
        "tag_class": "govuk-tag--red" if problems else _TAGS.get(each.state),
        "hints": [hint for hint in hints if hint],
    }


def _newest_words(case: Case, document: Document, count: int) -> str:
    sent = {
        "name": name_of(case, document),
        "sender": case.people.get(document.sent_by, A_COLLEAGUE),
        "moment": say_moment(document.received_at or document.began_at),
    }
    if count > 1:
        return say("{name}, sent by {sender} on {moment}, and {more} more", **sent, more=count - 1)
    return say("{name}, sent by {sender} on {moment}", **sent)


def _due(case: Case, code: str) -> str:
    """Say when something is due that was asked for beyond the checklist; "" for all else, which has one deadline."""
    due = case.due.get(code)
    if due is None:
        return ""
    deadline = say_deadline(due)
    return (
        say("Was due by {deadline}", deadline=deadline)
        if due < case.now
        else say("Due by {deadline}", deadline=deadline)
    )


def _overdue(case: Case, each: ItemProgress) -> str:
    """Say that what was to follow by now has not come."""
    if each.by is None or each.by >= case.now:
        return ""
    return say("Was to follow by {deadline}, and has not come", deadline=say_deadline(each.by))


def _typed_answer(kind: str, said: Said) -> View:
    """Return an answer in the fields in which it was typed."""
    local = said.by.astimezone(LONDON) if said.by else None
    return {
        "kind": kind,
        "words": said.words,
        "name": said.name,
        "by_day": str(local.day) if local else "",
        "by_month": str(local.month) if local else "",
        "by_year": str(local.year) if local else "",
        "by_time": f"{local:%H:%M}" if local else "",
    }


def _gap_options(standing: ItemProgress) -> list[dict[str, str]]:
    """Return what can be said of an item; of one file that is there, only that it is something equivalent."""
    kinds = kinds_for(standing.item)
    if standing.state is ItemState.provided:
        kinds = tuple(kind for kind in kinds if kind is GapKind.equivalent and standing.needed == 1)
    return [{"value": str(kind), "text": GAP_WORDS[kind]} for kind in kinds]


def _slot(case: Case, found: Mapping[UUID, DocumentCheck], item: Item, slot: Slot, replace: str, page: int) -> View:
    own = [each for each in case.current if (each.item, each.slot) == (item.code, slot.code)]
    pages = max(1, -(-len(own) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    chosen = next((each for each in own if str(each.id) == replace), None) if case.open else None
    met = open_details(case.key, chosen).meeting_date.split("-") if chosen else []
    return {
        "code": slot.code,
        "label": slot.label,
        "dated": slot.dated,
        "many": slot.many,
        "accept": ",".join(f".{each}" for each in item.accepted_in(slot)),
        "accepts_words": say_types(item.accepted_in(slot), begins=True),
        "way": _way(item, slot),
        "can_add": case.open and not is_ended(item) and (slot.many or not own),
        "upload_id": secrets.token_urlsafe(16),
        "replacing": document_view(case, chosen) if chosen else None,
        "met": dict(zip(("year", "month", "day"), met if len(met) == 3 else ("", "", ""), strict=True)),
        "page": page,
        "pages": pages,
        "documents": [
            {**document_view(case, each), "findings": own_findings(case.key, found.get(each.id))}
            for each in own[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        ],
    }


def _newest_meeting_first(slots: list[View]) -> list[View]:
    """Put places with minutes in the order of their meetings, newest first, and those without below."""
    if not all(slot["dated"] for slot in slots):
        return slots
    return sorted(
        slots, key=lambda slot: max((each["meeting_on"] for each in slot["documents"]), default=""), reverse=True
    )


def _without_other_ways(item: Item, slots: list[View]) -> list[View]:
    """Leave out the empty places of alternatives, once one of them is complete."""
    filled = {slot["code"] for slot in slots if slot["documents"]}
    done = [way for way in item.complete if way and filled.issuperset(way)]
    others = {code for way in item.complete if done and way not in done for code in way} - filled
    return [slot | {"way": None if others else slot["way"]} for slot in slots if slot["code"] not in others]


def _way(item: Item, slot: Slot) -> str | None:
    """Head the first place of each alternative, where there are several: "Either send 1 file", "Or send 3 files"."""
    heads = [way[0] for way in item.complete if way]  # what is no longer asked for is complete with nothing
    if len(heads) == 1 or slot.code not in heads:
        return None
    number = heads.index(slot.code)
    count = len(item.complete[number])
    if number:
        return say_count(count, "Or send {count} file", "Or send {count} files")
    return say_count(count, "Either send {count} file", "Either send {count} files")


def _explained(checks: Sequence[DocumentCheck]) -> str:
    """Say in how many files errors stay for a reason that was given, and when that was; "" where there are none."""
    given = [each.reason_at for each in checks if each.reason_at is not None and is_explained(each)]
    if not given:
        return ""
    return say_count(
        len(given),
        "Something was found in {count} file. You gave a reason on {moment}",
        "Something was found in {count} files. You gave reasons, the last on {moment}",
        moment=say_moment(max(given)),
    )


def _found_in(count: int) -> str:
    return say_count(
        count,
        "Something was found in {count} file. See what, and replace it if you can",
        "Something was found in {count} files. See what, and replace them if you can",
    )
