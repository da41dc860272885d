"""Unpack what is in a zip file piece by piece: no more than was promised, and only what its sum confirms."""

import zlib
from collections.abc import Iterable, Iterator

from portal.checking.zips import STORED, Entry

PIECE = 1 << 20
"""Bytes at most of a piece."""
_PACKED_PIECE = 1 << 16
_HEAD = 1 << 12
"""Bytes at least of the first piece: who looks at no more to see what it is must not be shown one alone."""
MOST_TIMES = 100
"""An entry or a whole file that unpacks to more times its size is a bomb, from `BOMB_FROM` bytes on. Worksheets reach
about 30; blank pictures more, but those are small."""
BOMB_FROM = 50 << 20
MOST_BYTES = 500 << 20
"""Bytes of everything in a file together that are unpacked to be looked into."""


class Damaged(Exception):
    """An entry is not what the table of contents says; the message is a code of `schemas/checks.toml`."""


def is_bomb(packed: int, unpacked: int) -> bool:
    """Say whether something unpacks to far more than ordinary content of its size; both in bytes."""
    return unpacked > BOMB_FROM and unpacked > MOST_TIMES * packed


def pieces(body: bytes, entry: Entry) -> Iterator[bytes]:
    """Yield the content of a readable entry, 4,096 bytes of it or all in the first piece.

    Raises Damaged, at once when it goes on beyond the size it promised.
    """
    packed = memoryview(body)[entry.start : entry.start + entry.packed]
    reached = crc = 0
    for piece in _stored(packed) if entry.method == STORED else _headed(_inflated(packed)):
        reached += len(piece)
        if reached > entry.size:
            raise Damaged("zip-structure")
        crc = zlib.crc32(piece, crc)
        yield piece
    if reached != entry.size or crc != entry.crc:
        raise Damaged("unreadable")


def unpack(body: bytes, entry: Entry, most: int) -> bytes:
    """Return the content of a readable entry of at most `most` bytes. Raises Damaged."""
    if entry.size > most:
        raise Damaged("too-large-to-check")
    return b"".join(pieces(body, entry))


def head(body: bytes, entry: Entry, length: int) -> bytes:
    """Return the first `length` bytes of a readable entry, or fewer: unconfirmed, to see what it is. Raises Damaged."""
    found = b""
    for piece in pieces(body, entry):
        found += piece[: length - len(found)]
        if len(found) == length:
            break
    return found


def _stored(packed: memoryview) -> Iterable[bytes]:
    return (bytes(packed[place : place + PIECE]) for place in range(0, len(packed), PIECE))


def _headed(content: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content with its first pieces joined: empty blocks between them part a head as somebody likes."""
    first = b""
    for piece in content:
        first += piece
        if len(first) >= _HEAD:
            break
    if first:
        yield first
    yield from content


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for place in range(0, len(packed), _PACKED_PIECE):
            rest: bytes | memoryview = packed[place : place + _PACKED_PIECE]
            while rest and not inflate.eof:
                if piece := inflate.decompress(rest, PIECE):
                    yield piece
                rest = inflate.unconsumed_tail
            if inflate.eof and (inflate.unused_data or place + _PACKED_PIECE < len(packed)):
                raise Damaged("zip-structure")
        while not inflate.eof and (piece := inflate.decompress(b"", PIECE)):
            yield piece
    except zlib.error:
        raise Damaged("unreadable") from None
    if not inflate.eof:
        raise Damaged("unreadable")
