"""Rule 12: stalled uploads delay nobody, and are cut; a refused sender gets to read why."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.e2e.browser import Browser
from tests.e2e.files import made_up_blocks
from tests.e2e.installation import installation
from tests.e2e.scene import Scene, scene

UPLOADS = 6
STALL_SECONDS = 8
SIZE = 1_000_000


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Scene]:
    """A running portal of few threads, with one announced inspection."""
    few = {
        "PORTAL_THREADS": "10",
        "PORTAL_UPLOADS_AT_ONCE": str(UPLOADS),
        "PORTAL_STALL_SECONDS": str(STALL_SECONDS),
    }
    with installation(tmp_path / "portal", few) as portal, scene(portal) as made:
        portal.serve()
        yield made


def head(place: Scene, browser: Browser, token: str, number: int, length: int, name: str = "a.pdf") -> bytes:
    """Return the head of a PUT."""
    path = f"/inspections/{place.inspection}/items/childrens-guide/slots/file/uploads/stalled-{number:04d}"
    cookies = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
    return (
        f"PUT {path} HTTP/1.1\r\nHost: localhost:{place.portal.port}\r\nCookie: {cookies}\r\n"
        f"X-CSRF-Token: {token}\r\nContent-Length: {length}\r\n"
        f"Content-Disposition: attachment; filename*=UTF-8''{name}\r\n\r\n"
    ).encode()


def test_stalled_uploads_delay_nobody_and_are_cut(place: Scene) -> None:
    """With every upload stalled, pages are answered, one more upload is told to wait, and the stalled ones are cut."""
    browser = place.browser(place.leader)
    token = browser.token(f"/inspections/{place.inspection}/items/childrens-guide")
    begun = b"".join(made_up_blocks(SIZE))[: SIZE // 2]
    with ExitStack() as stack:
        stalled = []
        for number in range(UPLOADS):
            connection = stack.enter_context(closing(socket.create_connection(("127.0.0.1", place.portal.port), 60)))
            connection.sendall(head(place, browser, token, number, SIZE) + begun)
            stalled.append(connection)
        time.sleep(0.5)
        assert 200 == browser.get(f"/inspections/{place.inspection}/").status
        small = b"".join(made_up_blocks(1000))
        told = browser.put(str(place.inspection), "childrens-guide", "file", "b.pdf", small, len(small))
        assert 503 == told.status
        assert "Retry-After" in told.headers
        answers = [connection.recv(12) for connection in stalled]
    assert [b"HTTP/1.1 400"] * UPLOADS == answers
    assert 201 == browser.put(str(place.inspection), "annual-report", "file", "b.pdf", small, len(small)).status
    assert "did not" in browser.get(f"/inspections/{place.inspection}/").words


def test_a_refused_sender_on_a_slow_line_gets_to_read_why(place: Scene) -> None:
    """A file of the wrong type is refused by its head; the sender may go on for seconds and still reads the answer."""
    browser = place.browser(place.leader)
    token = browser.token(f"/inspections/{place.inspection}/items/childrens-guide")
    with closing(socket.create_connection(("127.0.0.1", place.portal.port), 60)) as connection:
        connection.sendall(head(place, browser, token, 1, SIZE, name="a.exe"))
        for block in range(10):
            time.sleep(0.4)  # four seconds in all: longer than a stranger is heard out
            connection.sendall(bytes(SIZE // 10 if block < 9 else SIZE - 9 * (SIZE // 10)))
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 422")
    assert b"must be" in answer
