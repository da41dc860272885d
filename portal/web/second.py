"""The second step: giving a code at sign-in, and setting up an authenticator app; passkeys are in `passkeys.py`."""

import segno
from flask import Blueprint, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.domain.errors import NotFound, Refused
from portal.domain.step_up import Purpose
from portal.services.authenticator import begin_app, confirm_app, look_at_app
from portal.services.second_factor import give_code, give_recovery_code, ways_of
from portal.vault.enrolment import Enrolled
from portal.vault.tries import SignInEnded
from portal.web.access import CHALLENGED, ENROLLING, Visitor, access, deps, halfway
from portal.web.addresses import local_path
from portal.web.arriving import take_over
from portal.web.fences import the_browser
from portal.web.forms import read_form
from schemas.requests import Nothing
from schemas.second import Code

second = Blueprint("second", __name__)
Page = str | tuple[str, int] | Response


@second.get("/sign-in/code")
@access(CHALLENGED)
def challenge() -> Page:
    """Ask for the second factor."""
    return show_challenge({}, local_path(request.args.get("next", "")))


@second.post("/sign-in/code")
@access(CHALLENGED)
def answer() -> Page:
    """Take a code of the app."""
    form, errors = read_form(Code)
    wanted = local_path(form.get("next", ""))
    if not errors:
        try:
            return go_on(give_code(deps(), _found().who.session, form["code"], the_browser()), wanted)
        except SignInEnded:
            return begin_again()
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return show_challenge(errors, wanted), 422


def show_challenge(errors: dict[str, str], wanted: str) -> str:
    """Return the page that asks for the second factor."""
    ways = ways_of(deps(), _found().who.session)
    return render_template(
        "second/challenge.html",
        ways=ways,
        action=url_for("second.answer"),
        passkey_way={"options_href": url_for("passkeys.ask"), "action": url_for("passkeys.answer")},
        recovery_href=url_for("second.recovery", next=wanted or None),
        values={"next": wanted},
        errors=errors,
    )


@second.get("/sign-in/recovery-code")
@access(CHALLENGED)
def recovery() -> Page:
    """Ask for a recovery code."""
    return _recovery({}, local_path(request.args.get("next", "")))


@second.post("/sign-in/recovery-code")
@access(CHALLENGED)
def recover() -> Page:
    """Take a recovery code."""
    form, errors = read_form(Code)
    wanted = local_path(form.get("next", ""))
    if not errors:
        try:
            token = give_recovery_code(deps(), _found().who.session, form["code"], the_browser())
            return go_on(token, wanted)
        except SignInEnded:
            return begin_again()
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _recovery(errors, wanted), 422


def _recovery(errors: dict[str, str], wanted: str) -> str:
    return render_template(
        "second/recovery.html",
        action=url_for(".recover"),
        back_href=url_for(".challenge", next=wanted or None),
        values={"next": wanted},
        errors=errors,
    )


@second.get("/set-up")
@access(ENROLLING, confirm=Purpose.factors)
def choose() -> Page:
    """Offer the second factors that can be set up."""
    return show_choice({}, {})


def show_choice(values: dict[str, str], errors: dict[str, str]) -> str:
    """Return the page that offers the second factors; `values` are what was typed."""
    return render_template(
        "second/choose.html",
        ways=ways_of(deps(), _found().who.session),
        app_action=url_for("second.begin"),
        passkey_way={"options_href": url_for("passkeys.ask_new"), "action": url_for("passkeys.add")},
        values=values,
        errors=errors,
    )


@second.post("/set-up/app")
@access(ENROLLING, confirm=Purpose.factors)
def begin() -> Page:
    """Begin to set up an authenticator app."""
    read_form(Nothing)
    begin_app(deps(), _found().who.session)
    return redirect(url_for(".app"), 303)


@second.get("/set-up/app")
@access(ENROLLING, confirm=Purpose.factors)
def app() -> Page:
    """Show the secret to type or scan into the app."""
    return _app({})


@second.post("/set-up/app/code")
@access(ENROLLING, confirm=Purpose.factors)
def confirm() -> Page:
    """Take the app's first code."""
    form, errors = read_form(Code)
    if errors:
        return _app(errors), 422
    try:
        done = confirm_app(deps(), _found().who.session, form["code"])
    except Refused as refused:
        return _app({refused.field: str(refused)}), 422
    return show_enrolled(done)


def _app(errors: dict[str, str]) -> str:
    setup = look_at_app(deps(), _found().who.session)
    code = segno.make(setup.uri, error="m").svg_inline(scale=5, border=4, light="#fff")
    groups = " ".join(setup.secret[start : start + 4] for start in range(0, len(setup.secret), 4))
    return render_template(
        "second/app.html",
        code=Markup(code),  # noqa: S704 -- made by segno
        secret=groups,
        action=url_for(".confirm"),
        errors=errors,
    )


def show_enrolled(done: Enrolled) -> Page:
    """Take over the session's new token, and show recovery codes where there are new ones: this once."""
    if done.token is not None:
        take_over(done.token, first=True)
    if not done.recovery_codes:
        return redirect(url_for("pages.home"), 303)
    return render_template("second/codes.html", codes=done.recovery_codes, next_href=url_for("pages.home"))


def go_on(token: str, wanted: str) -> Response:
    """Take over the token of a session that became full, and lead to the page that was wanted."""
    take_over(token)
    return redirect(wanted or url_for("pages.home"), 303)


def begin_again() -> Response:
    """Lead to the beginning of signing in, once a session that only had the password is over."""
    session.clear()
    return redirect(url_for("account.enter", ended=1), 303)


def _found() -> Visitor:
    found = halfway()
    if found is None:
        raise NotFound
    return found
