"""Every request is held to its route's rule, and a route without one is not served (rule 8).

All of it is decided before the body is read: whose inspection (rule 5), what kind and length of body, and the token
that shows that the request was made by one of our pages.
"""

from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import LoginManager
from flask_wtf.csrf import validate_csrf
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response
from wtforms import ValidationError  # type: ignore[import-untyped]

from portal.db.engine import reading
from portal.db.queries import admit, require_steward
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.policy import KIB
from portal.domain.sessions import Stage
from portal.services.directory_checks import still_in
from portal.services.sign_in import who_is
from portal.services.step_up import confirmed
from portal.web.access import PUBLIC, Rule, Visitor, deps, halfway, rule_of, visitor
from portal.web.again import given_back
from portal.web.bearer import guard_script
from portal.web.bodies import current_body, declared_length
from portal.web.errors import Unacceptable, wants_json
from portal.web.fences import check_reading, is_ours
from portal.web.problems import for_scripts
from portal.web.turns import Turns
from schemas.texts import say

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES = 64 * KIB
SAFE: Final = frozenset({"GET", "HEAD"})
NUL = say("What was typed holds a character that cannot be kept. Go back, type it again and send it once more.")
UNCONFIRMED = say("You have not confirmed that it is you. Open this address in a browser, and confirm there.")
HALF = say("You are not signed in yet. Finish signing in, then do this again.")
TOO_OLD = say(
    "The form is too old, or was not made by this service. Go back, load the page again and send it once more."
)


def install(app: Flask) -> None:
    """Guard every request of the app."""
    manager = LoginManager()
    manager.session_protection = None  # sessions live in the database: an address or browser that changes is no attack
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_load_visitor)
    app.before_request(_note_time)
    app.before_request(lambda: _guard_script() if for_scripts() else guard())
    app.teardown_request(_let_go)


def _load_visitor(token: str) -> Visitor | None:
    inspection = (request.view_args or {}).get("inspection")
    who = who_is(deps(), token, inspection)
    if who is not None and who.ask_directory:
        who = who_is(deps(), token, inspection) if still_in(deps(), who.session) else None
    return Visitor(token, who) if who else None


def _note_time() -> None:
    """An upload counts from when its request began (R4): read the clock before anything else can take time."""
    if request.method not in SAFE:
        g.began_at = deps().clock.now()


def guard() -> Response | None:
    """Let the request pass, or answer in its place. Raises NotFound, NotAllowed, Unacceptable."""
    if request.endpoint is None:
        return _nowhere()
    rule = rule_of(request.endpoint)
    if rule is None or rule.scripts:
        raise NotFound("No rule says who may come here.")
    if not rule.public:
        visitor()  # a page that says no bears their name as any other does
        found = halfway()
        if found is None:
            return _ask_to_sign_in()
        if found.who.stage not in rule.stages:
            return _lead_on(found)
        _check_rule(rule, found.who.actor)
        if request.method in SAFE:
            check_reading()
    if "\0" in request.path or b"%00" in request.query_string:
        raise NotFound("PostgreSQL takes no NUL, so nothing has it in its address.")
    _check_origin()
    if rule.public and request.method not in SAFE:
        _take_turn()
    if not rule.streams:
        check_form()
    return _ask_to_confirm(rule.confirm) if rule.confirm else None


def _guard_script() -> None:
    """Let a script's request pass, or anybody's where the rule is public. Raises NotFound, NotAllowed, Unacceptable."""
    rule = rule_of(request.endpoint) if request.endpoint else PUBLIC
    if rule is None or not (rule.public or rule.scripts):
        raise NotFound("No rule says which token may come here.")
    guard_script(rule.scripts or None, streams=rule.streams)


def _nowhere() -> Response | None:
    """Let an unknown address be answered as one; what Werkzeug would lead elsewhere is led there by our own words."""
    visitor()  # an unknown address looks exactly like one that is not theirs, their name included
    wrong = request.routing_exception
    # Werkzeug's own answer would lead to whatever host, and by whatever scheme, the request names.
    return redirect(_local(wrong.new_url), 308) if isinstance(wrong, RequestRedirect) else None


def _local(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _take_turn() -> None:
    """Hold a stranger's turn until the request ends: few at once may keep a thread by a body that comes slowly."""
    turns: Turns = current_app.extensions["portal.strangers"]
    g.held = ExitStack()
    g.held.enter_context(turns.take(None))


def _let_go(_error: BaseException | None) -> None:
    """Give a stranger's turn back."""
    held: ExitStack = g.pop("held", None) or ExitStack()
    held.close()


def _check_rule(rule: Rule, who: Actor) -> None:
    if rule.inspection is None and rule.steward is None:
        return
    with reading(deps().engine) as session:
        if rule.steward is not None:
            require_steward(session, who, rule.steward)
        if rule.inspection is not None:
            inspection: UUID = (request.view_args or {})["inspection"]
            admit(session, who, inspection, rule.inspection)


def _ask_to_sign_in() -> Response:
    if request.method not in SAFE:
        _take_turn()
        back = given_back()
        if back is None:
            raise Unacceptable(401, say("You are not signed in, or were signed out. Sign in, then do this again."))
        return back
    if request.accept_mimetypes["application/json"] > request.accept_mimetypes["text/html"]:
        raise Unacceptable(401, say("You are not signed in. Sign in first."))
    return redirect(url_for("account.enter", next=request.full_path.rstrip("?")), 303)


def _lead_on(found: Visitor) -> Response:
    """Bring somebody to what is before them: the second factor, or the service where that was given already."""
    if found.who.stage is Stage.full:
        return redirect(url_for("pages.home"), 303)
    if request.method not in SAFE:
        raise Unacceptable(401, HALF)
    return redirect(url_for("second.choose" if found.who.stage is Stage.enrolling else "second.challenge"), 303)


def _ask_to_confirm(purpose: str) -> Response | None:
    """Let pass whoever confirmed for this purpose; lead others there, a form with all that was typed in it."""
    found = visitor()
    if found is None or confirmed(deps(), found.who.session, purpose):
        return None
    if wants_json():
        raise Unacceptable(403, UNCONFIRMED)
    here = request.full_path.rstrip("?")
    if request.method in SAFE:
        return redirect(url_for("step_up.ask", purpose=purpose, next=here), 303)
    return redirect(url_for("step_up.ask_for_form", purpose=purpose, next=here), 307)


def _check_origin() -> None:
    """Browsers say where a request comes from; one made by another site changes nothing here."""
    if request.method not in SAFE and not is_ours():
        raise Unacceptable(
            403, say("This was sent from another website. Go to the service's own page and send it there.")
        )


def check_form() -> None:
    """Check kind, length and token of a small form, before anything reads it. Raises Unacceptable."""
    length = declared_length()
    if request.method in SAFE:
        if length or current_body().unread:
            raise Unacceptable(400, say("This page takes nothing but its address. Open it again from a link."))
        return
    if length is None:
        raise Unacceptable(411)
    if length > FORM_BYTES:
        raise Unacceptable(413, say("What was sent is too long for this form. Go back and shorten it."))
    if request.mimetype != FORM_TYPE:
        raise Unacceptable(415)
    request.max_content_length = FORM_BYTES
    check_token(request.form.get("csrf_token", ""))
    if any("\0" in value for value in request.form.values()):  # nobody can type it, and PostgreSQL takes none
        raise Unacceptable(400, NUL)


def check_token(token: str) -> None:
    """Check that one of our own pages made the request, for this visitor's session. Raises Unacceptable."""
    try:
        validate_csrf(token)
    except ValidationError:
        raise Unacceptable(400, TOO_OLD) from None
