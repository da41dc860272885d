"""Signing in and out, and accepting an invitation."""

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal.domain.directory import Errand
from portal.domain.errors import NotFound, Refused
from portal.services.accept import accept_invitation, check_code, look_at_invitation
from portal.services.sign_in import sign_in, sign_out
from portal.web.access import PUBLIC, access, deps, halfway
from portal.web.addresses import local_path
from portal.web.arriving import take_over
from portal.web.directory import leave_too, send
from portal.web.fences import the_browser
from portal.web.forms import read_form
from schemas.requests import AcceptByDirectory, AcceptInvitation, Nothing, SignIn
from schemas.texts import say

account = Blueprint("account", __name__)
Page = str | tuple[str, int] | Response
LEFT = say("You are signed out.")
ENDED = say("There were too many wrong codes. Wait a few minutes, then sign in again.")


@account.get("/sign-in")
@access(PUBLIC)
def enter() -> Page:
    """Show the form to sign in."""
    words = LEFT if "left" in request.args else ENDED if "ended" in request.args else None
    return render_template(
        "sign_in.html",
        action=url_for(".enter_now"),
        values={"next": local_path(request.args.get("next", ""))},
        banner={"text": words, "success": words is not ENDED} if words else None,
    )


@account.post("/sign-in")
@access(PUBLIC)
def enter_now() -> Page:
    """Sign in: always a new session, whoever was signed in here before."""
    form, errors = read_form(SignIn)
    email, wanted = form.get("email", ""), local_path(form.get("next", ""))
    if not errors:
        try:
            token = sign_in(deps(), email, form["password"], the_browser())
        except Refused as refused:
            errors = {refused.field: str(refused)}
        else:
            _leave()
            take_over(token)
            return redirect(url_for("second.challenge", next=wanted or None), 303)
    page = render_template(
        "sign_in.html", action=url_for(".enter_now"), values={"email": email, "next": wanted}, errors=errors
    )
    return page, 422


@account.post("/sign-out")
@access(PUBLIC)
def leave() -> Page:
    """Sign out; whoever is not signed in any more is told the same."""
    read_form(Nothing)
    too = leave_too()
    _leave()
    answer = make_response(too or redirect(url_for(".enter", left=1), 303))
    # Not "cookies": that would end other services of the same domain too, and forget that this device is known.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _leave() -> None:
    """End the session on the server, and forget in the browser all that belonged to it."""
    found = halfway()
    if found is not None:
        sign_out(deps(), found.token)
    session.clear()


@account.get("/invitations/<token>")
@access(PUBLIC)
def invitation(token: str) -> Page:
    """Show what an invitation is for; looking does not use it up."""
    return _invitation(token, {})


@account.post("/invitations/<token>")
@access(PUBLIC)
def accept(token: str) -> Page:
    """Take the code that was read out and the first password, which use the invitation up; then the second step."""
    form, errors = read_form(AcceptInvitation)
    if errors:
        return _invitation(token, errors)
    try:
        begun = accept_invitation(deps(), token, form["code"], form["password"], the_browser().name)
    except NotFound:
        return _gone()
    except Refused as refused:
        return _invitation(token, {refused.field: str(refused)})
    _leave()
    take_over(begun)
    return redirect(url_for("second.choose"), 303)


@account.post("/invitations/<token>/work-account")
@access(PUBLIC)
def accept_by_directory(token: str) -> Page:
    """Take the code, and send somebody to the directory, whose account there uses the invitation up."""
    form, errors = read_form(AcceptByDirectory)
    if errors:
        return _invitation(token, errors)
    try:
        invited = look_at_invitation(deps(), token)
        if deps().directory is None or not invited.staff:
            return _gone()
        invitation = check_code(deps(), token, form["code"])
    except NotFound:
        return _gone()
    except Refused as refused:
        return _invitation(token, {refused.field: str(refused)})
    return send(Errand.accept, about=str(invitation))


def _invitation(token: str, errors: dict[str, str]) -> Page:
    try:
        invited = look_at_invitation(deps(), token)
    except NotFound:
        return _gone()
    by_directory = invited.staff and deps().directory is not None
    page = render_template(
        "invitation.html",
        reference=invited.reference,
        agency=invited.agency,
        role=invited.role,
        email=invited.email,
        action=url_for(".accept", token=token),
        directory_action=url_for(".accept_by_directory", token=token) if by_directory else None,
        by_password=not (invited.staff and deps().policy.staff_by_directory),
        errors=errors,
    )
    return page, 422 if errors else 200


def _gone() -> tuple[str, int]:
    return render_template("invitation_gone.html", sign_in_href=url_for(".enter")), 404
