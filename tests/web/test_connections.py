"""Heads of requests: one reading alone, and within a time limit; over real HTTP, against the server that is shipped."""

import socket
import time
from contextlib import ExitStack, closing

import pytest

from portal.domain.policy import MIB
from portal.web.serving import PortalServer
from tests.web.sender import Sender
from tests.world import sample

HIDDEN = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def talk(port: int, sent: bytes) -> bytes:
    """Send bytes as they are; return all that comes back until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 60\r\nContent-Length: 0",
        b"Content-Length: 0\r\nContent-Length: 60",
        b"Content-Length: -5",
        b"Content-Length: +0",
        b"Content-Length: 0_0",
        b"Content_Length: 60",
        b"Content-Length : 60",
        b"Content-Length: 0\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: ,",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding : chunked",
        b"Transfer_Encoding: chunked",
        b"X-CSRF_Token: a",
        b"Host: y",
        b": nothing",
    ],
)
def test_a_head_with_two_readings_is_refused(sender: Sender, head: bytes) -> None:
    """Nothing behind such a head is taken for another request, whatever a proxy in front makes of it."""
    answer = talk(sender.port, b"POST /sign-in HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n" + HIDDEN)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert 1 == answer.count(b"HTTP/1.")


def test_an_old_request_with_a_coding_hides_no_other(sender: Sender) -> None:
    """HTTP/1.0 knows no transfer codings: the connection ends with the answer."""
    head = b"POST /sign-in HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert 1 == talk(sender.port, head + HIDDEN).count(b"HTTP/1.")


def test_one_connection_carries_several_requests(sender: Sender) -> None:
    """Good heads are read one after the other, also where they come at once."""
    first = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    assert 3 == talk(sender.port, first + first + HIDDEN).count(b"HTTP/1.1 200 OK")


def test_a_head_that_trickles_in_is_cut(sender: Sender) -> None:
    """Slow senders of heads, as many as there are threads, are cut in time although each byte comes soon."""
    with ExitStack() as stack:
        slow = [
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", sender.port), 20))) for _ in range(8)
        ]
        for connection in slow:
            connection.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")
        until = time.monotonic() + 10
        left = slow
        while left and time.monotonic() < until:
            time.sleep(0.3)
            left = [connection for connection in left if still_open(connection)]
        assert [] == left
        assert 200 == sender.get("/health").status_code


def test_a_reader_who_takes_too_little_is_cut(sender: Sender, server: PortalServer) -> None:
    """A reader who takes a little now and then, never long enough apart to have stalled, does not keep a thread."""
    server.grace_seconds, server.minimum_rate = 0.5, 1_000_000
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)  # what it accepts from here on has it too
    sent = sender.put(sample(size=2 * MIB))
    path = f"/inspections/{sender.world.a.inspection}/documents/{sent.json()['body']['document']}/download"
    head = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{key}: {value}" for key, value in sender.headers().items())]
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", sender.port))
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        connection.settimeout(20)
        taken = 0
        while piece := connection.recv(16 * 1024):
            taken += len(piece)
            time.sleep(0.05)
    assert 0 < taken < 2 * MIB


def still_open(connection: socket.socket) -> bool:
    """Send one more byte; say whether the server still waits for others."""
    try:
        connection.sendall(b"a")
        connection.setblocking(False)
        return connection.recv(4096) == b"never"
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(20)
