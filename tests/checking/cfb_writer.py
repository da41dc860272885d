"""Writes compound files ([MS-CFB] version 3) plain enough to be read in one sitting: no library writes them."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5


@dataclass
class _Entry:
    name: str
    kind: int
    children: dict[str, "_Entry"] = field(default_factory=dict)
    data: bytes = b""
    number: int = 0
    right: int = NONE
    start: int = END


def compound_file(streams: Mapping[str, bytes], clsid: bytes = bytes(16)) -> bytes:
    """Return a file with these streams; a path's parts are separated by "/". An empty stream makes storages alone."""
    root = _Entry("Root Entry", ROOT)
    for path, data in streams.items():
        *storages, last = path.split("/")
        at = root
        for name in storages:
            at = at.children.setdefault(name, _Entry(name, STORAGE))
        at.children[last] = _Entry(last, STREAM, data=data)
    entries = _numbered(root)
    sectors, mini = bytearray(), bytearray()
    fat: list[int] = []
    mini_fat: list[int] = []
    for entry in entries:
        if entry.kind == STREAM and entry.data:
            short = len(entry.data) < CUTOFF
            entry.start = _add(entry.data, mini, mini_fat, MINI) if short else _add(entry.data, sectors, fat, SECTOR)
    root.data = bytes(mini)
    root.start = _add(root.data, sectors, fat, SECTOR)
    mini_start = _add(_table(mini_fat), sectors, fat, SECTOR)
    directory = b"".join(_record(entry, clsid if entry is root else bytes(16)) for entry in entries)
    directory_start = _add(directory, sectors, fat, SECTOR)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * SECTOR:
        fat_sectors += 1
    first = len(fat)
    fat += [FAT_SECTOR] * fat_sectors
    sectors += _table(fat)
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory_start, 0),
        *(CUTOFF, mini_start, (len(mini_fat) * 4 + SECTOR - 1) // SECTOR, END, 0),
    )
    difat = [*range(first, first + fat_sectors), *[FREE] * (109 - fat_sectors)]
    return header + struct.pack("<109I", *difat) + bytes(sectors)


def _numbered(root: _Entry) -> list[_Entry]:
    """Return all entries with their numbers; siblings hang on each other in a row, in their order (2.6.4)."""
    entries = [root]
    for entry in entries:
        row = sorted(entry.children.values(), key=lambda each: (len(each.name), each.name.upper()))
        for each in row:
            each.number = len(entries)
            entries.append(each)
        for left, right in pairwise(row):
            left.right = right.number
        entry.children = {each.name: each for each in row}
    return entries


def _add(data: bytes, to: bytearray, table: list[int], size: int) -> int:
    if not data:
        return END
    start, count = len(table), -(-len(data) // size)
    to += data.ljust(count * size, b"\x00")
    table += [*range(start + 1, start + count), END]
    return start


def _table(numbers: list[int]) -> bytes:
    raw = struct.pack(f"<{len(numbers)}I", *numbers)
    return raw + b"\xff" * (-len(raw) % SECTOR)


def _record(entry: _Entry, clsid: bytes) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\x00\x00"
    child = next(iter(entry.children.values())).number if entry.children else NONE
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        *(name.ljust(64, b"\x00"), len(name), entry.kind, 1, NONE, entry.right, child, clsid, 0, 0, 0),
        *(entry.start, len(entry.data)),
    )
