"""Look into a zip file, whatever it is: its own structure, each part once, and the files inside that are zip files too.

`portal/checking/members.py` takes out the same parts for the malware scanner as are counted here.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from portal.checking import cfb, odf, ooxml, ooxml_parts, rtf
from portal.checking.markup import (
    LARGEST_WALK,
    Defines,
    Handler,
    Malformed,
    RootSeeker,
    TooLarge,
    in_ascii,
    is_markup,
    walk,
)
from portal.checking.notes import Notes
from portal.checking.ooxml_parts import Watch
from portal.checking.programs import is_program
from portal.checking.unpack import MOST_BYTES, Damaged, is_bomb, pieces, unpack
from portal.checking.zips import Directory, Entry, read_directory

KINDS = frozenset({"zip"}) | odf.KINDS | ooxml.KINDS
"""What a file that is looked into here can be, templates and documents with macros too."""
DEEPEST = 3
"""Files inside one another that are looked into, beside the outermost."""
LARGEST_INNER = 64 << 20
"""Bytes of a file inside that is looked into."""
_LONGEST_TAIL = 1 << 23
_SHORT_XML = 1 << 20
_ZIP_START, _RTF_START = b"PK\x03\x04", b"{\\rtf"
_OPENED = (_ZIP_START, cfb.MAGIC, _RTF_START)
_NO_XML = ("image/svg+xml", "application/xhtml+xml")


class _Inside(Notes):
    """Notes of a file inside another, which name the way to it."""

    def __init__(self, outer: Notes, name: str) -> None:
        super().__init__()
        self._outer, self._name = outer, name

    def found(self, code: str, where: str = "", count: int = 1) -> None:
        self._outer.found(code, f"{self._name} > {where}" if where else self._name, count)


@dataclass
class _Budget:
    """What may still be unpacked of one file, all files inside it together."""

    left: int = MOST_BYTES
    walks: int = LARGEST_WALK + (8 << 20)
    """Bytes that may still be read by element: of four bytes each, some ten million, which take most of the time."""

    def walk(self, body: bytes, entry: Entry, handler: Handler) -> None:
        """Read an entry by element. Raises Damaged, and as `markup.walk`."""
        self.take(entry)
        walk(pieces(body, entry), handler)

    def take(self, entry: Entry | None) -> None:
        """Take from it what an entry, if there is one, needs to be read by element or by group. Raises TooLarge."""
        self.walks -= entry.size if entry else 0
        if self.walks < 0:
            raise TooLarge

    def allows(self, body: bytes, entries: Iterable[Entry], notes: Notes) -> bool:
        """Take from it what these entries say that they unpack to; False, and a note, if that is too much."""
        total, bombs = 0, []
        for entry in entries:
            total += entry.size
            if is_bomb(entry.packed, entry.size):
                bombs.append(entry.name)
        for name in bombs:
            notes.found("too-large-inside", name)
        if not bombs and is_bomb(len(body), total):
            notes.found("too-large-inside")
        elif not bombs and total > self.left:
            notes.found("too-large-to-check")
        else:
            self.left -= total
            return not bombs
        return False


def kind_of_zip(body: bytes) -> str:
    """Return what a zip file is: an Office or OpenDocument file by what it says of itself, else "zip"."""
    directory = read_directory(body)
    return odf.kind_of_document(body, directory) or ooxml.kind_of_package(body, directory) or "zip"


def inspect(body: bytes, notes: Notes) -> int:
    """Note what is found in a zip file of any kind; return how many files inside are worth a scan of their own.

    These are all that hold something and are no XML, and XML of more than a megabyte; not what is inside them again.
    """
    return _inspect(body, notes, _Budget(), 0)


def _inspect(body: bytes, notes: Notes, budget: _Budget, depth: int) -> int:
    directory = read_directory(body)
    for code, where in directory.faults:
        notes.found(code, where)
    entries = [entry for entry in directory.entries if entry.readable and not entry.folder]
    if not entries:
        return 0
    if not budget.allows(body, entries, notes):
        return len(entries)
    package = _format(body, directory, notes, budget)
    inside = [_look_into(body, entry, package, notes, budget) for entry in entries]
    for entry, seen in zip(entries, inside, strict=True):
        if seen.opened:
            _open(body, entry, _Inside(notes, entry.name), budget, depth + 1)
    return sum(seen.worth_scanning for seen in inside)


@dataclass(frozen=True)
class _Format:
    """How the parts of a package are read. None of this: it is an archive of any files, and XML is not looked into."""

    types: ooxml.Types | None = None
    watches: Mapping[str, Watch] | None = None

    def reads(self, name: str) -> bool:
        """Say whether a part is XML that the package's program reads."""
        if self.watches is None:
            return False
        kind = self.types.of(name) if self.types else ""
        return name.lower().endswith((".xml", ".rels")) or (kind.endswith("xml") and kind not in _NO_XML)


@contextmanager
def _noting(notes: Notes, place: str) -> Iterator[None]:
    """Turn what cannot be read on into a finding at `place`."""
    try:
        yield
    except Damaged as fault:
        notes.found(fault.args[0], place)
    except TooLarge:
        notes.found("too-large-to-check", place)
    except Defines:
        notes.found("xml-entities", place)
    except Malformed:
        notes.found("unreadable", place)


def _format(body: bytes, directory: Directory, notes: Notes, budget: _Budget) -> _Format:
    """Note what the package's own tables say, and return how its parts are read."""
    if odf.kind_of_document(body, directory):
        plain = True
        if directory.find(ooxml.TYPES):
            notes.found("polyglot", ooxml.TYPES)
        with _noting(notes, odf.MANIFEST):
            budget.take(directory.find(odf.MANIFEST))
            plain = odf.judge_document(body, directory, notes)
        return _Format(None, odf.WATCHES if plain else None)
    if directory.find(ooxml.TYPES) is None:
        return _Format()
    types = None
    with _noting(notes, ooxml.TYPES):
        budget.take(directory.find(ooxml.TYPES))
        types = ooxml.read_types(body, directory)
    if types is not None:
        ooxml.judge_types(types, directory, notes)
    for entry in ooxml.relation_parts(directory):
        with _noting(notes, entry.name):
            relations = ooxml.Relations()
            budget.walk(body, entry, relations)
            ooxml.judge_relations(relations.found, ooxml.source_of(entry.name), notes)
            if types is not None and entry.name.lower() == ooxml.ROOT:
                ooxml.judge_mains(types, relations.found, directory, notes)
    return _Format(types, ooxml_parts.WATCHES)


@dataclass(frozen=True)
class _Seen:
    """What an entry turned out to be."""

    worth_scanning: bool
    opened: bool
    """Whether it is a file that holds others, or may be active itself."""


def _look_into(body: bytes, entry: Entry, package: _Format, notes: Notes, budget: _Budget) -> _Seen:
    """Read an entry to its end, once, or twice where something is to be read by element."""
    first = b""
    with _noting(notes, entry.name):
        content = pieces(body, entry)
        first = next(content, b"")
        if not first:
            return _Seen(worth_scanning=False, opened=False)
        whole = chain([first], content)
        if package.reads(entry.name) and not first.startswith(_OPENED):
            watch = _sift(whole, package.watches or {})
            if watch is not None:
                budget.walk(body, entry, watch.handler(notes, entry.name))
        else:
            deque(whole, maxlen=0)
    if is_program(entry.name, first[:64]):
        notes.found("embedded-program", entry.name)
    short = entry.size <= _SHORT_XML and is_markup(first)
    return _Seen(worth_scanning=not short, opened=first.startswith(_OPENED))


def _sift(content: Iterable[bytes], watches: Mapping[str, Watch]) -> Watch | None:
    """Read an XML part to its end; return how to read it again by element if that is worth it. Raises as `walk`."""
    seeker, watch, wanted, tail = RootSeeker(), None, False, b""
    for piece in in_ascii(content):
        if not seeker.root and (root := seeker.feed(piece)):
            watch = watches.get(root)
            wanted = watch is not None and watch.hint is None
        if watch is not None and watch.hint is not None and not wanted:
            stretch = tail + piece
            # What follows the beginning of the last tag but one is looked at again with the next piece.
            tail = stretch[max(0, stretch.rfind(b"<", 0, max(0, stretch.rfind(b"<")))) :]
            wanted = len(tail) > _LONGEST_TAIL or watch.hint(stretch)
    if not seeker.root:
        raise Malformed
    return watch if wanted else None


def _open(body: bytes, entry: Entry, notes: Notes, budget: _Budget, depth: int) -> None:
    """Look into a file inside that holds files itself."""
    if depth > DEEPEST or entry.size > LARGEST_INNER:
        notes.found("too-large-to-check")
        return
    with _noting(notes, ""):
        inner = unpack(body, entry, LARGEST_INNER)
        if inner.startswith(_RTF_START):
            budget.take(entry)
        if inner.startswith(_ZIP_START):
            _inspect(inner, notes, budget, depth)
            return
        try:
            (rtf.look_into_rtf if inner.startswith(_RTF_START) else cfb.look_into_cfb)(inner, notes)
        except (ImportError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 -- as in `look`: parsers of hostile files raise anything
            raise Damaged("unreadable") from None
