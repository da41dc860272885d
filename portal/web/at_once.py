"""Check a document right after its receipt, so that what is found is on the page that its sender returns to.

Two threads and a short queue. What does not fit, or is lost with the process, the worker checks; no receipt waits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import BoundedSemaphore, Event, Thread
from uuid import UUID

import structlog
from flask import current_app

from portal.ports import Deps
from portal.services.check import check_document

log = structlog.get_logger()

THREADS = 2
QUEUED = 32
PATIENCE = 8.0
"""Seconds that a sender waits for the result at most."""
WAITING = 16
"""How many wait for a result at once: the rest of the server's threads is for everybody else (rule 12)."""


@dataclass(frozen=True)
class _Wanted:
    document: UUID
    done: Event = field(default_factory=Event)


class AtOnce:
    """The checks of one server process."""

    def __init__(self, deps: Deps, patience: float = PATIENCE) -> None:
        self._deps, self._patience = deps, patience
        self._queue: Queue[_Wanted | None] = Queue(QUEUED)
        self._waiting = BoundedSemaphore(WAITING)
        self._running = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Check in threads of its own for the block; what is still queued at its end is left to the worker."""
        # Daemons: whoever stops the server waits for no file, and what was begun is taken over by its lease.
        threads = [Thread(target=self._work, name=f"check-{number}", daemon=True) for number in range(THREADS)]
        self._running = True
        for each in threads:
            each.start()
        try:
            yield
        finally:
            self._running = False
            self._empty()
            for _ in threads:
                self._queue.put(None)
            for each in threads:
                each.join(timeout=1)

    def begin(self, document: UUID) -> Event | None:
        """Have a document checked without waiting for it; None where it is left to the worker."""
        wanted = _Wanted(document)
        if not self._running:
            return None
        try:
            self._queue.put_nowait(wanted)
        except Full:
            return None
        return wanted.done

    def look(self, document: UUID) -> None:
        """Have a document checked, and wait for it for a while. Where no threads were started, it is checked here."""
        if not self._running:
            self._check(document)
            return
        done = self.begin(document)
        if done is not None and self._waiting.acquire(blocking=False):
            try:
                done.wait(self._patience)
            finally:
                self._waiting.release()

    def _work(self) -> None:
        while (wanted := self._queue.get()) is not None:
            self._check(wanted.document)
            wanted.done.set()

    def _check(self, document: UUID) -> None:
        """Check, whatever comes of it: the document is received, and the worker tries again."""
        try:
            check_document(self._deps, document)
        except Exception as error:  # noqa: BLE001 -- no fault here may reach whoever has just sent a document
            log.error("check.fault", document=str(document), fault=type(error).__name__)

    def _empty(self) -> None:
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            return


def at_once() -> AtOnce:
    """Return the checks of the current app."""
    found: AtOnce = current_app.extensions["portal.checks"]
    return found
