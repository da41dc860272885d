"""What a script is told of its mistakes: problem details (RFC 9457), in words that mean something without a page."""

from collections.abc import Mapping
from typing import Final

from flask import Response, current_app, jsonify, request

from schemas.texts import say

API: Final = "/api"
WORDS: Mapping[int, tuple[str, str]] = {
    400: (say("Bad request"), say("The request cannot be understood. Check it against the description of the API.")),
    401: (
        say("No token that works"),
        say(
            "Send a token that works as “Authorization: Bearer TOKEN”. If yours has ended or was revoked, "
            "make a new one on the inspection’s pages."
        ),
    ),
    403: (say("Not allowed"), say("This token does not allow this.")),
    404: (say("Not found"), say("There is nothing here that belongs to this token’s inspection. Check the address.")),
    405: (say("Method not allowed"), say("Use one of the methods that the header Allow names.")),
    409: (say("Conflict"), say("It cannot be done as things stand. Ask for the status, then decide.")),
    410: (say("Gone"), say("What you asked for was disposed of, and cannot be read again.")),
    411: (say("Length required"), say("Send a Content-Length header; chunked bodies are not taken.")),
    413: (say("Content too large"), say("Send something smaller. Nothing of it was kept.")),
    415: (say("Unsupported media type"), say("Send JSON as application/json.")),
    421: (say("Misdirected request"), say("Use the address of this service.")),
    422: (say("Unprocessable content"), say("Something in what you sent has to be mended.")),
    429: (say("Too many requests"), say("Wait for as many seconds as the header Retry-After says, then try again.")),
    500: (say("Internal server error"), say("Something went wrong on our side. Try again in a few minutes.")),
    503: (say("Service unavailable"), say("Try again in a few minutes. What you have a receipt for is safe.")),
}
"""Status -> title, and what happened and what to do where nothing more is known."""


def for_scripts() -> bool:
    """Say whether the request is below `/api`: no page, no cookie and no form is."""
    return below_api(request.path)


def below_api(path: str) -> bool:
    """Say whether an address is for scripts."""
    return path == API or path.startswith(API + "/")


def problem(status: int, message: str = "") -> Response:
    """Return problem details; `message`, where given, says what happened in place of the general words."""
    title, detail = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    return details(status, title, message or detail)


def details(status: int, title: str, detail: str) -> Response:
    """Return problem details in the words of the catalogue: no template stands between them and their reader."""
    of = current_app.extensions["portal"].catalogue.of
    response = jsonify({"type": "about:blank", "title": of(title), "status": status, "detail": of(detail)})
    response.mimetype = "application/problem+json"
    response.status_code = status
    if status == 401 and for_scripts():
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
