"""Stand-ins for the outside, in memory. Each passes the contract tests that the real part passes."""

import hashlib
import hmac
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.adapters.objectkeys import checked_key, checked_prefix
from portal.domain.errors import KeyRemoved, KeyUnavailable, ObjectExists, ObjectMissing, SealBroken, StoreUnavailable
from portal.ports import (
    Anchor,
    BlobStore,
    Clock,
    KeyCustodian,
    KeyRemoval,
    KeyState,
    Mail,
    Mailer,
    MailRefused,
    Signature,
    Signer,
)


class FakeClock(Clock):
    """A clock that stands still until told otherwise."""

    def __init__(self, start: datetime = datetime(2023, 10, 9, 8, tzinfo=UTC)) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock; a negative `by` sets it back."""
        self._now += by

    def set(self, instant: datetime) -> None:
        """Set the clock to an aware instant."""
        self._now = instant.astimezone(UTC)


@dataclass
class _Fault:
    operation: str
    times: int
    after: bool


class FakeStore(BlobStore):
    """Objects in a dict, with old versions, delete markers (None) and unfinished writes, as a bucket has them.

    `calls` counts the calls of each operation, failed ones too.
    """

    def __init__(self) -> None:
        self._versions: dict[str, list[bytes | None]] = {}
        self._unfinished: list[tuple[str, timedelta]] = []
        self._faults: list[_Fault] = []
        self._lock = threading.RLock()
        self.calls: Counter[str] = Counter()

    def fail_next(self, operation: str, times: int = 1, *, after: bool = False) -> None:
        """Let the next `times` calls of `operation` raise StoreUnavailable; with `after`, once the work is done."""
        self._faults.append(_Fault(operation, times, after))

    def plant_version(self, key: str, data: bytes | None) -> None:
        """Lay another version, or with None a delete marker, over what `key` has."""
        self._versions.setdefault(checked_key(key), []).append(data)

    def plant_unfinished(self, key: str, age: timedelta = timedelta(0)) -> None:
        """Leave what a writer of `key` leaves that was killed `age` ago."""
        self._unfinished.append((checked_key(key), age))

    def put(self, key: str, data: bytes) -> None:
        checked_key(key)
        with self._working("put"):
            held = self._current(key)
            if held is not None and held != data:
                raise ObjectExists("This part was stored before. Start the upload again.")
            if held is None:
                self._versions.setdefault(key, []).append(bytes(data))

    def get(self, key: str) -> bytes:
        checked_key(key)
        with self._working("get"):
            held = self._current(key)
        if held is None:
            raise ObjectMissing("The store has no such part. Tell the administrator.")
        return held

    def keys(self, prefix: str) -> Iterator[str]:
        if prefix:
            checked_prefix(prefix)
        with self._working("keys"):
            found = sorted(k for k in self._versions if k.startswith(prefix) and self._current(k) is not None)
        return iter(found)

    def delete(self, keys: Iterable[str]) -> None:
        wanted = [checked_key(key) for key in keys]
        with self._working("delete"):
            for key in wanted:
                self._versions.pop(key, None)

    def empty(self, prefix: str) -> int:
        checked_prefix(prefix)
        with self._working("empty"):
            found = self._count(prefix)
            self._versions = {k: v for k, v in self._versions.items() if not k.startswith(prefix)}
            self._unfinished = [u for u in self._unfinished if not u[0].startswith(prefix)]
        return found

    def remains(self, prefix: str) -> int:
        checked_prefix(prefix)
        with self._working("remains"):
            return self._count(prefix)

    def clear_unfinished(self, min_age: timedelta) -> int:
        with self._working("clear_unfinished"):
            young = [(key, age) for key, age in self._unfinished if age < min_age]
            cleared = len(self._unfinished) - len(young)
            self._unfinished = young
        return cleared

    def _current(self, key: str) -> bytes | None:
        return self._versions.get(key, [None])[-1]

    def _count(self, prefix: str) -> int:
        versions = sum(len(v) for k, v in self._versions.items() if k.startswith(prefix))
        return versions + sum(1 for key, _ in self._unfinished if key.startswith(prefix))

    @contextmanager
    def _working(self, operation: str) -> Iterator[None]:
        with self._lock:
            self.calls[operation] += 1
            fault = next((f for f in self._faults if f.operation == operation and f.times), None)
            if fault:
                fault.times -= 1
            if fault and not fault.after:
                raise StoreUnavailable("The store does not answer. Try again in a few minutes.")
            yield
            if fault:
                raise StoreUnavailable("The store does not answer. Try again in a few minutes.")


class FakeMailer(Mailer):
    """Keeps what was sent in `sent`, each id once; `fail_next` counts the sendings that will fail.

    `handed_over` has what was forgotten since, too. `refuses` holds addresses that it refuses; `tells` says whether it
    can tell what it has.
    """

    def __init__(self, *, tells: bool = True) -> None:
        self.sent: list[Mail] = []
        self.handed_over: list[Mail] = []
        self.fail_next = 0
        self.refuses: set[str] = set()
        self.tells = tells

    def send(self, mail: Mail) -> None:
        if self.fail_next:
            self.fail_next -= 1
            raise OSError("The mail server does not answer.")
        if any("\n" in header or "\r" in header for header in (mail.to, mail.subject)):
            raise MailRefused("header")
        if mail.to in self.refuses:
            raise MailRefused("550")
        if not self.was_sent(mail.id):
            self.sent.append(mail)
            self.handed_over.append(mail)

    def was_sent(self, mail_id: UUID) -> bool | None:
        return mail_id in {mail.id for mail in self.sent} if self.tells else None

    def forget(self, mail_ids: Iterable[UUID]) -> None:
        gone = set(mail_ids)
        self.sent = [mail for mail in self.sent if mail.id not in gone]


class FakeAnchor(Anchor):
    """Keeps checkpoints in a dict; `fails` lets it answer nobody."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self.fails = False

    def keep(self, name: str, data: bytes) -> None:
        if self.fails:
            raise StoreUnavailable("The anchor does not answer. Try again in a few minutes.")
        if self._kept.setdefault(name, data) != data:
            raise ObjectExists(f"The checkpoint {name} was kept before and reads otherwise.")

    def kept(self, prefix: str = "", after: str = "") -> Iterator[tuple[str, bytes]]:
        if self.fails:
            raise StoreUnavailable("The anchor does not answer. Try again in a few minutes.")
        yield from sorted((name, data) for name, data in self._kept.items() if name.startswith(prefix) and name > after)


class FakeSigner(Signer):
    """Real Ed25519, with a key that is the same in every run."""

    def __init__(self, seed: bytes = bytes(range(32)), key_id: str = "test-1") -> None:
        self._keys = {key_id: Ed25519PrivateKey.from_private_bytes(seed)}
        self._key_id = key_id

    def sign(self, message: bytes) -> Signature:
        return Signature(self._key_id, self._keys[self._key_id].sign(message))

    def rotate(self) -> str:
        self._key_id = f"{self._key_id}+"
        self._keys[self._key_id] = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self._key_id.encode()).digest())
        return self._key_id

    def public_keys(self) -> Mapping[str, bytes]:
        return {key_id: key.public_key().public_bytes_raw() for key_id, key in self._keys.items()}


class FakeCustodian(KeyCustodian):
    """Wrapping keys in a dict, with tombstones; the same calls give the same keys in every run.

    What it calls wrapped is a number and a proof; the inspection's key is derived from the number.
    `unavailable` lets everything but `state` fail; `unwraps` counts what reached the key.
    """

    def __init__(self) -> None:
        self._keys: dict[UUID, bytes] = {}
        self._tombstones: dict[UUID, KeyRemoval] = {}
        self._numbers = count(1)
        self.unavailable = False
        self.unwraps = 0

    def create(self, inspection: UUID) -> bytes:
        self._look(inspection)
        wrapping = self._keys.setdefault(inspection, hashlib.sha256(b"wrapping" + inspection.bytes).digest())
        number = next(self._numbers).to_bytes(16, "big")
        return number + hmac.digest(wrapping, b"proof" + number, "sha256")

    def unwrap(self, inspection: UUID, wrapped: bytes) -> bytes:
        self._look(inspection)
        if inspection not in self._keys:
            raise KeyUnavailable("The key of this inspection cannot be found. Tell the administrator.")
        number, proof = wrapped[:16], wrapped[16:]
        if not hmac.compare_digest(hmac.digest(self._keys[inspection], b"proof" + number, "sha256"), proof):
            raise SealBroken("The key of this inspection was altered. Tell the administrator.")
        self.unwraps += 1
        return hmac.digest(self._keys[inspection], b"key" + number, "sha256")

    def remove(self, inspection: UUID, at: datetime) -> KeyRemoval:
        if self.unavailable:
            raise KeyUnavailable("The key service does not answer. Try again in a few minutes.")
        self._keys.pop(inspection, None)
        return self._tombstones.setdefault(inspection, KeyRemoval(inspection, at, "removed from memory"))

    def state(self, inspection: UUID) -> KeyState:
        if inspection in self._tombstones:
            return "removed"
        return "present" if inspection in self._keys else "unknown"

    def has_key(self, inspection: UUID) -> bool:
        return inspection in self._keys

    def removed(self) -> Iterator[UUID]:
        if self.unavailable:
            raise KeyUnavailable("The key service does not answer. Try again in a few minutes.")
        yield from sorted(self._tombstones)

    def lose(self, inspection: UUID) -> None:
        """Take the key away without a tombstone, as a lost disk would."""
        del self._keys[inspection]

    def bring_back(self, inspection: UUID, *, tombstone: bool = True) -> None:
        """Put back a key that was removed, as a restored folder would; perhaps without its tombstone."""
        self._keys[inspection] = hashlib.sha256(b"wrapping" + inspection.bytes).digest()
        if not tombstone:
            self._tombstones.pop(inspection, None)

    def _look(self, inspection: UUID) -> None:
        if self.unavailable:
            raise KeyUnavailable("The key service does not answer. Try again in a few minutes.")
        if inspection in self._tombstones:
            raise KeyRemoved("The key of this inspection was removed. What it sealed cannot be read again.")
