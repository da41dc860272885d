"""People as an administrator keeps them: accounts, roles, invitations, stewards. Nothing here reads a document."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import NotFound, Refused
from portal.domain.roles import ROLE_TITLES, STEWARDS, Permission, Role, say_role
from portal.services import accounts
from portal.services.people import list_people, person_page
from portal.services.stewards import add_steward, end_steward
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.codes import code_href
from portal.web.errors import Unacceptable
from portal.web.forms import UNEXPECTED, read_form
from portal.web.paging import page_asked, paging
from schemas.people import AddSteward, Correct, Place, Search
from schemas.requests import Nothing
from schemas.texts import say

people = Blueprint("people", __name__, url_prefix="/stewards/people")
Page = str | tuple[str, int] | AnyResponse
ADMINISTRATORS = stewards_who_may(Permission.manage_accounts)
PERSON = "/<uuid:person>"
DONE: Mapping[str, str] = {
    "resent": say("A new invitation is on its way. Links that were sent before no longer work."),
    "revoked": say("The invitation can no longer be used."),
    "disabled": say("The account is disabled and signed out everywhere."),
    "enabled": say("The account can be used again."),
    "corrected": say("The account is corrected."),
    "added": say("The role is given, and the person is told by mail."),
    "ended": say("The role is ended."),
}


def _banner() -> dict[str, object] | None:
    words = DONE.get(request.args.get("done", ""))
    return {"text": words, "success": True} if words else None


@people.get("/", endpoint="people")
@access(ADMINISTRATORS)
def list_() -> Page:
    """List the accounts."""
    found = list_people(deps(), actor(), page=page_asked())
    return _list(found.rows, paging=paging(found), search="", pages=None)


def _list(rows: Any, **shown: Any) -> str:  # noqa: ANN401 -- what the template takes
    return render_template(
        "people/people.html",
        people=[{**each, "href": url_for(".person", person=each["id"])} for each in rows],
        action=url_for(".search"),
        add_href=url_for(".adding"),
        teams_href=url_for("teams.teams"),
        all_href=url_for(".people"),
        **shown,
    )


@people.post("/search")
@access(ADMINISTRATORS)
def search() -> Page:
    """List the accounts whose name or address has the words in it; they stay out of the address."""
    form, errors = read_form(Search)
    if errors:
        return _list([], paging=None, search=form.get("search", ""), pages=None, errors=errors), 422
    found = list_people(deps(), actor(), form["search"], form["page"])
    return _list(found.rows, paging=None, search=form["search"], pages={"page": found.page, "pages": found.pages})


@people.get(PERSON)
@access(ADMINISTRATORS)
def person(person: UUID) -> Page:
    """Show one account with its roles and invitations."""
    view = person_page(deps(), actor(), person)
    for each in view["roles"]:
        each["role_title"] = ROLE_TITLES[each["role"]]
        each["code_href"] = code_href(each["inspection"], person, each["role"]) if each["may_revoke"] else None
        if each["inspection"]:
            each["href"] = url_for("teams.team", inspection=each["inspection"])
        else:
            each["href"] = url_for(".ending", person=person, role=each["role"].value)
    pages = ("resend", "revoke", "disabling", "enable", "correction")
    return render_template(
        "people/person.html",
        view=view,
        hrefs={name: url_for(f".{name}", person=person) for name in pages},
        back={"href": url_for(".people"), "text": say("Back to the list of people")},
        banner=_banner(),
    )


def _at_person(person: UUID, done: str) -> AnyResponse:
    return redirect(url_for(".person", person=person, done=done), 303)


def _place() -> UUID | None:
    form, errors = read_form(Place)
    if errors:
        raise Unacceptable(400, UNEXPECTED)
    inspection: UUID | None = form["inspection"]
    return inspection


@people.post(PERSON + "/resend")
@access(ADMINISTRATORS)
def resend(person: UUID) -> Page:
    """Send an invitation anew."""
    accounts.resend(deps(), actor(), person, _place())
    return _at_person(person, "resent")


@people.post(PERSON + "/revoke")
@access(ADMINISTRATORS)
def revoke(person: UUID) -> Page:
    """Make an invitation unusable."""
    accounts.revoke(deps(), actor(), person, _place())
    return _at_person(person, "revoked")


@people.get(PERSON + "/disable")
@access(ADMINISTRATORS)
def disabling(person: UUID) -> Page:
    """Ask whether the account is to be disabled, and say what that leaves without a leader."""
    view = person_page(deps(), actor(), person)
    led = accounts.leads(deps(), actor(), person)
    paragraphs = [
        say("They are signed out everywhere at once and cannot sign in. Their roles stay, and what they sent stays.")
    ]
    if led:
        paragraphs.append(
            say(
                "They lead {references}. Replace the leader there as soon as you have disabled this.",
                references=", ".join(led),
            )
        )
    return render_template(
        "people/confirm.html",
        heading=say("Disable this account?"),
        caption="",
        who=f"{view['name']}, {view['email']}",
        paragraphs=paragraphs,
        button=say("Disable the account"),
        action=url_for(".disable", person=person),
        cancel={"href": url_for(".person", person=person), "text": say("Leave it as it is")},
    )


@people.post(PERSON + "/disable")
@access(ADMINISTRATORS, confirm="roles")
def disable(person: UUID) -> Page:
    """Disable the account."""
    read_form(Nothing)
    accounts.disable(deps(), actor(), person)
    return _at_person(person, "disabled")


@people.post(PERSON + "/enable")
@access(ADMINISTRATORS, confirm="roles")
def enable(person: UUID) -> Page:
    """Enable the account."""
    read_form(Nothing)
    accounts.enable(deps(), actor(), person)
    return _at_person(person, "enabled")


@people.get(PERSON + "/correct")
@access(ADMINISTRATORS)
def correction(person: UUID) -> Page:
    """Show the form with name and address."""
    view = person_page(deps(), actor(), person)
    return _correction(person, {"email": view["email"], "name": view["name"]}, {})


def _correction(person: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "people/correct.html",
        action=url_for(".correct", person=person),
        back={"href": url_for(".person", person=person), "text": say("Back to this person")},
        values=values,
        errors=errors,
    )


@people.post(PERSON + "/correct")
@access(ADMINISTRATORS, confirm="roles")
def correct(person: UUID) -> Page:
    """Correct name and address."""
    form, errors = read_form(Correct)
    if not errors:
        try:
            confirmed = form["confirmed"] == "yes"
            accounts.correct(deps(), actor(), person, form["email"], form["name"], confirmed=confirmed)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return (_correction(person, form, errors), 422) if errors else _at_person(person, "corrected")


@people.get("/add-steward")
@access(ADMINISTRATORS)
def adding() -> Page:
    """Show the form for a new steward."""
    return _adding({}, {})


def _adding(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "people/add_steward.html",
        action=url_for(".add"),
        options=[{"value": role.value, "text": ROLE_TITLES[role]} for role in sorted(STEWARDS)],
        back={"href": url_for(".people"), "text": say("Back to the list of people")},
        values=values,
        errors=errors,
    )


@people.post("/add-steward")
@access(ADMINISTRATORS, confirm="roles")
def add() -> Page:
    """Give somebody a stewardship."""
    form, errors = read_form(AddSteward)
    if not errors and form["role"] not in STEWARDS:
        errors = {"role": say("Select a role")}
    if not errors:
        try:
            added = add_steward(deps(), actor(), form["email"], form["name"], Role(form["role"]))
        except Refused as refused:
            errors = {refused.field: str(refused)}
        else:
            return _at_person(added, "added")
    return _adding(form, errors), 422


@people.get(PERSON + "/stewardships/<role>")
@access(ADMINISTRATORS)
def ending(person: UUID, role: str) -> Page:
    """Ask whether a stewardship is to end."""
    view, chosen = person_page(deps(), actor(), person), _stewardship(role)
    if all(each["role"] is not chosen for each in view["roles"]):
        raise NotFound(say("There is no such role."))
    return render_template(
        "people/confirm.html",
        heading=say("End the role of {role}?", role=say_role(chosen)),
        caption="",
        who=f"{view['name']}, {view['email']}",
        paragraphs=[say("They lose what the role allows at once. The account stays.")],
        button=say("End the role"),
        action=url_for(".end", person=person, role=role),
        cancel={"href": url_for(".person", person=person), "text": say("Leave it as it is")},
    )


@people.post(PERSON + "/stewardships/<role>")
@access(ADMINISTRATORS, confirm="roles")
def end(person: UUID, role: str) -> Page:
    """End a stewardship."""
    read_form(Nothing)
    end_steward(deps(), actor(), person, _stewardship(role))
    return _at_person(person, "ended")


def _stewardship(role: str) -> Role:
    if role not in STEWARDS:
        raise NotFound(say("There is no such role."))
    return Role(role)
