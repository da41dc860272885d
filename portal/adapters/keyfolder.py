"""The local key folder: one wrapping key per inspection, in files that only the service's own user can read (rule 10).

    <inspection>.key      32 random bytes
    <inspection>.removed  the tombstone: JSON that says when and how the key was removed
    *.new                 a file being written; worthless after a crash

It belongs on another file system than the data and the database, with a backup of its own. A tombstone outranks a key
file: a key that comes back from a backup stays unusable, and the next `remove` unlinks it again.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.adapters.durable import make_folder
from portal.domain.errors import KeyRemoved, KeyUnavailable, SealBroken
from portal.ports import KeyRemoval, KeyState

HOW = "removed from the key folder"
"""Not "erased": unlinking a file is not erasure, and a backup of the folder may hold it for a while."""

_REMOVED_SUFFIX = ".removed"
_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_WRAPPED_BYTES = len(_VERSION) + _NONCE_BYTES + _KEY_BYTES + 16

_REMOVED = "The key of this inspection was removed on purpose. What it sealed cannot be read again."
_MISSING = "The key folder has no key for this inspection. Restore the key folder from its backup, then try again."
_DAMAGED = "The key file of this inspection is damaged. Restore the key folder from its backup, then try again."
_FAILED = "The key folder cannot be read or written now. Check its disk and its permissions, then try again."
_BROKEN = (
    "The wrapped key of this inspection is not the one that was made for it. Restore the database from its backup."
)


class KeyFolder:
    """A KeyCustodian over a folder. Several processes may use one folder: changes take a lock on it."""

    def __init__(self, root: Path, fault_point: Callable[[str], None] = lambda _name: None) -> None:
        """Use `root`, making it (0700) if need be. Raises ValueError, naming each fault, if others can read it.

        `fault_point` is called after each step of a change; tests make it kill the process there.
        """
        make_folder(root)
        faults = world_readable(root)
        if faults:
            raise ValueError(" ".join(faults))
        self._root = root
        self._fault_point = fault_point

    def create(self, inspection: UUID) -> bytes:
        """Make a 32-byte inspection key and return it wrapped (61 bytes), durable before it returns.

        A second call gives another inspection key under the same wrapping key, which is never replaced: so a crash
        between this and the database's commit harms nothing, whether the caller tries again or not, and what an
        earlier call gave can still be unwrapped. Raises KeyRemoved, KeyUnavailable.
        """
        with self._changing() as folder:
            self._refuse_removed(inspection)
            there = _exists(self._key_file(inspection))
            wrapping_key = self._wrapping_key(inspection) if there else os.urandom(_KEY_BYTES)
            # Also where it is there: the call that wrote it may have been killed, or refused by the disk, before it
            # was durable. The bytes are the same, and take the old ones' place at once or not at all.
            self._write(folder, self._key_file(inspection), wrapping_key, "key")
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(wrapping_key).encrypt(nonce, os.urandom(_KEY_BYTES), _VERSION + inspection.bytes)
        return _VERSION + nonce + sealed

    def unwrap(self, inspection: UUID, wrapped: bytes) -> bytes:
        """Return the 32-byte inspection key.

        Raises KeyRemoved if there is a tombstone, whatever else there is; KeyUnavailable if the key file is missing,
        damaged or unreadable; SealBroken if `wrapped` was not made by `create` for this inspection.
        """
        self._refuse_removed(inspection)
        wrapping_key = self._wrapping_key(inspection)
        if len(wrapped) != _WRAPPED_BYTES or not wrapped.startswith(_VERSION):
            raise SealBroken(_BROKEN)
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        try:
            return AESGCM(wrapping_key).decrypt(nonce, sealed, _VERSION + inspection.bytes)
        except InvalidTag:
            raise SealBroken(_BROKEN) from None

    def remove(self, inspection: UUID, at: datetime) -> KeyRemoval:
        """Leave a tombstone, durably, and only then unlink the key file, durably; killed anywhere, call it again.

        A second call tells of the first removal, and unlinks a key file that a backup brought back. `at` is the
        instant of the removal, aware. Raises ValueError for a naive `at`, KeyUnavailable if the disk fails.
        """
        if at.tzinfo is None:
            raise ValueError("The time of a removal needs a time zone.")
        removal = KeyRemoval(inspection, at.astimezone(UTC), HOW)
        with self._changing() as folder:
            removal = self._earlier_removal(inspection) or removal
            # Also an earlier one, as in `create`: it must be durable before the key goes.
            self._write(folder, self._tombstone(inspection), _tombstone_text(removal), "tombstone")
            for file in (self._key_file(inspection), _unfinished(self._key_file(inspection))):
                file.unlink(missing_ok=True)
                self._fault_point(f"{file.suffix} unlinked")
            os.fsync(folder)
            self._fault_point("folder synced")
        return removal

    def state(self, inspection: UUID) -> KeyState:
        """Say, by looking, whether the wrapping key can be used. Raises KeyUnavailable if the folder cannot be read."""
        with _disk_faults():
            if _exists(self._tombstone(inspection)):
                return "removed"
            return "present" if _exists(self._key_file(inspection)) else "unknown"

    def has_key(self, inspection: UUID) -> bool:
        """Say whether there is a key file, even if a tombstone outranks it. Raises KeyUnavailable."""
        with _disk_faults():
            return _exists(self._key_file(inspection))

    def removed(self) -> Iterator[UUID]:
        """Yield the inspections that have a tombstone, in order. Raises KeyUnavailable: the folder cannot be read."""
        with _disk_faults():
            names = sorted(path.stem for path in self._root.iterdir() if path.suffix == _REMOVED_SUFFIX)
        for name in names:
            with suppress(ValueError):  # a file of somebody else's
                yield UUID(name)

    def _key_file(self, inspection: UUID) -> Path:
        return self._root / f"{inspection}.key"

    def _tombstone(self, inspection: UUID) -> Path:
        return self._root / f"{inspection}{_REMOVED_SUFFIX}"

    def _refuse_removed(self, inspection: UUID) -> None:
        with _disk_faults():
            if _exists(self._tombstone(inspection)):
                raise KeyRemoved(_REMOVED)

    def _wrapping_key(self, inspection: UUID) -> bytes:
        try:
            key = self._key_file(inspection).read_bytes()
        except FileNotFoundError:
            raise KeyUnavailable(_MISSING) from None
        except OSError as error:
            raise KeyUnavailable(_FAILED) from error
        if len(key) != _KEY_BYTES:
            raise KeyUnavailable(_DAMAGED)
        return key

    def _earlier_removal(self, inspection: UUID) -> KeyRemoval | None:
        """Read the tombstone; None if there is none, or one that says nothing (then it is written anew)."""
        try:
            said = json.loads(self._tombstone(inspection).read_bytes())
            return KeyRemoval(inspection, datetime.fromisoformat(said["removed_at"]).astimezone(UTC), str(said["how"]))
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return None

    @contextmanager
    def _changing(self) -> Iterator[int]:
        """Lock the folder against other changers, in any process, and yield its descriptor."""
        with _disk_faults(), locked(self._root) as folder:
            yield folder

    def _write(self, folder: int, path: Path, data: bytes, what: str) -> None:
        write_durably(folder, path, data, lambda step: self._fault_point(f"{what} {step}"))


# Not `durable.write_once`: killed half way that leaves a second name for the file, which would outlive a removed key.
def write_durably(
    folder: int, path: Path, data: bytes, fault_point: Callable[[str], None] = lambda _name: None
) -> None:
    """Write `path` (0600) so that it is there whole or not at all, and durable on return; replaces what was there.

    `folder` is the descriptor of its folder, which the caller has locked. Raises OSError.
    """
    unfinished = _unfinished(path)
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    fault_point("written")
    unfinished.rename(path)
    fault_point("named")
    os.fsync(folder)
    fault_point("durable")


@contextmanager
def locked(root: Path) -> Iterator[int]:
    """Hold the lock of a folder, across threads and processes, and yield the folder's descriptor. Raises OSError."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(folder)


def world_readable(root: Path) -> list[str]:
    """Name, in a sentence each, the folder and the files in it that group or others may read, write or list.

    Public keys (`*.pub`) may be read by all. A folder that is not there has no fault. Raises OSError.
    """
    if not root.exists():
        return []
    files = sorted(path for path in root.iterdir() if path.suffix != ".pub")
    return [
        f"{path} can be read by other users. Run: chmod {'700' if path.is_dir() else '600'} {path}"
        for path in [root, *files]
        if _open_to_others(path)
    ]


def _open_to_others(path: Path) -> bool:
    try:
        return path.stat().st_mode & 0o077 != 0
    except FileNotFoundError:  # another process has just finished writing it
        return False


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _exists(path: Path) -> bool:
    """As Path.exists, but a folder that cannot be read raises OSError: it must not pass for a missing tombstone."""
    try:
        path.stat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise
        return False
    return True


def _tombstone_text(removal: KeyRemoval) -> bytes:
    said = {"how": removal.how, "inspection": str(removal.inspection), "removed_at": removal.removed_at.isoformat()}
    return json.dumps(said, sort_keys=True).encode() + b"\n"


@contextmanager
def _disk_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyUnavailable(_FAILED) from error
