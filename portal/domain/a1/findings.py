"""What the check of an A1 form found, in the words of its rules: for pages and for files, worst first.

No value of a column of identifiers is in it, whatever the result holds, unless it is masked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from portal.domain.a1.guide import format_words, value_words
from portal.domain.a1.registry import FIRST, LAST, gaps_of
from portal.domain.a1.rules import RULES
from portal.domain.a1.shapes import MASK
from portal.domain.a1.structure import limit_gaps
from portal.domain.a1.tables import shown
from portal.domain.a1.words import fix, sentence
from schemas.a1 import Column, Definition
from schemas.a1_result import SEVERITIES, A1Result, Cell, Problem
from schemas.checking import Answer
from schemas.checks import Check, Effect, load_checks
from schemas.texts import Text, say, say_count

SEVERITY_WORDS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "STOP": say("Stops the check"),
        "ERROR": say("Error"),
        "CHECK": say("To check"),
    }
)
_LIMITS: Final = "S02"
_TWICE: Final = "D"
_ROWS: Final = re.compile(r"\d{1,7}(, (\d{1,7}|…))*")
"""What rules about duplicates tell instead of a value."""
_VALUES_HELP: Final = frozenset({"F02", "F03", "F03m", "F06", "F08"})
"""Rules that are about how a value is written, so that what the column takes is said with them."""


@dataclass(frozen=True)
class Place:
    """One cell, column or sheet, as people name it: Children!L17."""

    ref: str
    value: str = ""
    """What stands there; of a column of identifiers nothing, or masked what a rule of privacy names."""


@dataclass(frozen=True)
class Finding:
    """One rule at one column."""

    code: str
    severity: str
    sheet: str
    column: str
    letter: str
    message: Text
    fix: Text
    allowed: tuple[Text, ...]
    """What the column takes, where the rule is about that."""
    count: int
    places: tuple[Place, ...]
    """Those that are listed; there may be more than that."""

    @property
    def where(self) -> Text:
        """Say the sheet and the column."""
        if not self.sheet:
            return say("The whole form")
        if not self.column:
            return say("{sheet}, the whole sheet", sheet=self.sheet) if not self.letter else Text(self.sheet)
        if not self.letter:
            return say("{sheet}, column {column}", sheet=self.sheet, column=self.column)
        return say("{sheet}, column {letter} ({column})", sheet=self.sheet, letter=self.letter, column=self.column)


_GROUPS: Final = {
    "S": say("The form as a whole"),
    "P": say("Details that say who somebody is"),
    "F": say("Single cells"),
    "R": say("Within a row"),
    "X": say("Between the sheets"),
    "D": say("The same thing twice"),
    "T": say("The period"),
}


def rules_by_group(definition: Definition) -> list[dict[str, Any]]:
    """Return every rule in words by what it is about: `id`, `title`, and `rules` with code, severity, words, fix."""
    known = {"template": definition.template_id, "version": definition.template_version}
    known |= {"first": shown(definition.first_day), "last": shown(definition.last_day)}
    # Other rules have gaps of the same names for what a form lacks.
    limits = known | limit_gaps(definition) | {"characters": f"{definition.limits.characters:,}"}
    groups = []
    for letter, title in _GROUPS.items():
        rules = [
            {
                "code": rule.code,
                "severity": SEVERITY_WORDS[rule.severity],
                "words": _general(rule.message, limits if rule.code.startswith(_LIMITS) else known),
                "fix": _general(rule.fix, known),
            }
            for rule in sorted(RULES.values(), key=lambda each: each.code)
            if rule.code[0] == letter
        ]
        if rules:
            groups.append({"id": f"rules-{letter.lower()}", "title": title, "rules": rules})
    return groups


def findings(result: A1Result, definition: Definition) -> tuple[Finding, ...]:
    """Return what was found: worst first, of it structure and privacy first, then by sheet, row and code."""
    order = {sheet.code: number for number, sheet in enumerate(definition.sheets, 1)}

    def rank(problem: Problem) -> tuple[object, ...]:
        first = problem.cells[0].row if problem.cells else 0
        worst = SEVERITIES.index(problem.severity), problem.code in LAST, problem.code[0] not in FIRST
        return *worst, order.get(problem.sheet, 0), first, problem.code, problem.column

    return tuple(_finding(problem, definition) for problem in sorted(result.problems, key=rank))


def without_values(answer: Answer) -> Answer:
    """Return an answer that tells where something was found, and nothing of what stands there."""
    if answer.a1 is None:
        return answer
    problems = tuple(
        replace(each, cells=tuple(Cell(cell.row, cell.value if _tells_rows(each, cell) else "") for cell in each.cells))
        for each in answer.a1.problems
    )
    return replace(answer, a1=replace(answer.a1, problems=problems))


def without_notes(answer: Answer, effects: Mapping[str, Effect]) -> Answer:
    """Return an answer that tells of the file itself only what is more than noted."""
    return replace(answer, findings=tuple(each for each in answer.findings if effects[each.code] is not Effect.note))


def about_the_file(answer: Answer) -> tuple[Check, ...]:
    """Return what was found about the file itself, beside its rows."""
    checks = load_checks()
    return tuple(checks[each.code] for each in answer.findings)


def totals(result: A1Result) -> tuple[Text, ...]:
    """Say how many of each kind there are, the worst first; of what there is none, nothing.

    That there are no errors is said where all of them were looked for.
    """
    said = [
        say_count(result.count("STOP"), "{count} thing that stops the check", "{count} things that stop the check"),
        say_count(result.count("ERROR"), "{count} error", "{count} errors"),
        say_count(result.count("CHECK"), "{count} thing to check", "{count} things to check"),
    ]
    sure = {"ERROR"} if result.complete and not result.faults else set()
    return tuple(text for text, kind in zip(said, SEVERITIES, strict=True) if kind in sure or result.count(kind))


def say_failed(result: A1Result) -> Text | None:
    """Say which rules failed, None where none did."""
    if not result.faults:
        return None
    codes = ", ".join(result.faults)
    return say("These rules failed, which is our fault and not yours: {codes}. All else was checked.", codes=codes)


def _finding(problem: Problem, definition: Definition) -> Finding:
    column = definition.find(problem.sheet, problem.column)
    # By a name that is no column's a value of an identifier's could come along.
    hidden = column.is_id if column is not None else bool(problem.column)
    return Finding(
        code=problem.code,
        severity=problem.severity,
        sheet=problem.sheet,
        column=problem.column,
        letter=problem.letter,
        message=sentence(problem),
        fix=fix(problem),
        allowed=_allowed(column) if column is not None and problem.code in _VALUES_HELP else (),
        count=problem.count,
        places=tuple(Place(_ref(problem, cell), _value(problem, cell, hidden=hidden)) for cell in problem.cells),
    )


def _value(problem: Problem, cell: Cell, *, hidden: bool) -> str:
    """Return what is shown beside a cell: what stands there or, of what is there twice, the other rows."""
    if _tells_rows(problem, cell):
        return say("also in row {rows}", rows=cell.value)
    return "" if hidden and not MASK.fullmatch(cell.value) else cell.value


def _tells_rows(problem: Problem, cell: Cell) -> bool:
    return problem.code[0] == _TWICE and _ROWS.fullmatch(cell.value) is not None


def _allowed(column: Column) -> tuple[Text, ...]:
    return tuple(map(value_words, column.values)) or (format_words(column),)


def _general(words: Text, known: Mapping[str, str]) -> Text:
    """Return a rule's sentence about no form in particular: a gap that only a form fills shows three dots."""
    return Text(words.message, {name: known.get(name, "…") for name in gaps_of(words)})


def _ref(problem: Problem, cell: Cell) -> str:
    place = f"{problem.letter}{cell.row or ''}"
    return f"{problem.sheet}!{place}" if place and problem.sheet else problem.sheet
