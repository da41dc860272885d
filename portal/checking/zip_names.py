"""Names inside a zip file that no ordinary program writes, or that two of them would take for one."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator

_ODD = re.compile(r"[\x00-\x1f\x7f\\\ufffd]|^/|^[A-Za-z]:|^$|(?:^|/)\.\.(?:/|$)|//")
LONGEST_NAME = 1024


def is_odd(name: str) -> bool:
    """Say whether a name could lead out of its folder, is absolute, empty, very long or holds what no name should."""
    return len(name) > LONGEST_NAME or _ODD.search(name) is not None


def same_names(names: Iterable[str]) -> Iterator[str]:
    """Yield each name that, to some program, an earlier one already is: letters' case, composition or dots apart."""
    seen: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFC", name).casefold()
        plain = posixpath.normpath(plain.replace("\\", "/")).lstrip("/")
        if plain in seen:
            yield name
        seen.add(plain)
