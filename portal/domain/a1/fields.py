"""Whether each cell holds what its column takes (F), as the marshmallow fields of `schemas/a1_rows.py` read it."""

from collections.abc import Iterator, Mapping
from typing import Final

from portal.domain.a1.compare import BLANK, hit, unread
from portal.domain.a1.form import CannotRun, Form, Hit
from portal.domain.a1.lacking import none_of
from portal.domain.a1.registry import CHECK, ERROR, rule
from portal.domain.a1.structure import remarked
from portal.domain.a1.tables import Table
from schemas.a1 import Column
from schemas.texts import say

_OLDEST: Final = 25
"""Years: nobody older is a child whom an adoption order can be made for."""
_DATE_FIX = say("Give the day as a date, as YYYY-MM-DD or as DD/MM/YYYY, with a year of four digits.")
_AUTHORITY_FIX = say(
    "Give the three digits of the authority. If it was a member in the period, tell the team of the inspection, so "
    "that its membership can be put right."
)


def _faulty(form: Form, code: str, kind: str = "") -> Iterator[Hit]:
    """Yield each cell that its field refuses with this code; those in columns of a type alone, if it is given."""
    for name, table in form.tables.items():
        for column in table.sheet.columns:
            if kind not in ("", column.type):
                continue
            found = {raw for raw, said in table.faults(column.name).items() if said == code} if len(table) else None
            if found and table.has(column.name):
                gaps = _gaps(column)
                for at, raw in enumerate(table.raw(column.name)):
                    if raw in found:
                        value = "" if column.is_id or code == BLANK else table.shown(at, column.name)
                        yield Hit(name, column.name, at, value, gaps)


def _gaps(column: Column) -> Mapping[str, str]:
    allowed = ", ".join(column.codes) or "000–999"
    return {"allowed": allowed, "least": str(column.least or 0), "most": str(column.most or "")}


@rule(
    "F01",
    ERROR,
    say("A required value is missing."),
    say("Fill in the cells. If something stands in brackets, it is what needs the value."),
)
def blank(form: Form) -> Iterator[Hit]:
    """F01: of every row, and of those in which other columns ask for a value."""
    yield from _faulty(form, BLANK)
    for table in form.tables.values():
        for column in table.sheet.columns:
            if column.needed_if and table.has(column.name):
                yield from _missing(table, column)


def _missing(table: Table, column: Column) -> Iterator[Hit]:
    """Yield the blank cells of a column that its conditions ask for, each once, with what the first of them needs."""
    if None not in (values := table.values(column.name)):
        return
    unclear = unread(table, column.name)
    blank_rows = [at for at, value in enumerate(values) if value is None and at not in unclear]
    told: set[int] = set()
    for condition in column.needed_if:
        rows = [at for at in blank_rows if at not in told]
        for name, wanted in condition:
            others = table.values(name)
            if wanted is None:
                written = unread(table, name)
                rows = [at for at in rows if others[at] is not None or at in written]
            else:
                rows = [at for at in rows if others[at] in wanted]
        told.update(rows)
        yield from (hit(table, at, column.name, *(name for name, _ in condition)) for at in rows)


@rule(
    "F02",
    ERROR,
    say("The value is not one of those that the column takes: {allowed}."),
    say("Use one of these values, written as they are here."),
)
def not_in_list(form: Form) -> Iterator[Hit]:
    """F02."""
    return _faulty(form, "F02")


@rule("F03", ERROR, say("This is not a date, or no day that exists."), _DATE_FIX, lacks=none_of("date"))
def no_date(form: Form) -> Iterator[Hit]:
    """F03, of days."""
    return _faulty(form, "F03", "date")


@rule(
    "F03m",
    ERROR,
    say("This is not a month."),
    say("Give year and month alone, such as 2021-04 or 04/2021. If Excel alters it, format the column as text first."),
    lacks=none_of("month"),
)
def no_month(form: Form) -> Iterator[Hit]:
    """F03, where no day is to be given: nobody is asked for a whole date of birth."""
    return _faulty(form, "F03", "month")


@rule(
    "F04",
    ERROR,
    say("This is a date that programs write where they know none."),
    say("Give what it really was, or leave the cell blank if there is nothing to give."),
)
def placeholder_date(form: Form) -> Iterator[Hit]:
    """F04."""
    return _faulty(form, "F04")


@rule(
    "F05",
    ERROR,
    say("The date lies too far back: before 1995, or, for a child’s birth, more than 25 years before the period ends."),
    say("Check the year."),
)
def too_early(form: Form) -> Iterator[Hit]:
    """F05."""
    yield from _faulty(form, "F05")
    last = form.against.last_day
    oldest = last.replace(year=last.year - _OLDEST, day=1)
    if "Children" in form.tables and (children := form.table("Children")).has("birth_month"):
        for at, born in children.each("birth_month"):
            if born and born < oldest:
                yield Hit("Children", "birth_month", at, children.shown(at, "birth_month"))


@rule(
    "F06",
    ERROR,
    say("This is not a whole number from {least} to {most}."),
    say("Give a whole number within these bounds."),
    lacks=none_of("int"),
)
def no_number(form: Form) -> Iterator[Hit]:
    """F06."""
    return _faulty(form, "F06")


@rule(
    "F07",
    ERROR,
    say("The authority was not a member of the agency in the period."),
    _AUTHORITY_FIX,
    lacks=none_of("la"),
)
def no_member(form: Form) -> Iterator[Hit]:
    """F07: it never was, or joined later."""
    return _strangers(form, ended=False)


@rule(
    "F07c",
    CHECK,
    say("The authority had left the agency before the period began."),
    _AUTHORITY_FIX,
    lacks=none_of("la"),
)
def former_member(form: Form) -> Iterator[Hit]:
    """F07: a membership that had ended."""
    return _strangers(form, ended=True)


def _strangers(form: Form, *, ended: bool) -> Iterator[Hit]:
    first, members, known = form.against.first_day, form.against.members, form.against.authorities
    if not known:
        raise CannotRun
    former = {code for code, spans in known.items() if any(end is not None and end < first for _, end in spans)}
    for name, table in form.tables.items():
        for column in table.present("la"):
            if column.members:
                for at, code in table.each(column.name):
                    if code and code not in members and (code in former) == ended:
                        yield Hit(name, column.name, at, table.shown(at, column.name))


@rule(
    "F08",
    CHECK,
    say("Values are written in an old way. They were read as the code that was meant."),
    say("You need not do anything. Another time, write the code alone: {allowed}."),
)
def old_value(form: Form) -> Iterator[Hit]:
    """F08: the code that it was read as follows in brackets."""
    for found in remarked(form, "F08"):
        table = form.table(found.sheet)
        read = table.values(found.column)[found.at]
        if read is not None:
            meant = ";".join(read) if isinstance(read, tuple) else read
            yield found._replace(value=f"{found.value} ({meant})", gaps=_gaps(table.sheet.column(found.column)))


@rule(
    "F09",
    CHECK,
    say("Dates or numbers are stored as text. They were read as what they seem to be."),
    say("You need not do anything. If Excel shows a date otherwise than you mean it, make it a real date."),
)
def stored_as_text(form: Form) -> Iterator[Hit]:
    """F09: in a CSV file all is text."""
    if form.raw.csv:
        return
    for found in remarked(form, "F09"):
        if form.table(found.sheet).values(found.column)[found.at] is not None:
            yield found
