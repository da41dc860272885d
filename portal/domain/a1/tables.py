"""One sheet of a form, column by column. A column is read once, and each value that differs in it once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any, Final

from portal.domain.cells import letters
from schemas.a1 import Column, Sheet
from schemas.a1_rows import cell_field, id_text, words_of

FIRST_ROW = 2
"""Excel's number of the first row below the headings, where they stand in row 1."""
_NEVER_TOLD: Final = frozenset({"id", "text"})
_NOTHING: Final = "–"


def _in_doubt(_text: str, _kind: str) -> bool:
    return False


def heading(raw: object) -> str:
    """Return a heading as it is compared: without capitals and needless spaces."""
    return " ".join(words_of(raw).split()).casefold()


def bare(text: str) -> str:
    """Return a text's letters and digits alone, without capitals."""
    return "".join(filter(str.isalnum, text.casefold()))


def shown(raw: object) -> str:
    """Return a cell as a finding shows it; a blank one as a dash."""
    return words_of(raw) or _NOTHING


def _plain(raw: object) -> object:
    # A set takes True and 1.0 for the same.
    return ("TRUE" if raw else "FALSE") if isinstance(raw, bool) else raw


class Table:
    """A sheet's rows that are not blank. Values are what `schemas/a1_rows.py` reads, None where it reads nothing."""

    def __init__(
        self, sheet: Sheet, header: Sequence[object], rows: Sequence[Sequence[object]], top: int = FIRST_ROW - 1
    ) -> None:
        self.sheet, self.top = sheet, top
        """`top`: Excel's number of the row with the headings."""
        self.above: Sequence[Sequence[object]] = ()
        """The rows above the headings, from Excel's row 1 on."""
        self.likely: Mapping[str, Sequence[int]] = {}
        """Places that may be of a column of identifiers whose heading was not found: looked at for privacy alone."""
        self.strange: Sequence[int] = ()
        """Places of the other columns that are not known, where such a heading was not found: looked at as words."""
        self.harmless: Callable[[str, str], bool] = _in_doubt
        """Whether a text that a column of this type could not read names nobody; the form that it is of knows."""
        kept = [
            (number, row)
            for number, row in enumerate(rows, start=top + 1)
            if any(not isinstance(cell, str) or cell.strip() for cell in row)
        ]
        self.numbers = [number for number, _ in kept]
        """Of each row as Excel counts."""
        width = max(len(header), max((len(row) for _, row in kept), default=0))
        filled = [row if len(row) == width else [*row, *[""] * (width - len(row))] for _, row in kept]
        self.columns: list[Sequence[object]] = list(zip(*filled, strict=True)) if filled else [()] * width
        self.headings = [*header, *[""] * (width - len(header))]
        self._places, self.twice, self.unknown = _match(sheet, self.headings, self.columns)
        self._distinct: dict[int, AbstractSet[object]] = {}
        self._raw: dict[str, Sequence[object]] = {}
        self._raws: dict[str, AbstractSet[object]] = {}
        self._values: dict[str, list[Any]] = {}
        self._faults: dict[str, dict[object, str]] = {}
        self._remarks: dict[str, dict[object, str]] = {}
        self._texts: dict[str, list[str]] = {}
        self._keys: dict[str, list[str | None]] = {}
        self._groups: dict[str, dict[str, list[int]]] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def has(self, name: str) -> bool:
        """Tell whether the file has this column, and has it once: of two nobody knows which is meant."""
        return name in self._places

    def place(self, name: str) -> int:
        """Return where a column stands in the file, 0 for A. Raises KeyError."""
        return self._places[name]

    def letter(self, name: str) -> str:
        """Return the letters of a column in the file, "" where it has none."""
        return letters(self._places[name]) if name in self._places else ""

    def present(self, *types: str) -> Iterator[Column]:
        """Yield the columns of these types that the file has."""
        return (column for column in self.sheet.columns if column.type in types and self.has(column.name))

    def places(self, kind: str) -> Iterator[tuple[Column, int]]:
        """Yield each place in the file at which a column of a type stands, or may; also of one that is there twice."""
        for column in self.sheet.columns:
            if column.type == kind:
                once = [self._places[column.name]] if self.has(column.name) else self.likely.get(column.name, ())
                yield from ((column, place) for place in self.twice.get(column.name, once))

    def distinct(self, place: int) -> AbstractSet[object]:
        """Return what stands in a column of the file, each value once, of True and 1.0 one."""
        if place not in self._distinct:
            self._distinct[place] = set(self.columns[place])
        return self._distinct[place]

    def raw(self, name: str) -> Sequence[object]:
        """Return a column as it stands in the file, blank where the file does not have it."""
        if name not in self._raw:
            self._find(name)
        return self._raw[name]

    def raws(self, name: str) -> AbstractSet[object]:
        """Return each value of `raw` once."""
        if name not in self._raws:
            self._find(name)
        return self._raws[name]

    def _find(self, name: str) -> None:
        if not self.has(name):
            self._raw[name], self._raws[name] = ("",) * len(self), {""} if len(self) else set()
            return
        place = self._places[name]
        raw, raws = self.columns[place], self.distinct(place)
        if True in raws or False in raws:
            raw = tuple(map(_plain, raw))
            raws = set(raw)
        self._raw[name], self._raws[name] = raw, raws

    def values(self, name: str) -> list[Any]:
        """Return what a column's cells mean."""
        if name not in self._values:
            self._read(name)
        return self._values[name]

    def faults(self, name: str) -> dict[object, str]:
        """Return the codes of the rules that a column's raw values break by themselves."""
        if name not in self._faults:
            self._read(name)
        return self._faults[name]

    def _read(self, name: str) -> None:
        field, raw = cell_field(self.sheet, name), self.raw(name)
        read, faults = field.read_all(self.raws(name))
        self._values[name], self._faults[name] = list(map(read.__getitem__, raw)), faults

    def remarks(self, name: str) -> dict[object, str]:
        """Return the codes of the rules that have a word to say on how a column's raw values are written."""
        if name not in self._remarks:
            field = cell_field(self.sheet, name)
            found = {each: field.remark(each) for each in self.raws(name)}
            self._remarks[name] = {each: code for each, code in found.items() if code}
        return self._remarks[name]

    def texts(self, name: str) -> list[str]:
        """Return a column of identifiers as they are shown where they may be, "" for a blank one."""
        if name not in self._texts:
            read = {each: id_text(each) for each in self.raws(name)}
            self._texts[name] = list(map(read.__getitem__, self.raw(name)))
        return self._texts[name]

    def keys(self, name: str) -> list[str | None]:
        """Return a column of identifiers as they are compared: without capitals."""
        if name not in self._keys:
            self._keys[name] = [None if each is None else each.casefold() for each in self.values(name)]
        return self._keys[name]

    def groups(self, name: str) -> dict[str, list[int]]:
        """Return the rows of each identifier in a column, as `keys` has it."""
        if name not in self._groups:
            rows: dict[str, list[int]] = defaultdict(list)
            for at, key in enumerate(self.keys(name)):
                if key is not None:
                    rows[key].append(at)
            self._groups[name] = dict(rows)
        return self._groups[name]

    def each(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Yield each row's index, and what its cells of these columns mean."""
        return zip(range(len(self)), *(self.values(name) for name in names), strict=True)

    def shown(self, index: int, name: str, *beside: str) -> str:
        """Return what a finding tells of a cell, and in brackets of the cells of the row that it is compared with."""
        others = ", ".join(f"{other} {self._told(index, other)}" for other in beside)
        return f"{self._told(index, name)} ({others})" if others else self._told(index, name)

    def _told(self, index: int, name: str) -> str:
        """Return what stands in a cell, without what may name somebody.

        That is nothing of identifiers and words, of a month no day, and of what could not be read, as where columns
        were shifted, nothing that does not look harmless.
        """
        kind, raw, value = self.sheet.column(name).type, self.raw(name)[index], self.values(name)[index]
        if kind in _NEVER_TOLD:
            return ""
        if kind == "month":
            return f"{value:%Y-%m}" if value else ""
        text = shown(raw)
        return text if value is not None or text == _NOTHING or self.harmless(text, kind) else ""

    def days(self, *types: str) -> Iterator[tuple[str, list[date | None]]]:
        """Yield the name and days of each column of dates, or of these types, that the file has."""
        return ((column.name, self.values(column.name)) for column in self.present(*(types or ("date",))))


def spoken(sheet: Sheet) -> Mapping[str, str]:
    """Return each column's name by the headings that it may have, as `heading` compares them."""
    return {heading(alias): column.name for column in sheet.columns for alias in (column.name, *column.aliases)}


def _match(
    sheet: Sheet, headings: Sequence[object], columns: Sequence[Sequence[object]]
) -> tuple[dict[str, int], dict[str, list[int]], list[int]]:
    """Return where each column is, where each is that is there more than once, and which places belong to none."""
    known = spoken(sheet)
    places: dict[str, list[int]] = defaultdict(list)
    unknown = []
    for place, said in enumerate(map(heading, headings)):
        name = known.get(said)
        if name is not None:
            places[name].append(place)
        elif said or any(not isinstance(cell, str) or cell.strip() for cell in columns[place]):
            unknown.append(place)
    once = {name: found[0] for name, found in places.items() if len(found) == 1}
    return once, {name: found for name, found in places.items() if name not in once}, unknown
