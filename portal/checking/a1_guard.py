"""Look at a workbook's XML before a reader makes a table of it: how far its cells reach, and what it does not show.

The reader allots one place for each cell between the first and the last: two cells, A1 and XFD1048576, would be
seventeen thousand million. This look needs no more memory than a piece at a time, whatever the file says.
"""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from portal.checking.markup import Attributes, Defines, Handler, Malformed, TooLarge, walk
from portal.checking.unpack import Damaged, pieces
from portal.checking.zips import Directory, Entry
from portal.domain.cells import cell_name
from schemas.a1 import Limits

LAST_ROW: Final = 29_999
"""As far down as anything may stand; rows between may be blank, so it is more than a sheet can have."""
LAST_COLUMN: Final = 60
MOST_PLACES: Final = 2_000_000
"""Places of one sheet, rows times columns, up to the last cell that has anything in it, were it a blank."""
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
"""Of a sheet in Excel."""
_LONGEST_TAG = 1 << 16
_HEAD, _TAIL = 1 << 12, 1 << 8
_BEGUN = re.compile(rb"<(?:[^<>\s:/]+:)?worksheet[\s>]")
_ENDED = re.compile(rb"</(?:[^<>\s:/]+:)?worksheet\s*>\s*\Z")
_MOST_ODD = 20_000
_SAMPLE = 1 << 13

_NAMED = rb"<[^<>\s:/]+:"
_CELL = rb'c(?=[\s/>])(?! r="(?:A?[A-Z]|B[A-H])[12]?[0-9]{1,4}")'
_ROW = rb'row(?=[\s/>])(?! r="[12]?[0-9]{1,4}")'
_NOT_NEAR = re.compile(b"<" + _CELL), re.compile(b"<" + _ROW), re.compile(_NAMED + b"(?:" + _CELL + b"|" + _ROW + b")")
"""A cell or row that is written otherwise than programs do, or beyond column BH or row 29,999; with a prefix too."""
_PREFIX = re.compile(rb":(?![0-9])")
"""No name begins with a digit; what does is a row's `spans` or a time."""
_ERROR = re.compile(rb'<(?:[^<>\s:/]+:)?c\b([^<>]*\st="e"[^<>]*)>')
_UNWORKED = re.compile(
    rb"<((?:[^<>\s:/]+:)?)c\b([^<>]*)>\s*+<\1f(?:\s[^<>]*)?(?:/>|>[^<]*</\1f>)\s*+(?:<\1v\s*/>|<\1v>\s*</\1v>)?\s*+</\1c>"
)
_HIDDEN = re.compile(rb'<(?:[^<>\s:/]+:)?(row|col)\b([^<>]*\shidden="(?:1|true)"[^<>]*)>')
_PLACE = re.compile(rb'\sr="([A-Z]{1,3}\d{1,7})"')
_NUMBER = re.compile(rb'\s(?:r|min)="(\d{1,7})"')
"""In a tag's attributes, of which each program has its own order."""
_SHARED = re.compile(rb'\st="s"[^<>]*>\s*<(?:[^<>\s:/]+:)?v>\s*(\d{1,7})\s*<')
_REFERENCE = re.compile(r"\$?([A-Za-z]+)\$?(\d+)")


@dataclass
class Sample:
    """Some of a part, here and there: to count every cell would take longer than to read them."""

    whole: int = 0
    """Bytes of the part."""
    size: int = 0
    """Bytes of what was taken."""
    cells: int = 0
    shared: list[bytes] = field(default_factory=list)
    """Numbers of the shared texts in its cells, one for each use."""
    ascii: bool = True

    def take(self, text: bytes) -> None:
        """Take some of the next piece."""
        some = text[:_SAMPLE]
        self.whole, self.size = self.whole + len(text), self.size + len(some)
        self.cells += some.count(b"</c") + some.count(b":c>")
        self.shared += _SHARED.findall(some)
        self.ascii = self.ascii and some.isascii()


@dataclass
class Seen:
    """What one part of a workbook shows."""

    odd_cells: list[str] = field(default_factory=list)
    """Places of errors and of formulas that were never worked out."""
    hides: bool = False
    """Whether cells are merged, or rows or columns hidden or filtered."""
    far: tuple[str, ...] = ()
    """Cells so far out that the reader must not have the part; "" where it is too large to say which."""
    sample: Sample = field(default_factory=Sample)


def check_size(body: bytes, directory: Directory, limits: Limits) -> None:
    """Raise TooLarge for a workbook that unpacks to too much."""
    unpacked = sum(entry.size for entry in directory.entries)
    if unpacked > limits.unzipped_mb << 20 or unpacked > max(limits.ratio * len(body), 1 << 20):
        raise TooLarge


def guard(body: bytes, directory: Directory, limits: Limits, unread: Container[str]) -> dict[str, Seen]:
    """Return what each part of a workbook shows, by its name, but for sheets that nobody reads.

    Raises TooLarge, Damaged.
    """
    return {
        entry.name: _look(body, entry, limits)
        for entry in directory.entries
        if entry.readable and entry.name not in unread
    }


def _look(body: bytes, entry: Entry, limits: Limits) -> Seen:
    seen, far = Seen(), False
    if not entry.name.lower().endswith((".xml", ".rels")):
        return seen
    head, tail = b"", b""
    for text in _whole_tags(pieces(body, entry)):
        head, tail = (head + text[:_HEAD])[:_HEAD], (tail + text)[-_TAIL:]
        prefixed = _PREFIX.search(text) is not None
        seen.sample.take(text)
        far = far or any(odd.search(text) for odd in _NOT_NEAR[: 3 if prefixed else 2])
        # One byte is looked for twenty times as fast as a word, and a sheet of plain values has neither of these two.
        if b"e" in text:
            if b't="e"' in text:
                seen.odd_cells += _places(_ERROR.findall(text))
            seen.hides = seen.hides or b"mergeCell" in text or b"filterColumn" in text or _hidden(text, limits)
        if b"f" in text and (b"<f" in text or (prefixed and b":f" in text)):
            # What is worked out to no text at all is blank, and says so by its type.
            seen.odd_cells += _places(each[1] for each in _UNWORKED.findall(text) if b't="str"' not in each[1])
        del seen.odd_cells[_MOST_ODD:]
    # The reader sees nothing in a part that does not write ASCII as ASCII, as UTF-16 does not.
    if entry.name.lower().startswith("xl/") and b"\0" in head:
        raise Damaged("unreadable")
    # It takes a sheet that breaks off for one that ends.
    if _BEGUN.search(head) and not _ENDED.search(tail):
        raise Damaged("unreadable")
    if far:
        seen.far = _measure(body, entry)
    return seen


def _hidden(text: bytes, limits: Limits) -> bool:
    # People hide the columns and rows beyond their table, which hides nothing.
    most = {b"row": limits.rows + 1, b"col": limits.columns}
    return b"hidden=" in text and any(
        int(number[1]) <= most[kind] for kind, tag in _HIDDEN.findall(text) if (number := _NUMBER.search(tag))
    )


def _places(tags: Iterable[bytes]) -> list[str]:
    return [place[1].decode() for tag in tags if (place := _PLACE.search(tag))]


def _whole_tags(content: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content in pieces that end before a cell, or at least before a tag. Raises TooLarge (endless tags)."""
    rest = b""
    for piece in content:
        text = rest + piece
        end = text.rfind(b"<c ")
        if len(text) - end > _LONGEST_TAG:
            end = text.rfind(b"<")
        if len(text) - end > _LONGEST_TAG:
            if end >= 0 and b">" not in text[end:]:
                raise TooLarge
            end = len(text)
        rest = text[max(end, 0) :]
        yield text[: max(end, 0)]
    yield rest


class _Reach(Handler):
    """Finds the cells that reach furthest down and furthest right; the reader takes even a blank text for something."""

    wanted = frozenset({"row", "c", "v", "is"})

    def __init__(self) -> None:
        self.row, self.column = 0, 0
        self.lowest, self.widest = (0, 0), (0, 0)

    def start(self, name: str, attributes: Attributes) -> None:
        """Count along."""
        if name == "row":
            self.row, self.column = _number(attributes.get("r"), self.row + 1), 0
        elif name == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column(found[1]) if found else self.column + 1
            self.row = _number(found[2], 0) if found else self.row
        else:
            self.lowest = max(self.lowest, (self.row, self.column))
            self.widest = max(self.widest, (self.column, self.row))

    def too_far(self) -> tuple[str, ...]:
        """Return the cells without which the part would not be too far across."""
        (row, beside), (column, above) = self.lowest, self.widest
        if row * column <= MOST_PLACES:
            return ()
        ends = {(row, beside)} if row > LAST_ROW else set()
        ends |= {(above, column)} if column > LAST_COLUMN else set()
        return tuple(_place(*each) for each in sorted(ends))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else LAST_ROW + 1 if text else otherwise


def _column(named: str) -> int:
    number = 0
    for letter in named[:4].upper():
        number = number * 26 + ord(letter) - 64
    return number


def _place(row: int, column: int) -> str:
    """Return a cell's name, "" where Excel has none like it."""
    return cell_name(column - 1, row) if row <= _MOST_ROWS and column <= _MOST_COLUMNS else ""


def _measure(body: bytes, entry: Entry) -> tuple[str, ...]:
    """Look closely at a part with references far out, and return those that are too far. Raises Damaged."""
    reach = _Reach()
    try:
        walk(pieces(body, entry), reach)
    except TooLarge:
        return ("",)
    except (Defines, Malformed):
        raise Damaged("unreadable") from None
    return reach.too_far()
