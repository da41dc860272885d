"""Single sign-on: a browser goes to the directory and comes back, and nothing happens before its own form is sent.

The directory answers by a GET, from its own site. That GET changes nothing: it shows a form of ours, sent at once by a
script or by hand, so that finishing has the form's token, counts as a stranger's request, and carries every cookie.
"""

from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal.domain.directory import Errand, TurnedAway, Why
from portal.domain.errors import NotFound
from portal.domain.roles import PROVIDER, Role
from portal.domain.step_up import WORDS, Purpose
from portal.services.directory import LONGEST, Answer, Visit, come_back, confirm, enter, set_out, way_out
from portal.services.directory_links import accept_by_directory, connect, connection
from portal.services.sign_in import sign_out
from portal.web.access import PUBLIC, SIGNED_IN, Visitor, access, deps, halfway, visitor
from portal.web.addresses import local_path
from portal.web.arriving import take_over
from portal.web.fences import the_browser
from portal.web.forms import read_form
from portal.web.step_up import Wish, go_on, read_purpose
from schemas.directory import Again, Leave
from schemas.directory import Answer as AnswerForm
from schemas.requests import Nothing

directory = Blueprint("directory", __name__)
Page = str | tuple[str, int] | Response
STATE = "directory"
"""Where the browser's cookie keeps the state that it left with."""
_STATUSES = {Why.stray: 400, Why.away: 503}


@directory.app_context_processor
def _offer() -> dict[str, object]:
    """Let pages offer the directory where there is one."""
    offered = deps().directory is not None
    return {"directory_sign_in_action": url_for("directory.leave") if offered else None}


@directory.post("/directory/sign-in")
@access(PUBLIC)
def leave() -> Page:
    """Send somebody to the directory to sign in."""
    form, _errors = read_form(Leave)
    return send(Errand.sign_in, local_path(form.get("next", "")))


def send(errand: Errand, wanted: str = "", *, about: str = "", session_id: UUID | None = None) -> Page:
    """Send the browser to the directory by a page of ours: a form may lead nowhere else, whose answer redirects."""
    try:
        sent = set_out(deps(), errand, wanted, about=about, session_id=session_id)
    except TurnedAway as turned:
        return _turned_away(turned.why)
    session[STATE] = sent.state
    return render_template("directory/leaving.html", address=sent.address, out=False)


@directory.get("/directory/return")
@access(PUBLIC)
def returning() -> Page:
    """Take the directory's answer, and change nothing: the page sends it on as a form."""
    if deps().directory is None:
        raise NotFound
    said = {name: request.args.get(name, "") for name in ("state", "code", "error", "iss")}
    if not said["state"] or said["state"] != session.get(STATE) or any(len(each) > LONGEST for each in said.values()):
        return _turned_away(Why.stray)
    return render_template("directory/returning.html", action=url_for(".returned"), values=said)


@directory.post("/directory/return")
@access(PUBLIC)
def returned() -> Page:
    """Finish what somebody went to the directory for."""
    form, errors = read_form(AnswerForm)
    kept = str(session.pop(STATE, ""))
    if errors:
        return _turned_away(Why.stray)
    answer = Answer(form["state"], form["code"], form["error"], form["iss"] or None)
    try:
        visit, admitted = come_back(deps(), answer, kept)
        if visit.errand is Errand.confirm:
            found = halfway()
            token = confirm(deps(), visit, admitted, found.who.session if found else None)
            return _confirmed(token, visit)
        if visit.errand is Errand.link:
            found = halfway()
            connect(deps(), visit.session, admitted, found.who.session if found else None)
            return redirect(url_for(".connecting", done=1), 303)
        browser = the_browser().name
        if visit.errand is Errand.accept:
            token = accept_by_directory(deps(), visit.about, admitted, browser)
        else:
            token = enter(deps(), admitted, browser)
    except TurnedAway as turned:
        return _turned_away(turned.why)
    _leave_session()
    take_over(token, first=visit.errand is Errand.accept)
    return redirect(local_path(visit.wanted) or url_for("pages.home"), 303)


@directory.get("/directory/again")
@access(SIGNED_IN)
def again() -> Page:
    """Say that somebody confirms at the directory that it is they."""
    purpose = read_purpose(request.args.get("purpose", ""))
    _there_is_one()
    return render_template(
        "directory/again.html",
        why=WORDS[purpose],
        action=url_for(".leave_again"),
        values={"purpose": purpose, "next": local_path(request.args.get("next", ""))},
    )


@directory.post("/directory/again")
@access(SIGNED_IN)
def leave_again() -> Page:
    """Send somebody to the directory, to give password and second factor anew."""
    form, _errors = read_form(Again)
    purpose = read_purpose(form.get("purpose", ""))
    return send(Errand.confirm, local_path(form.get("next", "")), about=purpose, session_id=_here().who.session)


@directory.get("/directory/connection")
@access(SIGNED_IN)
def connecting() -> Page:
    """Offer staff to connect the account that they are signed in to."""
    _there_is_one()
    return render_template(
        "directory/connection.html",
        connected=connection(deps(), _here().who.actor),
        done="done" in request.args,
        action=url_for(".connect_now"),
    )


@directory.post("/directory/connection")
@access(SIGNED_IN, confirm=Purpose.factors)
def connect_now() -> Page:
    """Send somebody to the directory, whose account there is then theirs here."""
    read_form(Nothing)
    connection(deps(), _here().who.actor)
    return send(Errand.link, session_id=_here().who.session)


def connection_href() -> str | None:
    """Return where staff look after their work account; None for others, and where there is no directory."""
    found = visitor()
    held: frozenset[Role] = frozenset().union(*found.who.roles.values()) if found else frozenset()
    return url_for("directory.connecting") if deps().directory is not None and held - PROVIDER else None


def leave_too() -> Page | None:
    """Return the page that signs out of the directory too; call it before the session is forgotten."""
    found = halfway()
    address = way_out(deps()) if found is not None and found.who.by_directory else None
    return render_template("directory/leaving.html", address=address, out=True) if address else None


def _confirmed(token: str, visit: Visit) -> Page:
    wanted = local_path(visit.wanted)
    answer = go_on(token, Wish(Purpose(visit.about), wanted or url_for("pages.home"), None))
    # Where a form waits in another tab, its address shows nothing by itself.
    return answer if _opens(wanted) else render_template("directory/confirmed.html", home_href=url_for("pages.home"))


def _opens(path: str) -> bool:
    """Say whether an address shows a page."""
    try:
        current_app.url_map.bind("").match(path.partition("?")[0] or "/", method="GET")
    except HTTPException:
        return False
    return True


def _leave_session() -> None:
    found = halfway()
    if found is not None:
        sign_out(deps(), found.token)


def _turned_away(why: Why) -> tuple[str, int]:
    page = render_template("directory/turned_away.html", why=why, sign_in_href=url_for("account.enter"))
    return page, _STATUSES.get(why, 403)


def _there_is_one() -> None:
    if deps().directory is None:
        raise NotFound


def _here() -> Visitor:
    found = halfway()
    if found is None:
        raise NotFound
    return found
