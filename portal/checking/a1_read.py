"""Read a workbook, or CSV files, as an A1 form: cells as they stand, and what stands in their way."""

import csv
import io
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from portal.checking.a1_guard import LAST_ROW, Seen, check_size, guard
from portal.checking.markup import Attributes, Defines, Handler, Malformed, TooLarge, walk
from portal.checking.unpack import Damaged, pieces
from portal.checking.zips import Directory, read_directory
from portal.domain.a1.form import RawForm, RawSheet
from schemas.a1 import COVER, Definition

_MACROS: Final = ("vbaproject.bin", "workbook.bin")
_MADE_BY: Final = re.compile(rb"<(?:\w+:)?(?:creator|lastModifiedBy|Company|Manager)>\s*(?!openpyxl<)[^<\s]")
_MOST_NAMES = 200
_LONGEST_NAME = 60
_ROOT_RELATIONS, _WORKBOOK, _RELATIONS = "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


class Unreadable(Exception):
    """It is no form that can be read; `code` is the rule's that says so: S01, or S02 where it is too large."""

    def __init__(self, code: str, sheet: str = "") -> None:
        super().__init__(code)
        self.code, self.sheet = code, sheet


def read_workbook(definition: Definition, body: bytes) -> RawForm:
    """Return what stands in a workbook. Raises Unreadable."""
    if len(body) > definition.limits.zipped_mb << 20:
        raise Unreadable("S02")
    directory = read_directory(body)
    if not directory.find(_WORKBOOK) or any(entry.name.lower().endswith(_MACROS) for entry in directory.entries):
        raise Unreadable("S01")
    try:
        if _main_parts(body, directory) != [_WORKBOOK]:
            raise Unreadable("S01")
        check_size(body, directory, definition.limits)
        parts = _parts(body, directory)
        seen = guard(body, directory, definition.limits, _unread(definition, parts))
        owned = _is_owned(body, directory)
    except TooLarge:
        raise Unreadable("S02") from None
    except (Damaged, Defines, Malformed):
        raise Unreadable("S01") from None
    # No macros, but a type that promises them: Excel would not open it by this name.
    if b"macroEnabled" in _small(body, directory, "[Content_Types].xml"):
        raise Unreadable("S01")
    try:
        return _opened(definition, body, parts, seen, owned=owned)
    except (CalamineError, ValueError, OverflowError):
        raise Unreadable("S01") from None


def _unread(definition: Definition, parts: Mapping[str, "_Part"]) -> set[str]:
    """Return the places of sheets that the form does not have, so that another workbook is told by its sheets."""
    wanted = {name.casefold() for name in (COVER, *(sheet.code for sheet in definition.sheets))}
    read = {part.place for name, part in parts.items() if name.strip().casefold() in wanted}
    return {part.place for part in parts.values()} - read


def _opened(
    definition: Definition, body: bytes, parts: Mapping[str, "_Part"], seen: Mapping[str, Seen], *, owned: bool
) -> RawForm:
    with CalamineWorkbook.from_filelike(io.BytesIO(body)) as workbook:
        names = {name.strip().casefold(): name for name in reversed(workbook.sheet_names)}
        sheets = {}
        for sheet in definition.sheets:
            if name := names.get(sheet.code.casefold()):
                part = parts.get(name, _Part())
                shown = seen.get(part.place, Seen())
                rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                hides = shown.hides or part.hidden or part.commented
                sheets[sheet.code] = _sheet(rows, tuple(shown.odd_cells), hides=hides)
        cover = None
        if name := names.get(COVER.casefold()):
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=100)
            cover = {f"B{number}": row[1] if len(row) > 1 else "" for number, row in enumerate(cells, start=1)}
        found = tuple(name[:_LONGEST_NAME] for name in workbook.sheet_names[:_MOST_NAMES])
    return RawForm(sheets=sheets, found=found, cover=cover, owned=owned)


def _sheet(rows: Sequence[Sequence[object]], odd_cells: tuple[str, ...] = (), *, hides: bool = False) -> RawSheet:
    return RawSheet(rows[0] if rows else (), rows[1:], odd_cells, hides)


class _Part:
    """Where a sheet is in the file, and whether all of it is shown."""

    def __init__(self, place: str = "", *, hidden: bool = False, commented: bool = False) -> None:
        self.place, self.hidden, self.commented = place, hidden, commented


class _Elements(Handler):
    """Collects the attributes of each element of one name."""

    def __init__(self, wanted: str) -> None:
        self.wanted, self.found = frozenset({wanted}), list[dict[str, str]]()

    def start(self, name: str, attributes: Attributes) -> None:
        """Keep them."""
        self.found.append(dict(attributes))


def _elements(body: bytes, directory: Directory, part: str, wanted: str) -> Iterator[dict[str, str]]:
    entry, elements = directory.find(part), _Elements(wanted)
    if entry is not None:
        walk(pieces(body, entry), elements)
    yield from elements.found


def _main_parts(body: bytes, directory: Directory) -> list[str]:
    """Return the parts that the package calls its document: any but the one that is read here would be shown instead.

    Raises as `_parts`.
    """
    relations = _elements(body, directory, _ROOT_RELATIONS, "Relationship")
    targets = [each.get("Target", "") for each in relations if each.get("Type", "").endswith("/officeDocument")]
    return [posixpath.normpath(target.lstrip("/")) for target in targets]


def _parts(body: bytes, directory: Directory) -> dict[str, _Part]:
    """Return each sheet's part by its name. Raises Damaged, Defines, Malformed."""
    targets = {
        each.get("Id", ""): posixpath.normpath(posixpath.join("xl", each.get("Target", "")).lstrip("/"))
        for each in _elements(body, directory, _RELATIONS, "Relationship")
    }
    parts = {}
    for each in _elements(body, directory, _WORKBOOK, "sheet"):
        place = targets.get(each.get("id", ""), "")
        folder, name = posixpath.split(place)
        beside = _small(body, directory, f"{folder}/_rels/{name}.rels")
        hidden = each.get("state", "visible") != "visible"
        parts[each.get("name", "")] = _Part(place, hidden=hidden, commented=b"omments" in beside)
    return parts


def _small(body: bytes, directory: Directory, part: str) -> bytes:
    """Return the first megabyte of a part, or nothing. Raises Damaged."""
    entry = directory.find(part)
    return next(pieces(body, entry), b"") if entry is not None else b""


def _is_owned(body: bytes, directory: Directory) -> bool:
    parts = (_small(body, directory, f"docProps/{name}.xml") for name in ("core", "app"))
    return any(_MADE_BY.search(part) for part in parts)


def read_csv(definition: Definition, bodies: Mapping[str, bytes]) -> RawForm:
    """Return what stands in CSV files, by the sheets that they are. Raises Unreadable."""
    sheets = {}
    for sheet in definition.sheets:
        if sheet.code in bodies:
            try:
                sheets[sheet.code] = _sheet(_lines(bodies[sheet.code], definition))
            except TooLarge:
                raise Unreadable("S02", sheet.code) from None
            except (UnicodeError, csv.Error, ValueError):
                raise Unreadable("S01", sheet.code) from None
    return RawForm(sheets=sheets, found=tuple(sheets), csv=True)


def _lines(body: bytes, definition: Definition) -> list[list[str]]:
    """Return the cells of a CSV file in UTF-8 with commas (RFC 4180). Raises TooLarge, UnicodeError, ValueError."""
    if len(body) > definition.limits.zipped_mb << 20:
        raise TooLarge
    text = body.decode("utf-8-sig")
    first = text.partition("\n")[0]
    if "\0" in text or ("," not in first and (";" in first or "\t" in first)):
        raise ValueError
    rows: list[list[str]] = []
    blank = 0
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        # Excel writes the cells and rows beyond a table that were ever touched.
        while row and not row[-1].strip():
            row.pop()
        if row:
            if len(rows) + blank >= LAST_ROW:
                raise TooLarge
            rows += [[]] * blank
            rows.append(row)
        blank = 0 if row else blank + 1
    return rows
