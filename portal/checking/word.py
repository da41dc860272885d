"""The text stream of Word until 2003 ([MS-DOC]): its header, its fields, and where its template is."""

import re
import struct
from itertools import pairwise

from portal.checking.notes import Notes
from portal.checking.ooxml import is_remote
from portal.checking.ooxml_parts import Fields

_WORD, _WORD_6 = 0xA5EC, 0xA5DC
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_ASSOCIATED, _PIECES = 0x9A + 32 * 8, 0x9A + 33 * 8
"""Where a header of Word 97 and later has offset and length of the strings that belong to the document, and of the
pieces of its text."""
_TEMPLATE = 1
_PIECES_FOLLOW = 2
_FIELD_MARKS = {"\x13": "begin", "\x14": "separate", "\x15": "end"}
_FIELD_MARK = re.compile("([\x13-\x15])")
_NARROW = 1 << 30
"""In the place of a piece: its letters have one byte each, and the place is doubled."""


def look_into_document(stream: bytes, tables: list[bytes], notes: Notes) -> None:
    """Note a password, fields that start programs or take in files, and a template from elsewhere."""
    if len(stream) < 32 or struct.unpack_from("<H", stream)[0] not in (_WORD, _WORD_6):
        notes.found("unreadable")
        return
    (flags,) = struct.unpack_from("<H", stream, 0x0A)
    if flags & _ENCRYPTED:
        notes.found("password")
        return
    table = tables[1 if flags & _TABLE_1 else 0]
    look_at_fields(_text(stream, table, notes), notes)
    template = _template(stream, table)
    if is_remote(template):
        notes.found("external-template", template)


def look_at_fields(text: str, notes: Notes) -> None:
    """Note the fields in a text in which, as Word does it, \\x13 begins one, \\x14 its result, and \\x15 ends it."""
    fields, depth = Fields(notes, ""), 0
    fields.start("instrText", {})
    for each in _FIELD_MARK.split(text):
        if each in _FIELD_MARKS:
            depth = max(0, depth + (each == "\x13") - (each == "\x15"))
            fields.start("fldChar", {"fldCharType": _FIELD_MARKS[each]})
        elif depth:
            fields.text(each)
    fields.end("document")


def _text(stream: bytes, table: bytes, notes: Notes) -> str:
    """Return the text as Word puts it together ([MS-DOC] 2.4.1): after a fast save its pieces lie anywhere.

    Where they are not listed, as before Word 97, it is all that there is, in letters of one byte or of two.
    """
    try:
        place, size = struct.unpack_from("<II", stream, _PIECES)
        pieces = _pieces(table[place : place + size])
    except struct.error:
        pieces = []
    if sum(letters for letters, _ in pieces) > len(stream):
        notes.found("unreadable")  # some lie in each other, and could be any length together
        pieces = []
    if not pieces:
        return stream.replace(b"\x00", b"").decode("latin-1")
    return "".join(
        stream[start : start + letters * width].decode("cp1252" if width == 1 else "utf-16-le", "replace")
        for letters, place in pieces
        for start, width in [((place ^ _NARROW) // 2, 1) if place & _NARROW else (place, 2)]
    )


def _pieces(table: bytes) -> list[tuple[int, int]]:
    """Return the letters and the place of each piece, in order (2.9.38). Raises struct.error where there are none."""
    at = 0
    while table[at : at + 1] == b"\x01":  # how pieces look
        at += 3 + struct.unpack_from("<xH", table, at)[0]
    kind, length = struct.unpack_from("<BI", table, at)
    many = (length - 4) // 12
    if kind != _PIECES_FOLLOW or many < 1:
        raise struct.error
    ends = struct.unpack_from(f"<{many + 1}I", table, at + 5)
    places = struct.iter_unpack("<2xI2x", table[at + 9 + 4 * many :][: 8 * many])
    return [(max(0, after - before), place) for (before, after), (place,) in zip(pairwise(ends), places, strict=False)]


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
