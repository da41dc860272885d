"""Rich text: objects and programs inside, fields that start programs, templates from elsewhere, a text cut short."""

import re
from collections.abc import Iterator

from portal.checking.notes import Notes
from portal.checking.ole import Packed, note_object, read_object
from portal.checking.word import is_far

_OBJECT_DATA = re.compile(rb"\\objdata(?![a-z])((?:[0-9a-fA-F\s]|\\\*?[a-z]+-?\d* ?|[{}])*)")
_NOT_DIGITS = re.compile(rb"\\\*?[a-z]+-?\d* ?|[{}\s]")
_LINKED = re.compile(rb"\\obj(?:autlink|link)\b")
_CONTROL = re.compile(rb"\\objocx\b")
_TEMPLATE = re.compile(rb"\\\*\\template\s+([^{}]{1,1000})")
_FIELD = re.compile(rb"\\fldinst(?![a-z])")
_LONGEST_FIELD = 2000
_MARKUP = re.compile(rb"\\\*?[a-z]+-?\d* ?|[{}\r\n]")
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
    for found in _FIELD.finditer(body):
        words = _MARKUP.sub(b"", body[found.end() : found.end() + _LONGEST_FIELD]).lstrip().upper()
        if words.startswith((b"DDE ", b"DDEAUTO")):
            notes.found("dde")
        elif words.startswith((b"INCLUDETEXT", b"INCLUDEPICTURE", b"LINK ")):
            notes.found("external-link")
    return len(objects)


def _objects(body: bytes) -> Iterator[Packed]:
    for found in _OBJECT_DATA.finditer(body):
        digits = _NOT_DIGITS.sub(b"", found[1])
        yield read_object(bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii")))
