"""Answers that carry a file: as an attachment, never shown in the browser, and broken off visibly where it fails."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, current_app

from portal.services.script_access import check_unrevoked
from portal.services.sign_in import check_open
from portal.vault.looking import looking
from portal.web.access import actor, deps, visitor
from portal.web.bearer import the_script
from portal.web.headers import DOWNLOAD_POLICY
from portal.web.templating import say_size
from portal.web.turns import Turns

log = structlog.get_logger()


def attachment(chunks: Iterator[bytes], *, name: str, size: int | None, mimetype: str) -> Response:
    """Return the answer that streams `size` bytes, or as many as there are, under this file name (RFC 6266).

    It holds a turn until it is closed. Raises Unacceptable: a few who read slowly must not keep every thread (rule 12).
    """
    turns: Turns = current_app.extensions["portal.downloads"]
    held = ExitStack()
    held.enter_context(turns.take(actor().person))
    response = Response(_watched(looking(deps(), chunks, _check()), held), mimetype=mimetype)
    if size is not None:
        response.content_length = size
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.call_on_close(held.close)
    return response


def _check() -> Callable[[], None]:
    """Return what looks whether the reader is still let in: for as long as an answer takes there is no request."""
    found = visitor()
    if found is None:
        return partial(check_unrevoked, deps(), the_script().token)
    return partial(check_open, deps(), found.who.session)


def disposition(name: str) -> str:
    """Return the header that offers a file under `name`, whatever characters it has."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _watched(chunks: Iterator[bytes], held: ExitStack) -> Iterator[bytes]:
    """Pass the chunks on; what fails is logged and raised, so that the server breaks off short of the length."""
    with held:  # here too: cheroot does not close an answer whose reader left before its first byte
        try:
            yield from chunks
        except Exception as error:
            log.error("download.broken", fault=type(error).__name__)
            raise


def with_size(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document's view with its size in words."""
    return {**document, "size_words": say_size(document["size"])}
