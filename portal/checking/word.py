"""The text stream of Word until 2003 ([MS-DOC]): its header, its fields, and where its template is."""

import re
import struct

from portal.checking.notes import Notes

_WORD, _WORD_6 = 0xA5EC, 0xA5DC
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_ASSOCIATED = 0x9A + 32 * 8
"""Where a header of Word 97 and later has offset and length of the strings that belong to the document."""
_TEMPLATE = 1
_FAR = re.compile(r"(?:https?|ftps?|file)://|\\\\", re.IGNORECASE)


def _field(word: bytes) -> re.Pattern[bytes]:
    """Return what finds a field of this name, in letters of one byte and of two."""
    wide = b"".join(bytes([letter, 0]) for letter in word)
    return re.compile(rb"\x13\s*" + word + rb"[\s\"]|\x13\x00(?:\s\x00)*" + wide + rb"[\s\"]\x00", re.IGNORECASE)


_DDE = (_field(b"DDEAUTO"), _field(b"DDE"))
_INCLUDE = (_field(b"INCLUDETEXT"), _field(b"INCLUDEPICTURE"), _field(b"LINK"))


def look_into_document(stream: bytes, tables: list[bytes], notes: Notes) -> None:
    """Note a password, fields that start programs or take in files, and a template from elsewhere."""
    if len(stream) < 32 or struct.unpack_from("<H", stream)[0] not in (_WORD, _WORD_6):
        notes.found("unreadable")
        return
    (flags,) = struct.unpack_from("<H", stream, 0x0A)
    if flags & _ENCRYPTED:
        notes.found("password")
        return
    if any(pattern.search(stream) for pattern in _DDE):
        notes.found("dde")
    if any(pattern.search(stream) for pattern in _INCLUDE):
        notes.found("external-link")
    template = _template(stream, tables[1 if flags & _TABLE_1 else 0])
    if is_far(template):
        notes.found("external-template", template)


def is_far(place: str) -> bool:
    """Say whether a template is loaded over a network: one on the writer's own disk is never found, and ordinary."""
    return _FAR.match(place) is not None


def _template(stream: bytes, table: bytes) -> str:
    """Return the path of the document's template, "" where it has none ([MS-DOC] 2.9.271)."""
    try:
        place, size = struct.unpack_from("<II", stream, _ASSOCIATED)
        strings = table[place : place + size]
        extended, count, extra = struct.unpack_from("<HHH", strings)
        at = 6
        for number in range(count if extended == 0xFFFF else 0):
            (length,) = struct.unpack_from("<H", strings, at)
            if number == _TEMPLATE:
                return strings[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
            at += 2 + 2 * length + extra
    except struct.error:
        pass
    return ""
