"""An A1 form at a glance: counts and medians, and nothing of a single child or adopter."""

import re
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

AUTHORITY = re.compile(r"[0-9]{3}")
"""An authority's code."""
NOT_STATED = ""
"""The authority of a row that names none, or one that cannot be read."""


@dataclass(frozen=True)
class Median:
    """How long one step took: the median of `count` spans, in days."""

    step: str
    """A step of `portal/domain/a1/glance.py`."""
    count: int
    days: float | None
    """None where nothing was to be measured."""


@dataclass(frozen=True)
class Glance:
    """What inspectors see before they open the form."""

    definition: str
    """The version of the definition that it was read by."""
    rows: dict[str, dict[str, int]]
    """Rows of each sheet, by the authority's code."""
    statuses: dict[str, int]
    """Children by status."""
    medians: tuple[Median, ...]


def _count() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(0, 1_048_576))


class _MedianSchema(Schema):
    step = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9-]{1,40}\Z"))
    count = _count()
    days = fields.Float(required=True, allow_none=True, allow_nan=False, validate=validate.Range(0, 100_000))

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Median:
        return Median(**data)


class GlanceSchema(Schema):
    """The shape of a glance."""

    definition = fields.String(required=True, validate=validate.Length(max=300))
    rows = fields.Dict(
        keys=fields.String(validate=validate.Length(max=31)),
        values=fields.Dict(keys=fields.String(validate=validate.Length(max=20)), values=_count()),
        required=True,
        validate=validate.Length(max=10),
    )
    statuses = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)), values=_count(), required=True,
        validate=validate.Length(max=50),
    )  # fmt: skip
    medians = fields.List(fields.Nested(_MedianSchema), required=True, validate=validate.Length(max=50))

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Glance:
        return Glance(**{**data, "medians": tuple(data["medians"])})
