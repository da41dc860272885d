"""What the pages of conducting an inspection show: read, and changing nothing."""

from typing import Any
from uuid import UUID

from portal.db.conduct_queries import late_by_item, late_documents
from portal.db.engine import reading
from portal.db.queries import admit, roles_of
from portal.domain.actors import Actor
from portal.domain.intake import display_name
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission, may
from portal.domain.times import LONDON, say_deadline, say_moment
from portal.ports import Deps
from portal.vault.asked import checklist_of
from portal.vault.cases import open_case
from portal.vault.records import open_details, readable_key
from portal.vault.standing import missing_words

View = dict[str, Any]
MOST_LATE = 50
"""Single late documents on one page; whole items can be accepted however many they hold."""


def standing(deps: Deps, actor: Actor, inspection_id: UUID, permission: Permission) -> View:
    """Return how the inspection stands, what this person may do in it, and what is missing.

    `missing` is None for those who may not know what was sent. Raises NotFound, NotAllowed, KeyRemoved,
    KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, permission)
        roles = roles_of(session, actor)
        held = roles.get(inspection_id, frozenset()) | roles.get(None, frozenset())
        allowed = {each for each in Permission if any(may(role, each) for role in held)}
        missing, late = None, 0
        if Permission.view_inspection in allowed:
            case = open_case(session, deps, actor, inspection_id, Permission.view_inspection)
            missing = missing_words(case.progress)
            late = sum(late_by_item(session, inspection_id).values())
        local = inspection.deadline_at.astimezone(LONDON)
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "state": InspectionState(inspection.state),
            "cancelled": inspection.cancelled_at is not None,
            "published": inspection.programme.published_on is not None,
            "deadline_words": say_deadline(inspection.deadline_at),
            "deadline_on": local.date(),
            "passed": deps.clock.now() > inspection.deadline_at,
            "allowed": allowed,
            "missing": missing,
            "late": late,
        }


def late_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what came late and is not accepted: `items` with their counts, each with its `documents`.

    `more` is how many documents are not listed one by one. Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.accept_late)
        key = readable_key(deps, inspection, deps.clock.now())
        counts = late_by_item(session, inspection.id)
        documents = late_documents(session, inspection.id, most=MOST_LATE)
        checklist = checklist_of(session, key, inspection)
    listed: dict[str, list[View]] = {}
    for each in documents:
        listed.setdefault(each.item, []).append(
            {
                "id": each.id,
                "name": display_name(open_details(key, each).name),
                "received_words": say_moment(each.received_at or each.began_at),
            }
        )
    return {
        "reference": inspection.reference,
        "agency": inspection.agency.name,
        "deadline_words": say_deadline(inspection.deadline_at),
        "items": [
            {"code": item.code, "label": item.label, "count": counts[item.code], "documents": listed.get(item.code, [])}
            for item in checklist.items
            if item.code in counts
        ],
        "more": sum(counts.values()) - len(documents),
    }
