"""Read a workbook, or CSV files, as an A1 form: cells as they stand, and what stands in their way."""

import csv
import io
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from portal.checking.a1_guard import LAST_COLUMN, LAST_ROW, MOST_PLACES, Seen, check_size, guard
from portal.checking.a1_weight import is_too_heavy
from portal.checking.markup import Attributes, Defines, Handler, Malformed, TooLarge, walk
from portal.checking.unpack import Damaged, pieces
from portal.checking.zips import Directory, read_directory
from portal.domain.a1.form import RawForm, RawSheet
from portal.domain.cells import cell_name
from schemas.a1 import COVER, Definition, Limits

_MACROS: Final = ("vbaproject.bin", "workbook.bin")
_MADE_BY: Final = re.compile(rb"<(?:\w+:)?(?:creator|lastModifiedBy|Company|Manager)>\s*(?!openpyxl<)[^<\s]")
_MOST_NAMES = 200
_LONGEST_NAME = 60
_MOST_STRAY = 50
_ROOT_RELATIONS, _WORKBOOK, _RELATIONS = "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


@dataclass(frozen=True)
class Stop:
    """Why a form cannot be read."""

    code: str
    """The rule's: S01, S02 where it is too large, S02f where one cell makes it so."""
    sheet: str = ""
    place: str = ""


@dataclass(frozen=True)
class _Part:
    """Where a sheet is in the file, and whether there is more to it than its cells show."""

    place: str = ""
    hidden: bool = False
    commented: bool = False


class Unreadable(Exception):
    """It is no form that can be read."""

    def __init__(self, *stops: Stop) -> None:
        super().__init__(stops)
        self.stops = stops


def read_workbook(definition: Definition, body: bytes) -> RawForm:
    """Return what stands in a workbook. Raises Unreadable."""
    if len(body) > definition.limits.zipped_mb << 20:
        raise Unreadable(Stop("S02"))
    directory = read_directory(body)
    if not directory.find(_WORKBOOK) or any(entry.name.lower().endswith(_MACROS) for entry in directory.entries):
        raise Unreadable(Stop("S01"))
    try:
        if _main_parts(body, directory) != [_WORKBOOK]:
            raise Unreadable(Stop("S01"))
        check_size(body, directory, definition.limits)
        parts = _parts(body, directory)
        seen = _looked(definition, body, directory, parts)
        owned = _is_owned(body, directory)
    except TooLarge:
        raise Unreadable(Stop("S02")) from None
    except (Damaged, Defines, Malformed):
        raise Unreadable(Stop("S01")) from None
    # No macros, but a type that promises them: Excel would not open it by this name.
    if b"macroEnabled" in _small(body, directory, "[Content_Types].xml"):
        raise Unreadable(Stop("S01"))
    try:
        return _opened(definition, body, parts, seen, owned=owned)
    except (CalamineError, ValueError, OverflowError):
        raise Unreadable(Stop("S01")) from None
    except BaseException as error:
        # The reader got no memory for a value: an exception that cannot be imported, and is no Exception.
        if type(error).__name__ == "PanicException":
            raise Unreadable(Stop("S02")) from None
        raise


def _looked(definition: Definition, body: bytes, directory: Directory, parts: Mapping[str, _Part]) -> dict[str, Seen]:
    """Return what each part shows. Raises Unreadable, TooLarge, Damaged."""
    read = _read(definition, parts)
    seen = guard(body, directory, definition.limits, {part.place for part in parts.values()} - read.keys())
    far = [(read.get(name, ""), place) for name, shown in seen.items() for place in shown.far]
    if far:
        raise Unreadable(*(Stop("S02f" if place else "S02", sheet, place) for sheet, place in far))
    if is_too_heavy(body, directory, [shown.sample for name, shown in seen.items() if name in read]):
        raise TooLarge
    return seen


def _read(definition: Definition, parts: Mapping[str, _Part]) -> dict[str, str]:
    """Return the form's sheets by their places: no others are looked at, so that these tell another workbook."""
    wanted = {name.casefold(): name for name in (COVER, *(sheet.code for sheet in definition.sheets))}
    spoken = [(part.place, name.strip().casefold()) for name, part in parts.items()]
    return {place: wanted[name] for place, name in spoken if name in wanted}


def _opened(
    definition: Definition, body: bytes, parts: Mapping[str, _Part], seen: Mapping[str, Seen], *, owned: bool
) -> RawForm:
    with CalamineWorkbook.from_filelike(io.BytesIO(body)) as workbook:
        names = {name.strip().casefold(): name for name in reversed(workbook.sheet_names)}
        sheets, stray = {}, list[Stop]()
        for sheet in definition.sheets:
            if name := names.get(sheet.code.casefold()):
                part = parts.get(name, _Part())
                shown = seen.get(part.place, Seen())
                rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                stray += _stray(sheet.code, rows, definition.limits)
                hides = shown.hides or part.hidden or part.commented
                sheets[sheet.code] = _sheet(rows, tuple(shown.odd_cells), hides=hides)
        cover = None
        if name := names.get(COVER.casefold()):
            cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=100)
            cover = {f"B{number}": row[1] if len(row) > 1 else "" for number, row in enumerate(cells, start=1)}
        found = tuple(name[:_LONGEST_NAME] for name in workbook.sheet_names[:_MOST_NAMES])
    if stray:
        raise Unreadable(*stray)
    return RawForm(sheets=sheets, found=found, cover=cover, owned=owned)


def _sheet(rows: Sequence[Sequence[object]], odd_cells: tuple[str, ...] = (), *, hides: bool = False) -> RawSheet:
    return RawSheet(rows[0] if rows else (), rows[1:], odd_cells, hides)


def _stray(sheet: str, rows: list[list[Any]], limits: Limits) -> list[Stop]:
    """Cut blank cells far outside a sheet's table away, and return what is not blank there, as far as it is told.

    A table that is itself too large is left as it is, for the rule that says so (S02).
    """
    if len(rows) <= LAST_ROW and max(map(len, rows), default=0) <= LAST_COLUMN:
        return []
    headed = sum(1 for _ in takewhile(_is_filled, rows[0]))
    if headed > limits.columns or sum(any(map(_is_filled, row)) for row in rows) > limits.rows + 1:
        return []
    far = (
        (number, at)
        for number, row in enumerate(rows, start=1)
        for at, cell in enumerate(row)
        if (number > LAST_ROW or at >= LAST_COLUMN) and _is_filled(cell)
    )
    found = [Stop("S02f", sheet, cell_name(at, number)) for number, at in islice(far, _MOST_STRAY)]
    del rows[LAST_ROW:]
    for row in rows:
        del row[LAST_COLUMN:]
    return found


def _is_filled(cell: object) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


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
    """Return what stands in CSV files, by the sheets that they are. Raises Unreadable, which tells of all of them."""
    sheets, stops = {}, list[Stop]()
    for sheet in definition.sheets:
        if sheet.code in bodies:
            try:
                rows = _lines(bodies[sheet.code], definition)
                stops += _stray(sheet.code, rows, definition.limits)
                sheets[sheet.code] = _sheet(rows)
            except TooLarge:
                stops.append(Stop("S02", sheet.code))
            except (UnicodeError, csv.Error, ValueError):
                stops.append(Stop("S01", sheet.code))
    if stops:
        raise Unreadable(*stops)
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
    blank = filled = 0
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        # Excel writes the cells and rows beyond a table that were ever touched.
        while row and not row[-1].strip():
            row.pop()
        if row:
            filled += 1
            if filled > LAST_ROW or len(rows) + blank >= MOST_PLACES:
                raise TooLarge
            rows += [[]] * blank
            rows.append(row)
        blank = 0 if row else blank + 1
    return rows
