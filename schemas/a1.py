"""The A1 form as data: frozen dataclasses, and the loader of `a1.<version>.toml` or of a deployment's own file.

Template, guidance, marshmallow schemas and rules are all made from it, so that they cannot disagree.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from schemas.a1_faults import SET, meaning_faults, shape_faults
from schemas.definitions import DefinitionError
from schemas.texts import Text, say

_FOLDER = Path(__file__).parent
COVER: Final = "Cover"
"""The sheet that says what the others are; it has labels in column A and what is told in column B."""
_YES_NO: Final = {"Y": say("Yes"), "N": say("No")}
_BUILT_IN: Final[Mapping[str, dict[str, Text]]] = {"yn": _YES_NO, "ynu": {**_YES_NO, "U": say("Not known")}}


@dataclass(frozen=True)
class Limits:
    """How large a form may be; S02 of docs/a1-form.md."""

    rows: int
    """Rows with data, of one sheet."""
    columns: int
    characters: int
    """Of one cell."""
    zipped_mb: int
    unzipped_mb: int
    ratio: int
    """How many times its size a workbook may unpack to."""


@dataclass(frozen=True)
class Value:
    """One of the codes that a column takes."""

    code: str
    meaning: Text


Condition = tuple[tuple[str, frozenset[str] | None], ...]
"""What other columns of the row must hold all at once: one of these codes, or, if None, anything."""


@dataclass(frozen=True)
class Column:
    """One column. Its name is its heading in the template."""

    name: str
    title: Text
    type: str
    """One of `a1_faults.TYPES`."""
    need: str
    """R required, C required where `when` says so, O optional."""
    values: tuple[Value, ...] = ()
    """The codes that it takes, of a yes or no too; empty for every other type."""
    least: int | None = None
    most: int | None = None
    """The largest number, or the longest text."""
    when: Text | None = None
    """Of C, in words: when it has to be filled in."""
    needed_if: tuple[Condition, ...] = ()
    """Of C, as F01 reads it: each condition by itself asks for a value. None where a rule of rows says it better."""
    note: Text | None = None
    members: bool = False
    """Whether the authority must be a member of the agency (F07)."""
    aliases: tuple[str, ...] = ()
    read_as: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Codes by other ways to write them, lower case."""

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Return the codes alone."""
        return tuple(value.code for value in self.values)

    @property
    def is_id(self) -> bool:
        """Tell whether what stands there is an identifier, which is never shown."""
        return self.type == "id"


@dataclass(frozen=True)
class Sheet:
    """One sheet of data, or one CSV file."""

    code: str
    """Its name in the workbook."""
    slot: str
    """The slot of the checklist that takes it as a CSV file."""
    title: Text
    about: Text
    """What a row is."""
    key: str
    """The column of identifiers that are each there once."""
    columns: tuple[Column, ...]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """Return the column of this name. Raises KeyError."""
        return self._by_name[name]

    def has(self, name: str) -> bool:
        """Tell whether the definition has such a column."""
        return name in self._by_name


@dataclass(frozen=True)
class CoverCell:
    """One thing that the cover tells."""

    name: str
    cell: str
    """Where it is told, such as B3; its label stands beside it in column A."""
    label: Text
    sheet: str = ""
    """The sheet whose emptiness it explains, or empty."""


@dataclass(frozen=True)
class Definition:
    """One version of the A1 form."""

    version: str
    title: Text
    illustrative: bool
    """Whether it is ours, and not the inspectorate's."""
    template_id: str
    template_version: str
    first_day: date
    last_day: date
    """The period, where the programme names none."""
    limits: Limits
    cover: tuple[CoverCell, ...]
    sheets: tuple[Sheet, ...]
    also: tuple[str, ...] = ()
    """Further sheets of the template, which are not read."""

    def sheet(self, code: str) -> Sheet:
        """Return the sheet of this name. Raises KeyError."""
        for sheet in self.sheets:
            if sheet.code == code:
                return sheet
        raise KeyError(code)

    def find(self, sheet: str, column: str) -> Column | None:
        """Return a sheet's column, None where the definition has no such sheet or column."""
        return next((each.column(column) for each in self.sheets if each.code == sheet and each.has(column)), None)

    def cover_cell(self, name: str) -> str:
        """Return where the cover tells this. Raises KeyError."""
        for each in self.cover:
            if each.name == name:
                return each.cell
        raise KeyError(name)


def a1_versions() -> tuple[str, ...]:
    """Return the versions that are packaged, in order."""
    return tuple(sorted(path.name.removeprefix("a1.").removesuffix(".toml") for path in _FOLDER.glob("a1.*.toml")))


@cache
def load_a1(version: str) -> Definition:
    """Return the definition of this version, or that in the file of this absolute path, read once.

    Raises LookupError (unknown version), OSError (no such file), DefinitionError.
    """
    if version.startswith("/"):
        return parse_a1(Path(version).read_text(encoding="utf-8"))
    if version not in a1_versions():
        raise LookupError(f"There is no A1 form of version {version!r}")
    definition = parse_a1((_FOLDER / f"a1.{version}.toml").read_text(encoding="utf-8"))
    if definition.version != version:
        raise DefinitionError(f"a1.{version}.toml says that it is version {definition.version!r}")
    return definition


def read_by(version: str, in_use: str) -> Definition:
    """Return the definition that a form was read by: the one in use, or an earlier one that the portal still has.

    A version that it has no more is shown as far as the one in use knows its words. Raises as `load_a1` of that one.
    """
    own = load_a1(in_use)
    return load_a1(version) if version != own.version and version in a1_versions() else own


def parse_a1(text: str) -> Definition:
    """Read a definition from TOML and check all of it. Raises DefinitionError with every fault that was found."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"not TOML: {error}") from error
    if faults := list(shape_faults(raw)) or list(meaning_faults(raw)):
        raise DefinitionError("\n".join(faults))
    return _build(raw)


def _build(raw: Mapping[str, Any]) -> Definition:
    sets = {
        name: tuple(Value(code, Text(words)) for code, words in codes.items()) for name, codes in raw["sets"].items()
    }
    sets |= {name: tuple(Value(code, words) for code, words in codes.items()) for name, codes in _BUILT_IN.items()}
    plain = ("version", "illustrative", "template_id", "template_version", "first_day", "last_day")
    return Definition(
        **{name: raw[name] for name in plain},
        title=Text(raw["title"]),
        limits=Limits(**raw["limits"]),
        cover=tuple(CoverCell(**{**each, "label": Text(each["label"])}) for each in raw["cover"]),
        sheets=tuple(_sheet(each, sets) for each in raw["sheets"]),
        also=tuple(raw["also"]),
    )


def _sheet(raw: Mapping[str, Any], sets: Mapping[str, tuple[Value, ...]]) -> Sheet:
    words = {name: Text(raw[name]) for name in ("title", "about")}
    return Sheet(**{**raw, **words, "columns": tuple(_column(each, sets) for each in raw["columns"])})


def _column(raw: Mapping[str, Any], sets: Mapping[str, tuple[Value, ...]]) -> Column:
    given = {name: value for name, value in raw.items() if name != "set"}
    given |= {name: Text(raw[name]) for name in ("title", "when", "note") if name in raw}
    given["aliases"] = tuple(raw.get("aliases", ()))
    given["needed_if"] = tuple(
        tuple((name, None if wanted == SET else frozenset(wanted)) for name, wanted in condition.items())
        for condition in raw.get("needed_if", ())
    )
    return Column(**given, values=sets.get(raw.get("set", raw["type"]), ()))
