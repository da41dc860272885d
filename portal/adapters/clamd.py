"""ClamAV's daemon, asked over INSTREAM (clamd(8)). Only a plain answer about every byte counts for clean."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from portal.domain.policy import KIB, MIB
from portal.ports.checking import Body, NotScanned, Scanner

CLEAN: Final = b"stream: OK"
_STREAM, _FOUND, _OVER = b"stream: ", b" FOUND", b"Heuristics.Limits.Exceeded"
_LONGEST_ANSWER: Final = 1024
_CHUNK: Final = 256 * KIB
_PATIENCE: Final = 120
"""Seconds for each step: its own longest scan is of two minutes."""
_STEPS: Final = 5
"""All steps together may take so many times that: a little at a time would keep other files waiting for hours."""


class ClamdScanner(Scanner):
    """Asks the daemon at `unix:///PATH` or `tcp://HOST:PORT`; the latter on this machine, since it is in the clear.

    `most` is the size in bytes up to which the daemon looks at all of a file (its StreamMaxLength and MaxFileSize):
    about longer ones it may say OK without having looked, so they are not even sent.
    """

    def __init__(self, address: str, most: int = 100 * MIB, patience: float = _PATIENCE) -> None:
        self._address = urlsplit(address)
        self._most = most
        self._patience = patience

    def is_infected(self, body: Body) -> bool:
        """See `Scanner`."""
        if body.size > self._most:
            raise NotScanned("size")
        with self._connection() as connection:
            answer = self._stream(connection, body)
        if answer == CLEAN:
            return False
        name = answer.removeprefix(_STREAM).removesuffix(_FOUND)
        if not (answer.startswith(_STREAM) and answer.endswith(_FOUND) and name) or name.startswith(_OVER):
            raise NotScanned("limit" if name.startswith(_OVER) or b"size limit" in answer else "answer")
        return True

    def ready(self) -> bool:
        """See `Scanner`."""
        with suppress(NotScanned), self._connection() as connection:
            connection.sendall(b"zPING\0")
            return _answer(connection, self._end()) == b"PONG"
        return False

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        """Yield a connection; whatever is wrong with it means that nothing was scanned."""
        host = self._address.hostname
        kind = socket.AF_UNIX if host is None else socket.AF_INET6 if ":" in host else socket.AF_INET
        where = self._address.path if host is None else (host, self._address.port)
        with socket.socket(kind, socket.SOCK_STREAM) as connection:
            connection.settimeout(self._patience)
            try:
                connection.connect(where)
                yield connection
            except OSError as error:
                raise NotScanned(type(error).__name__) from None

    def _stream(self, connection: socket.socket, body: Body) -> bytes:
        """Send all of it and return what is said then. Over a limit the daemon answers first and hangs up."""
        sent, end = 0, self._end()
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"zINSTREAM\0")
            for piece in body.pieces():
                for start in range(0, len(piece), _CHUNK):
                    _check_time(end)
                    chunk = piece[start : start + _CHUNK]
                    connection.sendall(struct.pack(">I", len(chunk)) + chunk)
                sent += len(piece)
            if sent != body.size:
                raise NotScanned("short")
            connection.sendall(struct.pack(">I", 0))
            return _answer(connection, end)
        # Hung up while we sent: the answer, if it still arrives, can only be why.
        raise NotScanned("limit" if b"size limit" in _answer(connection, end) else "hung up")

    def _end(self) -> float:
        """Return until when all that begins now may take, in `monotonic` seconds."""
        return monotonic() + _STEPS * self._patience


def _check_time(end: float) -> None:
    """Raise NotScanned once the time is up."""
    if monotonic() > end:
        raise NotScanned("time")


def _answer(connection: socket.socket, end: float) -> bytes:
    """Return what is said up to the closing NUL. Raises NotScanned for an answer that does not end so, or not by then.

    `end` is in `monotonic` seconds.
    """
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        _check_time(end)
        piece = connection.recv(_LONGEST_ANSWER)
        if not piece:
            raise NotScanned("cut")
        answer += piece
    said, nul, rest = answer.partition(b"\0")
    if not nul or rest:
        raise NotScanned("answer")
    return said
