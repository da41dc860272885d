"""What went wrong below, as an answer: a status, a page or problem details, and a log without names or content."""

import traceback
from collections.abc import Mapping
from pathlib import Path

import structlog
from flask import Flask, Response, g, make_response, request
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal.domain.errors import (
    ClockSuspect,
    Conflict,
    Interrupted,
    KeyRemoved,
    KeyUnavailable,
    NotAllowed,
    NotFound,
    ObjectMissing,
    PortalError,
    Refused,
    SealBroken,
    StoreUnavailable,
)
from portal.web.problems import details, for_scripts, problem
from portal.web.templating import ERROR_WORDS, error_page
from schemas.texts import together

log = structlog.get_logger()

STATUSES: tuple[tuple[type[PortalError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Refused, 422),
    (Conflict, 409),
    (Interrupted, 400),
    (KeyRemoved, 410),
    (KeyUnavailable, 503),
    (StoreUnavailable, 503),
    (ClockSuspect, 503),
)


class Unacceptable(Exception):
    """A request that HTTP itself can answer: `status`, and what happened where the general words do not say it."""

    def __init__(self, status: int, message: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after
        """Seconds."""


def install(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(Unacceptable, _unacceptable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def status_of(error: PortalError) -> int:
    """Return the HTTP status of a domain error; one that is nobody's to mend is 500."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def answer(status: int, message: str = "", lead: Mapping[str, str] | None = None) -> Response:
    """Return the error page, or problem details (RFC 9457) where the request is a script's; it leads on to `lead`."""
    if for_scripts():
        return problem(status, message)
    if wants_json():
        title, happened, to_do = ERROR_WORDS.get(status) or ERROR_WORDS[500 if status >= 500 else 400]
        return details(status, title, message or together((happened, to_do)))
    response = make_response(error_page(status, message, lead))
    response.status_code = status
    return response


def wants_json() -> bool:
    """Say whether the request is a script's: a PUT, or one that likes JSON better than HTML."""
    accepts = request.accept_mimetypes
    liked = max(accepts["application/json"], accepts["application/problem+json"])
    return request.method == "PUT" or liked > accepts["text/html"]


def _portal_error(error: PortalError) -> Response:
    if isinstance(error, SealBroken | ObjectMissing):
        log.error("alarm.seal-broken", endpoint=request.endpoint, fault=type(error).__name__, at=_places(error))
    status = status_of(error)
    # One page for all that is not there: an unknown address, an unknown id and another agency's are the same (rule 5).
    # What the key folder or the store lacks is for the operator to read, in the log.
    silent = status in (404, 500, 503)
    if status in (403, 404) and request.endpoint is not None:
        _note("request.refused", fault=type(error).__name__)
    if status == 500:
        log.warning("request.failed", endpoint=request.endpoint, fault=type(error).__name__)
    if status == 503:
        log.warning("request.failed", endpoint=request.endpoint, fault=type(error).__name__, said=str(error))
    return answer(status, "" if silent else str(error))


def _note(event: str, **said: object) -> None:
    """Log who was refused what, by ids alone (ASVS V16.3.2, V16.3.3); an address that leads nowhere is no refusal."""
    visitor, script = g.get("visitor"), g.get("script")
    log.info(
        event,
        endpoint=request.endpoint,
        method=request.method,
        person=str(visitor.who.actor.person) if visitor else "",
        script=str(script.token) if script else "",
        inspection=str((request.view_args or {}).get("inspection", "")),
        **said,
    )


def _unacceptable(error: Unacceptable) -> Response:
    _note("request.unacceptable", status=error.status)
    response = answer(error.status, error.message)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_error(error: HTTPException) -> Response:
    response = answer(error.code or 500)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _fault(error: Exception) -> Response:
    """An error that nobody foresaw: its text may hold what was sent, so only its type and places are logged."""
    log.error("request.fault", endpoint=request.endpoint, fault=type(error).__name__, at=_places(error))
    if isinstance(error, IntegrityError):  # somebody else did the same at this instant, and the database took theirs
        return answer(409)
    return answer(503 if isinstance(error, OSError | OperationalError | InterfaceError | PoolTimeout) else 500)


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
