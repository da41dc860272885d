"""Rich text: objects and programs inside, fields that start programs, templates from elsewhere, a text cut short."""

import re
from collections.abc import Iterator
from itertools import islice

from portal.checking.notes import Notes
from portal.checking.ole import Packed, note_object, read_object
from portal.checking.word import is_far

_OBJECT_DATA = re.compile(rb"\\objdata(?![a-z])")
_BRACE = re.compile(rb"[{}]")
_MOST_GROUPS = 10_000
"""Groups within the digits of one object, which ordinary programs do not write at all."""
_NOT_DIGITS = re.compile(rb"\\\*?[a-z]+-?\d* ?|[^0-9a-fA-F]")
_LINKED = re.compile(rb"\\obj(?:autlink|link)\b")
_CONTROL = re.compile(rb"\\objocx\b")
_TEMPLATE = re.compile(rb"\\\*\\template\s+([^{}]{1,1000})")
# What may stand between the letters of a field's name: formatting and groups. Bounded, and never tried again.
_BETWEEN = rb"(?:\\\*?[a-z]+-?\d*+ ?|[{}\s\"]){0,60}+"


def _field(*names: str) -> re.Pattern[bytes]:
    """Return what finds the beginning of a field of one of these names."""
    spelt = b"|".join(_BETWEEN.join(letter.encode() for letter in name) for name in names)
    return re.compile(rb"\\fldinst(?![a-z])" + _BETWEEN + b"(?:" + spelt + rb")(?![a-z])", re.IGNORECASE)


_DDE = _field("DDEAUTO", "DDE")
_INCLUDE = _field("INCLUDETEXT", "INCLUDEPICTURE", "LINK")
_PADDING = b"\x00\r\n\t \x1a"


def look_into_rtf(body: bytes, notes: Notes) -> int:
    """Note what is in a rich text; return how many objects are."""
    if not body.rstrip(_PADDING).endswith(b"}"):
        notes.found("unreadable")
    objects = list(_objects(body))
    for each in objects:
        note_object(each, notes)
    if linked := len(_LINKED.findall(body)):
        notes.found("external-link", count=linked)
    if _CONTROL.search(body):
        notes.found("activex")
    for found in _TEMPLATE.finditer(body):
        place = found[1].decode("cp1252", "replace").replace("\\\\", "\\").strip()
        if is_far(place):
            notes.found("external-template", place)
    for code, pattern in (("dde", _DDE), ("external-link", _INCLUDE)):
        if fields := len(pattern.findall(body)):
            notes.found(code, count=fields)
    return len(objects)


def _objects(body: bytes) -> Iterator[Packed]:
    return map(read_object, object_data(body))


def object_data(body: bytes) -> Iterator[bytes]:
    """Yield the bytes of each object, whatever stands between their digits."""
    end = 0
    for found in _OBJECT_DATA.finditer(body):
        if found.start() >= end:
            end = _end_of_group(body, found.end())
            digits = _NOT_DIGITS.sub(b"", body[found.end() : end])
            yield bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))


def _end_of_group(body: bytes, start: int) -> int:
    """Return where the group ends in which `start` is; groups may lie in it."""
    depth = 0
    for brace in islice(_BRACE.finditer(body, start), _MOST_GROUPS):
        if brace[0] == b"}" and depth == 0:
            return brace.start()
        depth += 1 if brace[0] == b"{" else -1
    return len(body)
