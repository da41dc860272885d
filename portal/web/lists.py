"""Lists that can be typed: link-staff contacts and prearranged meetings. What is sent becomes a document like others.

The pages work without scripts: "Add another row" sends what is typed and shows it again with one row more.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Conflict, Refused
from portal.domain.lists import (
    CONTACT_FIELDS,
    MEETING_FIELDS,
    MOST_ROWS,
    Contact,
    Meeting,
    Rows,
    ask_about_contacts,
    ask_about_meetings,
    check_contacts,
    check_meetings,
    known_as,
)
from portal.domain.roles import Permission
from portal.formats.lists import LONGEST_FILE, contacts_csv, meetings_csv, read_contacts, read_meetings
from portal.services.hand_over import download_document
from portal.services.lists import Around, list_page
from portal.services.receive import Upload, receive
from portal.web.access import access, actor, deps
from portal.web.at_once import at_once
from portal.web.errors import Unacceptable, status_of
from portal.web.forms import UNEXPECTED, read_form
from schemas.answers import ContactList, MeetingList
from schemas.texts import say

lists = Blueprint("lists", __name__, url_prefix="/inspections/<uuid:inspection>/items/<item>/list")
Page = str | tuple[str, int] | AnyResponse
View = dict[str, Any]
ADD = "add"


@dataclass(frozen=True)
class _Checked:
    body: bytes
    faults: Mapping[str, str]
    questions: Sequence[str]


@lists.get("")
@access(Permission.upload)
def show(inspection: UUID, item: str) -> Page:
    """Show the list with what was typed last, to fill in or to change."""
    view, around = list_page(deps(), actor(), inspection, item)
    return _page(inspection, item, view, around, _kept_rows(inspection, view, around))


@lists.post("")
@access(Permission.upload)
def send(inspection: UUID, item: str) -> Page:
    """Take the list, or add a row to it."""
    view, around = list_page(deps(), actor(), inspection, item)
    most = MOST_ROWS[view["form"]]
    form, errors = read_form(ContactList if view["form"] == "contacts" else MeetingList)
    if errors or max(form["rows"], default=0) > most:
        raise Unacceptable(400, UNEXPECTED)
    rows = form["rows"]
    if form["action"] == ADD:
        shown = min(len(around.members), most) if view["form"] == "contacts" else 0
        number = max((shown, *rows)) + 1
        return _page(inspection, item, view, around, {**rows, **({number: {}} if number <= most else {})})
    checked = _check(view, around, rows)
    if checked.faults:
        return _page(inspection, item, view, around, rows, errors=checked.faults), 422
    if checked.questions and form["confirmed"] != _mark(checked.questions):
        return _page(inspection, item, view, around, rows, questions=checked.questions), 422
    upload = Upload(
        inspection=inspection,
        item=item,
        slot=view["slot"],
        upload_id=form["upload_id"],
        name=view["file_name"],
        began_at=g.began_at,
        replaces=form["replaces"],
        length=len(checked.body),
    )
    try:
        received = receive(deps(), actor(), upload, [checked.body])
    except (Refused, Conflict) as refused:
        view, around = list_page(deps(), actor(), inspection, item)
        return _page(inspection, item, view, around, rows, errors={"": str(refused)}), status_of(refused)
    at_once().look(received.document)
    return redirect(url_for("provider.document", inspection=inspection, document=received.document), 303)


def _check(view: View, around: Around, rows: Rows) -> _Checked:
    if view["form"] == "contacts":
        contacts, faults = check_contacts(rows, around.members)
        asked = ask_about_contacts(contacts, around.members, around.announced_on)
        return _Checked(contacts_csv(contacts), faults, asked)
    meetings, faults = check_meetings(rows)
    asked = () if faults else ask_about_meetings(meetings, around.first_day, around.last_day)
    return _Checked(meetings_csv(meetings), faults, asked)


def _mark(questions: Sequence[str]) -> str:
    """Return what confirms these questions and no others."""
    return hashlib.sha256("\n".join(questions).encode()).hexdigest()[:32]


def _page(
    inspection: UUID,
    item: str,
    view: View,
    around: Around,
    rows: Rows,
    *,
    errors: Mapping[str, str] | None = None,
    questions: Sequence[str] = (),
) -> str:
    contacts, most = view["form"] == "contacts", MOST_ROWS[view["form"]]
    fields = CONTACT_FIELDS if contacts else MEETING_FIELDS
    fixed = dict(enumerate(around.members[:most], 1)) if contacts else {}
    numbers = sorted({*fixed, *rows} or {1})
    shown = [
        {"number": number, "fixed": fixed.get(number)}
        | {field: rows.get(number, {}).get(field, "") for field in fields}
        for number in numbers
    ]
    action = url_for("lists.send", inspection=inspection, item=item)
    own_item = url_for("provider.item", inspection=inspection, item=item)
    said = dict(errors or {})
    if questions:
        said["confirmed"] = say("Change the list, or confirm that it is right")
    return render_template(
        f"provider/{view['form']}.html",
        list=view,
        rows=shown,
        questions=questions,
        mark=_mark(questions),
        action=action,
        add_action=f"{action}#row-{numbers[-1] + 1}" if numbers[-1] < most else None,
        none_action=url_for("provider.gap", inspection=inspection, item=item),
        item_href=own_item,
        back={"href": own_item, "text": say("Back to {item}", item=view["label"])},
        errors=said,
    )


def _kept_rows(inspection: UUID, view: View, around: Around) -> Rows:
    """Return the rows of the list that stands, if this form made it; opening it is told in the trail."""
    current = view["current"]
    if not current or not current["typed"] or current["size"] > LONGEST_FILE:
        return {}
    data = b"".join(download_document(deps(), actor(), inspection, current["id"]).chunks)
    if view["form"] == "contacts":
        rows = _contact_rows(read_contacts(data) or (), around.members)
    else:
        rows = {number: _meeting_row(each) for number, each in enumerate(read_meetings(data) or (), 1)}
    return rows if max(rows, default=0) <= MOST_ROWS[view["form"]] else {}


def _contact_rows(contacts: Sequence[Contact], members: Sequence[str]) -> Rows:
    """Put each member's first contact into the member's row, and all others below."""
    rest = list(contacts)
    rows: dict[int, Mapping[str, str]] = {}
    for number, member in enumerate(members, 1):
        own = next((each for each in rest if known_as(each.authority) == known_as(member)), None)
        if own:
            rest.remove(own)
            rows[number] = vars(own)
    return rows | {number: vars(each) for number, each in enumerate(rest, len(members) + 1)}


def _meeting_row(meeting: Meeting) -> Mapping[str, str]:
    return {
        "day": str(meeting.on.day),
        "month": str(meeting.on.month),
        "year": str(meeting.on.year),
        "time": f"{meeting.at:%H:%M}" if meeting.at else "",
        "title": meeting.title,
        "place": meeting.place,
        "observe": "yes" if meeting.observe else "no",
    }
