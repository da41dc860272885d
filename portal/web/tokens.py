"""Tokens for scripts: a list in which none can be read, and the one page that shows a new one, once."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Refused
from portal.domain.roles import PROVIDER, TEAM, Permission, may
from portal.domain.times import say_deadline
from portal.services.tokens import make_token, revoke_token, short_id, tokens_page
from portal.web.access import access, actor, deps, visitor
from portal.web.forms import read_form
from schemas.requests import Nothing
from schemas.texts import say
from schemas.tokens import MakeToken

tokens = Blueprint("tokens", __name__, url_prefix="/inspections/<uuid:inspection>/tokens")
Page = str | tuple[str, int] | Response
REVOKED = say("The token is revoked. Scripts that use it are refused from now on.")


@tokens.get("")
@access(Permission.manage_tokens)
def overview(inspection: UUID) -> Page:
    """Show the tokens of an inspection, and a form to make one."""
    return _overview(inspection, {}, {})


@tokens.post("")
@access(Permission.manage_tokens, confirm="tokens")
def make(inspection: UUID) -> Page:
    """Make a token, and show it this once."""
    form, errors = read_form(MakeToken)
    if not errors:
        try:
            made = make_token(deps(), actor(), inspection, form["purpose"], form["days"])
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return _overview(inspection, form, errors), 422
    return render_template(
        "tokens/made.html",
        reference=tokens_page(deps(), actor(), inspection)["reference"],
        token=made.token,
        header="Authorization: Bearer TOKEN",
        name=short_id(made.id),
        works_words=say("It works until {deadline}", deadline=say_deadline(made.expires_at)),
        address=deps().public_url + url_for("api.openapi"),
        next_href=url_for(".overview", inspection=inspection),
    )


@tokens.post("/<uuid:token>/revoke")
@access(Permission.manage_tokens)
def revoke(inspection: UUID, token: UUID) -> Page:
    """Revoke a token at once: nothing is asked first, as nothing but a script is kept out."""
    read_form(Nothing)
    revoke_token(deps(), actor(), inspection, token)
    return redirect(url_for(".overview", inspection=inspection, done="revoked"), 303)


def tokens_href(inspection: UUID) -> str | None:
    """Return the address of this page for whoever of the inspection's people may make tokens."""
    found = visitor()
    roles = found.who.roles.get(inspection, frozenset()) if found else frozenset()
    makes = any(may(role, Permission.manage_tokens) for role in roles)
    return url_for("tokens.overview", inspection=inspection) if makes else None


def _overview(inspection: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    view = tokens_page(deps(), actor(), inspection)
    for each in view["tokens"]:
        href = url_for(".revoke", inspection=inspection, token=each["id"])
        each["revoke_href"] = href if each["can_revoke"] else None
    return render_template(
        "tokens/tokens.html",
        **view,
        action=url_for(".make", inspection=inspection),
        banner={"text": REVOKED, "success": True} if request.args.get("done") == "revoked" else None,
        back=_back(inspection),
        values=values,
        errors={name if name == "days" else "": words for name, words in errors.items()},
    )


def _back(inspection: UUID) -> dict[str, str]:
    """Lead to the inspection's page in the agency's or the team's own view, and a data protection officer to theirs."""
    found = visitor()
    roles = found.who.roles.get(inspection, frozenset()) if found else frozenset()
    if roles & PROVIDER:
        return {"href": url_for("provider.task_list", inspection=inspection), "text": say("Back to your list")}
    if roles & TEAM:
        return {"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")}
    return {"href": url_for("retention.due"), "text": say("Back to retention")}
