"""What can be wrong with the definition of an A1 form, told all at once to whoever wrote it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from schemas.tables import entries, table_faults, words_faults

TYPES: Final = ("id", "code", "codes", "la", "date", "month", "int", "yn", "ynu", "text")
NEEDS: Final = ("R", "C", "O")
COVER_NAMES: Final = (
    *("template_id", "template_version", "period_start", "period_end", "raa_code", "completed_on"),
    "completed_by_role",
)
"""What a cover must tell; beside these it has reasons why a sheet is empty."""

SET: Final = "set"
"""Instead of codes in a condition: whatever stands there."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SHEET = re.compile(r"[A-Za-z][A-Za-z0-9 ]{0,30}")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,19}")
_CELL = re.compile(r"B[1-9][0-9]?")
_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")

_FORM_KEYS: dict[str, type] = {
    **dict.fromkeys(("version", "title", "template_id", "template_version"), str),
    "illustrative": bool,
    "first_day": date,
    "last_day": date,
    "also": list,
    "limits": dict,
    "sets": dict,
    "cover": list,
    "sheets": list,
}
_LIMIT_KEYS: dict[str, type] = dict.fromkeys(
    ("rows", "columns", "characters", "zipped_mb", "unzipped_mb", "ratio"), int
)
_LARGEST = {"rows": 25_000, "columns": 60, "zipped_mb": 50, "unzipped_mb": 400}
"""What a reader is built for: further out it looks at no cell."""
_COVER_KEYS: dict[str, type] = dict.fromkeys(("name", "cell", "label"), str)
_COVER_OPTIONS: dict[str, type] = {"sheet": str}
_SHEET_KEYS: dict[str, type] = {**dict.fromkeys(("code", "slot", "title", "about", "key"), str), "columns": list}
_COLUMN_KEYS: dict[str, type] = dict.fromkeys(("name", "title", "type", "need"), str)
_COLUMN_OPTIONS: dict[str, type] = {
    "set": str,
    "least": int,
    "most": int,
    "when": str,
    "needed_if": list,
    "note": str,
    "members": bool,
    "aliases": list,
    "read_as": dict,
}


def shape_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield every key that is missing, unknown or of the wrong type."""
    yield from table_faults("form", raw, _FORM_KEYS, {})
    yield from table_faults("limits", raw.get("limits"), _LIMIT_KEYS, {})
    for name, codes in _table(raw.get("sets")).items():
        yield from table_faults(f"set {name}", codes, dict.fromkeys(_table(codes), str), {})
    for number, cell in enumerate(entries(raw.get("cover")), start=1):
        yield from table_faults(f"cover {number}", cell, _COVER_KEYS, _COVER_OPTIONS)
    for number, sheet in enumerate(entries(raw.get("sheets")), start=1):
        yield from table_faults(f"sheet {number}", sheet, _SHEET_KEYS, {})
        for place, column in enumerate(entries(_table(sheet).get("columns")), start=1):
            where = f"sheet {number}, column {place}"
            yield from table_faults(where, column, _COLUMN_KEYS, _COLUMN_OPTIONS)
            yield from _condition_faults(f"{where}, needed_if", _table(column).get("needed_if"))
            yield from words_faults(f"{where}, aliases", _table(column).get("aliases", []), "words")
            yield from words_faults(f"{where}, read_as", list(_table(_table(column).get("read_as")).values()), "words")
    yield from words_faults("also", raw.get("also", []), "words")


def _condition_faults(where: str, conditions: object) -> Iterator[str]:
    for each in conditions if isinstance(conditions, list) else ():
        if not isinstance(each, dict) or not each:
            yield f"{where}: a condition must be a table of columns"
        for name, wanted in _table(each).items():
            if wanted != SET:
                yield from words_faults(f"{where}, {name}", wanted, "a list of codes, or set")


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def meaning_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield what does not fit together in a definition of the right shape."""
    if not _VERSION.fullmatch(raw["version"]):
        yield "form: version must be lower-case letters, digits, dots and hyphens"
    if raw["first_day"] > raw["last_day"]:
        yield "form: the period ends before it begins"
    yield from (f"limits: {name} must be at least 1" for name, most in raw["limits"].items() if most < 1)
    for name, most in _LARGEST.items():
        if raw["limits"][name] > most:
            yield f"limits: {name} can be {most:,} at most"
    for name, codes in raw["sets"].items():
        yield from (f"set {name}: {code!r} is not a code (capitals)" for code in codes if not _CODE.fullmatch(code))
    sheets = [sheet["code"] for sheet in raw["sheets"]]
    yield from _twice("form, sheets", [*sheets, *raw["also"], "Cover"])
    yield from _twice("form, slots", [sheet["slot"] for sheet in raw["sheets"]])
    yield from _cover_faults(raw["cover"], sheets)
    for sheet in raw["sheets"]:
        yield from _sheet_faults(sheet, raw["sets"], raw["limits"]["columns"])


def _cover_faults(cover: list[dict[str, Any]], sheets: list[str]) -> Iterator[str]:
    names = [each["name"] for each in cover]
    yield from _twice("cover", names)
    yield from _twice("cover", [each["cell"] for each in cover])
    yield from (f"cover: {name} is missing" for name in COVER_NAMES if name not in names)
    for each in cover:
        if not _CELL.fullmatch(each["cell"]):
            yield f"cover: {each['cell']} is not a cell of column B"
        if ("sheet" in each) == (each["name"] in COVER_NAMES) or each.get("sheet", sheets[0]) not in sheets:
            yield f"cover: {each['name']} is neither one of {', '.join(COVER_NAMES)} nor about a sheet"


def _sheet_faults(sheet: dict[str, Any], sets: Mapping[str, Any], most_columns: int) -> Iterator[str]:
    where, columns = sheet["code"], sheet["columns"]
    if not _SHEET.fullmatch(where):
        yield f"{where!r} is not the name of a sheet"
    if not 0 < len(columns) <= most_columns:
        yield f"{where}: it has no columns, or more than {most_columns}"
    yield from _twice(where, [spoken for each in columns for spoken in (each["name"], *each.get("aliases", ()))])
    if sheet["key"] not in {each["name"] for each in columns if each["type"] == "id" and each["need"] == "R"}:
        yield f"{where}: its key {sheet['key']} is not a required column of identifiers"
    for column in columns:
        yield from (f"{where}, {column['name']}: {fault}" for fault in _column_faults(column, sets))
        yield from (f"{where}, {column['name']}: {fault}" for fault in _need_faults(column, columns, sets))


def _need_faults(column: dict[str, Any], columns: list[dict[str, Any]], sets: Mapping[str, Any]) -> Iterator[str]:
    others = {each["name"]: each for each in columns if each is not column}
    if "needed_if" in column and column["need"] != "C":
        yield "needed_if is for a column whose need is C"
    for name, wanted in (item for condition in column.get("needed_if", ()) for item in condition.items()):
        if others.get(name, {"type": "id"})["type"] == "id":
            yield f"needed_if: {name} is no other column of the sheet, or one of identifiers"
        elif wanted != SET and (others[name]["type"] == "codes" or not set(wanted) <= _codes(others[name], sets)):
            yield f"needed_if: {name} does not hold one of {', '.join(wanted)}"


def _column_faults(column: dict[str, Any], sets: Mapping[str, Any]) -> Iterator[str]:
    if not _NAME.fullmatch(column["name"]):
        yield "its name must be lower-case letters, digits and underscores"
    if column["type"] not in TYPES:
        yield f"its type must be one of {', '.join(TYPES)}"
    if column["need"] not in NEEDS:
        yield f"its need must be one of {', '.join(NEEDS)}"
    if (column["need"] == "C") != ("when" in column):
        yield "when is for a column whose need is C, and has to be there"
    if (column["type"] in ("code", "codes")) != (column.get("set") in sets):
        yield "a code, and nothing else, needs a set that is there"
    if column["type"] == "int" and not column.get("least", 0) <= column.get("most", -1):
        yield "a number needs a most, no less than its least"
    known = _codes(column, sets)
    for written, code in column.get("read_as", {}).items():
        if code not in known or written != written.strip().lower():
            yield f"read_as {written!r} must be in lower case and mean one of its codes"


def _codes(column: Mapping[str, Any], sets: Mapping[str, Any]) -> set[str]:
    if column["type"] in ("yn", "ynu"):
        return set(column["type"].upper())
    return set(sets.get(column.get("set", ""), ()))


def _twice(where: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(name.casefold() for name in names).items():
        if count > 1:
            yield f"{where}: {name} is there twice"
