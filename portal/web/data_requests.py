"""Where somebody's request about their data goes: a page for everybody, and what an officer can look up for it."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, url_for

from portal.domain.roles import Permission
from portal.services.account_held import MOST_FOUND, account_held, find_accounts
from portal.web.access import PUBLIC, access, actor, deps, visitor
from portal.web.access import steward as stewards_who_may
from portal.web.desk_links import desk_links
from portal.web.downloads import disposition
from portal.web.forms import read_form
from schemas.dpo_desk import FindAccount
from schemas.texts import say

data_requests = Blueprint("data_requests", __name__)
Page = str | tuple[str, int]
FINDERS = stewards_who_may(Permission.find_person)
ACCOUNTS = "/stewards/desk/requests/accounts"


@data_requests.get("/data-requests")
@access(PUBLIC)
def public() -> Page:
    """Say to a child, an adopter, a parent or anybody else where to ask about their data."""
    visitor()
    owner = deps().policy.owner
    return render_template("pages/data_requests.html", owner=owner, privacy_href=url_for("pages.privacy"))


@data_requests.get("/stewards/desk/requests")
@access(FINDERS)
def desk() -> Page:
    """Say how to deal with a request, and ask for the account that it is about if it is about one."""
    return _desk("", {})


def _desk(typed: str, errors: dict[str, str]) -> str:
    return render_template(
        "dpo/requests.html",
        desk=desk_links(),
        action=url_for(".find"),
        public_href=url_for(".public"),
        trail_href=url_for("desk.trail"),
        programmes_href=url_for("registers.programmes"),
        values={"account": typed},
        errors=errors,
    )


@data_requests.post(ACCOUNTS)
@access(FINDERS)
def find() -> Page:
    """List the accounts that have this in their name or address, which stays out of the address of the page."""
    form, errors = read_form(FindAccount)
    if errors:
        return _desk(form.get("account", ""), errors), 422
    found = find_accounts(deps(), actor(), form["account"])
    return render_template(
        "dpo/accounts.html",
        desk=desk_links(),
        accounts=[
            {"name": each.name, "email": each.email, "href": url_for(".account", person=each.id)} for each in found
        ],
        most=MOST_FOUND if len(found) == MOST_FOUND else None,
        back={"href": url_for(".desk"), "text": say("Back to requests by people")},
    )


@data_requests.get(ACCOUNTS + "/<uuid:person>")
@access(FINDERS)
def account(person: UUID) -> Page:
    """Show all that is held on the owner of an account."""
    return render_template(
        "dpo/account.html",
        desk=desk_links(),
        held=account_held(deps(), actor(), person),
        json_href=url_for(".account_json", person=person),
        back={"href": url_for(".desk"), "text": say("Back to requests by people")},
    )


@data_requests.get(ACCOUNTS + "/<uuid:person>.json")
@access(FINDERS)
def account_json(person: UUID) -> Response:
    """Give the same as a file, for whoever asked."""
    held = account_held(deps(), actor(), person)
    response = jsonify(held.as_json())
    response.headers["Content-Disposition"] = disposition("account.json")
    return response
