"""Announce an inspection in two steps: what is announced, then the check of dates, warnings and letter.

Nothing is stored until the second step is sent; what was typed travels in the forms themselves.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.addresses import check_address, check_name
from portal.domain.announcing import Asked, Seen
from portal.domain.errors import Conflict, Refused
from portal.domain.roles import Role
from portal.domain.times import say_deadline
from portal.formats.letters import Text
from portal.services import letters
from portal.services.announce import Announcement, Invitee, Plan, announce, announcement_told, choices, preview
from portal.web.access import SIGNED_IN, access, actor, deps
from portal.web.codes import code_href
from portal.web.dates import FIELDS, UNDECIDED, check_view, day_parts, read_asked, read_seen
from portal.web.forms import read_form
from schemas.conduct import Announce
from schemas.texts import say, together

announcing = Blueprint("announcing", __name__, url_prefix="/announce")
Page = str | tuple[str, int] | Response
PEOPLE = (
    ("leader", say("Leader of the agency"), Role.leader),
    ("lead_inspector", say("Lead inspector"), Role.lead_inspector),
    ("inspector_1", say("Second inspector"), Role.inspector),
    ("inspector_2", say("Third inspector"), Role.inspector),
    ("inspector_3", say("Fourth inspector"), Role.inspector),
    ("quality", say("Quality assurance officer"), Role.quality_assurance_officer),
)
ON_CHECK = frozenset({"policy", "confirmed", "shown"})
"""Refusals that the check page mends."""
NEEDED = frozenset({"leader", "lead_inspector"})
TYPED = (
    *("programme", "agency"),
    *(f"{word}_{part}" for word, _label, _role in PEOPLE for part in ("name", "email")),
    *("start_day", "start_month", "start_year", "days_on_site"),
)
"""The fields of the first step, which the second carries along."""


@announcing.get("")
@access(SIGNED_IN)
def begin() -> Page:
    """Ask what is to be announced; the start is five working days off unless it is changed (§15)."""
    view = choices(deps(), actor())
    return _form(view, day_parts(view["starts_on"]) | {"days_on_site": str(view["days_on_site"])}, {})


@announcing.post("")
@access(SIGNED_IN)
def go_on() -> Page:
    """Take either step: check what was typed, go back to change it, or announce."""
    view = choices(deps(), actor())
    form, errors = read_form(Announce)
    if form.get("step") == "change":
        return _form(view, form, {})
    if not errors:
        people, errors = read_people(form)
        asked, wrong = read_asked(form)
        errors |= wrong
    if errors:
        return _form(view, form, errors), 422
    wanted = _announcement(form, people, asked)
    try:
        if form["step"] == "announce":
            done = announce(deps(), actor(), wanted)
            return redirect(url_for(".told", inspection=done.inspection), 303)
        return _check(form, wanted, None)
    except Refused as refused:
        if refused.field in ON_CHECK:
            return _check(form, wanted, refused), 422
        return _form(view, form, {FIELDS.get(refused.field, refused.field): str(refused)}), 422
    except Conflict as conflict:
        return _form(view, form, {"agency": str(conflict)}), 409


@announcing.get("/<uuid:inspection>")
@access(SIGNED_IN)
def told(inspection: UUID) -> Page:
    """Show what was announced, and what was sent to whom."""
    view = announcement_told(deps(), actor(), inspection)
    for each in view["people"]:
        each["code_href"] = code_href(inspection, each["id"], each["role"]) if each["code_waits"] else None
    return render_template("conduct/announced.html", announced=view)


def read_people(form: Mapping[str, str]) -> tuple[list[Invitee], dict[str, str]]:
    """Return who was named, and the sentence for each field that is not as it should be."""
    people: list[Invitee] = []
    errors: dict[str, str] = {}
    for word, label, role in PEOPLE:
        name, email = form[f"{word}_name"].strip(), form[f"{word}_email"].strip()
        if not name and not email and word not in NEEDED:
            continue
        for part, value, check in (("name", name, check_name), ("email", email, check_address)):
            try:
                check(value)
            except Refused as refused:
                errors[f"{word}_{part}"] = together((label, str(refused)), ": ")
        if f"{word}_email" not in errors and check_address(email) in {check_address(each.email) for each in people}:
            errors[f"{word}_email"] = say("{person}: this email address is another person’s on this page", person=label)
        elif f"{word}_email" not in errors:
            people.append(Invitee(email, name, role))
    return people, errors


def _announcement(form: Mapping[str, Any], people: list[Invitee], asked: Asked) -> Announcement:
    seen: Seen = read_seen(form)
    return Announcement(
        form["programme"],
        form["agency"],
        "",
        people,
        asked.policy,
        asked.starts_on,
        days_on_site=asked.days_on_site,
        seen=seen,
    )


def _form(view: Mapping[str, Any], values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    return render_template(
        "conduct/announce.html",
        programmes=view["programmes"],
        agencies=view["agencies"],
        people=[(word, label, word in NEEDED) for word, label, _role in PEOPLE],
        values={name: values.get(name, "") for name in TYPED},
        errors=errors,
        action=url_for("announcing.go_on"),
    )


def _check(form: Mapping[str, Any], wanted: Announcement, refused: Refused | None) -> str:
    """Return the check page as things stand now."""
    plan = preview(deps(), actor(), wanted)
    field = FIELDS.get(refused.field, refused.field) if refused else ""
    labels = {word: label for word, label, _role in PEOPLE}
    return render_template(
        "conduct/check.html",
        check=check_view(plan.dates, form),
        programme=f"{plan.programme.title} ({plan.programme.code})",
        agency=plan.agency_name,
        people=[
            (labels[word], form[f"{word}_name"], form[f"{word}_email"]) for word in labels if form[f"{word}_email"]
        ],
        carried={name: form[name] for name in TYPED},
        previews=_letters(wanted, plan),
        errors={field if field != "shown" else "": _said(refused)} if refused else {},
        action=url_for("announcing.go_on"),
    )


def _said(refused: Refused) -> str:
    return UNDECIDED.get(refused.field, str(refused))


def _letters(wanted: Announcement, plan: Plan) -> list[tuple[str, Text]]:
    """Return the notice with each deadline that it may have, headed by the deadline where there are two."""
    contacts = {each.role: letters.Contact(each.name, each.email) for each in wanted.people}
    both = plan.dates.both
    found = []
    for deadline_at in dict.fromkeys((both.next_day, both.next_working_day)):
        planned = letters.Plan(
            agency=plan.agency_name,
            deadline_at=deadline_at,
            starts_on=plan.dates.starts_on,
            last_day_on=plan.dates.last_day_on,
            lead_inspector=contacts[Role.lead_inspector],
            quality_officer=contacts.get(Role.quality_assurance_officer),
        )
        text = letters.preview_notice(deps(), actor(), wanted.programme, planned)
        found.append((say_deadline(deadline_at), text))
    return found
