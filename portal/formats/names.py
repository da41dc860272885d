"""File names that are safe on every system, and paths of which no two are equal on any.

A sender's name is kept as far as it can be: letters and digits of any script stay. Rules come from the strictest of the
systems it may meet: Windows for characters, device names and endings, macOS for Unicode forms and case, spreadsheets
and shells for the first character.
"""

import re
import unicodedata
from collections.abc import Iterable

MIN_LIMIT = 32
"""Bytes that a name must be given: room for a stem, a number and an extension."""

_ALSO_KEPT = frozenset(" -_.()")
# Letters and marks by category that nothing draws: two names that look the same must be the same.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))]
)
_EDGES = " -."
_NAMELESS = "document"


def safe_name(original: str, limit: int) -> str:
    """Return a name of at most `limit` UTF-8 bytes that is made of `original` and is safe on every system.

    The result is in NFC, is never empty and keeps a short extension.
    Raises ValueError for a `limit` below MIN_LIMIT.
    """
    if limit < MIN_LIMIT:
        raise ValueError(f"A name needs at least {MIN_LIMIT} bytes, not {limit}.")
    kept = "".join(_kept(char) for char in unicodedata.normalize("NFC", original))
    stem, extension = _split(re.sub(r"-+", "-", re.sub(r" +", " ", kept)))
    stem = _trimmed(stem) or _NAMELESS
    if stem.partition(".")[0].rstrip(" ").upper() in _DEVICES:
        stem = f"_{stem}"
    return _cut(stem, limit - len(extension)) + extension


def unique_paths(wanted: Iterable[tuple[str, str]], limit: int) -> tuple[str, ...]:
    """Return a path for each (folder, original name), in the same order, each of at most `limit` UTF-8 bytes.

    The second of two names that any system would take for one another becomes `name (2).pdf`; the order alone decides.
    Folders must be safe already and leave room for a name: raises ValueError if they do not.
    """
    taken: set[str] = set()
    last_number: dict[str, int] = {}
    paths = []
    for folder, original in wanted:
        room = limit - len(f"{folder}/".encode())
        name = safe_name(original, room)
        path, first = f"{folder}/{name}", _likeness(f"{folder}/{name}")
        number = last_number.get(first, 1)
        while _likeness(path) in taken:
            number += 1
            path = f"{folder}/{_numbered(name, number, room)}"
        last_number[first] = number
        taken.add(_likeness(path))
        paths.append(path)
    return tuple(paths)


def _kept(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    is_written = category[0] in "LM" or category == "Nd"
    return char if char in _ALSO_KEPT or (is_written and not _UNSEEN.match(char)) else "-"


def _split(name: str) -> tuple[str, str]:
    found = _EXTENSION.search(name)
    return (name[: found.start()], found.group()) if found else (name, "")


def _trimmed(stem: str) -> str:
    """Strip what a name must not begin or end with; a mark without its letter would join whatever stands before it."""
    stem = stem.strip(_EDGES)
    while stem and unicodedata.category(stem[0])[0] == "M":
        stem = stem[1:].lstrip(_EDGES)
    return stem


def _cut(stem: str, limit: int) -> str:
    return stem.encode()[:limit].decode(errors="ignore").rstrip(_EDGES) if len(stem.encode()) > limit else stem


def _numbered(name: str, number: int, limit: int) -> str:
    stem, extension = _split(name)
    ending = f" ({number}){extension}"
    return _cut(stem, limit - len(ending)) + ending


def _likeness(path: str) -> str:
    """Return what two paths share when some file system would take one for the other: case and Unicode form aside."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).upper().casefold())
