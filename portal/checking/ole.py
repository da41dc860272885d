"""Files inside old Office files: what OLE 1.0 wraps around a file that somebody put into a document ([MS-OLEDS])."""

import struct
from dataclasses import dataclass

from portal.checking.notes import Notes
from portal.checking.programs import is_program

_LONGEST_NAME = 1024


@dataclass(frozen=True)
class Packed:
    """A file inside another one, with the name it had, or else what kind of object it is."""

    name: str
    data: bytes


def note_object(packed: Packed, notes: Notes) -> None:
    """Note a file that lies inside another, and whether it is a program."""
    notes.found("embedded-object", packed.name)
    if is_program(packed.name, packed.data[:64]):
        notes.found("embedded-program", packed.name)


def read_native(stream: bytes) -> Packed:
    """Return the file of a stream Ole10Native: length, flags, label, path, path, length, data (2.3.6).

    One that is no package, such as a picture of Paint, has its bytes right behind its length.
    """
    name, path, at = b"", b"", 6
    try:
        name, at = _text(stream, at)
        path, at = _text(stream, at)
        (longer,) = struct.unpack_from("<4xI", stream, at)
        at += 8 + longer
        (length,) = struct.unpack_from("<I", stream, at)
        if length <= len(stream) - at - 4:
            shown = path.replace(b"/", b"\\").rpartition(b"\\")[2] or name
            return Packed(shown.decode("cp1252", "replace"), stream[at + 4 : at + 4 + length])
    except (struct.error, ValueError):
        pass
    return Packed("", stream[4:])


def read_object(data: bytes) -> Packed:
    """Return the object that RTF writes as digits: version, format, class, topic, item, length, data (2.2.5)."""
    try:
        at, names = 8, []
        for _ in range(3):
            (length,) = struct.unpack_from("<I", data, at)
            names.append(data[at + 4 : at + 4 + length].rstrip(b"\x00").decode("cp1252", "replace"))
            at += 4 + length
        (length,) = struct.unpack_from("<I", data, at)
    except struct.error:
        return Packed("", data)
    native = data[at + 4 : at + 4 + length]
    # A package in RTF lacks the length with which the same package begins in a container.
    return read_native(b"\x00" * 4 + native) if names[0].lower() == "package" else Packed(names[0], native)


def _text(stream: bytes, at: int) -> tuple[bytes, int]:
    end = stream.index(b"\x00", at, at + _LONGEST_NAME)
    return stream[at:end], end + 1
