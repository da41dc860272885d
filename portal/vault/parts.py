"""Sealed parts of documents (rule 9) and where they are kept: object keys hold no name of a file or a person."""

from dataclasses import dataclass
from uuid import UUID

from portal.vault.messages import FRAME_BYTES, message_length, open_message, seal_message

MAX_PARTS = 999_999
"""Part numbers have six digits, in the context and in object keys, so that lengths are known and keys sort."""


@dataclass(frozen=True)
class PartContext:
    """Where a part belongs; sealed into it, so that no part can stand for another."""

    inspection: UUID
    document: UUID
    number: int
    """From 1."""
    final: bool
    """True for the last part of a document alone, so that a document cannot lose its end unnoticed."""

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MAX_PARTS:
            raise ValueError(f"A part's number is from 1 to {MAX_PARTS}, not {self.number}.")

    def fields(self) -> dict[str, str]:
        """Return the encryption context: four fields, each of fixed length."""
        return {
            "inspection": str(self.inspection),
            "document": str(self.document),
            "part": f"{self.number:06d}",
            "final": "1" if self.final else "0",
        }


_ANY_PART = PartContext(UUID(int=0), UUID(int=0), 1, final=True).fields()


def seal_part(key: bytes, context: PartContext, plaintext: bytes, *, frame_bytes: int = FRAME_BYTES) -> bytes:
    """Seal one part under the inspection's 32-byte key; `sealed_length` tells how long the result is.

    Only test vectors have other frames than `FRAME_BYTES`. Raises ValueError for an empty plaintext.
    """
    return seal_message(key, context.inspection, context.fields(), plaintext, frame_bytes)


def open_part(key: bytes, context: PartContext, sealed: bytes, *, frame_bytes: int = FRAME_BYTES) -> bytes:
    """Return the plaintext of the part that belongs exactly at `context`.

    Raises SealBroken, before a byte is released, if `sealed` is cut, altered, lengthened, of another place, suite,
    framing or key.
    """
    return open_message(key, context.inspection, context.fields(), sealed, frame_bytes)


def sealed_length(plaintext_length: int) -> int:
    """Return the exact size in bytes of a sealed part: 349 more than the plaintext and 32 for each frame.

    A part of n bytes has n // 256 KiB + 1 frames. Raises ValueError below one byte.
    """
    if plaintext_length < 1:
        raise ValueError(f"A part has one byte or more, not {plaintext_length}.")
    return message_length(_ANY_PART, plaintext_length)


def part_count(size: int, part_bytes: int) -> int:
    """Return how many parts a document of `size` bytes has; all but the last are of exactly `part_bytes`.

    Raises ValueError for an empty document, a part size below 1, or more parts than can be numbered.
    """
    if size < 1 or part_bytes < 1:
        raise ValueError(f"A document and its parts have one byte or more, not {size} and {part_bytes}.")
    count = -(-size // part_bytes)
    if count > MAX_PARTS:
        raise ValueError(f"A document has at most {MAX_PARTS} parts, not {count}.")
    return count


def inspection_prefix(inspection: UUID) -> str:
    """Return what the object keys of an inspection begin with, slash included."""
    return f"{inspection}/"


def document_prefix(inspection: UUID, document: UUID) -> str:
    """Return what the object keys of a document begin with, slash included."""
    return f"{inspection}/{document}/"


def object_key(inspection: UUID, document: UUID, number: int) -> str:
    """Return the object key of part `number` (from 1); keys of a document sort in the order of its parts."""
    return f"{inspection}/{document}/{number:06d}"
