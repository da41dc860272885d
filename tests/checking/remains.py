"""What a process leaves behind in the one that started it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def nothing_remains() -> Iterator[None]:
    """After the block this process has no child and no open file that it had not before.

    Those it had may end meanwhile: they are of tests that ran in it earlier, and of parts that it keeps for later ones.
    """
    before = _children(), _open_files()
    yield
    assert set() == _children() - before[0]
    assert set() == _open_files() - before[1]


def _children() -> set[str]:
    """Return the processes whose parent this one is, whichever thread started them."""
    found = set[str]()
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that has ended hands its children to another
            found.update((task / "children").read_text().split())
    return found


def _open_files() -> set[tuple[str, Path]]:
    """Return number and target of each descriptor: the target of a pipe or socket has a number of its own."""
    found = set[tuple[str, Path]]()
    for each in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):  # that which listed them is closed by now
            found.add((each.name, each.readlink()))
    return found
