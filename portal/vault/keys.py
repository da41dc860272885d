"""A short memory for unwrapped keys, so that a bundle costs one call to the key service (rule 10)."""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from portal.ports import Clock, KeyCustodian, KeyRemoval, KeyState

MAX_KEYS = 64


class CachingCustodian:
    """A KeyCustodian that keeps what `inner` unwrapped for at most `life`, in this process alone.

    It does not learn of a key that another process removed: look at the inspection's state at each use of a key.
    A key whose time is over is never given again; it leaves memory at the next unwrapping.
    """

    def __init__(self, inner: KeyCustodian, clock: Clock, life: timedelta = timedelta(minutes=5)) -> None:
        self._inner = inner
        self._clock = clock
        self._life = life
        self._lock = Lock()
        self._kept: OrderedDict[tuple[UUID, bytes], tuple[datetime, bytes]] = OrderedDict()
        self._forgotten = 0

    def create(self, inspection: UUID) -> bytes:
        """Make the inspection's key and return it wrapped; it is not kept."""
        return self._inner.create(inspection)

    def unwrap(self, inspection: UUID, wrapped: bytes) -> bytes:
        """Return the 32-byte inspection key, from memory if it was unwrapped less than `life` ago."""
        now = self._clock.now()
        with self._lock:
            since, key = self._kept.get((inspection, wrapped), (None, b""))
            # A clock set back makes an entry seem to be of the future: it is not trusted either.
            if since is not None and since <= now < since + self._life:
                return key
            self._kept.pop((inspection, wrapped), None)
            forgotten = self._forgotten
        key = self._inner.unwrap(inspection, wrapped)
        with self._lock:
            # What was forgotten while `inner` worked stays forgotten.
            if forgotten == self._forgotten:
                self._keep(inspection, wrapped, now, key)
        return key

    def _keep(self, inspection: UUID, wrapped: bytes, now: datetime, key: bytes) -> None:
        """Keep one key, and let go of every other whose time is over, and of the oldest beyond MAX_KEYS."""
        for old in [entry for entry, (since, _) in self._kept.items() if not since <= now < since + self._life]:
            del self._kept[old]
        self._kept[inspection, wrapped] = (now, key)
        while len(self._kept) > MAX_KEYS:
            self._kept.popitem(last=False)

    def forget(self, inspection: UUID) -> None:
        """Let go of the inspection's unwrapped key, also of one that is just being unwrapped."""
        with self._lock:
            self._forgotten += 1
            for entry in [entry for entry in self._kept if entry[0] == inspection]:
                del self._kept[entry]

    def remove(self, inspection: UUID, at: datetime) -> KeyRemoval:
        """Remove the wrapping key, and forget the unwrapped one even if the removal fails half way."""
        try:
            return self._inner.remove(inspection, at)
        finally:
            self.forget(inspection)

    def state(self, inspection: UUID) -> KeyState:
        """Say what `inner` says now."""
        return self._inner.state(inspection)

    def has_key(self, inspection: UUID) -> bool:
        """Say what `inner` says now."""
        return self._inner.has_key(inspection)

    def removed(self) -> Iterator[UUID]:
        """Yield what `inner` yields now."""
        return self._inner.removed()
