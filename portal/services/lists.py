"""A list that can be typed instead of sent: what its page shows. What is typed goes the way of every upload."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from portal.db.engine import reading
from portal.db.register_queries import members_on
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.roles import Permission
from portal.domain.times import london_date, say_date
from portal.ports import Deps
from portal.vault.cases import document_view, open_case
from schemas.definitions import Item
from schemas.texts import say

View = dict[str, Any]
FILE_NAMES = {"contacts": "link-staff-contacts.csv", "meetings": "prearranged-meetings.csv"}
"""By form: what the file is called that is made of what was typed."""


@dataclass(frozen=True)
class Around:
    """What a typed list is checked against."""

    members: tuple[str, ...]
    """The authorities of the agency on the day of announcement, in London; empty where nobody has entered them."""
    announced_on: date
    first_day: date
    last_day: date


def list_page(deps: Deps, actor: Actor, inspection_id: UUID, code: str) -> tuple[View, Around]:
    """Return what contacts.html and meetings.html show beside the rows, and what the rows are checked against.

    `current` is the document that stands in the list's place (`id`, `name`, `size`, `typed`: made by this form), or
    None. Raises NotFound (inspection; an item that cannot be typed), NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        case = open_case(session, deps, actor, inspection_id, Permission.upload)
        announced_on = london_date(case.inspection.announced_at)
        members = tuple(dict.fromkeys(members_on(session, case.inspection.agency_id, announced_on)))
    item = next((each for each in case.checklist.items if each.code == code and each.form), None)
    if item is None:
        raise NotFound(say("There is no such list on the checklist. Go back to the task list."))
    current = next((document_view(case, each) for each in reversed(case.current) if each.item == code), None)
    answer = next((each for each in case.answers if each.item == code), None)
    around = Around(members, announced_on, case.inspection.starts_on, case.inspection.last_day_on)
    return {
        "reference": case.inspection.reference,
        "label": item.label,
        "form": item.form,
        "slot": item.slots[0].code,
        "file_name": FILE_NAMES[item.form],
        "open": case.open,
        "deferred": case.deferred,
        "upload_id": secrets.token_urlsafe(16),
        "current": current | {"typed": _typed(item, current["name"])} if current else None,
        "none": answer is not None and answer.kind == "none" and current is None,
        "days_words": say("{first} to {last}", first=say_date(around.first_day), last=say_date(around.last_day)),
    }, around


def _typed(item: Item, name: str) -> bool:
    return name == FILE_NAMES[item.form]
