"""A folder outside the database where checkpoints of the audit trail are kept."""

import re
from collections.abc import Iterator
from pathlib import Path

from portal.adapters.durable import make_folder, write_once
from portal.domain.errors import ObjectExists
from portal.ports import Anchor

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)


class FolderAnchor(Anchor):
    """One file for each checkpoint below `root`, which is made (0700) if it is not there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, name: str, data: bytes) -> None:
        """Keep `data` durably; the same again is no error. Raises ObjectExists for other data, OSError, ValueError."""
        checked_name(name)
        make_folder(self._root)
        try:
            write_once(self._root / name, data)
        except FileExistsError:
            raise ObjectExists(f"The checkpoint {name} was kept before and reads otherwise.") from None

    def kept(self, prefix: str = "", after: str = "") -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins so and sorts after `after`, and its data, in order. Raises OSError."""
        if self._root.is_dir():
            found = (path.name for path in self._root.iterdir())
            names = (each for each in found if each.startswith(prefix) and each > after)
            for name in sorted(filter(_NAME.fullmatch, names)):
                yield name, (self._root / name).read_bytes()


def checked_name(name: str) -> str:
    """Return the name of a checkpoint as it is. Raises ValueError where it is not plain."""
    if not _NAME.fullmatch(name):
        raise ValueError("The name of a checkpoint is plain: letters, digits, dots, hyphens and underscores.")
    return name
