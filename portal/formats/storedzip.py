"""A zip of stored members whose length is known before its first byte.

Sizes and CRC-32 stand in front of the data (no data descriptors), dates are the members' own, nothing is compressed:
the same members give the same bytes each time. `stream-zip` writes it; this module knows how long that will be, keeps
clear of a fault of that library, and lets no member be longer or shorter than was said.
"""

import itertools
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from stream_zip import NO_COMPRESSION_32, NO_COMPRESSION_64, CRC32IntegrityError, Method, stream_zip

from portal.domain.errors import SealBroken

CHUNK_BYTES = 4 * 1024 * 1024
"""A source that yields chunks of exactly this size is passed on without a copy; any other is copied once."""

_MAX_32 = 0xFFFFFFFF
_MAX_COUNT_16 = 0xFFFF
# Zip dates begin in 1980; the extended stamp that says which zone they are in is a signed 32-bit count of seconds.
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_LATEST = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)

_STAMP = 9
_LOCAL, _LOCAL_64 = 30, 20
_CENTRAL, _CENTRAL_64 = 46, 28
_END, _END_64 = 22, 56 + 20


@dataclass(frozen=True)
class Member:
    """One entry: a path with forward slashes (a folder's ends in one), size in bytes, CRC-32, and an aware date."""

    path: str
    size: int
    crc32: int
    modified: datetime


def stored_length(members: Sequence[Member]) -> int:
    """Return the exact length in bytes of the zip of `members`."""
    return _length(members, big=_is_big(members))


def stored_zip(members: Sequence[Member], open_member: Callable[[Member], Iterable[bytes]]) -> Iterator[bytes]:
    """Yield the zip of `members`, opening each in turn; holds no more than a few chunks.

    Raises SealBroken as soon as a member turns out longer, shorter or other (by CRC-32) than was said. What was yielded
    by then is always shorter than `stored_length`, so whoever receives it can tell that it is not whole.
    """
    big = _is_big(members)
    files = (
        (member.path, _date(member), _mode(member), _method(member, big=big), _measured(member, open_member(member)))
        for member in members
    )
    left = _length(members, big=big)
    try:
        for chunk in stream_zip(files, chunk_size=_chunk_bytes(members, big=big)):
            left -= len(chunk)
            yield chunk
    except CRC32IntegrityError as error:
        raise SealBroken("A file is not what was received, so the download was stopped.") from error
    if left:
        raise RuntimeError(f"The zip is {abs(left)} bytes {'shorter' if left > 0 else 'longer'} than was worked out.")


def _measured(member: Member, chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = member.size
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise SealBroken("A file is longer than what was received, so the download was stopped.")
        yield chunk
    if left:
        raise SealBroken("A file is shorter than what was received, so the download was stopped.")


def _is_big(members: Sequence[Member]) -> bool:
    """Say whether zip64 is needed; all members are then written so, which keeps the arithmetic in one line.

    The largest value of each field is a mark for zip64, so it counts as too large.
    """
    return len(members) >= _MAX_COUNT_16 or _length(members, big=False) >= _MAX_32


def _length(members: Sequence[Member], *, big: bool) -> int:
    central = sum(_CENTRAL + _CENTRAL_64 * big + _STAMP + len(member.path.encode()) for member in members)
    data = sum(_header_length(member, big=big) + member.size for member in members)
    return data + central + _END + _END_64 * big


def _header_length(member: Member, *, big: bool) -> int:
    return _LOCAL + _LOCAL_64 * big + _STAMP + len(member.path.encode())


def _chunk_bytes(members: Sequence[Member], *, big: bool) -> int:
    """Choose a chunk size that no header ends on.

    stream-zip 0.0.84 (its issue 189) stops without an error where the end of one member and the header of the next fill
    a chunk exactly. Chunks are counted anew from the start of each member's data.
    """
    pairs = {(before.size, _header_length(after, big=big)) for before, after in itertools.pairwise(members)}
    return next(
        size for size in itertools.count(CHUNK_BYTES, -1) if all((data + header) % size for data, header in pairs)
    )


def _method(member: Member, *, big: bool) -> Method:
    return (NO_COMPRESSION_64 if big else NO_COMPRESSION_32)(member.size, member.crc32)


def _date(member: Member) -> datetime:
    return min(max(member.modified.astimezone(UTC), _EARLIEST), _LATEST)


def _mode(member: Member) -> int:
    return stat.S_IFDIR | 0o755 if member.path.endswith("/") else stat.S_IFREG | 0o644
