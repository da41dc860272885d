"""Requests below `/api`: a token lets them in, and nothing else does; a session's cookie is not looked at.

Browsers never send a token by themselves, so that no other site can make one send it: forms' tokens and the word of
browsers on where a request comes from are not asked for (RFC 6750).
"""

import json
from contextlib import ExitStack
from typing import Any, Final

from flask import Flask, Request, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from marshmallow import ValidationError
from werkzeug.routing import RequestRedirect

from portal.db.queries import OTHER_PURPOSE
from portal.domain.errors import NotAllowed, NotFound, Refused
from portal.domain.networks import counted_network
from portal.domain.policy import KIB
from portal.domain.roles import Permission
from portal.ports import Deps
from portal.services.script_access import Script, refuse_token, whose_token
from portal.web.bodies import current_body, declared_length
from portal.web.errors import Unacceptable
from portal.web.fences import the_browser
from portal.web.problems import below_api
from portal.web.turns import Turns
from schemas.api import Asked
from schemas.texts import say

SAFE: Final = frozenset({"GET", "HEAD"})
JSON_TYPE: Final = "application/json"
JSON_BYTES: Final = 512 * KIB
"""As many characters as a form may hold, each written as an escape."""
WAIT_SECONDS: Final = 60
NO_BODY = say("This takes nothing but its address. Send no body.")
NO_JSON = say("The body must be one JSON object, in UTF-8.")
EXTRA = say("The body holds a field that the description of the API does not have.")


class PageSessions(SecureCookieSessionInterface):
    """Sessions as Flask keeps them, for pages alone: below `/api` no cookie is read, and none is set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of the request; None makes it one that holds nothing and is not kept."""
        return None if below_api(request.path) else super().open_session(app, request)


def guard_script(needs: frozenset[Permission] | None, *, streams: bool) -> None:
    """Let a script's request pass if its token has one of `needs`; None lets anybody pass.

    Raises NotFound, NotAllowed, Unacceptable, before anything reads the body.
    """
    if "\0" in request.path or b"%00" in request.query_string:
        raise NotFound("PostgreSQL takes no NUL, so nothing has it in its address.")
    if isinstance(request.routing_exception, RequestRedirect):
        raise NotFound("No address of the API leads to another.")
    if request.endpoint is None:
        return
    if needs is not None:
        script = g.script = _whose()
        if not any(script.actor.reaches(script.inspection, permission) for permission in needs):
            raise NotAllowed(OTHER_PURPOSE)
    if not streams:
        _check_body()
        turns: Turns = current_app.extensions["portal.scripts"]
        g.held = ExitStack()
        g.held.enter_context(turns.take(script.token if needs is not None else None))


def the_script() -> Script:
    """Return who makes the request. Only for routes that ask for a token."""
    found: Script | None = g.get("script")
    if found is None:
        raise RuntimeError("A route without a token has no script.")
    return found


def _whose() -> Script:
    deps: Deps = current_app.extensions["portal"]
    shown = request.headers.get("Authorization")
    if shown is None:
        raise Unacceptable(401)  # nothing was tried, so nothing is counted
    scheme, _, raw = shown.partition(" ")
    script = whose_token(deps, raw) if scheme.lower() == "bearer" else None
    if script is not None:
        return script
    turns: Turns = current_app.extensions["portal.strangers"]
    with turns.take(None):
        waits = refuse_token(deps, raw, counted_network(the_browser().address))
    if waits:
        raise Unacceptable(429, retry_after=WAIT_SECONDS)
    raise Unacceptable(401)


def _check_body() -> None:
    length = declared_length()
    if request.method in SAFE:
        if length or current_body().unread:
            raise Unacceptable(400, NO_BODY)
        return
    if length is None:
        raise Unacceptable(411)
    if length > JSON_BYTES:
        raise Unacceptable(413)
    if request.mimetype != JSON_TYPE:
        raise Unacceptable(415)


def read_json(schema: type[Asked]) -> dict[str, Any]:
    """Return what the body says, by this schema. Raises Unacceptable (no JSON object), Refused (what it says)."""
    body = b"".join(current_body().pieces())
    try:
        given = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Unacceptable(400, NO_JSON) from None
    if not isinstance(given, dict):
        raise Unacceptable(400, NO_JSON)
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        wrong: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        fault = next((said for name, said in schema.SAID.items() if name in wrong), EXTRA)
        raise Refused(fault) from None
    return loaded
