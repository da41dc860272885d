"""What a synthetic A1 form is made from, and what it is then: values, rows and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schemas.a1 import Definition

Value = str | int | date | None
Row = dict[str, Value]

AUTHORITIES = ("901", "902", "903", "904", "905")
RAA_CODE = "RAA-SAMPLE"


@dataclass
class Table:
    """The data of one sheet: its columns in order, and a value for some of them in each row."""

    columns: list[str]
    rows: list[Row]


@dataclass
class SampleForm:
    """What a workbook holds: the Cover's values by name, and a table for each data sheet."""

    cover: dict[str, Value]
    tables: dict[str, Table]
    damaged: bool = False
    """Whether the file is to be cut short, so that nobody can read it."""


@dataclass(frozen=True)
class Recipe:
    """What a form is made from: `rows` on each sheet, about the days from `first` to `last`."""

    definition: Definition
    rows: int
    seed: int = 0
    first: date = date.min
    last: date = date.min
    """The period; the definition's own where none is given."""
    raa_code: str = RAA_CODE
    authorities: Sequence[str] = AUTHORITIES

    def __post_init__(self) -> None:
        if self.last == date.min:
            object.__setattr__(self, "first", self.definition.first_day)
            object.__setattr__(self, "last", self.definition.last_day)
