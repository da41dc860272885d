"""The data protection officer's desk: what is due when, incidents, downloads, and the trail."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Refused
from portal.domain.registers import STATE_WORDS
from portal.domain.roles import Permission
from portal.domain.timeline import CANCELLED, HAPPENING_WORDS, Event, Happening
from portal.domain.times import say_date, say_moment
from portal.domain.trail_words import ACTS
from portal.services.dpo_timeline import timeline_page
from portal.services.incidents import Incident, incidents_page, settle_incident
from portal.services.retention import CANCELLED_WORDS, VERDICT_WORDS
from portal.services.trail_search import Found, Sought, downloads, newest, search
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.desk_links import desk_links
from portal.web.errors import Unacceptable
from portal.web.forms import UNEXPECTED, read_form
from portal.web.paging import day_typed, page_asked, paging
from schemas.dpo_desk import LAST_ENTRY, SearchTrail
from schemas.requests import Nothing
from schemas.texts import say

desk = Blueprint("desk", __name__, url_prefix="/stewards/desk")
Page = str | tuple[str, int] | AnyResponse
KEEPERS = stewards_who_may(Permission.manage_retention)
READERS = stewards_who_may(Permission.export_audit)
ANY = say("Anything")
SETTLED = say("The incident is closed. The trail says who closed it.")


@desk.get("/")
@access(KEEPERS)
def timeline() -> Page:
    """List what is due when, by months."""
    found = timeline_page(deps(), actor(), page_asked())
    return render_template(
        "dpo/timeline.html",
        desk=desk_links(),
        months=[{"title": each.title, "events": [_event(event) for event in each.events]} for each in found.rows],
        paging=paging(found),
        retention_href=url_for("retention.due"),
    )


def _event(event: Event) -> dict[str, Any]:
    words: dict[str, str] = {str(state): said for state, said in (*VERDICT_WORDS.items(), *STATE_WORDS.items())}
    words[CANCELLED] = CANCELLED_WORDS
    day = say_moment(event.at) if event.at else say_date(event.on) if event.on else ""
    return {
        "day": day,
        "what": "" if event.kind is Happening.undated else HAPPENING_WORDS[event.kind],
        "reference": event.reference,
        "href": _event_href(event),
        "state": words.get(event.verdict, ""),
        "held": event.held and event.kind is not Happening.hold_review,
    }


def _event_href(event: Event) -> str | None:
    """Lead to where something can be done about it."""
    if event.kind is Happening.key_backup:
        return url_for("steward.certificate", inspection=event.inspection)
    if event.kind is Happening.disposal:
        return url_for("plans.plan", inspection=event.inspection)
    if event.kind is Happening.hold_review:
        return url_for("holds.hold", hold=event.about)
    return url_for("registers.programme", code=event.programme) if event.programme else None


@desk.get("/incidents")
@access(KEEPERS)
def incidents() -> Page:
    """List the alarms that stand, and those that were cleared."""
    found = incidents_page(deps(), actor(), page_asked())
    done = request.args.get("done") == "settled"
    return render_template(
        "dpo/incidents.html",
        desk=desk_links(),
        standing=[
            {
                "incident": each,
                "settle_href": url_for(".settle", alarm=each.id) if each.about.by_hand else None,
                "act_href": _act_href(each),
            }
            for each in found.standing
        ],
        cleared=found.cleared.rows,
        paging=paging(found.cleared),
        banner={"text": SETTLED, "success": True} if done else None,
    )


_ACT: Mapping[str, str] = {
    "clock": "retention.clock",
    "late-disposal": "retention.due",
    "disposal-stuck": "retention.due",
}
"""Kind of alarm -> where somebody can do something about it."""


def _act_href(incident: Incident) -> str | None:
    """Lead to where the officer can deal with an incident; the others are for whoever runs the server."""
    if incident.kind in _ACT:
        return url_for(_ACT[incident.kind])
    if not incident.subject:  # what it was about is not there any more
        return None
    if incident.kind in ("no-publication", "long-stop"):
        return url_for("registers.programme", code=incident.subject)
    if incident.kind == "hold-review":
        return url_for("holds.hold", hold=incident.subject_id)
    one = {"key-back": "steward.certificate", "approval-due": "plans.plan"}.get(incident.kind)
    return url_for(one, inspection=incident.subject_id) if one else None


@desk.post("/incidents/<uuid:alarm>/settled")
@access(KEEPERS)
def settle(alarm: UUID) -> Page:
    """Close an incident that a person has dealt with."""
    read_form(Nothing)
    settle_incident(deps(), actor(), alarm)
    return redirect(url_for(".incidents", done="settled"), 303)


@desk.get("/downloads", endpoint="downloads")
@access(READERS)
def list_downloads() -> Page:
    """List who downloaded what, of all inspections or of one; a reference may stand in an address, a name may not."""
    reference, before = request.args.get("reference", "").strip()[:64], _before(request.args.get("before", ""))
    errors: dict[str, str] = {}
    found = Found((), 0)
    try:
        found = downloads(deps(), actor(), reference, before)
    except Refused as refused:
        errors = {refused.field: str(refused)}
    older = url_for(".downloads", reference=reference or None, before=found.older) if found.older else None
    page = render_template(
        "dpo/downloads.html",
        desk=desk_links(),
        downloads=found.rows,
        older_href=older,
        newest_href=url_for(".downloads", reference=reference or None) if before else None,
        values={"reference": reference},
        errors=errors,
    )
    return (page, 422) if errors else page


def _before(raw: str) -> int:
    good = raw.isascii() and raw.isdigit() and len(raw) <= 18
    return min(int(raw), LAST_ENTRY) if good else 0


@desk.get("/trail")
@access(READERS)
def trail() -> Page:
    """Show the newest entries of the trail, and a form to look for others."""
    return _trail(newest(deps(), actor()), {}, {})


@desk.post("/trail")
@access(READERS)
def search_trail() -> Page:
    """Show the entries that somebody looks for; what they typed stays out of the address."""
    form, errors = read_form(SearchTrail)
    if "before" in errors:
        raise Unacceptable(400, UNEXPECTED)
    found = Found((), 0)
    if not errors:
        try:
            found = search(deps(), actor(), _sought(form))
        except Refused as refused:
            errors = {refused.field: str(refused)}
    page = _trail(found, form, errors)
    return (page, 422) if errors else page


def _sought(form: Mapping[str, Any]) -> Sought:
    """Return what is sought. Raises Refused (no real days)."""
    return Sought(
        reference=form["reference"].strip(),
        action=form["action"].strip(),
        person=form["person"].strip(),
        first=day_typed(form, "first", say("first day")),
        last=day_typed(form, "last", say("last day")),
        before=form["before"],
    )


def _trail(found: Found, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    return render_template(
        "dpo/trail.html",
        desk=desk_links(),
        acts=[{"value": "", "text": ANY}, *({"value": act, "text": words} for act, words in ACTS.items())],
        lines=found.rows,
        older=found.older,
        action=url_for(".search_trail"),
        all_href=url_for(".trail"),
        files_href=url_for("trail.files"),
        sought=any(value for name, value in values.items() if name != "before"),
        values=values,
        errors=errors,
    )
