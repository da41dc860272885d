"""Your account: where one is signed in, by what one signs in, and how each of it is changed or ended."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import NotFound, Refused
from portal.domain.step_up import Purpose
from portal.services.own_account import (
    GONE,
    OwnAccount,
    end_other_places,
    end_place,
    own_account,
    remove_app,
    remove_passkey,
    renew_recovery_codes,
)
from portal.services.own_password import change_password
from portal.web.access import SIGNED_IN, Visitor, access, actor, deps, visitor
from portal.web.arriving import take_over
from portal.web.directory import connection_href
from portal.web.forms import read_form
from portal.web.header import seconds_left
from schemas.own import ChangePassword
from schemas.requests import Nothing
from schemas.texts import say

own = Blueprint("own", __name__, url_prefix="/account")
Page = str | tuple[str, int] | AnyResponse
DONE = {
    "ended": say("You are signed out there."),
    "others": say("You are signed out everywhere else."),
    "password": say("Your password is changed. You are signed out everywhere else."),
    "removed": say("It is removed. You are signed out everywhere else."),
}


@own.get("")
@access(SIGNED_IN)
def overview() -> Page:
    """Show one's own account."""
    words = DONE.get(request.args.get("done", ""))
    return render_template(
        "own/account.html",
        account=_account(),
        hrefs={
            "password": url_for(".password"),
            "add": url_for("second.choose"),
            "app": url_for(".app_removal"),
            "codes": url_for(".renew"),
            "others": url_for(".end_others"),
            "work": connection_href(),
        },
        end_href=lambda place: url_for(".end", place=place),
        passkey_href=lambda passkey: url_for(".passkey_removal", passkey=passkey),
        banner={"text": words, "success": True} if words else None,
    )


@own.post("/stay")
@access(SIGNED_IN)
def stay() -> Response:
    """Stay signed in: that the request came is enough. Say in how many seconds the session ends now."""
    read_form(Nothing)
    return jsonify(left=seconds_left(_here()))


@own.post("/sessions/<uuid:place>/end")
@access(SIGNED_IN, confirm=Purpose.factors)
def end(place: UUID) -> Page:
    """Sign out in another browser."""
    read_form(Nothing)
    end_place(deps(), actor(), place)
    return _done("ended")


@own.post("/sessions/end-others")
@access(SIGNED_IN, confirm=Purpose.factors)
def end_others() -> Page:
    """Sign out in every other browser."""
    read_form(Nothing)
    end_other_places(deps(), actor(), _here().who.session)
    return _done("others")


@own.get("/password")
@access(SIGNED_IN, confirm=Purpose.factors)
def password() -> Page:
    """Show the form to change one's password."""
    return _password({})


@own.post("/password")
@access(SIGNED_IN, confirm=Purpose.factors)
def change() -> Page:
    """Change one's password."""
    form, errors = read_form(ChangePassword)
    if not errors:
        try:
            here = _here().who.session
            take_over(change_password(deps(), actor(), here, form["current_password"], form["password"]), first=True)
        except Refused as refused:
            errors = {refused.field: str(refused)}
        else:
            return _done("password")
    return _password(errors), 422


def _password(errors: dict[str, str]) -> str:
    return render_template("own/password.html", action=url_for(".change"), back=_back(), errors=errors)


@own.get("/app/remove")
@access(SIGNED_IN, confirm=Purpose.factors)
def app_removal() -> Page:
    """Ask whether the authenticator app is to be removed."""
    account = _account()
    if account.app is None:
        raise NotFound(GONE)
    return _ask(account, "", url_for(".remove_app_now"))


@own.post("/app/remove")
@access(SIGNED_IN, confirm=Purpose.factors)
def remove_app_now() -> Page:
    """Remove the authenticator app."""
    read_form(Nothing)
    remove_app(deps(), actor(), _here().who.session)
    return _done("removed")


@own.get("/passkeys/<uuid:passkey>/remove")
@access(SIGNED_IN, confirm=Purpose.factors)
def passkey_removal(passkey: UUID) -> Page:
    """Ask whether a passkey is to be removed."""
    account = _account()
    labels = [each.label for each in account.passkeys if each.id == passkey]
    if not labels:
        raise NotFound(GONE)
    return _ask(account, labels[0], url_for(".remove_passkey_now", passkey=passkey))


@own.post("/passkeys/<uuid:passkey>/remove")
@access(SIGNED_IN, confirm=Purpose.factors)
def remove_passkey_now(passkey: UUID) -> Page:
    """Remove a passkey."""
    read_form(Nothing)
    remove_passkey(deps(), actor(), _here().who.session, passkey)
    return _done("removed")


@own.post("/recovery-codes")
@access(SIGNED_IN, confirm=Purpose.factors)
def renew() -> Page:
    """Make new recovery codes and show them: this once."""
    read_form(Nothing)
    codes = renew_recovery_codes(deps(), actor())
    return render_template("own/codes.html", codes=codes, next_href=url_for(".overview"))


def _ask(account: OwnAccount, label: str, action: str) -> str:
    last = account.factors < 2
    return render_template(
        "own/remove.html", label=label, last=last, action=action, add_href=url_for("second.choose"), back=_back()
    )


def _account() -> OwnAccount:
    return own_account(deps(), actor(), _here().who.session)


def _back() -> dict[str, str]:
    return {"href": url_for(".overview"), "text": say("Back to your account")}


def _done(what: str) -> AnyResponse:
    return redirect(url_for(".overview", done=what), 303)


def _here() -> Visitor:
    found = visitor()
    if found is None:
        raise NotFound(GONE)
    return found
