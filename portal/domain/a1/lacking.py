"""Whether a rule that looks at columns of every sheet found them there: otherwise it is named as one that did not run.

Rules that look at columns by their names say so themselves (`Rule.needs`).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from portal.domain.a1.form import Form
from portal.domain.a1.headings import left_out, lost
from portal.domain.a1.tables import Table

_Lacks = Callable[[Table], bool]


def _no_key(table: Table) -> bool:
    return not table.has(table.sheet.key)


def _no_identifier(table: Table) -> bool:
    return bool(lost(table))


def _not_all_dates(table: Table) -> bool:
    dates = [column for column in table.sheet.columns if column.type == "date"]
    asked = [column for column in dates if column.need == "R"] or dates
    return not all(table.has(column.name) for column in asked)


def _none_of(kind: str) -> _Lacks:
    def lacks(table: Table) -> bool:
        columns = [column for column in table.sheet.columns if column.type == kind]
        return any(column.need != "O" for column in columns) and not any(table.has(column.name) for column in columns)

    return lacks


_LACKS: Final[Mapping[str, _Lacks]] = MappingProxyType(
    dict.fromkeys(("P01", "P02", "P02c", "P03", "P03c", "P04", "P04c", "P05", "P06", "P07", "P08"), _no_identifier)
    | dict.fromkeys(("P09", "P10"), left_out)
    | dict.fromkeys(("D01", "D02", "D03"), _no_key)
    | dict.fromkeys(("F03", "T01", "T02"), _none_of("date"))
    | dict.fromkeys(("F03m", "P11"), _none_of("month"))
    | dict.fromkeys(("F07", "F07c"), _none_of("la"))
    | {"F06": _none_of("int"), "T08": _not_all_dates}
)


def lacking(form: Form, code: str) -> bool:
    """Tell whether a sheet that is there lacks what a rule looks at in each, so that it did not run on all of them."""
    lacks = _LACKS.get(code)
    return lacks is not None and any(map(lacks, form.tables.values()))
