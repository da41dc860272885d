"""Request bodies as the portal reads them: metered, in pieces, never spooled. The server ends what is left unread."""

from collections.abc import Iterator
from typing import IO, Any

from flask import Request, request

from portal.domain.errors import Interrupted
from portal.domain.policy import MIB
from schemas.texts import say

CUT = say(
    "The connection broke before the whole file had arrived. Nothing of it was kept: choose the file and send it again."
)


class Body:
    """A request's body, read at most up to its Content-Length."""

    def __init__(self, source: Any, length: int, chunked: bool) -> None:  # noqa: ANN401 -- what the server gives
        self._source = source
        self._chunked = chunked
        self.left = length

    @property
    def unread(self) -> bool:
        """Whether the connection still holds something of this body."""
        return self.left > 0 or self._chunked

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, b"" at the end or where the sender broke off. Raises Interrupted (too slow, cut)."""
        wanted = self.left if size < 0 else min(size, self.left)
        if wanted == 0:
            return b""
        got: bytes = self._source.read(wanted)
        self.left -= len(got)
        return got

    def pieces(self) -> Iterator[bytes]:
        """Yield all that is left, 1 MiB at most at a time. Raises Interrupted if it ends before its length."""
        while self.left:
            piece = self.read(MIB)
            if not piece:
                raise Interrupted(CUT)
            yield piece


class PortalRequest(Request):
    """A request whose body is metered from the start, and that cannot put a file on a disk."""

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        length = environ.get("CONTENT_LENGTH") or "0"
        known = int(length) if length.isascii() and length.isdigit() else 0
        chunked = bool(environ.get("HTTP_TRANSFER_ENCODING"))
        if not isinstance(environ.get("wsgi.input"), Body):
            environ["wsgi.input"] = Body(environ.get("wsgi.input"), 0 if chunked else known, chunked)
        super().__init__(environ, populate_request, shallow)

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        raise RuntimeError("A file may not be spooled: uploads read their body themselves.")


def current_body() -> Body:
    """Return the body of the request in hand."""
    body: Body = request.environ["wsgi.input"]
    return body


def declared_length() -> int | None:
    """Return the Content-Length, or None where it is missing, no number, or the body is chunked."""
    raw = request.environ.get("CONTENT_LENGTH") or ""
    if request.environ.get("HTTP_TRANSFER_ENCODING") or not (raw.isascii() and raw.isdigit()):
        return None
    return int(raw)
