"""Where headings stand if not in row 1, and which columns without a known one may be those of identifiers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from portal.domain.a1.shapes import looks_like_name, reveals
from portal.domain.a1.tables import FIRST_ROW, Table, bare, heading, letters, spoken
from schemas.a1 import Column, Sheet

_ROWS: Final = 20
"""Rows below the first in which headings are looked for."""
_NEARLY: Final = 0.9
_WORD: Final = re.compile(r"[^\W_]+")


def table_of(sheet: Sheet, header: Sequence[object], rows: Sequence[Sequence[object]]) -> Table:
    """Return a sheet's table, read from where its headings stand."""
    at = _lower(sheet, header, rows)
    if at is None:
        table = Table(sheet, header, rows)
    else:
        table = Table(sheet, rows[at], rows[at + 1 :], at + FIRST_ROW)
        table.above = [header, *rows[:at]]
    table.likely = _likely(table)
    return table


def _lower(sheet: Sheet, header: Sequence[object], rows: Sequence[Sequence[object]]) -> int | None:
    """Return which of the rows has the headings, None where row 1 is as good: then columns are missing, or nothing."""
    known = spoken(sheet)

    def named(row: Sequence[object]) -> int:
        return len({known[said] for said in map(heading, row) if said in known})

    required = {column.name for column in sheet.columns if column.need == "R"}
    if required <= {known.get(said) for said in map(heading, header)}:
        return None
    counts = [named(row) for row in rows[:_ROWS]]
    most = max(counts, default=0)
    return counts.index(most) if most > named(header) and 2 * most >= len(sheet.columns) else None


def lost(table: Table) -> list[Column]:
    """Return the columns of identifiers that some row needs and of which no heading was found."""
    ids = (column for column in table.sheet.columns if column.is_id and column.need != "O")
    return [column for column in ids if not table.has(column.name) and column.name not in table.twice]


def _likely(table: Table) -> Mapping[str, Sequence[int]]:
    """Return places that may be of identifiers whose headings were not found, by the column's name.

    Those whose heading says all words of the column's, and of the key those that tell of another person in every row.
    """
    found: dict[str, list[int]] = {}
    left = list(table.unknown)
    for column in lost(table):
        key = column.name == table.sheet.key
        places = [at for at in left if _resembles(table.headings[at], column) or (key and _names_people(table, at))]
        left = [at for at in left if at not in places]
        found |= {column.name: places} if places else {}
    return found


def _resembles(said: object, column: Column) -> bool:
    words = set(_WORD.findall(heading(said)))
    names = column.name, *column.aliases
    return any(words >= set(_WORD.findall(heading(each))) or bare(heading(said)) == bare(each) for each in names)


def _names_people(table: Table, place: int) -> bool:
    """Tell whether nearly every row has its own text there, and most look like a person's name, number or address."""
    texts = {cell.strip() for cell in table.distinct(place) if isinstance(cell, str)} - {""}
    if not texts or len(texts) < _NEARLY * len(table):
        return False
    doubts = len(texts) // 2
    """So many may be something else."""
    for text in texts:
        doubts -= not (looks_like_name(text) or reveals(text))
        if doubts < 0:
            return False
    return True


def unknown_words(table: Table, shows: Callable[[str], bool]) -> Iterator[str]:
    """Yield the cells, such as B3, that show this above the headings or, with identifiers lost, in unknown columns."""
    for number, row in enumerate(table.above, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, str) and shows(cell.strip()):
                yield f"{letters(place)}{number}"
    taken = {place for places in table.likely.values() for place in places}
    for place in table.unknown if lost(table) else ():
        if place not in taken:
            found = {cell for cell in table.distinct(place) if isinstance(cell, str) and shows(cell.strip())}
            if found:
                rows = (table.numbers[at] for at, cell in enumerate(table.columns[place]) if cell in found)
                yield from (f"{letters(place)}{row}" for row in rows)
