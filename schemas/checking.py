"""What the checker's process is asked and what it answers: one line of JSON before the bytes, one document after.

The answer comes from a process that has just read a hostile file, so it is believed only where it has this shape.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from schemas.a1_glance import Glance, GlanceSchema
from schemas.a1_result import A1Result, A1ResultSchema
from schemas.checks import load_checks
from schemas.visible import seen

LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes."""
MOST_WHERE = 20
LONGEST_WHERE = 120
MOST_COUNT = 10_000_000
"""How often one thing is said to be found; it may be more often."""
MOST_FINDINGS = 100
MOST_VALUES = 250_000
"""Values in an answer, of an A1 form with as many cells as are listed too."""
MOST_CONTAINERS = 50_000
"""Lists and objects among them: looking at each takes its time where they are not what they should be."""
ALL_OUT = b"\xff" * 8 + b"ok"
"""What follows the last of the files inside that were handed out, each after its length in 8 bytes."""


class OddAnswer(ValueError):
    """The process did not answer as agreed; the message names no content."""


@dataclass(frozen=True)
class Found:
    """One check that found something: how often, and in which parts of the file (as the format names them)."""

    code: str
    count: int = 1
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class A1Ask:
    """What an A1 form is read against."""

    definition: str
    period: tuple[str, str]
    """First and last day, ISO."""
    raa_code: str
    authorities: dict[str, list[list[str]]]
    """Each member's three-digit code with the [first, last] days of its memberships, ISO, "" for no end."""
    today: str
    """The London day of the upload, ISO."""
    id_words: tuple[str, ...] = ()
    """Words that begin this agency's case numbers, so that they are not read as names."""
    sheets: tuple[str, ...] = ()
    """Of CSV files: which sheet each body is, in order. Empty: one workbook."""


@dataclass(frozen=True)
class Ask:
    """What is to be done with one file, or with the CSV files of one A1 form together."""

    extension: str
    """What the name ends with, which is what the item accepted."""
    accepts: tuple[str, ...]
    sizes: tuple[int, ...]
    """Bytes of each body, in order."""
    a1: A1Ask | None = None

    def line(self) -> bytes:
        """Return the line that goes before the bodies."""
        return json.dumps(asdict(self)).encode() + b"\n"


def read_ask(line: bytes) -> Ask:
    """Return the ask of a line that `Ask.line` made. Raises ValueError, KeyError, TypeError."""
    raw: dict[str, Any] = json.loads(line)
    a1 = raw.pop("a1")
    if a1 is not None:
        tuples = {name: tuple(a1[name]) for name in ("period", "id_words", "sheets")}
        a1 = A1Ask(**{**a1, **tuples})
    return Ask(**{**raw, "accepts": tuple(raw["accepts"]), "sizes": tuple(raw["sizes"]), "a1": a1})


@dataclass(frozen=True)
class Answer:
    """What the process says of a file."""

    kind: str
    """What it really is, as an extension; empty where that could not be told."""
    findings: tuple[Found, ...] = ()
    members: int = 0
    """Files inside that are to be scanned on their own."""
    a1: A1Result | None = None
    glance: Glance | None = field(default=None, hash=False)
    """The A1 form at a glance."""


class _FoundSchema(Schema):
    code = fields.String(required=True)
    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_COUNT))
    where = fields.List(
        fields.String(validate=validate.Length(max=LONGEST_WHERE)),
        required=True,
        validate=validate.Length(max=MOST_WHERE),
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Found:
        if data["code"] not in load_checks():
            raise ValidationError("an unknown check", "code")
        return Found(data["code"], data["count"], tuple(map(seen, data["where"])))


def _once(findings: Sequence[Found]) -> None:
    if len({each.code for each in findings}) < len(findings):
        raise ValidationError("a check that found something twice")


class AnswerSchema(Schema):
    """The shape of the answer."""

    kind = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9]{0,8}\Z"))
    findings = fields.List(
        fields.Nested(_FoundSchema), required=True, validate=[validate.Length(max=MOST_FINDINGS), _once]
    )
    members = fields.Integer(required=True, strict=True, validate=validate.Range(0, 1_000_000))
    a1 = fields.Nested(A1ResultSchema, required=True, allow_none=True)
    glance = fields.Nested(GlanceSchema, required=True, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Answer:
        return Answer(**{**data, "findings": tuple(data["findings"])})


def answer_line(answer: Answer) -> bytes:
    """Return the answer as the process writes it, and as it is kept sealed."""
    line = json.dumps(asdict(answer), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line.encode(errors="replace")  # halves of letters (lone surrogates), which are in names of hostile files


def _count(value: object) -> None:
    """Raise OddAnswer for more values than any answer has, before each is looked at, ValueError for halves of letters.

    These (lone surrogates) cannot be written to a page or a file.
    """
    values = containers = 0
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list | dict):
            left += each if isinstance(each, list) else each.values()
            containers += 1
        for text in each if isinstance(each, dict) else [each] if isinstance(each, str) else ():
            text.encode()
        values += 1
        if len(left) + values > MOST_VALUES or containers > MOST_CONTAINERS:
            raise OddAnswer("too much")


def read_answer(raw: bytes) -> Answer:
    """Return the answer that these bytes hold. Raises OddAnswer for anything that is not one."""
    if len(raw) > LONGEST_ANSWER:
        raise OddAnswer("too long")
    try:
        value = json.loads(raw.decode())  # UTF-8 alone: in another encoding it could be longer once it is kept
        _count(value)
        return _answer(value)
    except (ValueError, RecursionError) as error:
        raise OddAnswer(type(error).__name__) from None


def read_kept(line: bytes) -> Answer:
    """Return an answer that was believed once and kept since, as `answer_line` wrote it, at whatever length.

    Raises OddAnswer where codes or the shape have changed meanwhile.
    """
    return _answer(json.loads(line))


def _answer(value: object) -> Answer:
    try:
        return AnswerSchema().load(value)  # type: ignore[no-any-return,arg-type]
    except ValidationError as error:
        raise OddAnswer(type(error).__name__) from None
