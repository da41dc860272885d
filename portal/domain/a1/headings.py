"""Where headings stand if not in row 1, and which columns without a known one may be those of identifiers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from portal.domain.a1.shapes import looks_like_name, reveals
from portal.domain.a1.tables import FIRST_ROW, Table, bare, heading, spoken
from portal.domain.cells import cell_name
from schemas.a1 import Column, Sheet

_ROWS: Final = 20
"""Rows below the first in which headings are looked for."""
_NEARLY: Final = 0.9
_MOST: Final = 1_000_000
"""Characters of different texts that are looked at in a sheet's unknown columns: some two seconds, if all are."""
_LONGEST: Final = 1_000
"""Characters of a cell above the headings that are looked at."""
_WORD: Final = re.compile(r"[^\W_]+")


def table_of(sheet: Sheet, header: Sequence[object], rows: Sequence[Sequence[object]]) -> Table:
    """Return a sheet's table, read from where its headings stand."""
    at = _lower(sheet, header, rows)
    if at is None:
        table = Table(sheet, header, rows)
    else:
        table = Table(sheet, rows[at], rows[at + 1 :], at + FIRST_ROW)
        table.above = [header, *rows[:at]]
    if lost(table):
        places = _light(table)
        table.likely = _likely(table, places)
        taken = {place for each in table.likely.values() for place in each}
        table.strange = [place for place in places if place not in taken]
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


def left_out(table: Table) -> bool:
    """Tell whether unknown columns that may be of identifiers hold too much to be looked at."""
    return bool(lost(table)) and len(table.unknown) > len(table.strange) + sum(map(len, table.likely.values()))


def _light(table: Table) -> list[int]:
    """Return the places of unknown columns, those with the least text first, that are not too much together."""
    weights = {place: sum(map(len, _texts(table, place))) for place in table.unknown}
    places, left = [], _MOST
    for place in sorted(weights, key=lambda place: (weights[place], heading(table.headings[place]))):
        left -= weights[place]
        if left >= 0:
            places.append(place)
    return places


def _texts(table: Table, place: int) -> set[str]:
    return {cell for cell in table.distinct(place) if isinstance(cell, str)}


def _likely(table: Table, light: Sequence[int]) -> Mapping[str, Sequence[int]]:
    """Return places that may be of identifiers whose headings were not found, by the column's name.

    Those whose heading says all words of the column's, and of the key those that tell of another person in every row.
    """
    found: dict[str, list[int]] = {}
    left = list(table.unknown)
    for column in lost(table):
        key = column.name == table.sheet.key
        people = {at for at in light if at in left and _names_people(table, at)} if key else set()
        places = [at for at in left if at in people or _resembles(table.headings[at], column)]
        left = [at for at in left if at not in places]
        found |= {column.name: places} if places else {}
    return found


def _resembles(said: object, column: Column) -> bool:
    words = set(_WORD.findall(heading(said)))
    names = column.name, *column.aliases
    return any(words >= set(_WORD.findall(heading(each))) or bare(heading(said)) == bare(each) for each in names)


def _names_people(table: Table, place: int) -> bool:
    """Tell whether nearly every row has its own text there, and most look like a person's name, number or address."""
    texts = {cell.strip() for cell in _texts(table, place)} - {""}
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
    """Yield the cells, such as B3, that show this above the headings or in columns of which nothing is known."""
    for number, row in enumerate(table.above, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, str) and shows(cell.strip()[:_LONGEST]):
                yield cell_name(place, number)
    for place in table.strange:
        if found := {text for text in _texts(table, place) if shows(text.strip())}:
            rows = (table.numbers[at] for at, cell in enumerate(table.columns[place]) if cell in found)
            yield from (cell_name(place, row) for row in rows)
