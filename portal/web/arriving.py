"""Letting a browser go on under a session's token, and knowing the device again."""

from flask import after_this_request, current_app, session
from flask_login import login_user
from werkzeug.wrappers import Response

from portal.domain.sessions import Stage
from portal.services.arrivals import arrive
from portal.services.sign_in import who_is
from portal.web.access import Visitor, deps
from portal.web.fences import DEVICE_SECONDS, the_browser


def take_over(token: str, *, first: bool = False) -> None:
    """Let the browser go on under another token, and forget what belonged to the one before.

    Once the session is full the device is known from now on; `first`: right after enrolment, which its owner knows of.
    """
    session.clear()
    who = who_is(deps(), token)
    if who is None:
        return
    login_user(Visitor(token, who))
    if who.stage is Stage.full:
        arrival = arrive(deps(), who.session, the_browser(), first=first)
        session["csrf_token"] = arrival.form_secret
        _keep_device(arrival.devices)


def _keep_device(devices: str) -> None:
    def keep(response: Response) -> Response:
        response.set_cookie(
            current_app.config["PORTAL_DEVICE_COOKIE"],
            devices,
            max_age=DEVICE_SECONDS,
            path="/",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Strict",
        )
        return response

    after_this_request(keep)
