"""Who takes part in which inspection, as an administrator assigns it."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Refused
from portal.domain.roles import ROLE_TITLES, TEAM, Permission, Role
from portal.services.assignments import assign, member_page, unassign
from portal.services.people import inspection_people, list_teams
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.codes import code_href
from portal.web.forms import read_form
from portal.web.paging import page_asked, paging
from schemas.people import Assign
from schemas.requests import Nothing
from schemas.texts import say

teams = Blueprint("teams", __name__, url_prefix="/stewards/teams")
Page = str | tuple[str, int] | AnyResponse
ADMINISTRATORS = stewards_who_may(Permission.manage_accounts)
ROLES = [role for role in Role if role in TEAM]
DONE: Mapping[str, str] = {
    "assigned": say("The role is given, and the person is told by mail."),
    "removed": say("They no longer have access to this inspection. What they sent stays."),
}


@teams.get("/", endpoint="teams")
@access(ADMINISTRATORS)
def list_() -> Page:
    """List the inspections with who leads them."""
    found = list_teams(deps(), actor(), page_asked())
    rows = [{**each, "href": url_for(".team", inspection=each["id"])} for each in found.rows]
    return render_template("people/teams.html", inspections=rows, paging=paging(found), back=_back())


def _back() -> dict[str, str]:
    return {"href": url_for("people.people"), "text": say("Back to the list of people")}


@teams.get("/<uuid:inspection>")
@access(ADMINISTRATORS)
def team(inspection: UUID) -> Page:
    """Show who takes part in one inspection."""
    return _team(inspection, {}, {}, asks=False)


def _team(inspection: UUID, values: Mapping[str, str], errors: Mapping[str, str], *, asks: bool) -> str:
    view = inspection_people(deps(), actor(), inspection)
    for each in view["people"]:
        each["role_title"] = ROLE_TITLES[each["role"]]
        each["href"] = url_for("people.person", person=each["id"])
        each["code_href"] = code_href(inspection, each["id"], each["role"]) if each["code_waits"] else None
        each["remove_href"] = url_for(".leaving", inspection=inspection, person=each["id"])
    words = DONE.get(request.args.get("done", ""))
    return render_template(
        "people/team.html",
        view=view,
        action=url_for(".assign_now", inspection=inspection),
        leader_href=url_for("colleagues.leader", inspection=inspection),
        letters_href=url_for("letters.overview", inspection=inspection),
        conduct_href=url_for("conduct.overview", inspection=inspection) if view["open"] else None,
        options=[{"value": role.value, "text": ROLE_TITLES[role]} for role in ROLES],
        asks=asks,
        back={"href": url_for(".teams"), "text": say("Back to the inspections")},
        banner={"text": words, "success": True} if words else None,
        values=values,
        errors=errors,
    )


@teams.post("/<uuid:inspection>")
@access(ADMINISTRATORS, confirm="roles")
def assign_now(inspection: UUID) -> Page:
    """Give somebody a role in the team."""
    form, errors = read_form(Assign)
    if not errors and form["role"] not in TEAM:
        errors = {"role": say("Select a role")}
    if not errors:
        confirmed = form["confirmed"] == "yes"
        try:
            assign(deps(), actor(), inspection, Role(form["role"]), form["email"], form["name"], confirmed=confirmed)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        asks = "confirmed" in errors or form.get("confirmed") == "yes"
        return _team(inspection, form, errors, asks=asks), 422
    return redirect(url_for(".team", inspection=inspection, done="assigned"), 303)


@teams.get("/<uuid:inspection>/people/<uuid:person>/remove")
@access(ADMINISTRATORS)
def leaving(inspection: UUID, person: UUID) -> Page:
    """Ask whether a person's role is to end."""
    view = member_page(deps(), actor(), inspection, person)
    return render_template(
        "people/confirm.html",
        heading=say("Remove this person from the inspection?"),
        caption=view["reference"],
        who=f"{view['name']}, {view['email']}",
        paragraphs=[say("They are {roles} now, and lose access at once. What they sent stays.", roles=view["roles"])],
        button=say("Remove this person"),
        action=url_for(".unassign_now", inspection=inspection, person=person),
        cancel={"href": url_for(".team", inspection=inspection), "text": say("Keep them")},
    )


@teams.post("/<uuid:inspection>/people/<uuid:person>/remove")
@access(ADMINISTRATORS, confirm="roles")
def unassign_now(inspection: UUID, person: UUID) -> Page:
    """End a person's roles in the inspection."""
    read_form(Nothing)
    unassign(deps(), actor(), inspection, person)
    return redirect(url_for(".team", inspection=inspection, done="removed"), 303)
