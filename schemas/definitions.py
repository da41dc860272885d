"""The requested items as data: frozen dataclasses, and the loader of `checklist.<version>.toml`.

An inspection pins the version of its checklist, so a new file never rewrites history.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schemas.tables import entries, table_faults, words_faults
from schemas.texts import Text, say

_FOLDER = Path(__file__).parent
_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_LONGEST_CODE = 40
"""Codes become folder names in the bundle and columns in the database."""

_CHECKLIST_KEYS = {"version": str, "title": str, "items": list}
_ITEM_KEYS = {
    "code": str,
    "group": str,
    "label": str,
    "guidance": str,
    "paragraph": str,
    "accepts": list,
    "slots": list,
    "complete": list,
}
_ITEM_OPTIONS = {"max_mb": int, "form": str, "counted": str}
_FILES = say("files")
FORMS = ("contacts", "meetings")
"""What can be typed instead of sent as a file."""
_SLOT_KEYS = {"code": str, "label": str}
_SLOT_OPTIONS = {"dated": bool, "many": bool, "accepts": list}


class DefinitionError(ValueError):
    """A definition file is wrong; the message names every fault, one a line."""


@dataclass(frozen=True)
class Slot:
    """A place to fill in an item: `dated` asks for the meeting's date, `many` takes any number of documents."""

    code: str
    label: str
    dated: bool = False
    many: bool = False
    accepts: tuple[str, ...] = ()
    """Extensions without the dot; empty means those of the item."""


@dataclass(frozen=True)
class Item:
    """One line of the checklist, numbered from 1 in the guidance's order."""

    code: str
    number: int
    group: str
    label: str
    guidance: str
    paragraph: str
    """The paragraph of the guidance that asks for it."""
    accepts: tuple[str, ...]
    """Extensions without the dot, lower case."""
    max_mb: int | None
    """The largest file in MiB, or None for the service's own limit."""
    slots: tuple[Slot, ...]
    complete: tuple[tuple[str, ...], ...]
    """Alternatives: once every slot of any one of these sets is filled, the item is complete."""
    form: str = ""
    """One of FORMS where the item can be typed as well, else empty; what is typed becomes a CSV file in its slot."""
    counted: str = _FILES
    """What its files are counted as: "2 of 3 panel minutes"."""

    def slot(self, code: str) -> Slot:
        """Return the slot of this code. Raises KeyError."""
        for slot in self.slots:
            if slot.code == code:
                return slot
        raise KeyError(code)

    def accepted_in(self, slot: Slot) -> tuple[str, ...]:
        """Return the extensions that `slot` takes: its own, or else the item's."""
        return slot.accepts or self.accepts

    @property
    def folder(self) -> str:
        """Return the item's folder in the bundle, such as `01-a1-form`, which sorts in checklist order."""
        return f"{self.number:02d}-{self.code}"


@dataclass(frozen=True)
class Checklist:
    """One version of what is asked for."""

    version: str
    title: str
    items: tuple[Item, ...]

    def item(self, code: str) -> Item:
        """Return the item of this code. Raises KeyError."""
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(code)


def checklist_versions() -> tuple[str, ...]:
    """Return the versions that are packaged, in order."""
    return tuple(sorted(path.name.split(".")[1] for path in _FOLDER.glob("checklist.*.toml")))


@cache
def load_checklist(version: str) -> Checklist:
    """Return the checklist of this version, read once. Raises LookupError (unknown version), DefinitionError."""
    if version not in checklist_versions():
        raise LookupError(f"There is no checklist of version {version!r}")
    checklist = parse_checklist((_FOLDER / f"checklist.{version}.toml").read_text(encoding="utf-8"))
    if checklist.version != version:
        raise DefinitionError(f"checklist.{version}.toml says that it is version {checklist.version!r}")
    return checklist


def parse_checklist(text: str) -> Checklist:
    """Read a checklist from TOML and check all of it. Raises DefinitionError with every fault that was found."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"not TOML: {error}") from error
    faults = list(_shape_faults(raw))
    if not faults:
        checklist = _build(raw)
        faults = list(_meaning_faults(checklist))
    if faults:
        raise DefinitionError("\n".join(faults))
    return checklist


def _build(raw: Mapping[str, Any]) -> Checklist:
    items = tuple(
        Item(
            number=number,
            slots=tuple(_slot(slot) for slot in item["slots"]),
            accepts=tuple(item["accepts"]),
            complete=tuple(tuple(slots) for slots in item["complete"]),
            max_mb=item.get("max_mb"),
            form=item.get("form", ""),
            counted=Text(item["counted"]) if "counted" in item else _FILES,
            code=item["code"],
            paragraph=item["paragraph"],
            **{key: Text(item[key]) for key in ("group", "label", "guidance")},
        )
        for number, item in enumerate(raw["items"], start=1)
    )
    return Checklist(version=raw["version"], title=Text(raw["title"]), items=items)


def _slot(raw: Mapping[str, Any]) -> Slot:
    return Slot(**{**raw, "label": Text(raw["label"]), "accepts": tuple(raw.get("accepts", ()))})


def _shape_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield every key that is missing, unknown or of the wrong type."""
    yield from table_faults("checklist", raw, _CHECKLIST_KEYS, {})
    for item_number, item in enumerate(entries(raw.get("items")), start=1):
        where = f"item {item_number}"
        yield from table_faults(where, item, _ITEM_KEYS, _ITEM_OPTIONS)
        if not isinstance(item, dict):
            continue
        for alternative in entries(item.get("complete")):
            yield from words_faults(f"{where}, complete", alternative)
        yield from words_faults(f"{where}, accepts", item.get("accepts", []))
        for slot_number, slot in enumerate(entries(item.get("slots")), start=1):
            inside = f"{where}, slot {slot_number}"
            yield from table_faults(inside, slot, _SLOT_KEYS, _SLOT_OPTIONS)
            if isinstance(slot, dict):
                yield from words_faults(f"{inside}, accepts", slot.get("accepts", []))


def _meaning_faults(checklist: Checklist) -> Iterator[str]:
    if not checklist.items:
        yield "checklist: it has no items"
    yield from _code_faults("checklist", [item.code for item in checklist.items])
    for item in checklist.items:
        yield from _item_faults(item)


def _item_faults(item: Item) -> Iterator[str]:
    yield from _code_faults(item.code, [slot.code for slot in item.slots])
    if not item.slots:
        yield f"{item.code}: it has no slots"
    if item.max_mb is not None and item.max_mb < 1:
        yield f"{item.code}: max_mb must be at least 1"
    if item.form and (item.form not in FORMS or len(item.slots) != 1 or "csv" not in item.accepted_in(item.slots[0])):
        yield f"{item.code}: form must be one of {', '.join(FORMS)}, for an item of one slot that accepts csv"
    yield from _completeness_faults(item)
    yield from _type_faults(item)


def _completeness_faults(item: Item) -> Iterator[str]:
    if not item.complete or not all(item.complete):
        yield f"{item.code}: complete needs at least one slot in each alternative"
    if any(len(set(alternative)) != len(alternative) for alternative in item.complete):
        yield f"{item.code}: complete names a slot twice in one alternative"
    codes = {slot.code for slot in item.slots}
    used = {code for alternative in item.complete for code in alternative}
    yield from (f"{item.code}: complete names the slot {code}, which is not there" for code in sorted(used - codes))
    yield from (f"{item.code}: no alternative of complete uses the slot {code}" for code in sorted(codes - used))


def _type_faults(item: Item) -> Iterator[str]:
    if not item.accepts:
        yield f"{item.code}: it accepts no type of file"
    for extension in sorted({*item.accepts, *(each for slot in item.slots for each in slot.accepts)}):
        if not _EXTENSION.fullmatch(extension):
            yield f"{item.code}: {extension!r} is not an extension (lower case, no dot)"
    for slot in item.slots:
        for extension in sorted(set(slot.accepts) - set(item.accepts)):
            yield f"{item.code}: the slot {slot.code} accepts {extension}, which the item does not"


def _code_faults(where: str, codes: list[str]) -> Iterator[str]:
    for code in codes:
        if not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE:
            yield f"{where}: {code!r} is not a code (lower-case words joined by hyphens, {_LONGEST_CODE} characters)"
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"{where}: the code {code} is used twice"
