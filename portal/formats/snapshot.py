"""What a bundle is made of: a frozen snapshot of one inspection. All instants are aware and in UTC."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class BundleCheck:
    """What the check of a document said, and what people said of that: empty where nothing was, or nobody did."""

    words: str
    """`Flagged: something was found`."""
    found: str = ""
    """What was found, in words."""
    released: str = ""
    """`By Iris Inspector on 10 October 2023 at 4pm: a known form`."""
    reason: str = ""
    """Why the agency leaves errors of its A1 form."""
    flagged: bool = False
    """Whether it is to be warned of: something was found in it, and nobody released it."""


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
    check: BundleCheck = BundleCheck("Not checked yet")


@dataclass(frozen=True)
class BundleGap:
    """A requested item, or a place in one, that no document fills."""

    folder: str
    item_label: str
    state: str
    """In words: `Not held`, `To follow`, `Nothing sent yet`."""
    words: str
    """The provider's own explanation, with by when it follows where that was said; may be empty."""
    lacks: bool = True
    """False where something equivalent was sent, or where there is none to send."""


@dataclass(frozen=True)
class BundleGone:
    """A document that counted once and counts no longer. Its name is not told: it may be what was wrong with it."""

    item_label: str
    slot_label: str
    version: int
    state: str
    """In words: `Recalled: it was sent in error`."""
    ended_at: datetime
    sha256: str
    """By which whoever has a copy can find it; empty where it is known no longer."""


@dataclass(frozen=True)
class BundleWithheld:
    """A document that counts and that its readers may not have, as things stand."""

    document: UUID
    """One of the snapshot's files, none of those inside."""
    reason: str
    """In words: `Withheld: it contains malware`."""


@dataclass(frozen=True)
class BundlePart:
    """What a download holds that is not everything."""

    suffix: str
    """Of the names of archive and folder: `changes`, `item-04`."""
    words: str
    """`the item “Annual report”`."""
    documents: frozenset[UUID]


@dataclass(frozen=True)
class BundleSnapshot:
    """Everything of one inspection at one instant; files and gaps in checklist order."""

    reference: str
    """`RAA-2023-04`: what the folder that holds everything in the archive is called after."""
    agency: str
    programme: str
    deadline_at: datetime
    frozen_at: datetime
    files: tuple[BundleFile, ...]
    gaps: tuple[BundleGap, ...]
    receipt: bytes | None
    """The latest receipt, as signed JSON."""
    declared_at: datetime | None
    gone: tuple[BundleGone, ...] = ()
    part: BundlePart | None = None
    """None: the bundle holds all the files."""
    withheld: tuple[BundleWithheld, ...] = ()
    """Of the files those that are not handed out; a part lists what of them concerns it."""

    @property
    def inside(self) -> tuple[BundleFile, ...]:
        """The files that the bundle holds, which have the same paths as where it holds them all."""
        part, out = self.part, {each.document for each in self.withheld}
        return tuple(
            each
            for each in self.files
            if each.document not in out and (part is None or each.document in part.documents)
        )

    @property
    def left_out(self) -> tuple[tuple[BundleFile, str], ...]:
        """The files that are withheld, each with the reason."""
        reasons = {each.document: each.reason for each in self.withheld}
        return tuple((each, reasons[each.document]) for each in self.files if each.document in reasons)

    @property
    def folder(self) -> str:
        """The folder in the archive. A part has one of its own, so that none is unpacked over another."""
        return f"{self.reference}-{self.part.suffix}" if self.part else self.reference
