"""How much of a kind runs at once, so that threads are left for everything else (rule 12)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from uuid import UUID

from portal.ports.checking import CheckFailed
from portal.settings import Settings
from portal.web.errors import Unacceptable
from schemas.texts import say

EACH_PERSON = 8


class Turns:
    """At most `most` at once in all, and `each` for one person."""

    def __init__(self, most: int, busy: str, too_many: str = "", each: int = EACH_PERSON) -> None:
        """`busy` is said where there are too many in all, `too_many` where there are too many of one person."""
        self._all = BoundedSemaphore(most)
        self._busy = busy
        self._too_many = too_many
        self._each = each
        self._lock = Lock()
        self._running: Counter[UUID | None] = Counter()

    @contextmanager
    def take(self, person: UUID | None) -> Iterator[None]:
        """Hold a turn for the block. Raises Unacceptable (429: too many of this person; 503: too many in all)."""
        with self._lock:
            if self._running[person] >= self._each:
                raise Unacceptable(429, self._too_many, retry_after=60)
            if not self._all.acquire(blocking=False):
                raise Unacceptable(503, self._busy, retry_after=60)
            self._running[person] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[person] -= 1
                self._running += Counter()  # lets go of those at zero
            self._all.release()


def uploads(settings: Settings) -> Turns:
    """Return the turns of uploads."""
    return Turns(
        settings.uploads_at_once,
        say("Many files are being sent just now. Try again in a minute; what was received stands."),
        say(
            "You are sending {most} files already. Wait until one of them has arrived, then send the next.",
            most=EACH_PERSON,
        ),
    )


def downloads(settings: Settings) -> Turns:
    """Return the turns of downloads: half of the threads that uploads leave, the other half is for pages."""
    return Turns(
        max((settings.threads - settings.uploads_at_once) // 2, 1),
        say("Many files are being downloaded just now. Try again in a minute."),
        say(
            "You are downloading {most} files already. Wait until one of them has arrived, then take the next.",
            most=EACH_PERSON,
        ),
    )


def strangers(settings: Settings) -> Turns:
    """Return the turns of forms that anyone may send: hashing passwords is slow, and must not keep every thread."""
    most = max(settings.threads // 4, 1)
    return Turns(most, say("Many people are signing in just now. Wait a minute, then try again."), each=most + 1)


def scripts(settings: Settings) -> Turns:
    """Return the turns of what scripts ask for beside uploads and downloads, eight at once for each token."""
    return Turns(
        max(settings.threads // 4, 1),
        say("Many scripts ask just now. Try again in a minute."),
        say("This token asks for too much at once. Wait for the answers, then ask on."),
    )


class Aside:
    """One at a time, the others wait: of two that may look into files, one is left for documents that were sent."""

    def __init__(self, patience: float = 30.0) -> None:
        """`patience` is how many seconds to wait."""
        self._one, self._patience = BoundedSemaphore(), patience

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold the turn for the block. Raises CheckFailed (busy)."""
        if not self._one.acquire(timeout=self._patience):
            raise CheckFailed("busy")
        try:
            yield
        finally:
            self._one.release()


def unsent() -> Turns:
    """Return the turns of forms that are checked without being sent: each is held in memory while it waits."""
    return Turns(
        8,
        say("Many forms are being checked just now. Try again in a minute."),
        say("A form of yours is being checked already. Wait for what is found, then check the next."),
        each=1,
    )
