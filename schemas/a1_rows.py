"""The rows of an A1 form: a marshmallow schema for each sheet, built from the definition.

A field reads a cell as a workbook or CSV file has it: text, float, bool, date, datetime or time. What it cannot read it
refuses with the code of a rule (docs/a1-form.md), and what it reads although it is oddly written `remark` names.
Blank is None.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, missing

from schemas.a1 import Column, Sheet

EARLIEST: Final = date(1995, 1, 1)
"""No process that still matters began before (F05)."""
PLACEHOLDERS: Final = frozenset(map(date.fromisoformat, ("1900-01-01", "1899-12-30", "1899-12-31", "9999-12-31")))
"""Dates that programs write where they know none (F04)."""
NOT_KNOWN: Final = frozenset({"n/a", "na", "none", "-", "–", "unknown", "tbc", "nil"})
"""What people write instead of leaving a date or number blank (S12)."""

_ISO = re.compile(r"([0-9]{4})-([0-9][0-9])-([0-9][0-9])(?:[T ][0-9][0-9]:[0-9][0-9](?::[0-9][0-9](?:\.[0-9]+)?)?)?")
_OURS = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: [0-9][0-9]:[0-9][0-9](?::[0-9][0-9])?)?")
_MONTH = re.compile(r"([0-9]{4})-([0-9][0-9])|([0-9]{1,2})/([0-9]{4})")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_AUTHORITY = re.compile(r"[0-9]{3}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{0,19}")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/\-]{0,19}").fullmatch
"""Without a full stop, which a number may have: what is its own `id_text`."""
_LETTERED = re.compile(r"([a-z]{1,2})\)\s*(.*)")


def words_of(raw: object) -> str:
    """Return a cell as text, trimmed: a whole number without its `.0`, a date as DD/MM/YYYY."""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    if isinstance(raw, date):
        return f"{raw:%d/%m/%Y}"
    return "" if raw is None else str(raw).upper() if isinstance(raw, bool) else str(raw)


def id_text(raw: object) -> str:
    """Return an identifier as it is compared but for capitals: trimmed, and as Excel shows a number."""
    text = raw.strip() if isinstance(raw, str) else words_of(raw)
    whole = _WHOLE_FLOAT.fullmatch(text) if "." in text else None
    return whole[1] if whole else text


class CellField(fields.Field[Any]):
    """Reads one cell of a column."""

    def __init__(self, column: Column) -> None:
        must = column.need == "R"
        super().__init__(required=must, allow_none=not must, error_messages={"required": "F01", "null": "F01"})
        self.column = column

    def deserialize(
        self, value: object, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: object
    ) -> object:
        """Return what a cell means, None for a blank one. Raises ValidationError (the code of a rule)."""
        if value is missing:
            return super().deserialize(value, attr, data, **kwargs)
        if self.blank(value):
            return super().deserialize(None, attr, data, **kwargs)
        # All that marshmallow would look at once more is whether it may be absent or blank: a tenth of the time.
        return self._deserialize(value, attr, data, **kwargs)

    def read_all(self, raws: Iterable[object]) -> tuple[dict[object, object], dict[object, str]]:
        """Return what each value means, None for what cannot be read, and the code of the rule that it breaks."""
        read: dict[object, object] = {}
        faults: dict[object, str] = {}
        for raw in raws:
            try:
                read[raw] = self.deserialize(raw)
            except ValidationError as error:
                read[raw] = None
                faults[raw] = str(error.messages[0])
        return read, faults

    def blank(self, raw: object) -> bool:
        """Tell whether nothing stands there."""
        return raw is None or (isinstance(raw, str) and not raw.strip())

    def remark(self, raw: object) -> str:
        """Return the code of the rule that has a word to say on how this is written, or nothing."""
        del raw
        return ""


class IdField(CellField):
    """An identifier."""

    def read_all(self, raws: Iterable[object]) -> tuple[dict[object, object], dict[object, str]]:
        """Return the same. Nearly all are different and mean themselves: those take a tenth of the time."""
        known = list(raws)
        plain: dict[object, object] = {raw: raw for raw in known if isinstance(raw, str) and _PLAIN_ID(raw)}
        read, faults = super().read_all(raw for raw in known if raw not in plain)
        return plain | read, faults

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        text = id_text(value)
        if not _ID.fullmatch(text):
            raise ValidationError("P08")
        return text


class TextField(CellField):
    """Words."""

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        return words_of(value)


class AuthorityField(CellField):
    """The three digits of a local authority."""

    def _deserialize(self, value: object, *_: object, **__: object) -> str:
        text = id_text(value)
        if not _AUTHORITY.fullmatch(text):
            raise ValidationError("F02")
        return text


class CodeField(CellField):
    """One of a set of codes, by itself, by its meaning or written in an old way such as `a) Yes`."""

    also: ClassVar[Mapping[str, str]] = {"true": "Y", "false": "N", "unknown": "U"}

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._plain = {value.meaning.casefold(): value.code for value in column.values}
        if column.type in ("yn", "ynu"):
            self._plain |= {word: code for word, code in self.also.items() if code in column.codes}
        self._plain |= {code.casefold(): code for code in column.codes}

    def _deserialize(self, value: object, *_: object, **__: object) -> object:
        return self.code(words_of(value))

    def code(self, text: str) -> str:
        """Return the code that is written so. Raises ValidationError."""
        written = " ".join(text.split()).casefold()  # pasted text has spaces that nobody sees
        found = self._plain.get(written) or self.column.read_as.get(written) or self._lettered(written)
        if not found:
            raise ValidationError("F02")
        return found

    def _lettered(self, written: str) -> str | None:
        parts = _LETTERED.fullmatch(written)
        if parts is None:
            return None
        return self._plain.get(parts[2]) or self.column.read_as.get(parts[2]) or self.column.read_as.get(parts[1])

    def remark(self, raw: object) -> str:
        """Name F08 where a code had to be guessed from an old way to write it."""
        if not isinstance(raw, str) or raw.casefold() in self._plain or not raw.strip():
            return ""
        return "F08"


class CodesField(CodeField):
    """Several codes with semicolons between them, as a tuple in the order of the definition."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[str, ...]:
        found = {self.code(part.strip()) for part in words_of(value).split(";") if part.strip()}
        if not found:
            raise ValidationError("F02")
        return tuple(code for code in self.column.codes if code in found)

    def remark(self, raw: object) -> str:
        """Name F08 where one of them is written in an old way."""
        parts = raw.split(";") if isinstance(raw, str) else ()
        return "F08" if any(super(CodesField, self).remark(part.strip()) for part in parts if part.strip()) else ""


class _MeasureField(CellField):
    """A date or number: what people write instead of leaving it blank counts as blank."""

    def blank(self, raw: object) -> bool:
        """Tell whether nothing stands there, or a word for nothing."""
        return super().blank(raw) or self._is_word(raw)

    def remark(self, raw: object) -> str:
        """Name S12 for a word instead of nothing, F09 for text instead of a date or number."""
        if super().blank(raw) or not isinstance(raw, str):
            return ""
        return "S12" if self._is_word(raw) else "F09"

    @staticmethod
    def _is_word(raw: object) -> bool:
        return isinstance(raw, str) and raw.strip().casefold() in NOT_KNOWN


class IntField(_MeasureField):
    """A whole number within the column's bounds."""

    def _deserialize(self, value: object, *_: object, **__: object) -> int:
        text = id_text(value)
        if isinstance(value, bool) or not _WHOLE.fullmatch(text):
            raise ValidationError("F06")
        least, most = self.column.least or 0, self.column.most
        if int(text) < least or (most is not None and int(text) > most):
            raise ValidationError("F06")
        return int(text)


class DateField(_MeasureField):
    """A day, never in the American order."""

    def _deserialize(self, value: object, *_: object, **__: object) -> date:
        found = day_of(value)
        if found < EARLIEST:
            raise ValidationError("F05")
        return found


class MonthField(_MeasureField):
    """A month as its first day; of a full date the day is left away."""

    def _deserialize(self, value: object, *_: object, **__: object) -> date:
        parts = _MONTH.fullmatch(value.strip()) if isinstance(value, str) else None
        if parts is None:
            return day_of(value).replace(day=1)
        return _make(parts[1] or parts[4], parts[2] or parts[3], "1")

    def remark(self, raw: object) -> str:
        """Name P11 where a whole date of birth stands. Of a month that is typed, Excel makes the first day of it."""
        if isinstance(raw, str) and (not raw.strip() or _MONTH.fullmatch(raw.strip())):
            return ""
        if isinstance(raw, date) and raw.day == 1:
            return ""
        return "S12" if self._is_word(raw) else "P11"


def day_of(value: object) -> date:
    """Return the day that a cell names: a real date, YYYY-MM-DD or DD/MM/YYYY. Raises ValidationError (F03, F04)."""
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, str):
        found = _written(value.strip())
    else:
        # Excel shows the number nought as a date in the year 1900, and a reader as midnight.
        raise ValidationError("F04" if value == time(0) else "F03")
    if found in PLACEHOLDERS:
        raise ValidationError("F04")
    return found


def _written(text: str) -> date:
    if parts := _ISO.fullmatch(text):
        return _make(parts[1], parts[2], parts[3])
    if parts := _OURS.fullmatch(text):
        return _make(parts[3], parts[2], parts[1])
    raise ValidationError("F03")


def _make(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValidationError("F03") from None


_FIELDS: Final[Mapping[str, type[CellField]]] = {
    "id": IdField,
    "text": TextField,
    "la": AuthorityField,
    "code": CodeField,
    "yn": CodeField,
    "ynu": CodeField,
    "codes": CodesField,
    "int": IntField,
    "date": DateField,
    "month": MonthField,
}


@cache
def row_schema(sheet: Sheet) -> Schema:
    """Return the schema of a sheet's rows, with a field for each column by its name."""
    made = {column.name: _FIELDS[column.type](column) for column in sheet.columns}
    return Schema.from_dict(dict(made), name=f"{sheet.code}Row")()


def cell_field(sheet: Sheet, name: str) -> CellField:
    """Return the field that reads a column. Raises KeyError."""
    found = row_schema(sheet).fields[name]
    assert isinstance(found, CellField)
    return found
