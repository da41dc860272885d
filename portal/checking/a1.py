"""Check an A1 form: the bytes of a workbook or of CSV files in, what all rules found out."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from portal.checking.a1_read import Stop, Unreadable, read_csv, read_workbook
from portal.domain.a1.engine import check, unreadable
from portal.domain.a1.form import Against, Form, RawForm
from portal.domain.a1.glance import at_a_glance
from portal.domain.cells import parted
from schemas.a1 import Definition, load_a1
from schemas.a1_glance import Glance
from schemas.a1_result import A1Result, Cell
from schemas.checking import LONGEST_ANSWER, A1Ask

_MOST_SAID = LONGEST_ANSWER // 2
"""Bytes of all values together, as they are written: each letter can take six."""


def check_a1(ask: A1Ask, bodies: Sequence[bytes]) -> tuple[A1Result, Glance | None]:
    """Return what is found in one workbook, or in the CSV files that `ask.sheets` names in the bodies' order.

    Beside it the form at a glance, where it could be read.
    """
    definition = load_a1(ask.definition)
    try:
        form = form_of(ask, bodies)
    except Unreadable as error:
        return _stopped(definition, error.stops), None
    except MemoryError:
        return unreadable(definition, "S02"), None
    return _within(check(form)), _glance(form)


def _stopped(definition: Definition, stops: Sequence[Stop]) -> A1Result:
    """Return the result of a form that could not be read, by what is wrong with which sheet and column."""
    rows = defaultdict[tuple[str, str, str], list[int]](list)
    for stop in stops:
        letter, row = parted(stop.place)
        rows[stop.code, stop.sheet, letter].append(row)
    result, problems = unreadable(definition, stops[0].code), []
    for (code, sheet, letter), numbers in rows.items():
        (problem,) = unreadable(definition, code, sheet).problems
        cells = tuple(Cell(number) for number in sorted(numbers) if number)
        problems.append(replace(problem, letter=letter, count=len(numbers), cells=cells))
    return replace(result, problems=tuple(problems))


def _within(result: A1Result) -> A1Result:
    """Leave values away, the worst problems' last, where all of them would not go into an answer."""
    left = _MOST_SAID
    problems = []
    for problem in result.problems:
        cells = []
        for cell in problem.cells:
            left -= len(json.dumps(cell.value))
            cells.append(cell if left >= 0 else replace(cell, value=""))
        problems.append(replace(problem, cells=tuple(cells)))
    return result if left >= 0 else replace(result, problems=tuple(problems))


def _glance(form: Form) -> Glance:
    def column(sheet: str, name: str) -> Sequence[object]:
        table = form.tables.get(sheet)
        return table.values(name) if table is not None and table.has(name) else ()

    return at_a_glance(form.definition, {name: len(table) for name, table in form.tables.items()}, column)


def form_of(ask: A1Ask, bodies: Sequence[bytes]) -> Form:
    """Return the form itself, whose tables read the columns that are asked of them. Raises Unreadable."""
    definition = load_a1(ask.definition)
    return Form(definition, _read(definition, ask, bodies), against(ask))


def _read(definition: Definition, ask: A1Ask, bodies: Sequence[bytes]) -> RawForm:
    if not ask.sheets:
        return read_workbook(definition, bodies[0])
    return read_csv(definition, dict(zip(_codes(definition, ask.sheets), bodies, strict=True)))


def _codes(definition: Definition, asked: Sequence[str]) -> list[str]:
    """Return the sheets' names; they may be asked for by their slots in the checklist."""
    slots: Mapping[str, str] = {sheet.slot: sheet.code for sheet in definition.sheets}
    return [slots.get(name, name) for name in asked]


def against(ask: A1Ask) -> Against:
    """Return what the form is read against."""
    first, last = map(date.fromisoformat, ask.period)
    return Against(
        first_day=first,
        last_day=last,
        today=date.fromisoformat(ask.today),
        raa_code=ask.raa_code,
        authorities={
            code: tuple((date.fromisoformat(begun), date.fromisoformat(end) if end else None) for begun, end in spans)
            for code, spans in ask.authorities.items()
        },
        id_words=frozenset(word.strip().upper() for word in ask.id_words),
    )
