"""Passkeys: what the browser is asked, as JSON for our script, and its answer, in a field of a form as any other."""

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from portal.domain.errors import NotFound, Refused
from portal.services.passkeys import ask_to_set_up, ask_to_sign_in, set_up, sign_in_by_passkey
from portal.web.access import CHALLENGED, ENROLLING, Visitor, access, deps, halfway
from portal.web.addresses import local_path
from portal.web.forms import read_form
from portal.web.second import Page, go_on, show_challenge, show_choice, show_enrolled
from schemas.passkeys import NewPasskey, ShownPasskey
from schemas.requests import Nothing

passkeys = Blueprint("passkeys", __name__)


@passkeys.post("/set-up/passkey/options")
@access(ENROLLING)
def ask_new() -> Response:
    """Say what the browser is asked to make."""
    read_form(Nothing)
    return _asked(ask_to_set_up(deps(), _found().who.session))


@passkeys.post("/set-up/passkey")
@access(ENROLLING)
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
            return go_on(sign_in_by_passkey(deps(), _found().who.session, form["passkey"]), wanted)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return show_challenge(errors, wanted), 422


def _asked(options: str) -> Response:
    return current_app.response_class(options, mimetype="application/json")


def _found() -> Visitor:
    found = halfway()
    if found is None:
        raise NotFound
    return found
