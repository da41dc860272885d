"""Passkeys: what the browser is asked, as JSON for our script, and its answer, in a field of a form as any other."""

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from portal.domain.errors import NotFound, Refused
from portal.domain.step_up import Purpose
from portal.services.passkeys import (
    ask_to_confirm,
    ask_to_set_up,
    ask_to_sign_in,
    confirm_by_passkey,
    set_up,
    sign_in_by_passkey,
)
from portal.vault.tries import SignInEnded
from portal.web.access import CHALLENGED, ENROLLING, SIGNED_IN, Visitor, access, deps, halfway
from portal.web.addresses import local_path
from portal.web.fences import the_browser
from portal.web.forms import read_form
from portal.web.second import Page, begin_again, go_on, show_challenge, show_choice, show_enrolled
from portal.web.step_up import go_on as go_on_with
from portal.web.step_up import read_purpose, read_wish, show_wish
from schemas.passkeys import ConfirmingPasskey, NewPasskey, ShownPasskey
from schemas.requests import Nothing

passkeys = Blueprint("passkeys", __name__)


@passkeys.post("/set-up/passkey/options")
@access(ENROLLING, confirm=Purpose.factors)
def ask_new() -> Response:
    """Say what the browser is asked to make."""
    read_form(Nothing)
    return _asked(ask_to_set_up(deps(), _found().who.session))


@passkeys.post("/set-up/passkey")
@access(ENROLLING, confirm=Purpose.factors)
def add() -> Page:
    """Take the passkey that the browser made."""
    form, errors = read_form(NewPasskey)
    if not errors:
        try:
            return show_enrolled(set_up(deps(), _found().who.session, form["label"], form["passkey"]))
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return show_choice({"label": form.get("label", "")}, errors), 422


@passkeys.post("/sign-in/passkey/options")
@access(CHALLENGED)
def ask() -> Response:
    """Say what the browser is asked to sign."""
    read_form(Nothing)
    return _asked(ask_to_sign_in(deps(), _found().who.session))


@passkeys.post("/sign-in/passkey")
@access(CHALLENGED)
def answer() -> Page:
    """Take what the browser signed."""
    form, errors = read_form(ShownPasskey)
    wanted = local_path(form.get("next", ""))
    if not errors:
        try:
            token = sign_in_by_passkey(deps(), _found().who.session, form["passkey"], the_browser())
            return go_on(token, wanted)
        except SignInEnded:
            return begin_again()
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return show_challenge(errors, wanted), 422


@passkeys.post("/confirm/passkey/options/<purpose>")
@access(SIGNED_IN)
def ask_again(purpose: str) -> Response:
    """Say what the browser is asked to sign, to confirm for this purpose alone."""
    read_form(Nothing)
    return _asked(ask_to_confirm(deps(), _found().who.session, read_purpose(purpose)))


@passkeys.post("/confirm/passkey")
@access(SIGNED_IN)
def confirm() -> Page:
    """Take what the browser signed, and go on with what waited for it."""
    form, errors = read_form(ConfirmingPasskey)
    wish = read_wish(form)
    if not errors:
        try:
            token = confirm_by_passkey(deps(), _found().who.session, wish.purpose, form["passkey"])
            return go_on_with(token, wish)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return show_wish(wish, errors), 422


def _asked(options: str) -> Response:
    return current_app.response_class(options, mimetype="application/json")


def _found() -> Visitor:
    found = halfway()
    if found is None:
        raise NotFound
    return found
