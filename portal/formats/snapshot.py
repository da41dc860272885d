"""What a bundle is made of: a frozen snapshot of one inspection. All instants are aware and in UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class BundleFile:
    """One version of one document that counts."""

    document: UUID
    folder: str
    """Safe name of the item's folder, in checklist order: `01-a1-form`."""
    item_label: str
    slot_label: str
    """Empty where the item has one slot."""
    name: str
    """As the sender wrote it."""
    version: int
    size: int
    """In bytes."""
    sha256: str
    """64 lower-case hexadecimal digits."""
    crc32: int
    began_at: datetime
    """When the request began: the time that counts."""
    received_at: datetime
    on_time: bool
    accepted_at: datetime | None = None
    """When the team accepted it although it was late."""


@dataclass(frozen=True)
class BundleGap:
    """A requested item, or a place in one, that no document fills."""

    folder: str
    item_label: str
    state: str
    """In words: `Not held`, `To follow`, `Nothing sent yet`."""
    words: str
    """The provider's own explanation; may be empty."""


@dataclass(frozen=True)
class BundleSnapshot:
    """Everything of one inspection at one instant; files and gaps in checklist order."""

    reference: str
    """`RAA-2023-04`: the folder that holds everything in the archive."""
    agency: str
    programme: str
    deadline_at: datetime
    frozen_at: datetime
    files: tuple[BundleFile, ...]
    gaps: tuple[BundleGap, ...]
    receipt: bytes | None
    """The latest receipt, as signed JSON."""
    declared_at: datetime | None
