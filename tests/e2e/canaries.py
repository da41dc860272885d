"""Words that must be found on no disk, an upload that is full of them, and the search for them."""

import socket
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from tests.e2e.browser import Browser, multipart
from tests.e2e.installation import Installation
from tests.e2e.scene import Scene

CONTENT, NAME, WORDS = "canary-content-5b1e", "canary-name-77aa", "canary-words-c0de"
CANARIES = tuple(word.encode(encoding) for word in (CONTENT, NAME, WORDS) for encoding in ("utf-8", "utf-16-le"))
SIZE = 50 * 1024 * 1024
FILE = b"%PDF-1.7\n" + (CONTENT.encode() + b" " + bytes(1000)) * (SIZE // 1020)


def leaks(portal: Installation, canaries: Collection[bytes] = CANARIES) -> list[str]:
    """Return every file, and every file behind an open descriptor, that holds one of the canaries."""
    found = []
    for path in portal.root.rglob("*"):
        with suppress(FileNotFoundError):  # taken away meanwhile
            if path.is_file() and holds_canary(path, canaries):
                found.append(str(path))
    for process in portal.processes:
        for child in family(process.pid):
            for descriptor in Path(f"/proc/{child}/fd").glob("*"):
                try:
                    if descriptor.is_file() and holds_canary(descriptor, canaries):
                        found.append(f"{child}: {descriptor.readlink()}")
                except OSError:
                    continue  # closed meanwhile
    return found


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            children += family(int(path.parent.name))
    return [pid, *children] if Path(f"/proc/{pid}").exists() else children


def holds_canary(path: Path, canaries: Collection[bytes] = CANARIES) -> bool:
    """Say whether a canary stands in the file, also across the pieces that it is read in."""
    kept = b""
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            if any(canary in kept + block for canary in canaries):
                return True
            kept = block[-128:]
    return False


def begin(
    place: Scene, browser: Browser, by_form: bool, connect: Callable[[], socket.socket] | None = None
) -> tuple[socket.socket, bytes]:
    """Send the head and more than half of an upload; return the line and what is still to be sent."""
    inspection, item, name = place.inspection, "statement-of-purpose", f"{NAME}.pdf"
    token = browser.token(f"/inspections/{inspection}/items/{item}")
    if by_form:
        boundary = uuid4().hex
        fields = {"csrf_token": token, "upload_id": uuid4().hex, "slot": "file"}
        body = multipart(boundary, fields, name, FILE)
        line = f"POST /inspections/{inspection}/items/{item}/documents HTTP/1.1\r\n"
        head = f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
    else:
        body = FILE
        line = f"PUT /inspections/{inspection}/items/{item}/slots/file/uploads/{uuid4().hex} HTTP/1.1\r\n"
        head = f"X-CSRF-Token: {token}\r\nContent-Disposition: attachment; filename*=UTF-8''{quote(name)}\r\n"
    cookies = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
    host = f"Host: localhost:{place.portal.port}\r\nCookie: {cookies}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = connect() if connect else socket.create_connection(("127.0.0.1", place.portal.port), timeout=60)
    half = len(body) * 6 // 10
    connection.sendall((line + head + host).encode() + body[:half])
    return connection, body[half:]


def wait_for_parts(place: Scene, count: int) -> None:
    """Wait until so many sealed parts are in the store: the server has had that much of the file in hand."""
    until = time.monotonic() + 30
    store = place.portal.root / "data" / "store"
    while len([path for path in store.rglob("*") if path.is_file()]) < count:
        assert time.monotonic() < until, "the parts do not arrive"
        time.sleep(0.05)
