"""The embedded store: one file for each sealed object, in folders named by inspection and document."""

import errno
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from portal.adapters.durable import UNFINISHED, make_folder, sync_folder, write_once
from portal.adapters.objectkeys import checked_key, checked_prefix
from portal.domain.errors import ObjectExists, ObjectMissing, StoreUnavailable
from portal.ports import BlobStore

_TRIES = 5
_KNOWN_FOLDERS = 1024


class FolderStore(BlobStore):
    """Sealed objects as files below `root`, which is made (0700) if it is not there.

    Several processes may use one root at the same time. Keys that break the grammar raise ValueError.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        # Folders whose own names this process has made durable, so that only the first part of a document pays for it.
        self._rooted: set[Path] = set()
        with _answering():
            make_folder(root)

    def put(self, key: str, data: bytes) -> None:
        """Make `data` durable under `key`; the same data again is no error. Raises ObjectExists, StoreUnavailable."""
        path = self._path(checked_key(key))
        with _answering():
            for _ in range(_TRIES):
                try:
                    self._root_folder(path.parent)
                    return write_once(path, data)
                except FileExistsError:
                    raise ObjectExists("This part was stored before. Start the upload again.") from None
                except FileNotFoundError:
                    # The folder was emptied, or the unfinished file swept away, under this writer's feet.
                    self._rooted.discard(path.parent)
        raise StoreUnavailable("The store is being cleared. Try again in a few minutes.")

    def get(self, key: str) -> bytes:
        """Return the object. Raises ObjectMissing, StoreUnavailable."""
        with _answering():
            try:
                return self._path(checked_key(key)).read_bytes()
            except FileNotFoundError:
                self._look_at_root()
                raise ObjectMissing("The store has no such part. Tell the administrator.") from None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of whole objects below `prefix`, in order; the empty prefix yields those of everything."""
        return self._keys(checked_prefix(prefix) if prefix else "")

    def delete(self, keys: Iterable[str]) -> None:
        """Delete these objects durably; a key that is not there is no error. Raises StoreUnavailable."""
        paths = [self._path(checked_key(key)) for key in keys]
        with _answering():
            for path in paths:
                path.unlink(missing_ok=True)
            for folder in {path.parent for path in paths}:
                self._settle(folder)

    def empty(self, prefix: str) -> int:
        """Delete durably all below `prefix`, and its folder. Return how many files. Raises StoreUnavailable."""
        folder = self._path(checked_prefix(prefix))
        with _answering():
            removed = self._cut_links(folder)
            for _ in range(_TRIES):
                with suppress(FileNotFoundError):
                    removed += _remove_files(folder)
                self._settle(folder)
                if not folder.exists():
                    return removed
        raise StoreUnavailable("Something is still being written there. Try again when it has ended.")

    def remains(self, prefix: str) -> int:
        """Count the files below `prefix`, of whatever kind, and the folders with nothing in them."""
        folder = self._path(checked_prefix(prefix))
        with _answering():
            self._look_at_root()
            return 1 if self._links(folder) else _leaves(folder)

    def clear_unfinished(self, min_age: timedelta) -> int:
        """Remove the unfinished files last written to at least `min_age` ago. Return how many. Raises StoreUnavailable.

        Folders that this leaves empty go too. Nothing needs to be durable here: what comes back is swept again.
        """
        # Ages are measured by the clock that stamps files, never by the portal's, which may be set in development.
        latest = time.time() - min_age.total_seconds()
        with _answering():
            return _sweep(self._root, latest)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*key.rstrip("/").split("/"))

    def _links(self, folder: Path) -> list[Path]:
        """Return the links that stand where a folder of ours must be."""
        return [each for each in (folder.parent, folder) if each != self._root and each.is_symlink()]

    def _cut_links(self, folder: Path) -> int:
        """Remove such links. What they lead to is not the store's to empty: it might be the folder of the keys."""
        links = self._links(folder)
        for each in links[:1]:
            each.unlink()
            sync_folder(each.parent)
        return len(links[:1])

    def _look_at_root(self) -> None:
        """Raise where the root is gone: a disk that is not mounted must not look like an empty store."""
        self._root.stat()

    def _root_folder(self, folder: Path) -> None:
        """Make a document's folder, so that a power cut cannot take it and the parts in it away."""
        if folder in self._rooted:
            return
        self._look_at_root()
        make_folder(folder)
        # Also where the folder was there: the process that made it may not have come to this point yet.
        sync_folder(folder.parent)
        sync_folder(self._root)
        if len(self._rooted) >= _KNOWN_FOLDERS:
            self._rooted.clear()
        self._rooted.add(folder)

    def _settle(self, folder: Path) -> None:
        """Remove `folder` and those above it as far as they are empty; make what was taken away stay away.

        The sync is due even where nothing was found: whoever removed it may have been killed before their own.
        """
        while folder != self._root and _remove_if_empty(folder):
            self._rooted.discard(folder)
            folder = folder.parent
        with suppress(FileNotFoundError):
            return sync_folder(folder)
        # Another process went further up; the root is always there.
        return sync_folder(self._root)

    def _keys(self, prefix: str) -> Iterator[str]:
        of_parts = prefix.count("/") == 2
        with _answering():
            self._look_at_root()
            entries = _entries(self._path(prefix) if prefix else self._root)
        if of_parts:
            yield from sorted(prefix + e.name for e in entries if not e.name.startswith(UNFINISHED))
            return
        # Sorted with the slash, so that the order is that of the whole keys.
        for below in sorted(f"{prefix}{e.name}/" for e in entries if e.is_dir(follow_symlinks=False)):
            yield from self._keys(below)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # The number alone: the message of an OSError holds a path.
        name = errno.errorcode.get(error.errno or 0, "unknown")
        raise StoreUnavailable(f"The store does not answer ({name}). Try again in a few minutes.") from error


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder; one that is not there has nothing in it."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _remove_if_empty(folder: Path) -> bool:
    """Return whether the folder is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
        return False
    return True


def _remove_files(folder: Path) -> int:
    """Remove every file below `folder` and every folder in it that this empties. Return how many files."""
    removed = 0
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            removed += _remove_files(Path(entry))
            _remove_if_empty(Path(entry))
        else:
            Path(entry).unlink(missing_ok=True)
            removed += 1
    return removed


def _leaves(folder: Path) -> int:
    if not folder.exists():
        return 0
    entries = _entries(folder)
    inner = (_leaves(Path(e)) if e.is_dir(follow_symlinks=False) else 1 for e in entries)
    return sum(inner) if entries else 1


def _sweep(folder: Path, latest: float) -> int:
    """Remove what is unfinished and was last written to at `latest`, in seconds since 1970, or before."""
    removed = 0
    for entry in _entries(folder):
        with suppress(FileNotFoundError):
            old = entry.stat(follow_symlinks=False).st_mtime <= latest
            if entry.is_dir(follow_symlinks=False):
                removed += _sweep(Path(entry), latest)
                if old:
                    _remove_if_empty(Path(entry))
            elif old and entry.name.startswith(UNFINISHED):
                Path(entry).unlink()
                removed += 1
    return removed
