"""A body on its way into the store: metered, digested and sealed part by part, never in the clear on a disk.

Parts are put while the next one is read and sealed, a few at a time: a put mostly waits for the disk or the network.
That bounds the memory of an upload to the part in hand and the sealed ones on their way (rule 4).
"""

import hashlib
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import sleep
from uuid import UUID

from portal.domain.errors import StoreUnavailable
from portal.domain.intake import LEADING_BYTES, check_leading_bytes, check_length
from portal.ports import BlobStore
from portal.vault.parts import PartContext, object_key, seal_part

PUTS_AT_ONCE = 2
RETRY_PAUSES = (0.1, 1.0)
"""Seconds."""


@dataclass(frozen=True)
class Target:
    """Where a body goes, and what it may be: `limit` and `part_bytes` in bytes, `extension` without the dot."""

    inspection: UUID
    document: UUID
    key: bytes
    extension: str
    limit: int
    part_bytes: int


@dataclass(frozen=True)
class Facts:
    """What is known of a body once all of it is in the store."""

    size: int
    crc32: int
    sha256: bytes


def seal_body(store: BlobStore, target: Target, body: Iterable[bytes]) -> Facts:
    """Seal a body into the store; once this returns every part is durable.

    Raises Refused (empty, over the limit, not of its type), StoreUnavailable, and whatever `body` raises; parts that
    were put by then are the caller's to remove.
    """
    tally = _Tally()
    tallying: Future[None] | None = None
    putting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1 + PUTS_AT_ONCE, thread_name_prefix="upload") as helpers:
        for number, (part, final) in enumerate(_parts(target, body), start=1):
            if number == 1:
                check_leading_bytes(target.extension, part[:LEADING_BYTES])
            if tallying:
                tallying.result()
            tallying = helpers.submit(tally.add, part)
            sealed = seal_part(target.key, PartContext(target.inspection, target.document, number, final), part)
            if len(putting) == PUTS_AT_ONCE:
                putting.popleft().result()
            putting.append(helpers.submit(_put, store, object_key(target.inspection, target.document, number), sealed))
        for each in (tallying, *putting):
            if each:
                each.result()
    return Facts(tally.size, tally.crc32, tally.sha256.digest())


class _Tally:
    """What is known of a body, counted part by part beside the sealing."""

    def __init__(self) -> None:
        self.size, self.crc32, self.sha256 = 0, 0, hashlib.sha256()

    def add(self, part: bytes) -> None:
        self.size += len(part)
        self.crc32 = zlib.crc32(part, self.crc32)
        self.sha256.update(part)


def _put(store: BlobStore, key: str, sealed: bytes) -> None:
    """Put a part, trying again from memory: a store that falters for a moment costs nobody an upload."""
    for pause in RETRY_PAUSES:
        try:
            return store.put(key, sealed)
        except StoreUnavailable:
            sleep(pause)
    return store.put(key, sealed)


def _parts(target: Target, body: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut the body into parts of `part_bytes`; the last is said to be final. Raises Refused (empty, over the limit)."""
    # One buffer for all parts: however small the pieces come, what is held of the body stays within a part.
    buffer = memoryview(bytearray(target.part_bytes))
    size, held = 0, 0
    for chunk in body:
        size += len(chunk)
        if size > target.limit:
            check_length(size, target.limit)
        rest = memoryview(chunk)
        # A full part waits for the next byte, because only then is it known not to be the last.
        while held + len(rest) > target.part_bytes:
            room = target.part_bytes - held
            buffer[held:] = rest[:room]
            yield bytes(buffer), False
            rest, held = rest[room:], 0
        buffer[held : held + len(rest)] = rest
        held += len(rest)
    check_length(size, target.limit)
    yield bytes(buffer[:held]), True
