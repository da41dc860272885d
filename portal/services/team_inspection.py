"""The team's page of one inspection: what was asked and has come, what is new to the reader, one page of documents."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.check_queries import checks_of
from portal.db.engine import reading
from portal.db.queries import admit, current_answers, people_in, roles_in
from portal.db.recall_queries import Recalled, recalled_documents
from portal.db.tables import Answer
from portal.db.team_documents import Memory, Received, count_new, documents_by_id
from portal.db.team_queries import Download, last_whole
from portal.domain.actors import Actor
from portal.domain.checklist import Gap, GapKind, Held, ItemProgress, ItemState, Progress, progress
from portal.domain.errors import NotFound
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission, may
from portal.domain.teamwords import say_completeness, say_late, say_left, say_state
from portal.domain.times import say_deadline, say_moment
from portal.ports import Deps
from portal.vault.asked import checklist_of, due_times
from portal.vault.bundles import is_new
from portal.vault.cases import Case, document_view, gap_words
from portal.vault.check_said import reason_view
from portal.vault.checks import findings_view, open_answer, titles_of
from portal.vault.records import readable_key
from portal.vault.standing import declared_words, rest_words
from schemas.texts import say

View = dict[str, Any]
PER_PAGE = 25
RECALLED_SHOWN = 10
_TAGS: Mapping[ItemState, str] = {
    ItemState.not_started: "govuk-tag--blue",
    ItemState.in_progress: "govuk-tag--light-blue",
}


def inspection_page(
    deps: Deps, actor: Actor, inspection_id: UUID, memory: Memory, *, item: str = "", page: int = 1
) -> View:
    """Return the `inspection` of team/inspection.html: documents of one `item` alone if it is given, `page` from 1.

    What it costs does not grow with the documents, unless something happened since `memory` last saw the inspection.
    Raises NotFound (inspection, item), NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = _frame(session, deps, actor, inspection_id)
        received = memory.received(session, inspection_id)
        if item and item not in {each.code for each in case.checklist.items}:
            raise NotFound(say("There is no such item on the checklist. Go back to the inspection."))
        listed = received.by_item.get(item, ()) if item else received.current
        last = max(1, -(-len(listed) // PER_PAGE))
        page = min(max(page, 1), last)
        start = len(listed) - PER_PAGE * page
        ids = [each.id for each in reversed(listed[max(start, 0) : start + PER_PAGE])]
        documents = documents_by_id(session, inspection_id, ids)
        case = replace(case, checks=checks_of(session, inspection_id, ids))
        roles = roles_in(session, actor, inspection_id)
        recalled = recalled_documents(session, inspection_id, RECALLED_SHOWN) if received.recalled else []
    standing = _progress(case, received)
    whole = last_whole(received.downloads, actor)
    since = whole.at if whole else None
    slots = {each.code: {slot.code: slot.label for slot in each.slots} for each in case.checklist.items}
    return {
        **_head(case, received),
        **_new(received, actor, whole),
        "allowed": frozenset(each for each in Permission if any(may(role, each) for role in roles)),
        "summary": say_completeness(standing),
        "items": _items(case, received, standing, since),
        "item": next(
            ({"code": each.code, "label": each.label} for each in case.checklist.items if each.code == item), None
        ),
        "documents": [
            {
                **document_view(case, each),
                "slot_label": slots[each.item][each.slot] if len(slots[each.item]) > 1 else None,
                "new": not case.withheld(each) and is_new(case.handed_out_at(each), since),
                "found": titles_of(findings_view(open_answer(case.key, case.checks.get(each.id)))),
                "reason": reason_view(case.key, case.checks.get(each.id), case.people),
            }
            for each in documents
        ],
        "listed": len(listed),
        "page": page,
        "last": last,
        "recalled": [_recalled(case, each) for each in recalled],
        "recalled_count": received.recalled,
        "scans": deps.scanner is not None,
    }


def _frame(session: Session, deps: Deps, actor: Actor, inspection_id: UUID) -> Case:
    """Open the inspection without its documents, of which there may be thousands."""
    inspection = admit(session, actor, inspection_id, Permission.view_inspection)
    now = deps.clock.now()
    key = readable_key(deps, inspection, now)
    return Case(
        deps=deps,
        inspection=inspection,
        checklist=checklist_of(session, key, inspection),
        due=due_times(session, inspection),
        key=key,
        received=(),
        answers=current_answers(session, inspection.id),
        people=people_in(session, inspection.id),
        now=now,
    )


def _head(case: Case, received: Received) -> View:
    inspection, state = case.inspection, InspectionState(case.inspection.state)
    late = sum(count for (_item, _slot, on_time), count in received.alike.items() if not on_time)
    return {
        "reference": inspection.reference,
        "agency": inspection.agency.name,
        "programme": inspection.programme.title,
        "state_words": say_state(state, cancelled=case.cancelled),
        "open": case.open,
        "deadline_words": say_deadline(inspection.deadline_at),
        "left_words": say_left(case.now, inspection.deadline_at) if state is InspectionState.announced else None,
        "declared": declared_words(case),
        "late_words": say_late(late, sum(received.accepted.values())),
        "count": len(received.current),
        "size": received.size,
        "withheld": sum(received.withheld.values()),
        "flagged": sum(received.flagged.values()),
    }


def _new(received: Received, actor: Actor, whole: Download | None) -> View:
    """Say what is new since the reader's last whole download, and of one that broke off since."""
    tried = [each for each in received.downloads if each.actor == actor.label and each.scope in ("all", "changes")]
    broken = tried[-1] if tried and not tried[-1].completed else None
    return {
        "new": count_new(received.handed_out, whole.at if whole else None),
        "taken_words": say_moment(whole.at) if whole else None,
        "broken_words": say_moment(broken.at) if broken else None,
    }


def _progress(case: Case, received: Received) -> Progress:
    """Say how far the checklist is: how many documents of a kind have come makes no difference to that."""
    held = [Held(*alike) for alike in received.alike]
    return progress(
        case.checklist, held, [Gap(each.item, GapKind(each.kind), case.said[each.item].by) for each in case.answers]
    )


def _items(case: Case, received: Received, standing: Progress, since: datetime | None) -> list[View]:
    """Return the matrix: each item with what has come of it, and what was said of what has not."""
    answers = {each.item: each for each in case.answers}
    return [_item(case, received, each, answers.get(each.item.code), since) for each in standing.items]


def _item(
    case: Case, received: Received, standing: ItemProgress, answer: Answer | None, since: datetime | None
) -> View:
    code = standing.item.code
    sent = received.by_item.get(code, ())
    late = sum(count for (item, _slot, on_time), count in received.alike.items() if item == code and not on_time)
    said = gap_words(case.key, answer) if standing.state is not ItemState.provided else None
    ended = received.ended.get(code, 0)
    return {
        "code": code,
        "label": standing.item.label,
        "status_words": standing.words,
        "tag_class": _TAGS.get(standing.state),
        "count": len(sent),
        "older_words": say("{count} earlier or withdrawn", count=ended) if ended else None,
        "rest": rest_words(standing) or None,
        "late_words": say_late(late, received.accepted.get(code, 0)) if late else say("On time") if sent else None,
        "new": count_new(received.handed_out_of.get(code, ()), since),
        "flagged": received.flagged.get(code, 0),
        "withheld": received.withheld.get(code, 0),
        "said": said,
        "settled": standing.settled,
    }


def _recalled(case: Case, told: Recalled) -> View:
    return {
        "item_label": case.checklist.item(told.document.item).label,
        "version": told.document.version or 1,
        "words": say("Recalled by {name} on {moment}", name=told.by, moment=say_moment(told.at)),
        "readers": ", ".join(each.name for each in told.readers) or say("nobody in the team"),
    }
