"""What a rule that looks at columns of every sheet may lack in one: then it is named as a rule that did not run there.

Rules that look at columns by their names say which they need (`Rule.needs`).
"""

from collections.abc import Callable

from portal.domain.a1.headings import lost
from portal.domain.a1.tables import Table


def no_key(table: Table) -> bool:
    """Tell whether nothing says which row is whose."""
    return not table.has(table.sheet.key)


def no_id(table: Table) -> bool:
    """Tell whether the heading of a column of identifiers was not found."""
    return bool(lost(table))


def not_all_dates(table: Table) -> bool:
    """Tell whether a date that every row has was not found; where no row must have one, any date."""
    dates = [column for column in table.sheet.columns if column.type == "date"]
    asked = [column for column in dates if column.need == "R"] or dates
    return not all(table.has(column.name) for column in asked)


def none_of(kind: str) -> Callable[[Table], bool]:
    """Return what tells whether of a sheet's columns of a type none was found, though some row needs one."""

    def lacks(table: Table) -> bool:
        columns = [column for column in table.sheet.columns if column.type == kind]
        return any(column.need != "O" for column in columns) and not any(table.has(column.name) for column in columns)

    return lacks
