"""The workbook stream of Excel until 2003 ([MS-XLS]): its first part, which says what is in it."""

import struct

from portal.checking.notes import Notes

_EOF, _FILEPASS, _BOUNDSHEET, _SUPBOOK = 0x0A, 0x2F, 0x85, 0x1AE
_MACRO_SHEET = 1
_MOST_RECORDS = 2_000_000


def look_into_workbook(stream: bytes, notes: Notes) -> None:
    """Note a password, macro sheets, and links to other files or programs."""
    at = 0
    for _ in range(_MOST_RECORDS):
        if at + 4 > len(stream):
            notes.found("unreadable")
            return
        record, length = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if record == _EOF:
            return
        if record == _FILEPASS:
            # What follows is encrypted.
            notes.found("password")
            return
        if record == _BOUNDSHEET and len(data) > 5 and data[5] == _MACRO_SHEET:
            notes.found("macro-sheet")
        if record == _SUPBOOK:
            _note_source(data, notes)


def _note_source(data: bytes, notes: Notes) -> None:
    """Note where a link leads: to sheets of another workbook, or to a topic of a program ([MS-XLS] 2.4.271)."""
    if len(data) < 5:
        return
    sheets, length = struct.unpack_from("<HH", data)
    if length in (0x0401, 0x3A01):  # this workbook itself, or an add-in's functions
        return
    wide = data[4] & 1
    source = data[5 : 5 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
    if sheets == 0 and "\x03" in source:
        notes.found("dde")
    elif len(source) > 1:
        notes.found("external-link", "".join(each for each in source if each.isprintable()))
