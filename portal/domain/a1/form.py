"""An A1 form as it was read, and what it is read against: the values that every rule is given."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from portal.domain.a1.headings import table_of
from portal.domain.a1.shapes import ALLOWED, names_nobody, words_in
from portal.domain.a1.tables import Table, bare
from schemas.a1 import COVER, Definition
from schemas.a1_rows import NOT_KNOWN, id_text

Row = Sequence[object]


class Hit(NamedTuple):
    """One place at which a rule found something."""

    sheet: str
    column: str = ""
    """Empty: the whole sheet."""
    at: int = -1
    """Which row of its table, from 0; -1: no row."""
    value: str = ""
    """What stands there, and after it what it does not fit to; of a column of identifiers only masked."""
    gaps: Mapping[str, str] = {}
    """What the rule's sentence has gaps for; the same at every row of a column."""
    place: str = ""
    """The cell, such as B3, where column and row do not say it: on the cover, or in a column that is not read."""


@dataclass(frozen=True)
class RawSheet:
    """A sheet as it stands in the file: text, float, bool, date, datetime or time, "" for a blank cell."""

    header: Row
    rows: Sequence[Row]
    """From Excel's row 2 on, blank ones too."""
    odd_cells: tuple[str, ...] = ()
    """Places of cells with an error, or with a formula that was never worked out (S09)."""
    hidden: bool = False
    """Whether cells are merged, rows or columns hidden, filtered or commented on (S10)."""


@dataclass(frozen=True)
class RawForm:
    """A workbook, or the CSV files that are there of one form."""

    sheets: Mapping[str, RawSheet]
    """By the definition's names."""
    found: tuple[str, ...]
    """Names of all sheets in the workbook; of CSV files those that are there."""
    cover: Mapping[str, object] | None = None
    """What stands in column B by its cell, such as B3; None: there is no such sheet."""
    csv: bool = False
    owned: bool = False
    """Whether the workbook's properties name a person or an organisation (S13)."""


@dataclass(frozen=True)
class Against:
    """What a form is read against."""

    first_day: date
    last_day: date
    """The period, both days in it."""
    today: date
    """The London day of the upload."""
    raa_code: str = ""
    authorities: Mapping[str, Sequence[tuple[date, date | None]]] = field(default_factory=dict)
    """First and last days of each authority's memberships by its three digits; None: it has no end."""
    id_words: frozenset[str] = frozenset()
    """Words in capitals that begin this agency's case numbers."""

    @cached_property
    def members(self) -> AbstractSet[str]:
        """The authorities that were members of the agency on any day of the period."""
        return {
            code
            for code, memberships in self.authorities.items()
            if any(begun <= self.last_day and (end is None or end >= self.first_day) for begun, end in memberships)
        }


class CannotRun(Exception):
    """A rule has nothing to compare with."""


class Form:
    """A form whose columns are read when a rule first asks for them."""

    def __init__(self, definition: Definition, raw: RawForm, against: Against) -> None:
        self.definition, self.raw, self.against = definition, raw, against
        self.tables = {
            sheet.code: table_of(sheet, raw.sheets[sheet.code].header, raw.sheets[sheet.code].rows)
            for sheet in definition.sheets
            if sheet.code in raw.sheets
        }
        for table in self.tables.values():
            table.harmless = self._names_nobody
        self._harmless: dict[tuple[str, bool], bool] = {}
        self.looked: dict[tuple[str, int], Mapping[str, str]] = {}
        """Suspect identifiers at each place of a sheet, once `privacy.looked` has looked at all of them."""

    def table(self, sheet: str) -> Table:
        """Return a sheet's table. Raises KeyError."""
        return self.tables[sheet]

    def told(self, name: str) -> object:
        """Return what the cover tells under this name, "" where it tells nothing."""
        return (self.raw.cover or {}).get(self.definition.cover_cell(name), "")

    def _names_nobody(self, text: str, kind: str) -> bool:
        """Tell whether what a column could not read may be told: it is no name, and no identifier of the form."""
        day = kind == "date"
        if (text, day) not in self._harmless:
            safe = names_nobody(text, self._words, day=day)
            self._harmless[text, day] = safe and self._ids.isdisjoint({text.casefold(), *text.casefold().split()})
        return self._harmless[text, day]

    @cached_property
    def _words(self) -> AbstractSet[str]:
        """The words that values are written with, such as White and British."""
        columns = [each for sheet in self.definition.sheets for each in sheet.columns]
        written = [each for column in columns for each in (*column.codes, *column.read_as, *NOT_KNOWN)]
        written += [value.meaning for column in columns for value in column.values]
        return {word for text in written for word in words_in(text)} | ALLOWED | self.against.id_words

    @cached_property
    def _ids(self) -> AbstractSet[str]:
        tables = self.tables.values()
        raws = (raw for table in tables for _, place in table.places("id") for raw in table.distinct(place))
        return {id_text(raw).casefold() for raw in raws} - {""}

    @cached_property
    def _bare_ids(self) -> AbstractSet[str]:
        return set(map(bare, self._ids)) - {""}

    def names_id(self, text: str) -> bool:
        """Tell whether a text, or a word of it, is an identifier of the form, but for capitals and signs."""
        return not self._bare_ids.isdisjoint(map(bare, (text, *text.split())))

    def cover_hit(self, name: str, **gaps: str) -> Hit:
        """Return a hit at a cell of the cover."""
        return Hit(COVER, gaps=gaps, place=self.definition.cover_cell(name))
