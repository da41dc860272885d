"""Rich text: objects and programs inside, fields that start programs, templates from elsewhere, a text cut short."""

import re
from collections.abc import Iterator

from portal.checking.notes import Notes
from portal.checking.ole import note_object, read_object
from portal.checking.ooxml import is_remote
from portal.checking.rtf_groups import Groups
from portal.checking.word import look_at_fields


def _word(names: str) -> re.Pattern[bytes]:
    """Return what finds control words of these names, with their number, and two backslashes, which are text."""
    return re.compile(rb"\\(?:\\(?:\\\\)*+|(" + names.encode() + rb")(?![a-z])(?:-?\d{1,10})? ?)")


_OBJECT_DATA, _LINKED, _CONTROL = _word("objdata"), _word("objautlink|objlink"), _word("objocx")
_TEMPLATE, _FIELD = _word("template"), _word("fldinst")
_DIGITS = re.compile(rb"[0-9a-fA-F\s]*+(?=\}|\Z)")
"""All that ordinary programs write as an object's data."""
_NOT_DIGITS = re.compile(r"[^0-9a-fA-F]")
_LITERAL = re.compile(rb"\\[\\{}]")
_LONGEST_PLACE = 1000
_PADDING = b"\x00\r\n\t \x1a"


def look_into_rtf(body: bytes, notes: Notes) -> int:
    """Note what is in a rich text; return how many objects are."""
    if _is_cut(body):
        notes.found("unreadable")
    if linked := sum(1 for _ in _found(_LINKED, body)):
        notes.found("external-link", count=linked)
    if any(_found(_CONTROL, body)):
        notes.found("activex")
    objects = 0
    for data in object_data(body):
        objects += 1
        note_object(read_object(data), notes)
    if any(_DIGITS.match(body, found.end()) is None for found in _found(_OBJECT_DATA, body)):
        notes.found("unreadable")  # no two programs may take the same for digits there
    _look_at_groups(body, notes)
    return objects


def _look_at_groups(body: bytes, notes: Notes) -> None:
    """Note templates and fields in each way in which they can be read. Raises as `Groups.readings`."""
    groups = Groups(body)
    for found in _found(_TEMPLATE, body):
        for place in groups.readings(found.end()):
            if is_remote(place[:_LONGEST_PLACE]):
                notes.found("external-template", place.strip())
    for found in _found(_FIELD, body):
        if found.start(1) not in groups.fields:
            for text in groups.readings(found.end()):
                look_at_fields(f"\x13{text}", notes)


def object_data(body: bytes) -> Iterator[bytes]:
    """Yield the bytes of each object, whatever stands between their digits. Raises ValueError as `Groups.readings`."""
    groups = Groups(body)
    for found in _found(_OBJECT_DATA, body):
        plain = _DIGITS.match(body, found.end())
        if plain:
            digits = plain[0].translate(None, b" \t\r\n\v\f").decode("ascii")
        else:
            digits = _NOT_DIGITS.sub("", groups.read(found.end(), raw=True))
        yield bytes.fromhex(digits[: len(digits) // 2 * 2])


def _found(word: re.Pattern[bytes], body: bytes) -> Iterator[re.Match[bytes]]:
    return (found for found in word.finditer(body) if found[1])


def _is_cut(body: bytes) -> bool:
    """Say whether groups are open at the end; with raw bytes, which may be braces too, whether the last is."""
    if b"\\bin" in body:
        return not body.rstrip(_PADDING).endswith(b"}")
    literal = _LITERAL.findall(body)
    return body.count(b"{") - literal.count(b"\\{") > body.count(b"}") - literal.count(b"\\}")
