"""The other side, in processes of its own: someone who sends, someone who fetches, and many who look at a page."""

import asyncio
import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter
from uuid import uuid4

from tests.e2e.browser import CHUNK, Browser, multipart

HEAD = b"%PDF-1.7\n% made up\n"


def processes(count: int = 1) -> ProcessPoolExecutor:
    """Return a pool of fresh processes that share nothing with this one."""
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


@dataclass(frozen=True)
class Sending:
    """One upload into a slot that takes many. `size` in bytes."""

    browser: Browser
    inspection: str
    size: int
    item: str = "commissioned-services"
    slot: str = "file"

    @property
    def page(self) -> str:
        """The item's page."""
        return f"/inspections/{self.inspection}/items/{self.item}"


def blocks(size: int) -> Iterator[bytes]:
    """Yield `size` bytes that begin as a PDF does; one block over and over, so that making them costs nothing."""
    block = hashlib.shake_128(b"made up").digest(CHUNK)
    yield HEAD[:size]
    left = size - len(HEAD)
    while left > 0:
        yield block if left >= CHUNK else block[:left]
        left -= CHUNK


def digest(size: int) -> str:
    """Return the SHA-256 of `blocks(size)`, in hex."""
    made = hashlib.sha256()
    for block in blocks(size):
        made.update(block)
    return made.hexdigest()


def put(sending: Sending) -> float:
    """Send by PUT. Return the seconds from connecting to the whole receipt, having seen that the digest is right."""
    headers = {
        "X-CSRF-Token": sending.browser.token(sending.page),
        "Content-Length": str(sending.size),
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{uuid4().hex}.pdf",
    }
    path = f"{sending.page}/slots/{sending.slot}/uploads/{uuid4().hex}"
    began = perf_counter()
    answer = sending.browser.request("PUT", path, blocks(sending.size), headers)
    took = perf_counter() - began
    if answer.status != 201 or digest(sending.size) not in answer.text:
        raise AssertionError(f"The upload was answered with {answer.status}: {answer.text[:500]}")
    return took


def form(sending: Sending) -> float:
    """Send by the item page's form. Return the seconds from connecting to the redirect."""
    boundary = uuid4().hex
    fields = {"csrf_token": sending.browser.token(sending.page), "upload_id": uuid4().hex, "slot": sending.slot}
    empty = multipart(boundary, fields, f"{uuid4().hex}.pdf", b"")
    tail = f"\r\n--{boundary}--\r\n".encode()
    head = empty.removesuffix(tail)
    length = len(head) + sending.size + len(tail)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(length)}
    body = (piece for source in ([head], blocks(sending.size), [tail]) for piece in source)
    began = perf_counter()
    answer = sending.browser.request("POST", f"{sending.page}/documents", body, headers)
    took = perf_counter() - began
    if answer.status != 303:
        raise AssertionError(f"The form was answered with {answer.status}: {answer.words[:500]}")
    return took


@dataclass(frozen=True)
class Fetched:
    """Seconds to the first byte of the body and to the last, from connecting; `size` in bytes."""

    first: float
    whole: float
    size: int


def fetch(browser: Browser, path: str) -> Fetched:
    """GET and let go of what comes."""
    buffer = bytearray(CHUNK)
    began = perf_counter()
    with browser.open("GET", path) as response:
        if response.status != 200:
            raise AssertionError(f"{path} was answered with {response.status}.")
        # One byte first: the reader would otherwise wait until the whole buffer is full.
        size = response.readinto(memoryview(buffer)[:1])
        first = perf_counter() - began
        while got := response.readinto(buffer):
            size += got
    took = perf_counter() - began
    if size != int(response.headers["Content-Length"]):
        raise AssertionError(f"{path} broke off after {size} bytes.")
    return Fetched(first, took, size)


def load(browser: Browser, path: str, connections: int, seconds: float) -> list[float]:
    """Ask for a page over and over on `connections` connections that stay open. Return the seconds of each answer."""
    return asyncio.run(_load(browser, path, connections, seconds))


async def _load(browser: Browser, path: str, connections: int, seconds: float) -> list[float]:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{browser.port}\r\nCookie: {cookie}\r\n\r\n".encode()
    until = perf_counter() + seconds
    took: list[float] = []

    async def one() -> None:
        stream = None
        while (began := perf_counter()) < until:
            reader, writer = stream = stream or await asyncio.open_connection("127.0.0.1", browser.port)
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise AssertionError(f"{path} was answered with {head[:60]!r}.")
            await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
            took.append(perf_counter() - began)
            if b"\r\nconnection: close" in head:
                writer.close()
                stream = None
        if stream:
            stream[1].close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took
