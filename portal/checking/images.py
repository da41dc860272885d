"""PNG and JPEG by their headers and marks alone: sizes, whether they are whole, what was appended, the place."""

import re
import struct
from collections.abc import Iterator

from portal.checking.notes import Notes
from portal.checking.polyglots import foreign

LONGEST_SIDE = 20_000
MOST_PIXELS = 200_000_000
_PNG_START = 8
_MOST_CHUNKS = 1_000_000
# In a scan's data a 0xFF that means something is followed by neither 0 nor a restart mark (T.81 B.1.1.5).
_NEXT_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END, _ABOUT = 0xD9, 0xE1
_EXIF = b"Exif\x00\x00"
_XMP_LATITUDE = b"GPSLatitude"
"""What programs that edit photos write in XMP, beside Exif or instead of it."""
_GPS_POINTER, _LATITUDE = 0x8825, 2


class _Cut(Exception):
    """The file ends before it should."""


def look_into_png(body: bytes, notes: Notes) -> int:
    """Note what is wrong with a PNG file (ISO/IEC 15948)."""
    at, header = _PNG_START, False
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(body):
            break
        length, name = struct.unpack_from(">I4s", body, at)
        data = body[at + 8 : at + 8 + min(length, 64 * 1024)]
        at += 12 + length
        if name == b"IHDR" and len(data) >= 8:
            header = True
            width, height = struct.unpack_from(">II", data)
            _note_size(width, height, notes)
        if name == b"eXIf":
            _note_place(data, notes)
        if name == b"iTXt" and _XMP_LATITUDE in data:
            notes.found("photo-place")
        if name == b"IEND" and at <= len(body) and header:
            _note_rest(body[at:], notes)
            return 0
    notes.found("unreadable")
    return 0


def look_into_jpeg(body: bytes, notes: Notes) -> int:
    """Note what is wrong with a JPEG file (ITU-T T.81)."""
    sized = False
    try:
        for mark, at, end in _segments(body):
            if mark in _START_OF_FRAME and end - at >= 5:
                sized = True
                height, width = struct.unpack_from(">HH", body, at + 1)
                _note_size(width, height, notes)
            elif mark == _ABOUT and body.startswith(_EXIF, at):
                _note_place(body[at + len(_EXIF) : end], notes)
            elif mark == _ABOUT and _XMP_LATITUDE in body[at:end]:
                notes.found("photo-place")
            elif mark == _END:
                _note_rest(body[end:], notes)
    except _Cut:
        sized = False
    if not sized:
        notes.found("unreadable")
    return 0


def _segments(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each mark with the place where its data begin and end, the last being that of the image's end."""
    at = 2
    while True:
        found = _NEXT_MARK.search(body, at)
        if found is None:
            raise _Cut
        mark, at = found[0][-1], found.end()
        if mark == _END:
            yield mark, at, at
            return
        if mark in (0x01, 0xD8):
            continue
        end = at + int.from_bytes(body[at : at + 2], "big")
        if end > len(body) or end < at + 2:
            raise _Cut
        yield mark, at + 2, end
        at = end


def _note_size(width: int, height: int, notes: Notes) -> None:
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        notes.found("image-size", f"{width} × {height}")


def _note_rest(rest: bytes, notes: Notes) -> None:
    if kind := foreign(rest):
        notes.found("polyglot", kind)


def _note_place(exif: bytes, notes: Notes) -> None:
    """Note a latitude (Exif 3.0, 4.6.7); whatever is wrong with these data harms nobody."""
    try:
        gps = _pointed_at(exif, struct.unpack_from(_order(exif) + "I", exif, 4)[0], _GPS_POINTER)
        if gps is not None and _pointed_at(exif, gps, _LATITUDE) is not None:
            notes.found("photo-place")
    except struct.error:
        return


def _order(exif: bytes) -> str:
    return "<" if exif.startswith(b"II") else ">"


def _pointed_at(exif: bytes, table: int, wanted: int) -> int | None:
    """Return the value of a tag in the table of tags at that place, None where it has none."""
    order = _order(exif)
    (count,) = struct.unpack_from(order + "H", exif, table)
    for place in range(table + 2, table + 2 + 12 * min(count, 500), 12):
        tag, _type, _count, value = struct.unpack_from(order + "HHII", exif, place)
        if tag == wanted:
            return int(value)
    return None
