"""The workbook stream of Excel until 2003 ([MS-XLS]): its first part, which says what is in it."""

import re
import struct

from portal.checking.notes import Notes

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _SUPBOOK = 0x0809, 0x0A, 0x2F, 0x85, 0x1AE
_EXTERNSHEET = 0x17
"""In it Excel 5 and 95 name each link; later ones number there what a SUPBOOK names."""
_EXCEL_97 = 0x0600
_MACRO_SHEET, _MACROS = 1, 0x40
"""What a sheet with macros is, to the list of sheets and to its own first record."""
_MOST_RECORDS = 2_000_000
_PROTOCOL = re.compile(r"\x01\x05.", re.DOTALL)
"""What stands before an address in the place of a path: the letter after it counts the others."""


def look_into_workbook(stream: bytes, notes: Notes) -> None:
    """Note a password, macro sheets, and links to other files or programs."""
    at, version = 0, int.from_bytes(stream[4:6], "little")
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
        if record == _BOUNDSHEET and _has_macros(data, stream):
            notes.found("macro-sheet")
        if record == _SUPBOOK:
            _note_book(data, notes)
        if record == _EXTERNSHEET and version < _EXCEL_97 and data:
            _note_source(data[1 : 1 + data[0]].decode("latin-1"), notes)
    notes.found("too-large-to-check")


def _has_macros(sheet: bytes, stream: bytes) -> bool:
    """Say whether a sheet has macros, whichever of the list of sheets and the sheet itself says so."""
    if len(sheet) < 6:
        return False
    (begins,) = struct.unpack_from("<I", sheet)
    first = stream[begins : begins + 8]
    itself = len(first) == 8 and struct.unpack("<H4xH", first) == (_BOF, _MACROS)
    return itself or sheet[5] == _MACRO_SHEET


def _note_book(data: bytes, notes: Notes) -> None:
    """Note where a link leads: to sheets of another workbook, or to a topic of a program ([MS-XLS] 2.4.271)."""
    if len(data) < 5:
        return
    sheets, length = struct.unpack_from("<HH", data)
    if length in (0x0401, 0x3A01):  # this workbook itself, or an add-in's functions
        return
    wide = data[4] & 1
    source = data[5 : 5 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
    _note_source(source, notes, sheets)


def _note_source(source: str, notes: Notes, sheets: int = 0) -> None:
    """Note a link by its source. The same sign parts a program from its topic and the folders of a path.

    A path begins with a sign of its own; other such signs lead to the workbook's own sheets.
    """
    if source[:1].isprintable() and "\x03" in source and sheets == 0:
        notes.found("dde")
    elif len(source) > 1 and source[0] not in "\x02\x03\x04":
        # Its name alone: folders often name whoever it belongs to.
        name = _PROTOCOL.sub("", source).rpartition("\x03")[2]
        notes.found("external-link", "".join(each for each in name if each.isprintable()))
