"""Where the table of contents of a zip file is, as the end of the file says (APPNOTE 4.3.14 to 4.3.16)."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

LONGEST_COMMENT = 256
_END, _END64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_RECORD, _LONGEST_RECORD = 22, 22 + 0xFFFF
_BLANK = b"\0 \t\r\n\x1a"


class Fault(NamedTuple):
    """Something wrong with a zip file: a code of `schemas/checks.toml`, and the entry that it is about, if any."""

    code: str
    where: str = ""


class Broken(Exception):
    """The table of contents cannot be followed."""


@dataclass(frozen=True)
class End:
    """What the end records say of the table."""

    count: int
    size: int
    offset: int
    start: int
    """Where the end records begin, which is where the table must end."""


def find_end(body: bytes, fault: Callable[[Fault], None]) -> End:
    """Return what the last end record says, with what is wrong there. Raises Broken where there is none, struct.error.

    Programs look for that record in different ways, so a file with two places for it is one to each of them.
    """
    start = last = body.rfind(_END)
    if start < 0 or start + _RECORD > len(body):
        raise Broken
    earliest = max(0, len(body) - _LONGEST_RECORD)
    while start >= 0 and _reach(body, start) != len(body):
        start = body.rfind(_END, earliest, start + 3)
    if start < 0:
        start = last
        rest = body[_reach(body, start) :]
        fault(Fault("polyglot" if rest.strip(_BLANK) else "zip-structure"))
    elif start != last:
        fault(Fault("zip-structure"))
    disk, table_disk, here, count, size, offset, comment = struct.unpack_from("<4H2LH", body, start + 4)
    wide = body[max(0, start - 20) : start].startswith(_LOCATOR)
    alone = {disk, table_disk} <= ({0, 0xFFFF} if wide else {0})
    if not alone or here != count or comment > LONGEST_COMMENT:
        fault(Fault("zip-structure"))
    end = End(count, size, offset, start)
    return _end64(body, end, fault) if wide else end


def _reach(body: bytes, start: int) -> int:
    """Return where the end record at `start` ends, its comment included."""
    return start + _RECORD + int.from_bytes(body[start + 20 : start + _RECORD], "little")


def _end64(body: bytes, end: End, fault: Callable[[Fault], None]) -> End:
    """Return what the larger record says, which both records must agree about."""
    locator = end.start - 20
    disk, start, disks = struct.unpack_from("<4xLQL", body, locator)
    if disk or disks > 1 or body[start : start + 4] != _END64:
        fault(Fault("zip-structure"))
        start = body.rfind(_END64, 0, locator)
        if start < 0:
            raise Broken
    length, disk, table_disk, here, count, size, offset = struct.unpack_from("<4xQ4xLLQQQQ", body, start)
    old = (end.count, 0xFFFF, count), (end.size, 0xFFFFFFFF, size), (end.offset, 0xFFFFFFFF, offset)
    whole = start + 12 + length == locator and here == count and not disk and not table_disk
    if not whole or any(short not in (full, wide) for short, full, wide in old):
        fault(Fault("zip-structure"))
    return End(count, size, offset, start)
