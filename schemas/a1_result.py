"""What checking an A1 form says, as JSON between the checker's process and the portal, and in the sealed result.

A problem is one rule at one column: its cells are listed, its words are made of code and parameters by whoever shows
it. Of a column of identifiers no value is ever in it but masked, or as the key of a row that names nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from schemas.visible import seen

MOST_PROBLEMS = 3_000
MOST_CELLS = 20_000
"""Cells that are listed, over all problems; what is beyond is counted."""
LONGEST_VALUE = 80
LONGEST_GAP = 1_001
"""Characters that fill a gap of a rule's sentence, as a list of sheets."""
MOST_REPEATED = 50
LONGEST_REPEATED = 200
"""Characters of a gap where more cells than that are listed: downloads repeat the sentence at each."""
SEVERITIES = ("STOP", "ERROR", "CHECK")
"""Worst first."""


@dataclass(frozen=True)
class Cell:
    """Where a problem is: `row` as Excel counts, 0 for the whole column or sheet."""

    row: int
    value: str = ""
    """What stands there; of a column of identifiers nothing, or what is left of it masked."""
    id: str = ""
    """The key of its row, where that passed the privacy rules."""


@dataclass(frozen=True)
class Problem:
    """One rule at one column of one sheet."""

    code: str
    severity: str
    sheet: str
    column: str
    """The column's name; empty for a sheet or the whole file."""
    letter: str
    """The column's letters in the file, for cell references such as Children!L17; empty where there is none."""
    count: int
    cells: tuple[Cell, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    """What the rule's sentence has gaps for."""


@dataclass(frozen=True)
class A1Result:
    """What an A1 form was found to be."""

    definition: str
    """The version of the definition it was read by."""
    complete: bool
    """False: a STOP was found, so the full checks could not run."""
    rows: dict[str, int]
    """Rows read of each sheet."""
    problems: tuple[Problem, ...] = ()
    not_run: tuple[str, ...] = ()
    """Codes of rules that could not run, or not on every sheet, for want of a column, a sheet or a register."""
    faults: tuple[str, ...] = ()
    """Codes of rules that failed: for the operator, never a fault of the sender."""

    def count(self, severity: str) -> int:
        """Count the places of problems of this severity."""
        return sum(each.count for each in self.problems if each.severity == severity)


def longest_gap(cells: int) -> int:
    """Return how many characters may fill a gap of a problem that lists so many cells."""
    return LONGEST_REPEATED if cells > MOST_REPEATED else LONGEST_GAP


def _short(longest: int) -> fields.String:
    return fields.String(required=True, validate=validate.Length(max=longest))


class _CellSchema(Schema):
    row = fields.Integer(required=True, strict=True, validate=validate.Range(0, 1_048_576))
    value = _short(LONGEST_VALUE)
    id = _short(20)

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Cell:
        return Cell(data["row"], seen(data["value"]), seen(data["id"]))


class _ProblemSchema(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"[A-Z]\d{2}[a-z]?\Z"))
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES))
    sheet = _short(31)
    column = _short(64)
    letter = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{0,3}\Z"))
    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000_000))
    cells = fields.List(fields.Nested(_CellSchema), required=True, validate=validate.Length(max=MOST_CELLS))
    values = fields.Dict(keys=_short(20), values=_short(LONGEST_GAP), required=True, validate=validate.Length(max=10))

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Problem:
        values = {name: seen(text) for name, text in data["values"].items()}
        if any(len(text) > longest_gap(len(data["cells"])) for text in values.values()):
            raise ValidationError("too long to be repeated", "values")
        return Problem(**{**data, "cells": tuple(data["cells"]), "values": values})


def _few_cells(problems: Sequence[Problem]) -> None:
    if sum(len(each.cells) for each in problems) > MOST_CELLS:
        raise ValidationError("too many cells")


class A1ResultSchema(Schema):
    """The shape of an A1 form's result."""

    definition = _short(40)
    complete = fields.Boolean(required=True)
    rows = fields.Dict(
        keys=_short(31), values=fields.Integer(strict=True, validate=validate.Range(0, 1_048_576)), required=True
    )
    problems = fields.List(
        fields.Nested(_ProblemSchema), required=True, validate=[validate.Length(max=MOST_PROBLEMS), _few_cells]
    )
    not_run = fields.List(_short(8), required=True, validate=validate.Length(max=200))
    faults = fields.List(_short(8), required=True, validate=validate.Length(max=200))

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> A1Result:
        lists: dict[str, Any] = {name: tuple(data[name]) for name in ("problems", "not_run", "faults")}
        return A1Result(**{**data, **lists})
