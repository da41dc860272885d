"""The leader's colleagues, and the page on which the team replaces the leader."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Refused
from portal.domain.roles import Permission, Role, may
from portal.services.colleagues import (
    colleague,
    invite_contributor,
    list_colleagues,
    remove_contributor,
    resend_to_contributor,
)
from portal.services.leaders import leader_page, replace_leader, resend_to_leader
from portal.web.access import access, actor, deps, visitor
from portal.web.codes import code_href
from portal.web.forms import read_form
from schemas.people import Invite, ReplaceLeader
from schemas.requests import Nothing
from schemas.texts import say

colleagues = Blueprint("colleagues", __name__)
Page = str | tuple[str, int] | AnyResponse
OF_INSPECTION = "/inspections/<uuid:inspection>/people"
LEADER = "/team/inspections/<uuid:inspection>/leader"
DONE: Mapping[str, str] = {
    "invited": say("The invitation is on its way. Read out the code that it needs: it is in no mail."),
    "resent": say("A new invitation is on its way. The one before no longer works, and the code is another."),
    "removed": say("They no longer have access. What they sent stays."),
    "replaced": say("The leader is replaced. The new leader is invited; the leader before and the team are told."),
}


@colleagues.get(OF_INSPECTION)
@access(Permission.invite_contributor)
def people(inspection: UUID) -> Page:
    """Show who takes part for the agency."""
    return _people(inspection)


def people_href(inspection: UUID) -> str | None:
    """Return the address of this page for whoever may see it."""
    found = visitor()
    roles = found.who.roles.get(inspection, frozenset()) if found else frozenset()
    invites = any(may(role, Permission.invite_contributor) for role in roles)
    return url_for("colleagues.people", inspection=inspection) if invites else None


def _people(inspection: UUID, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> str:
    view = list_colleagues(deps(), actor(), inspection)
    for each in view["contributors"]:
        ids = {"inspection": inspection, "person": each["id"]}
        waits = each["code_waits"] and view["open"]
        each["code_href"] = code_href(inspection, each["id"], Role.contributor) if waits else None
        each |= {"resend_href": url_for(".resend", **ids), "remove_href": url_for(".removal", **ids)}
    return render_template(
        "people/colleagues.html",
        **view,
        action=url_for(".invite", inspection=inspection),
        back={"href": url_for("provider.task_list", inspection=inspection), "text": say("Back to your list")},
        banner=banner(),
        values=values or {},
        errors=errors or {},
    )


def banner() -> dict[str, object] | None:
    """Return the banner that says what was just done, if it was."""
    words = DONE.get(request.args.get("done", ""))
    return {"text": words, "success": True} if words else None


@colleagues.post(OF_INSPECTION)
@access(Permission.invite_contributor)
def invite(inspection: UUID) -> Page:
    """Invite a contributor."""
    form, errors = read_form(Invite)
    if not errors:
        try:
            invite_contributor(deps(), actor(), inspection, form["email"], form["name"])
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return _people(inspection, form, errors), 422
    return redirect(url_for(".people", inspection=inspection, done="invited"), 303)


@colleagues.post(OF_INSPECTION + "/<uuid:person>/resend")
@access(Permission.invite_contributor)
def resend(inspection: UUID, person: UUID) -> Page:
    """Send a contributor's invitation anew."""
    read_form(Nothing)
    resend_to_contributor(deps(), actor(), inspection, person)
    return redirect(url_for(".people", inspection=inspection, done="resent"), 303)


@colleagues.get(OF_INSPECTION + "/<uuid:person>/remove")
@access(Permission.invite_contributor)
def removal(inspection: UUID, person: UUID) -> Page:
    """Ask whether a contributor is to be removed."""
    view = colleague(deps(), actor(), inspection, person)
    return render_template(
        "people/confirm.html",
        heading=say("Remove this person?"),
        caption=view["reference"],
        who=view["name"] or view["email"],
        paragraphs=[
            say(
                "{email} loses access to this inspection at once, and an unused invitation stops working.",
                email=view["email"],
            ),
            say("What they sent stays, and counts as before. You can invite them again."),
        ],
        button=say("Remove this person"),
        action=url_for(".remove", inspection=inspection, person=person),
        cancel={"href": url_for(".people", inspection=inspection), "text": say("Keep them")},
    )


@colleagues.post(OF_INSPECTION + "/<uuid:person>/remove")
@access(Permission.invite_contributor)
def remove(inspection: UUID, person: UUID) -> Page:
    """Remove a contributor."""
    read_form(Nothing)
    remove_contributor(deps(), actor(), inspection, person)
    return redirect(url_for(".people", inspection=inspection, done="removed"), 303)


@colleagues.get(LEADER)
@access(Permission.replace_leader)
def leader(inspection: UUID) -> Page:
    """Show who leads the agency's side, and ask who is to."""
    return _leader(inspection)


def _leader(inspection: UUID, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> str:
    view = leader_page(deps(), actor(), inspection)
    for each in view["leaders"]:
        each["code_href"] = code_href(inspection, each["id"], Role.leader) if each["code_waits"] else None
    return render_template(
        "people/leader.html",
        **view,
        action=url_for(".replace", inspection=inspection),
        resend_href=url_for(".resend_to_the_leader", inspection=inspection),
        back=_back_from_leader(inspection),
        banner=banner(),
        values=values or {},
        errors=errors or {},
    )


def _back_from_leader(inspection: UUID) -> dict[str, str]:
    """Lead members of the team back to the inspection's page, and an administrator to its people."""
    found = visitor()
    if found is not None and inspection in found.who.roles:
        return {"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")}
    return {"href": url_for("teams.team", inspection=inspection), "text": say("Back to the people of this inspection")}


@colleagues.post(LEADER)
@access(Permission.replace_leader, confirm="roles")
def replace(inspection: UUID) -> Page:
    """Replace the leader."""
    form, errors = read_form(ReplaceLeader)
    if not errors:
        try:
            replace_leader(
                deps(), actor(), inspection, form["email"], form["name"], keep_old=form["keep"] == "yes"
            )  # fmt: skip
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return _leader(inspection, form, errors), 422
    return redirect(url_for(".leader", inspection=inspection, done="replaced"), 303)


@colleagues.post(LEADER + "/resend")
@access(Permission.replace_leader, confirm="roles")
def resend_to_the_leader(inspection: UUID) -> Page:
    """Send the leader's invitation anew."""
    read_form(Nothing)
    resend_to_leader(deps(), actor(), inspection)
    return redirect(url_for(".leader", inspection=inspection, done="resent"), 303)
