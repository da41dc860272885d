"""The table of contents of a zip file, read by ourselves and held against what really lies in the file.

Programs differ in which copy of a name, a size or a place they believe, and what one of them shows another hides. A
file whose copies agree is the same to all. Numbers in brackets are sections of APPNOTE 6.3.10.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from portal.checking.zip_end import Broken, End, Fault, find_end
from portal.checking.zip_names import is_odd, same_names

MOST_ENTRIES = 10_000
"""Office files have a few hundred."""
STORED, DEFLATED, AES = 0, 8, 99
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR, _UTF8 = 0x0008, 0x0800
_CENTRAL, _LOCAL, _AFTER = b"PK\x01\x02", b"PK\x03\x04", b"PK\x07\x08"
_FULL = 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNIX, _FILE_TYPE, _LINK = 3, 0o170000, 0o120000

_Note = Callable[[Fault], None]


@dataclass(frozen=True)
class Entry:
    """One file inside, as the table of contents has it."""

    name: str
    raw_name: bytes
    method: int
    flags: int
    crc: int
    packed: int
    """Bytes that it takes in the file."""
    size: int
    """Bytes that it unpacks to, as it says."""
    offset: int
    """Of its local header, from the start of the whole file."""
    link: bool = False
    start: int = -1
    """Of its content; -1 where there is no local header that says."""

    @property
    def encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & _ENCRYPTED) or self.method == AES

    @property
    def readable(self) -> bool:
        """Whether its content can be unpacked."""
        return self.start >= 0 and not self.encrypted and self.method in (STORED, DEFLATED)

    @property
    def folder(self) -> bool:
        """Whether it is a folder's entry, without content."""
        return self.name.endswith("/") and not self.size


@dataclass(frozen=True)
class Directory:
    """The table of contents in its own order, and what is wrong with it. No entries: there was nothing to read."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()

    def find(self, name: str) -> Entry | None:
        """Return the readable entry of this name, looked up as Office programs do: letters' case does not count."""
        return self._readable.get(name.casefold())

    @cached_property
    def _readable(self) -> dict[str, Entry]:
        """The first of each name: a workbook may ask for as many names as it lists sheets."""
        return {entry.name.casefold(): entry for entry in reversed(self.entries) if entry.readable}


def read_directory(body: bytes) -> Directory:
    """Return the table of contents of a zip file; of bytes that are none, one without entries and with a fault."""
    faults: list[Fault] = []
    entries: list[Entry] = []
    try:
        end = find_end(body, faults.append)
        entries.extend(_central(body, end, faults.append))
    except (Broken, struct.error):
        return Directory((), (*faults, Fault("unreadable")))
    ends = [_beside_local(body, entry, faults.append) for entry in entries]
    if len(entries) == end.count:
        _gaps(body, [(entry.offset, stop, entry.name) for entry, stop in ends], end.start - end.size, faults.append)
    for entry in entries:
        if entry.encrypted:
            faults.append(Fault("password", entry.name))
        elif entry.link or is_odd(entry.name) or entry.method not in (STORED, DEFLATED):
            faults.append(Fault("zip-structure", entry.name))
    faults += [Fault("zip-structure", name) for name in same_names(entry.name for entry in entries)]
    return Directory(tuple(entry for entry, _ in ends), tuple(faults))


def _central(body: bytes, end: End, fault: _Note) -> Iterator[Entry]:
    """Yield the entries of the table (4.3.12). Raises Broken, struct.error."""
    place = end.start - end.size
    before = place - end.offset
    if before < 0 or place < 0:
        raise Broken
    if before:
        fault(Fault("polyglot"))
    for number in range(end.count):
        if number == MOST_ENTRIES:
            fault(Fault("too-large-to-check"))
            return
        if body[place : place + 4] != _CENTRAL:
            raise Broken
        entry, place = _entry(body, place, before, fault)
        yield entry
    if place != end.start:
        fault(Fault("zip-structure"))


def _entry(body: bytes, place: int, before: int, fault: _Note) -> tuple[Entry, int]:
    """Return the entry whose central header is at `place`, and where the next one is. Raises Broken, struct.error."""
    head = struct.unpack_from("<4xBBHHHHHLLLHHHHHLL", body, place)
    _, system, _, flags, method, _, _, crc, packed, size, long_name, long_extra, comment, disk, _, outer, offset = head
    names = place + 46
    extras, after = names + long_name, names + long_name + long_extra + comment
    if after > len(body):
        raise Broken
    raw_name = body[names:extras]
    name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    extra, twice = _extras(body[extras : extras + long_extra])
    (size, packed, offset), longer = _wide(extra, [size, packed, offset])
    if disk or comment > 1024 or twice or longer or _named_otherwise(extra, name):
        fault(Fault("zip-structure", name))
    link = system == _UNIX and (outer >> 16) & _FILE_TYPE == _LINK
    return Entry(name, raw_name, method, flags, crc, packed, size, offset + before, link), after


def _extras(raw: bytes) -> tuple[dict[int, bytes], bool]:
    """Return the extra fields by their number (4.5.1), and whether one that we read is there twice, or cut short.

    Of two with one number programs take the first or the last.
    """
    fields: dict[int, bytes] = {}
    place, odd = 0, False
    while place + 4 <= len(raw):
        number, length = struct.unpack_from("<HH", raw, place)
        place += 4 + length
        odd = odd or (number in (_ZIP64, _UNICODE_PATH) and (number in fields or place > len(raw)))
        fields[number] = raw[place - length : place]
    return fields, odd


def _wide(extra: dict[int, bytes], values: list[int]) -> tuple[list[int], bool]:
    """Return the values with those that are full read from the zip64 field, in order (4.5.3). Raises struct.error.

    And whether the field says more than that, and not merely all of them again, as some writers do.
    """
    raw, place, wide = extra.get(_ZIP64, b""), 0, []
    for value in values:
        if value == _FULL and raw:
            (value,) = struct.unpack_from("<Q", raw, place)  # noqa: PLW2901 -- the wider copy of the same value
            place += 8
        wide.append(value)
    again = struct.pack(f"<{len(wide)}QL", *wide, 0)
    return wide, len(raw) > place and not again.startswith(raw)


def _named_otherwise(extra: dict[int, bytes], name: str) -> bool:
    """Say whether a second, Unicode name (4.6.9) is not merely the first in better letters."""
    if _UNICODE_PATH not in extra:
        return False
    other = extra[_UNICODE_PATH][5:].decode(errors="replace")
    return other != name and (other.isascii() or name.isascii())


def _beside_local(body: bytes, entry: Entry, fault: _Note) -> tuple[Entry, int]:
    """Return the entry with the place of its content, and where it ends, having compared both headers (4.3.7)."""
    place = entry.offset
    if body[place : place + 4] != _LOCAL or place + 30 > len(body):
        fault(Fault("zip-structure", entry.name))
        return entry, place
    head = struct.unpack_from("<4xHHHHHLLLHH", body, place)
    _, flags, method, _, _, crc, packed, size, long_name, long_extra = head
    names = place + 30
    start = names + long_name + long_extra
    stop = start + entry.packed
    if stop > len(body):
        fault(Fault("unreadable", entry.name))
        return entry, min(start, len(body))
    extra, twice = _extras(body[names + long_name : start])
    try:
        (size, packed), longer = _wide(extra, [size, packed])
    except struct.error:
        longer = True
    if twice or longer:
        fault(Fault("zip-structure", entry.name))
    said, known = (crc, packed, size), (entry.crc, entry.packed, entry.size)
    later = bool(flags & _DESCRIPTOR)
    agreed = said == known or (later and all(one in (0, _FULL, other) for one, other in zip(said, known, strict=True)))
    same_way = method == entry.method and flags & _ENCRYPTED == entry.flags & _ENCRYPTED
    same_letters = entry.raw_name.isascii() or flags & _UTF8 == entry.flags & _UTF8
    if later:
        length = _descriptor(body, stop, known)
        agreed = agreed and (length > 0 or said == known)
        stop += length
    same_name = body[names : names + long_name] == entry.raw_name and not _named_otherwise(extra, entry.name)
    if not (agreed and same_way and same_letters and same_name):
        fault(Fault("zip-structure", entry.name))
    return replace(entry, start=start), stop


def _descriptor(body: bytes, place: int, known: tuple[int, int, int]) -> int:
    """Return the length of the data descriptor (4.3.9) at `place` that says what is known; 0: there is none."""
    for signature in (_AFTER, b""):
        for widths in ("<LLL", "<LQQ"):
            try:
                said = signature + struct.pack(widths, *known)
            except struct.error:
                continue
            if body.startswith(said, place):
                return len(said)
    return 0


def _gaps(body: bytes, spans: list[tuple[int, int, str]], table: int, fault: _Note) -> None:
    """Find what lies outside every entry or in two of them; `spans` are start, end and name."""
    reached = 0
    for start, stop, name in sorted(spans):
        if start < reached:
            fault(Fault("zip-structure", name))
        elif body[reached:start].strip(b"\0"):
            fault(Fault("zip-structure" if reached else "polyglot", name if reached else ""))
        reached = max(reached, stop)
    if reached > table or (spans and body[reached:table].strip(b"\0")):
        fault(Fault("zip-structure"))
