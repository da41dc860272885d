"""How rules compare the cells of one row."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from portal.domain.a1.form import Form, Hit
from portal.domain.a1.tables import Table
from schemas.texts import say

BLANK: Final = "F01"
"""The rule that a blank cell breaks where something must stand."""
DATES_FIX: Final = say("Check both dates and put the wrong one right.")


def hit(table: Table, at: int, column: str, *beside: str) -> Hit:
    """Return a hit at a cell that shows what it was compared with; of an identifier nothing is shown."""
    shown = "" if table.sheet.column(column).is_id else table.shown(at, column, *beside)
    return Hit(table.sheet.code, column, at, shown)


def unread(table: Table, *columns: str) -> AbstractSet[int]:
    """Return the rows in which one of these columns holds what could not be read: it is not there, nor is it missing.

    Whoever finds fault with what is missing leaves them alone, because a rule of cells (F) has said what is wrong. At
    such a cell itself nobody needs to: no other rule is heard there.
    """
    rows: set[int] = set()
    for name in columns:
        odd = {raw for raw, code in table.faults(name).items() if code != BLANK}
        if odd:
            rows.update(at for at, raw in enumerate(table.raw(name)) if raw in odd)
    return rows


def earlier(form: Form, sheet: str, column: str, than: str) -> Iterator[Hit]:
    """Yield each row whose day in one column is before that in another."""
    table = form.table(sheet)
    for at, day, other in table.each(column, than):
        if day and other and day < other:
            yield hit(table, at, column, than)


def one_alone(form: Form, sheet: str, first: str, second: str) -> Iterator[Hit]:
    """Yield each row in which one of two columns is blank and the other is not, at the blank one."""
    table = form.table(sheet)
    for at, one, other in table.each(first, second):
        if (one is None) != (other is None):
            missing, given = (first, second) if one is None else (second, first)
            yield hit(table, at, missing, given)


def out_of_order(table: Table, columns: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Yield row, column and earlier column where days, leaving out blank ones, do not follow each other."""
    names = tuple(columns)
    for at, *days in table.each(*names):
        if (known := list(filter(None, days))) == sorted(known):
            continue
        given = [(day, name) for day, name in zip(days, names, strict=True) if day]
        for (before, earlier_name), (after, name) in pairwise(given):
            if after < before:
                yield at, name, earlier_name


def by(day: date | None, last: date) -> bool:
    """Tell whether something had happened by the last day of the period."""
    return day is not None and day <= last


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(day.day - 1), following - timedelta(1))


def age(born: date, on: date) -> int:
    """Return the years that somebody born in a month (its first day) has at most on a day."""
    return on.year - born.year - (on.month < born.month)
