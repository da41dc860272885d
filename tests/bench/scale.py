"""How much is measured, and where."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.e2e.installation import Installation, installation
from tests.e2e.scene import Scene, scene

MB = 1_000_000
_codes = count(1)


@dataclass(frozen=True)
class Scale:
    """Sizes in bytes. `judged`: whether they are large enough for bounds to say something."""

    judged: bool = True
    rounds: int = 7
    large: int = 512 * MB
    small: int = 5 * MB
    smalls: int = 20
    memory: tuple[int, int] = (50 * MB, 5000 * MB)
    memory_rounds: tuple[int, int] = (3, 1)
    connections: int = 50
    seconds: float = 4.0
    inspections: tuple[int, int, int] = (6, 150, 15_000)
    documents: int = 10_000
    disposals: tuple[int, ...] = (1, 1_000, 10_000)
    """Documents of each inspection that is disposed of; the second is what the larger are compared with."""
    entries: int = 1_000_000
    appends: int = 2_000
    pdf: int = 50 * MB
    form_rows: int = 20_000
    """On each of the three sheets of an A1 form."""
    heavy: int = 50 * MB
    """Of a hostile document, beside what is hostile in it: more than receiving anything takes."""


FULL = Scale()
QUICK = Scale(
    judged=False,
    rounds=1,
    large=9 * MB,
    small=MB // 2,
    smalls=3,
    memory=(5 * MB, 9 * MB),
    memory_rounds=(1, 0),
    connections=8,
    seconds=0.3,
    inspections=(2, 30, 60),
    documents=60,
    disposals=(1, 20, 60),
    entries=200,
    appends=40,
    pdf=MB // 5,
    form_rows=30,
    heavy=MB // 5,
)


@contextmanager
def place(root: Path, scale: Scale) -> Iterator[Installation]:
    """A portal below `root` that takes the largest file of the scale; nothing of it is left afterwards."""
    folder = root / f"portal-{next(_codes)}"
    try:
        with installation(folder, {"PORTAL_MAX_FILE_MB": str(max(500, scale.memory[1] // MB))}) as portal:
            yield portal
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def case(portal: Installation) -> Iterator[Scene]:
    """An inspection of its own in a portal; its sealed parts are removed afterwards, for the disk's sake."""
    with scene(portal, f"B{next(_codes)}") as made:
        try:
            yield made
        finally:
            shutil.rmtree(portal.root / "data" / "store" / str(made.inspection), ignore_errors=True)


def bundle_of(made: Scene) -> str:
    """Return the address of the inspection's bundle."""
    return f"/team/inspections/{made.inspection}/bundle"
