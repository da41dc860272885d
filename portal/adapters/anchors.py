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
        if not _NAME.fullmatch(name):
            raise ValueError("The name of a checkpoint is plain: letters, digits, dots, hyphens and underscores.")
        make_folder(self._root)
        try:
            write_once(self._root / name, data)
        except FileExistsError:
            raise ObjectExists(f"The checkpoint {name} was kept before and reads otherwise.") from None

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Yield every name and its data, in the order of the names."""
        if self._root.is_dir():
            for name in sorted(path.name for path in self._root.iterdir() if _NAME.fullmatch(path.name)):
                yield name, (self._root / name).read_bytes()
