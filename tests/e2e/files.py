"""Files to send: the real samples where they are at hand, else made-up ones; and one as large as wanted."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tests.e2e.installation import TREE

SAMPLES = TREE.parent / "shared" / "samples" / "documents"
BLOCK = 1024 * 1024

PLAN = (
    ("a1-form", "workbook", "funding-return.xlsx", ""),
    ("statement-of-purpose", "file", "govdocs-176446.pdf", ""),
    ("recruitment-strategy", "file", "fully-featured-layout.docx", ""),
    ("childrens-guide", "file", "google-doc-document.pdf", ""),
    ("childrens-guide", "file", "having-images.docx", ""),
    ("annual-report", "file", "govdocs-486832.pdf", ""),
    ("panel-annual-report", "file", "govdocs-492484.pdf", ""),
    ("panel-minutes", "latest", "govdocs-225189.pdf", "2023-09-20"),
    ("panel-minutes", "second", "govdocs-275884.pdf", "2023-09-06"),
    ("panel-minutes", "third", "govdocs-421197.pdf", "2023-08-23"),
    ("board-minutes", "latest", "multicolumn.pdf", "2023-09-14"),
    ("board-minutes", "second", "image-pasted.odt", "2023-06-15"),
    ("board-minutes", "third", "lorem-ipsum.docx", "2023-03-16"),
    ("link-staff", "file", "funding-return-example.xlsx", ""),
    ("commissioned-services", "file", "govdocs-507676.pdf", ""),
    ("commissioned-services", "file", "password-protected.pdf", ""),
    ("prearranged-meetings", "file", "lorem-ipsum.docx", ""),
)
"""Item, slot, sample and meeting date: something for all eleven items, 17 files."""


@dataclass(frozen=True)
class Sent:
    """A file to send, and where. `data` None: made block by block, `size` bytes of it."""

    item: str
    slot: str
    name: str
    meeting_date: str = ""
    data: bytes | None = None
    size: int = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield the content."""
        if self.data is not None:
            yield self.data
            return
        yield from made_up_blocks(self.size)

    @property
    def length(self) -> int:
        """Bytes."""
        return self.size if self.data is None else len(self.data)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the content, in hex."""
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()


def made_up_blocks(size: int) -> Iterator[bytes]:
    """Yield `size` bytes that begin as a PDF does and do not repeat within the document."""
    yield (head := b"%PDF-1.7\n% made up\n"[:size])
    left, number = size - len(head), 0
    base = hashlib.shake_128(b"made up").digest(BLOCK)
    while left > 0:
        stamp = number.to_bytes(8, "big") + zlib.crc32(number.to_bytes(8, "big")).to_bytes(4, "big")
        block = (stamp + base[len(stamp) :])[:left]
        yield block
        left -= len(block)
        number += 1


def files_to_send(large: int) -> list[Sent]:
    """Return the 17 files of the plan and one of `large` bytes."""
    sent = [Sent(item, slot, name, date, _sample(name)) for item, slot, name, date in PLAN]
    return [*sent, Sent("commissioned-services", "file", "Survey of families.pdf", size=large)]


def _sample(name: str) -> bytes:
    if (SAMPLES / name).exists():
        return (SAMPLES / name).read_bytes()
    if name.endswith(".pdf"):
        return b"%PDF-1.4\n% " + name.encode() + b"\n%%EOF\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("[Content_Types].xml", f"<Types><!-- {name} --></Types>")
    return archive.getvalue()
