"""Run the rules over a form and put together what they found: in two stages, grouped, worst first.

The first stage is structure and privacy. If it finds what stops, the second is not run: its findings would be about
data that is not what was asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from portal.domain.a1.form import CannotRun, Form, Hit
from portal.domain.a1.privacy import safe_rows
from portal.domain.a1.registry import LAST, STOP, Rule
from portal.domain.a1.rules import RULES
from portal.domain.a1.structure import limit_gaps
from portal.domain.cells import parted
from schemas.a1 import COVER, Definition
from schemas.a1_result import (
    LONGEST_VALUE,
    MOST_CELLS,
    MOST_PROBLEMS,
    SEVERITIES,
    A1Result,
    Cell,
    Problem,
    longest_gap,
)
from schemas.visible import seen

_LEAST_CELLS: Final = 50
"""Cells that each problem lists, unless there are more than 400 problems."""
_BLANK: Final = "F01"
_ODD: Final = "S09"
"""With these two a cell has no other finding: the rest follows from them."""
_MISREAD: Final = ("F02", "F03", "F03m", "F04", "F05", "F06")
_COMPARING: Final = "RXT"
"""Rules that have nothing to compare with where one of these has found something."""
_Place = tuple[str, str, int]
_Group = tuple[str, str, str, str]
"""Code of the rule, sheet, column, and its letters in the file."""
_Found = tuple[int, Hit]
"""A hit behind its row in the file, 0 where it has none."""


@dataclass
class _Run:
    """What the rules found so far."""

    hits: dict[str, list[Hit]] = field(default_factory=dict)
    not_run: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def check(form: Form, rules: Mapping[str, Rule] = RULES) -> A1Result:
    """Return what all rules find in a form. A rule that raises is named among the result's faults."""
    run = _Run()
    _run(form, run, [rule for rule in rules.values() if rule.first])
    stopped = any(rules[code].severity == STOP for code, hits in run.hits.items() if hits)
    if not stopped:
        _run(form, run, [rule for rule in rules.values() if not rule.first])
    return A1Result(
        definition=form.definition.version,
        complete=not stopped,
        rows={name: len(table) for name, table in form.tables.items()},
        problems=_problems(form, run, rules),
        not_run=tuple(run.not_run),
        faults=tuple(run.faults),
    )


def unreadable(definition: Definition, code: str, sheet: str = "") -> A1Result:
    """Return the result of a form that could not be read (S01) or is too large to be (S02)."""
    gaps = limit_gaps(definition) if code == "S02" else {}
    problem = Problem(code, STOP, sheet, "", "", 1, values=gaps)
    return A1Result(definition=definition.version, complete=False, rows={}, problems=(problem,))


def _run(form: Form, run: _Run, rules: Iterable[Rule]) -> None:
    for rule in rules:
        needed = [need.split(".") for need in rule.needs]
        if not all(form.definition.find(sheet, column) for sheet, column in needed):
            continue  # a deployment's own definition may not have a column, and then the rule does not apply
        try:
            if not all(sheet in form.tables and form.table(sheet).has(column) for sheet, column in needed):
                raise CannotRun
            run.hits[rule.code] = list(rule.find(form))
            if rule.lacks is not None and any(map(rule.lacks, form.tables.values())):
                run.not_run.append(rule.code)
        except CannotRun:
            run.not_run.append(rule.code)
        except Exception:  # noqa: BLE001 -- a fault of ours must not cost the sender the other findings
            run.faults.append(rule.code)


def _problems(form: Form, run: _Run, rules: Mapping[str, Rule]) -> tuple[Problem, ...]:
    grouped = _grouped(form, run)
    order = ["", COVER, *(sheet.code for sheet in form.definition.sheets)]

    def rank(group: _Group) -> tuple[object, ...]:
        code, sheet, _column, _letter = group
        worst = SEVERITIES.index(rules[code].severity), code in LAST, not rules[code].first
        return *worst, order.index(sheet), min(row for row, _ in grouped[group]), group

    ranked = sorted(grouped, key=rank)[:MOST_PROBLEMS]
    keys = {name: safe_rows(form, table) for name, table in form.tables.items() if table.has(table.sheet.key)}
    return tuple(_made([(group, grouped[group]) for group in ranked], rules, keys))


def _grouped(form: Form, run: _Run) -> Mapping[_Group, list[_Found]]:
    """Return what was found by rule and column, without what only follows from something else at the same cell."""
    blank = _cells_of(run, _BLANK)
    unclear = blank | _cells_of(run, *_MISREAD)
    odd = {(hit.sheet, *_where(form, hit)) for hit in run.hits.get(_ODD, ())}
    grouped: dict[_Group, list[_Found]] = defaultdict(list)
    for code, hits in run.hits.items():
        hidden = unclear if code[0] in _COMPARING else blank if code != _BLANK else frozenset()
        for hit in hits:
            if hit.at < 0 or (hit.sheet, hit.column, hit.at) not in hidden:
                letter, row = _where(form, hit)
                if code == _ODD or (hit.sheet, letter, row) not in odd:
                    grouped[code, hit.sheet, hit.column, letter].append((row, hit))
    return grouped


def _cells_of(run: _Run, *codes: str) -> AbstractSet[_Place]:
    """Return the cells at which these rules found something."""
    return {(hit.sheet, hit.column, hit.at) for code in codes for hit in run.hits.get(code, ())}


def _where(form: Form, hit: Hit) -> tuple[str, int]:
    """Return a hit's letters and row in the file; "" and 0 where it has none."""
    if hit.place:
        return parted(hit.place)
    table = form.tables.get(hit.sheet)
    if table is None:
        return "", 0
    return table.letter(hit.column), table.numbers[hit.at] if hit.at >= 0 else 0


def _made(
    ranked: Sequence[tuple[_Group, list[_Found]]], rules: Mapping[str, Rule], keys: Mapping[str, list[str]]
) -> Iterator[Problem]:
    """Yield the problems; the worst may list most cells, and each some."""
    left, least = MOST_CELLS, min(_LEAST_CELLS, MOST_CELLS // max(len(ranked), 1))
    for number, ((code, sheet, column, letter), places) in enumerate(ranked):
        later = len(ranked) - number - 1
        cells = _cells(places, max(left - later * least, least), keys.get(sheet))
        left = max(left - len(cells), 0)
        gaps, longest = places[0][1].gaps, longest_gap(len(cells))
        values = {name: _cut(text, longest) for name, text in gaps.items() if name in rules[code].gaps}
        yield Problem(code, rules[code].severity, sheet, column, letter, len(places), cells, values)


def _cells(places: list[_Found], most: int, keys: list[str] | None) -> tuple[Cell, ...]:
    unlike = {(row, hit.value, hit.at) for row, hit in places if row}
    return tuple(
        Cell(row, _cut(value, LONGEST_VALUE), keys[at] if keys is not None and at >= 0 else "")
        for row, value, at in sorted(unlike)[:most]
    )


def _cut(text: str, longest: int) -> str:
    """Return what can be seen of a text, no longer than so many characters."""
    return seen(text if len(text) <= longest else f"{text[: longest - 1]}…")
