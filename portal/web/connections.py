"""Connections as the portal takes them: a head that says one thing alone, and that comes within a time limit.

Cheroot takes some heads that a proxy may read in another way (a length twice, `Content_Length`, `-5`): two who read
one stream differently can be made to see different requests in it. It also starts its clock anew with each byte of a
head, so that a few slow senders could keep every thread for hours (rule 12).
"""

import socket
from time import monotonic
from typing import Any

from cheroot.makefile import StreamReader
from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest

HEAD_SECONDS = 20.0
"""How long a request's head may take from its first byte; on the slowest line it takes a second or two."""
_ONCE = frozenset({b"Content-Length", b"Transfer-Encoding", b"Host", b"Cookie", b"Content-Type"})
_FAULTY = "A header is malformed, or is there twice."


class _Heads(dict[bytes, bytes]):
    """Headers by name, in which those that decide about a request are said once."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in self and name in _ONCE:
            raise ValueError(_FAULTY)
        super().__setitem__(name, value)


class StrictHeaderReader(HeaderReader):
    """Raises ValueError, which cheroot answers with 400, for heads of which there are two readings (RFC 9112)."""

    def __call__(self, rfile: Any, hdict: dict[bytes, bytes] | None = None) -> dict[bytes, bytes]:  # noqa: ANN401
        """Read the head's lines into `hdict`."""
        read = _Heads()
        super().__call__(rfile, read)
        length = read.get(b"Content-Length")
        coding = read.get(b"Transfer-Encoding")
        if length is not None and (not length.isdigit() or coding is not None):
            raise ValueError(_FAULTY)
        if coding is not None and coding.lower() != b"chunked":
            raise ValueError(_FAULTY)
        found = {} if hdict is None else hdict
        found.update(read)
        return found

    def _transform_key(self, key_name: bytes) -> bytes:
        """Return the name in cheroot's form. WSGI writes `-` and `_` alike, so that one could pass for the other."""
        if not key_name or key_name != key_name.strip() or b"_" in key_name:
            raise ValueError(_FAULTY)
        return key_name.title()


class _Receiving(socket.SocketIO):
    """What the socket receives; while a head is read, each wait ends when the head's time does."""

    until: float | None = None

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection, "rb")
        self._connection = connection

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 -- as in io.RawIOBase
        """Receive some bytes. Raises TimeoutError."""
        if self.until is None:
            return super().readinto(buffer)
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        usual = self._connection.gettimeout()
        self._connection.settimeout(min(left, usual) if usual else left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(usual)


class _Reader(StreamReader):
    def __init__(self, raw: _Receiving, size: int) -> None:
        super(StreamReader, self).__init__(raw, size)
        self.bytes_read = 0


class _Request(HTTPRequest):
    header_reader: Any = StrictHeaderReader()
    expects = False
    """Whether the sender waits for a word before it sends the body."""

    def read_request_headers(self) -> bool:
        """Read the head, and say "continue" to nobody yet: cheroot would, before anybody asked who it is."""
        strict = self.header_reader

        def read(rfile: Any, found: dict[bytes, bytes]) -> dict[bytes, bytes]:  # noqa: ANN401 -- as cheroot has it
            strict(rfile, found)
            self.expects = found.pop(b"Expect", b"").lower() == b"100-continue"
            return found

        self.header_reader = read
        return bool(super().read_request_headers())  # type: ignore[no-untyped-call]

    def go_on(self) -> None:
        """Tell a sender who waits for it to send the body (RFC 9110 §10.1.1)."""
        if self.expects:
            self.expects = False
            self.conn.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def parse_request(self) -> None:
        receiving = self.conn.receiving
        receiving.until = monotonic() + self.server.head_seconds
        try:
            super().parse_request()
        finally:
            receiving.until = None


class Connection(HTTPConnection):
    """One connection, whose requests are read strictly and in time."""

    RequestHandlerClass = _Request

    def __init__(self, server: Any, sock: socket.socket, *makefile: Any) -> None:  # noqa: ANN401 -- as cheroot has it
        super().__init__(server, sock, *makefile)
        self.rfile.close()
        self.receiving = _Receiving(sock)
        self.rfile = _Reader(self.receiving, self.rbufsize)
