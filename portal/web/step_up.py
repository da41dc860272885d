"""Confirming anew that it is they, before what cannot be undone; a form that was sent meanwhile is carried along.

`guard.guard` leads here: a page by a redirect, and a form with all that was typed by one that keeps it (307).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_login import login_user
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from portal.domain.errors import NotFound, Refused
from portal.domain.sessions import Factor
from portal.domain.step_up import WORDS, Purpose
from portal.services.second_factor import ways_of
from portal.services.sign_in import who_is
from portal.services.step_up import came_by, confirm
from portal.web.access import SIGNED_IN, Visitor, access, deps, halfway
from portal.web.addresses import local_path
from portal.web.errors import Unacceptable
from portal.web.forms import UNEXPECTED, read_form
from schemas.step_up import Confirm, read_carried, write_carried

step_up = Blueprint("step_up", __name__)
Page = str | tuple[str, int] | Response
Fields = list[tuple[str, str]]
DIRECTORY = "directory.again"
"""The route by which whoever came by the directory confirms there; offered once it exists."""
_SECRET = frozenset({"csrf_token", "confirm", "code", "passkey"})
"""Fields that are typed again, with all whose name has "password" in it: no page holds a secret."""
_DOWNLOADS = frozenset({Purpose.bundle})
"""After these the browser stays where it is, so that it needs a page to stay on."""


@dataclass(frozen=True)
class Wish:
    """What somebody was about to do when they were asked: where they go on, and the form that waits, if one does."""

    purpose: Purpose
    next: str
    carried: Fields | None


@step_up.get("/confirm")
@access(SIGNED_IN)
def ask() -> Page:
    """Ask for a confirmation on the way to a page; a form waits in none of our links, only in a stranger's."""
    return show_wish(read_wish({name: value for name, value in request.args.items() if name != "carried"}), {})


@step_up.post("/confirm/form")
@access(SIGNED_IN)
def ask_for_form() -> Page:
    """Ask for a confirmation on the way of a form, and keep what was typed in it."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if not _secret(name)]
    return show_wish(read_wish({**request.args, "carried": write_carried(typed)}), {})


def _secret(name: str) -> bool:
    return name in _SECRET or "password" in name


@step_up.post("/confirm")
@access(SIGNED_IN)
def answer() -> Page:
    """Take a code, and go on."""
    form, errors = read_form(Confirm)
    wish = read_wish(form)
    if not errors:
        try:
            return go_on(confirm(deps(), _here().who.session, wish.purpose, form["code"]), wish)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return show_wish(wish, errors), 422


def read_wish(values: Mapping[str, str]) -> Wish:
    """Read what waits from an address or a form. Raises NotFound (no such purpose), Unacceptable."""
    purpose = read_purpose(values.get("purpose", ""))
    try:
        carried = read_carried(values.get("carried", ""))
    except ValidationError:
        raise Unacceptable(400, UNEXPECTED) from None
    return Wish(purpose, local_path(values.get("next", "")) or url_for("pages.home"), carried)


def read_purpose(value: str) -> Purpose:
    """Read what is confirmed. Raises NotFound."""
    if value not in set(Purpose):
        raise NotFound("Nobody confirms that.")
    return Purpose(value)


def show_wish(wish: Wish, errors: Mapping[str, str]) -> str:
    """Return the page on which somebody confirms."""
    session = _here().who.session
    by_directory = came_by(deps(), session) is Factor.directory and DIRECTORY in current_app.view_functions
    return render_template(
        "step_up/confirm.html",
        why=WORDS[wish.purpose],
        minutes=_minutes(),
        ways=ways_of(deps(), session),
        directory_href=url_for(DIRECTORY, purpose=wish.purpose, next=wish.next) if by_directory else None,
        action=url_for("step_up.answer"),
        passkey_way={
            "options_href": url_for("passkeys.ask_again", purpose=wish.purpose),
            "action": url_for("passkeys.confirm"),
        },
        wish=wish,
        values={"purpose": wish.purpose, "next": wish.next, "carried": write_carried(wish.carried)},
        errors=errors,
    )


def go_on(token: str, wish: Wish) -> Page:
    """Let the browser go on under its session's new token: to the page, or with the form that waited."""
    who = who_is(deps(), token)
    if who is not None:
        # What else belongs to the browser stays, its forms' token too: others may be open in it with much typed.
        login_user(Visitor(token, who))
    if wish.carried is None and wish.purpose not in _DOWNLOADS:
        return redirect(wish.next, 303)
    return render_template("step_up/confirmed.html", wish=wish, minutes=_minutes(), home_href=url_for("pages.home"))


def _minutes() -> int:
    return int(deps().policy.step_up_life.total_seconds() // 60)


def _here() -> Visitor:
    found = halfway()
    if found is None:
        raise NotFound
    return found
