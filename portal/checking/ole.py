"""Files inside old Office files: what OLE 1.0 wraps around a file that somebody put into a document ([MS-OLEDS])."""

import re
import struct
from dataclasses import dataclass
from io import BytesIO

from olefile import MAGIC, OleFileIO

from portal.checking.notes import Notes
from portal.checking.ooxml import is_remote
from portal.checking.programs import is_program

LINK = "\x01Ole"
_LONGEST_NAME = 1024
_LINKED = 1
_LONGEST_LINK = 1 << 16
"""Bytes of what says where an object is linked to; hundreds are usual."""
_FULL_PATH = re.compile(r"[a-z]:[\\/]|\\\\", re.IGNORECASE)
_FAR = re.compile(rb"(?:[a-z][a-z0-9+.-]{1,20}://|\\\\)[\x21-\x7e]+", re.IGNORECASE)


@dataclass(frozen=True)
class Packed:
    """A file inside another one, with the name it had, or else what kind of object it is."""

    name: str
    data: bytes
    source: str = ""
    """Where it is loaded from, if it is only linked to."""


def note_object(packed: Packed, notes: Notes) -> None:
    """Note a file that lies inside another, whether it is a program, and whether it is loaded over a network."""
    notes.found("embedded-object", packed.name)
    if is_program(packed.name, packed.data[:64]):
        notes.found("embedded-program", packed.name)
    if is_remote(packed.source):
        notes.found("external-template", packed.source)


def read_native(stream: bytes) -> Packed:
    """Return the file of a stream Ole10Native: length, flags, label, path, path, length, data, and the names once more.

    Any of its names may be the one that counts, so it has that of a program if one of them is ([MS-OLEDS] 2.3.6). One
    that is no package, such as a picture of Paint, has its bytes right behind its length; a package without a file (a
    command, or one that was cut short) has its names.
    """
    names: list[str] = []
    data, at = stream[4:], 6
    try:
        for _ in range(2):
            name, at = _text(stream, at)
            names.append(name.decode("cp1252", "replace"))
        (longer,) = struct.unpack_from("<4xI", stream, at)
        names.append(stream[at + 8 : at + 8 + longer].rstrip(b"\x00").decode("cp1252", "replace"))
        at += 8 + longer
        (length,) = struct.unpack_from("<I", stream, at)
        if length > len(stream) - at - 4:
            raise ValueError
        data = stream[at + 4 : at + 4 + length]
        at += 4 + length
        for _ in range(3):
            (letters,) = struct.unpack_from("<I", stream, at)
            names.append(stream[at + 4 : at + 4 + 2 * letters].decode("utf-16-le", "replace"))
            at += 4 + 2 * letters
    except (struct.error, ValueError):
        if len(data) == len(stream) - 4 and not _FULL_PATH.match("".join(names[1:2])):
            return Packed("", data)
    files = [each.replace("/", "\\").rpartition("\\")[2] for each in names]
    shown = [each for each in files if is_program(each)] + files[1:2] + files
    return Packed(next(filter(None, shown), ""), data)


def read_link(stream: bytes) -> str:
    """Return where an object is loaded from by its stream Ole (2.3.3), "" if it is none or on a disk."""
    linked = len(stream) >= 8 and stream[4] & _LINKED
    found = _FAR.search(stream[:_LONGEST_LINK].replace(b"\x00", b"")) if linked else None
    return found[0].decode("ascii") if found else ""


def read_object(data: bytes) -> Packed:
    """Return the object that RTF writes as digits: version, format, class, topic, item, length, data (2.2.5).

    One that is linked to has a file as its topic; a newer kind says in the compound file that is its data.
    """
    try:
        (form,) = struct.unpack_from("<4xI", data)
        at, names = 8, []
        for _ in range(3):
            (length,) = struct.unpack_from("<I", data, at)
            names.append(data[at + 4 : at + 4 + length].rstrip(b"\x00").decode("cp1252", "replace"))
            at += 4 + length
        if form == _LINKED:
            return Packed(names[0], b"", names[1])
        (length,) = struct.unpack_from("<I", data, at)
    except struct.error:
        return Packed("", data)
    native = data[at + 4 : at + 4 + length]
    if names[0].lower() == "package":
        # A package in RTF lacks the length with which the same package begins in a container.
        return read_native(b"\x00" * 4 + native)
    return Packed(names[0], native, _link_inside(native))


def _link_inside(native: bytes) -> str:
    if not native.startswith(MAGIC):
        return ""
    try:
        with OleFileIO(BytesIO(native)) as container:
            return read_link(container.openstream(LINK).read())
    except Exception:  # noqa: BLE001 - whatever olefile stumbles over: then it is an object and no link
        return ""


def _text(stream: bytes, at: int) -> tuple[bytes, int]:
    end = stream.index(b"\x00", at, at + _LONGEST_NAME)
    return stream[at:end], end + 1
