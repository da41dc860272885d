"""The server: cheroot with enough threads, paced bodies, and a close that lets a refused sender read the answer."""

import resource
import socket
from contextlib import suppress
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from wsgiref.types import WSGIApplication

import structlog
from cheroot.server import KnownLengthRFile
from cheroot.wsgi import Gateway_10, Server

from portal.settings import Settings
from portal.web.connections import HEAD_SECONDS, Connection
from portal.web.pacing import GRACE_SECONDS, PacedBody

log = structlog.get_logger()

COPIED_AT_MOST = 256 * 1024
"""Bytes. Cheroot's writer copies what it is given, and what a send left over; what is longer goes past it."""
LINGER_PIECE = 256 * 1024
LINGER_SECONDS = 2.0
PATIENT_SECONDS = 120.0
PATIENT_AT_ONCE = 16
PATIENCE = "portal.patience"
"""What an upload route sets in the WSGI environment, once the sender is known to be one who may upload."""


class PortalServer(Server):
    """Cheroot's WSGI server, with our gateway and a log that holds no request data."""

    ConnectionClass = Connection

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        super().__init__(
            settings.listen,
            application,
            numthreads=settings.threads,
            server_name="portal",
            max=settings.threads,
            timeout=settings.stall_seconds,
            request_queue_size=128,
        )
        self.gateway = PacedGateway
        self.minimum_rate = settings.minimum_rate
        self.grace_seconds = GRACE_SECONDS
        self.head_seconds = min(HEAD_SECONDS, settings.stall_seconds)
        self.keep_alive_conn_limit = settings.threads
        self.max_request_header_size = 32 * 1024
        self.patience = BoundedSemaphore(min(PATIENT_AT_ONCE, settings.uploads_at_once))

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Log that something broke; the message may hold request data, so only its first word is kept."""
        log.warning("server.broken-response", level=level, kind=msg.partition("(")[0][:60], traced=traceback)


class PacedGateway(Gateway_10):
    """One request: its body and its answer paced, its end gentle if the body was not read."""

    body: PacedBody | None = None
    waited = 0.0
    """Seconds spent in sending so far."""
    sent = 0

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # the stub says None
        """Return the WSGI environment with the paced body in it."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        if isinstance(self.req.rfile, KnownLengthRFile):
            source, length = self.req.rfile.rfile, self.req.rfile.remaining
            self.body = PacedBody(
                source, self.req.conn.socket, length, self.req.server.minimum_rate, before=self.req.go_on
            )
            environ["wsgi.input"] = self.body
            # What the application leaves unread ends the connection below; cheroot must not wait for it.
            self.req.rfile.remaining = 0
        return environ

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:  # noqa: ANN401
        """Note the answer's head; a body that was not read, or has no known length, ends the connection."""
        # Any transfer coding: in HTTP/1.0 cheroot passes it over, and what follows would be read as another request.
        if "HTTP_TRANSFER_ENCODING" in self.env or (self.body is not None and self.body.left):
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)

    def write(self, chunk: bytes) -> None:
        """Send; long chunks straight from their memory, where cheroot's writer would copy them three times.

        Each send waits at most the connection's time limit, and all of them must keep the minimum rate that is asked
        of senders: a reader who takes a little now and then would keep a thread for days. Raises TimeoutError.
        """
        left = self.remaining_bytes_out
        if len(chunk) <= COPIED_AT_MOST or self.req.chunked_write or left is None or len(chunk) > left:
            began = monotonic()
            super().write(chunk)
            self._keep_pace(len(chunk), monotonic() - began)
            return
        self.req.ensure_headers_sent()
        connection: socket.socket = self.req.conn.socket
        view, sent = memoryview(chunk), 0
        while sent < len(view):
            began = monotonic()
            taken = connection.send(view[sent:])
            self._keep_pace(taken, monotonic() - began)
            sent += taken
        self.remaining_bytes_out = left - sent

    def _keep_pace(self, sent: int, waited: float) -> None:
        self.sent += sent
        self.waited += waited
        if self.sent < (self.waited - self.req.server.grace_seconds) * self.req.server.minimum_rate:
            raise TimeoutError("timed out")  # in cheroot's words, so that it ends the connection without a fault

    def respond(self) -> None:
        """Answer; then, if the sender is still sending, take some more: a reset would lose them the answer."""
        super().respond()
        if self.req.close_connection and (self.req.chunked_read or (self.body is not None and self.body.left)):
            self._linger()

    def _linger(self) -> None:
        """Let go of what still comes. Who was let in to upload is heard out for longer, a few at a time.

        A browser shows the answer only once it has sent all, and a reset instead of it if the connection ends before.
        """
        patient = PATIENCE in self.env and self.req.server.patience.acquire(blocking=False)
        until = monotonic() + (PATIENT_SECONDS if patient else LINGER_SECONDS)
        connection: socket.socket = self.req.conn.socket
        try:
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(LINGER_SECONDS)
            while monotonic() < until and connection.recv(LINGER_PIECE):
                pass
        except OSError:
            pass  # the sender has gone
        finally:
            if patient:
                self.req.server.patience.release()


def no_core_dumps() -> None:
    """Plaintext in memory must not reach a disk by way of a core dump (rule 1)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def steady_memory() -> None:
    """Keep freed blocks of a part's size in the process: mapping them anew for each part costs a third of the speed."""
    import ctypes

    with suppress(OSError, AttributeError):  # a C library without mallopt: slower, nothing else
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(-3, 32 * 1024 * 1024)  # M_MMAP_THRESHOLD
        mallopt(-1, 128 * 1024 * 1024)  # M_TRIM_THRESHOLD
        mallopt(-8, 2)  # M_ARENA_MAX: many threads must not each keep a part's worth of freed memory


def serve(application: WSGIApplication, settings: Settings) -> None:
    """Serve until interrupted."""
    no_core_dumps()
    steady_memory()
    server = PortalServer(application, settings)
    server.prepare()
    try:
        server.serve()
    finally:
        server.stop()
