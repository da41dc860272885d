"""Conduct an inspection: move the deadline, defer, announce anew, accept what came late, close."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.announcing import Asked
from portal.domain.errors import Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission
from portal.domain.typed import london_instant, read_date, read_time
from portal.services import conduct as doing
from portal.services.conducting import late_page, standing
from portal.web.access import access, actor, deps
from portal.web.dates import FIELDS, UNDECIDED, check_view, day_parts, read_asked, read_seen
from portal.web.forms import read_form
from schemas.conduct import AcceptLate, AnnounceAgain, Defer, MoveDeadline
from schemas.requests import Nothing
from schemas.texts import say

conduct = Blueprint("conduct", __name__, url_prefix="/team/inspections/<uuid:inspection>/conduct")
Page = str | tuple[str, int] | Response
DONE = {
    "moved": say("The deadline is moved, and everyone was told by mail."),
    "deferred": say("The inspection is deferred, and everyone was told by mail."),
    "announced": say("The inspection is announced anew, and everyone was told by mail."),
    "accepted": say("What you chose is accepted."),
    "closed": say("The inspection is closed. It takes no more documents."),
    "cancelled": say("The inspection is cancelled, and everyone was told by mail."),
}
ANNOUNCED, DEFERRED = InspectionState.announced, InspectionState.deferred
ACTS = (
    ("conduct.deadline", say("Move the deadline"), Permission.move_deadline, {ANNOUNCED}),
    ("conduct.deferral", say("Defer the inspection"), Permission.defer, {ANNOUNCED}),
    ("conduct.again", say("Announce it anew"), Permission.announce, {DEFERRED}),
    (
        "conduct.late",
        say("Accept late documents"),
        Permission.accept_late,
        {ANNOUNCED, DEFERRED, InspectionState.closed},
    ),
    ("conduct.closing", say("Close the inspection"), Permission.close, {ANNOUNCED, DEFERRED}),
    ("cancelling.ask", say("Cancel the inspection"), Permission.cancel, {ANNOUNCED, DEFERRED, InspectionState.closed}),
)
DATES = ("start_day", "start_month", "start_year", "days_on_site")


@conduct.get("/")
@access(Permission.close)
def overview(inspection: UUID) -> Page:
    """Show how the inspection stands, and what can be done with it now."""
    view = standing(deps(), actor(), inspection, Permission.close)
    acts = [
        {"href": url_for(endpoint, inspection=inspection), "text": words}
        for endpoint, words, permission, states in ACTS
        if permission in view["allowed"]
        and view["state"] in states
        and not (permission is Permission.cancel and (view["cancelled"] or view["published"]))
    ]
    done = DONE.get(request.args.get("done", ""))
    seen = Permission.view_inspection in view["allowed"]
    back = url_for("team.inspection", inspection=inspection) if seen else url_for("pages.home")
    return render_template(
        "conduct/overview.html",
        view=view,
        acts=acts,
        banner={"text": done, "success": True} if done else None,
        back={"href": back, "text": say("Back to the inspection") if seen else say("Back")},
    )


@conduct.get("/deadline")
@access(Permission.move_deadline)
def deadline(inspection: UUID) -> Page:
    """Ask for the later deadline and why."""
    view = standing(deps(), actor(), inspection, Permission.move_deadline)
    day = view["deadline_on"] + timedelta(days=1)
    typed = {"deadline_day": str(day.day), "deadline_month": str(day.month), "deadline_year": str(day.year)}
    return _page("deadline", inspection, view, typed | {"deadline_time": "4pm"}, {})


@conduct.post("/deadline")
@access(Permission.move_deadline)
def move_deadline(inspection: UUID) -> Page:
    """Move the deadline later."""
    form, errors = read_form(MoveDeadline)
    if not errors:
        try:
            parts = (form["deadline_day"], form["deadline_month"], form["deadline_year"])
            day = read_date(*parts, say("new deadline"), "deadline_day")
            at = read_time(form["deadline_time"], "deadline_time")
            new = london_instant(day, at, "deadline_time")
            doing.move_deadline(deps(), actor(), inspection, new, form["reason"])
            return _done(inspection, "moved")
        except Refused as refused:
            errors = {"deadline_day" if refused.field == "deadline" else refused.field: str(refused)}
    view = standing(deps(), actor(), inspection, Permission.move_deadline)
    return _page("deadline", inspection, view, form, errors), 422


@conduct.get("/deferral")
@access(Permission.defer)
def deferral(inspection: UUID) -> Page:
    """Ask why the inspection is deferred."""
    return _page("defer", inspection, standing(deps(), actor(), inspection, Permission.defer), {}, {})


@conduct.post("/deferral")
@access(Permission.defer)
def defer(inspection: UUID) -> Page:
    """Defer the inspection."""
    form, errors = read_form(Defer)
    if not errors:
        try:
            doing.defer(deps(), actor(), inspection, form["reason"])
            return _done(inspection, "deferred")
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _page("defer", inspection, standing(deps(), actor(), inspection, Permission.defer), form, errors), 422


@conduct.get("/announcement")
@access(Permission.announce)
def again(inspection: UUID) -> Page:
    """Ask for the days on site of a deferred inspection that is announced anew."""
    dates = doing.preview_again(deps(), actor(), inspection, Asked())
    view = standing(deps(), actor(), inspection, Permission.announce)
    return _page("again", inspection, view, day_parts(dates.starts_on) | {"days_on_site": "4"}, {})


@conduct.post("/announcement")
@access(Permission.announce)
def announce_again(inspection: UUID) -> Page:
    """Take either step: check the dates, go back to change them, or announce anew."""
    view = standing(deps(), actor(), inspection, Permission.announce)
    form, errors = read_form(AnnounceAgain)
    if form.get("step") == "change":
        return _page("again", inspection, view, form, {})
    asked = Asked()
    if not errors:
        asked, errors = read_asked(form)
    if errors:
        return _page("again", inspection, view, form, errors), 422
    try:
        if form["step"] == "announce":
            doing.announce_anew(deps(), actor(), inspection, asked, read_seen(form))
            return _done(inspection, "announced")
        return _check_again(inspection, view, form, asked, {})
    except Refused as refused:
        field = FIELDS.get(refused.field, refused.field)
        if refused.field in ("policy", "confirmed", "shown"):
            errors = {field if field != "shown" else "": UNDECIDED.get(refused.field, str(refused))}
            return _check_again(inspection, view, form, asked, errors), 422
        return _page("again", inspection, view, form, {field: str(refused)}), 422


def _check_again(
    inspection: UUID, view: Mapping[str, Any], form: Mapping[str, Any], asked: Asked, errors: Mapping[str, str]
) -> str:
    dates = doing.preview_again(deps(), actor(), inspection, asked)
    carried = {name: form[name] for name in DATES}
    return _page("check_again", inspection, view, form, errors, check=check_view(dates, form), carried=carried)


@conduct.get("/late")
@access(Permission.accept_late)
def late(inspection: UUID) -> Page:
    """Show what came late and is not accepted yet."""
    return _page("late", inspection, late_page(deps(), actor(), inspection), {}, {})


@conduct.post("/late")
@access(Permission.accept_late)
def accept_late(inspection: UUID) -> Page:
    """Accept what was chosen."""
    form, errors = read_form(AcceptLate)
    if not errors:
        items, documents = form["items"].values(), form["documents"].values()
        try:
            doing.accept_late(deps(), actor(), inspection, items=set(items), documents=set(documents))
            return _done(inspection, "accepted")
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _page("late", inspection, late_page(deps(), actor(), inspection), {}, errors), 422


@conduct.get("/closing")
@access(Permission.close)
def closing(inspection: UUID) -> Page:
    """Say what is still missing, and ask whether to close."""
    return _page("close", inspection, standing(deps(), actor(), inspection, Permission.close), {}, {})


@conduct.post("/closing")
@access(Permission.close)
def close(inspection: UUID) -> Page:
    """Close the inspection."""
    read_form(Nothing)
    doing.close(deps(), actor(), inspection)
    return _done(inspection, "closed")


def _done(inspection: UUID, what: str) -> Response:
    return redirect(url_for(".overview", inspection=inspection, done=what), 303)


def _page(
    name: str,
    inspection: UUID,
    view: Mapping[str, Any],
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    **more: object,
) -> str:
    """Return one of the forms; each is sent to the address that it is shown under."""
    return render_template(
        f"conduct/{name}.html",
        view=view,
        action=request.path,
        values=values,
        errors=errors,
        back={"href": url_for("conduct.overview", inspection=inspection), "text": say("Back")},
        cancel_href=url_for("conduct.overview", inspection=inspection),
        **more,
    )
