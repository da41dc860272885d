"""Snapshots for the tests of bundles: small documents whose bytes, digests and checksums agree."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from portal.formats.bag import Bag, BundleFile, BundleGap, BundleSnapshot

REFERENCE = "RAA-2023-04"
BEGAN = datetime(2023, 10, 10, 14, 59, 58, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """What a sender handed over: folder, name and bytes."""

    folder: str
    name: str
    data: bytes


def bundle_file(sent: Sent, number: int, *, on_time: bool = True, slot_label: str = "") -> BundleFile:
    """Describe `sent` truly; `number` tells one document from another."""
    return BundleFile(
        document=UUID(int=number),
        folder=sent.folder,
        item_label="Panel minutes",
        slot_label=slot_label,
        name=sent.name,
        version=1,
        size=len(sent.data),
        sha256=hashlib.sha256(sent.data).hexdigest(),
        crc32=zlib.crc32(sent.data),
        began_at=BEGAN + timedelta(seconds=number),
        received_at=BEGAN + timedelta(seconds=number + 4),
        on_time=on_time,
    )


def snapshot_of(
    files: Iterable[BundleFile], gaps: Iterable[BundleGap] = (), *, receipt: bytes | None = b'{"receipt":1}'
) -> BundleSnapshot:
    """Freeze an inspection that holds `files` and lacks `gaps`."""
    return BundleSnapshot(
        reference=REFERENCE,
        agency="Adopt Coast & Country",
        programme="Thematic inspections 2023",
        deadline_at=datetime(2023, 10, 10, 15, tzinfo=UTC),
        frozen_at=datetime(2023, 10, 10, 23, 30, 1, tzinfo=UTC),
        files=tuple(files),
        gaps=tuple(gaps),
        receipt=receipt,
        declared_at=datetime(2023, 10, 10, 14, 50, tzinfo=UTC),
    )


def opener(sent: Iterable[Sent], chunk_bytes: int = 1000) -> "Opener":
    """Open the documents that `bundle_file` numbered from nought, in order."""
    return Opener(tuple(item.data for item in sent), chunk_bytes)


@dataclass(frozen=True)
class Opener:
    """Yields a document's bytes in chunks, as the vault does."""

    documents: tuple[bytes, ...]
    chunk_bytes: int

    def __call__(self, file: BundleFile) -> Iterator[bytes]:
        data = self.documents[file.document.int]
        return (data[start : start + self.chunk_bytes] for start in range(0, len(data), self.chunk_bytes))


def zip_bytes(bag: Bag, sent: Iterable[Sent]) -> bytes:
    """Return the whole archive."""
    return b"".join(bag.stream(opener(sent)))


def extracted(archive: bytes, folder: Path) -> Path:
    """Extract with Python's own reader and return the bag's folder."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(folder)
    return folder / REFERENCE
