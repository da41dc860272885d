"""What the team asks for beyond the checklist: the list, and a form to ask for one thing more (§25)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.domain.typed import london_instant, read_date, read_time
from portal.services.ask_more import ask_more, end_request, requests_page
from portal.web.access import access, actor, deps
from portal.web.forms import read_form
from schemas.requests import Nothing
from schemas.texts import say
from schemas.thread import AskMore

extras = Blueprint("extras", __name__, url_prefix="/team/inspections/<uuid:inspection>/requests")
Page = str | tuple[str, int] | Response
ASKED = say("The agency is asked for it, and told by email.")


@extras.get("/")
@access(Permission.ask_more)
def requests(inspection: UUID) -> Page:
    """Show what was asked for beyond the checklist."""
    return _show(inspection, {}, {})


@extras.post("/")
@access(Permission.ask_more)
def ask(inspection: UUID) -> Page:
    """Ask for something more."""
    form, errors = read_form(AskMore)
    if not errors:
        try:
            day = read_date(form["due_day"], form["due_month"], form["due_year"], say("due date"), "due_day")
            due_at = london_instant(day, read_time(form["due_time"] or "4pm", "due_time"), "due_time")
            ask_more(deps(), actor(), inspection, form["label"], form["guidance"], due_at)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return _show(inspection, form, errors), 422
    return redirect(url_for(".requests", inspection=inspection, asked=1), 303)


@extras.post("/<code>/end")
@access(Permission.ask_more)
def end(inspection: UUID, code: str) -> Page:
    """Ask for something no longer."""
    read_form(Nothing)
    end_request(deps(), actor(), inspection, code)
    return redirect(url_for(".requests", inspection=inspection), 303)


def _show(inspection: UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    view = requests_page(deps(), actor(), inspection)
    for each in view["requests"]:
        each["end_href"] = url_for(".end", inspection=inspection, code=each["code"])
    return render_template(
        "thread/requests.html",
        asked=view,
        ask_href=url_for(".ask", inspection=inspection),
        banner={"text": ASKED, "success": True} if "asked" in request.args else None,
        back={"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")},
        values=values,
        errors=errors,
    )
