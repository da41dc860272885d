"""Files that are there whole or not at all, and stay there: shared by everything that keeps files."""

import os
import secrets
from pathlib import Path

UNFINISHED = ".part-"
"""How the name of a file that is still being written begins."""


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: those added and those taken away. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make `folder` (0700) and what is missing above it, durably; nothing to do where it is there. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def write_once(path: Path, data: bytes) -> None:
    """Make `data` durable under `path` (0600), in a folder that is there; never overwrite.

    The same data again is no error, so a caller that was left in doubt may repeat itself. A writer that is killed
    leaves at most a file whose name begins with `UNFINISHED`. The file system must know hard links.
    Raises FileExistsError where `path` holds other data, FileNotFoundError where the folder went away, OSError.
    """
    unfinished = path.with_name(UNFINISHED + secrets.token_hex(8))
    try:
        _write(unfinished, data)
        # link, unlike rename, fails where the name is taken: of two writers exactly one wins.
        os.link(unfinished, path)
    except FileExistsError:
        if path.read_bytes() != data:
            raise
        linked = False
    else:
        linked = True
    finally:
        unfinished.unlink(missing_ok=True)
    try:
        # Second and last: without it the name may be gone after a power cut although the bytes are on the disk.
        sync_folder(path.parent)
    except OSError:
        # A sync that failed once may report success when repeated, so the next try has to write everything anew.
        if linked:
            path.unlink(missing_ok=True)
        raise


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        # First: the bytes must be on the disk before the name points at them, or a power cut leaves an empty object.
        os.fsync(descriptor)
        # Nobody reads a part soon: its pages serve the next one instead of memory that was never touched (1.3 times
        # as fast, and an upload of 5 GB pushes nothing else out of the cache).
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
