"""The audit trail's entries and checkpoints: a chain of hashes over canonical JSON (RFC 8785).

Each entry's hash covers the hash before it, so whoever alters one entry has to rewrite all that follow; signed
checkpoints, kept elsewhere, catch the rewriting of everything up to them, and the cutting off of a tail.

In format 2 what an entry says is behind a salted digest of its own. A span of such digests shows that the chain holds
from one entry to another, and nothing of what the entries between say; the salt keeps it from being guessed.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from portal.domain.canonical import canonical
from portal.domain.times import as_utc, iso, parse_iso

JSON: TypeAlias = bool | int | str | Sequence["JSON"] | Mapping[str, "JSON"] | None

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""
Base: TypeAlias = tuple[int, str]
"""Number and hash of the entry that another follows."""
BEGINNING: Base = (0, GENESIS)
"""What the first entry follows."""
SALT_DIGITS = 32
"""Hex digits of a salt: 16 random bytes."""
_FORMAT_1 = "evidence-portal audit entry v1"
_FORMAT_2 = "evidence-portal audit entry v2"
_CHECKPOINT_DOMAIN = "evidence-portal audit checkpoint v1"
_HEX = frozenset("0123456789abcdef")

CheckSignature: TypeAlias = Callable[[str, bytes, bytes], bool]
"""(key id, message, signature) -> whether a known key of this id made it."""


@dataclass(frozen=True)
class Entry:
    """One act: who did what to what, without names or content."""

    seq: int
    """Counted from 1, without gaps."""
    at: datetime
    """To the millisecond, so that the exported text says all of it."""
    actor: str
    action: str
    inspection: str
    subject: str
    details: Mapping[str, JSON]
    previous: str
    """The hash of the entry before, 64 hex digits."""
    hash: str
    salt: str | None = None
    """16 random bytes in hex; None in an entry of format 1."""

    @property
    def base(self) -> Base:
        """Return what the next entry follows."""
        return self.seq, self.hash


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement that the trail's entry `seq` had this hash; `signature` is in hex."""

    seq: int
    hash: str
    at: datetime
    key_id: str
    signature: str


def content_digest(
    *,
    at: datetime,
    actor: str,
    action: str,
    inspection: str,
    subject: str,
    details: Mapping[str, JSON],
    salt: str,
) -> str:
    """Return the SHA-256, in hex, of what an entry of format 2 says, with its salt.

    Raises ValueError: a naive time, one finer than a millisecond, details that JSON cannot say exactly, or no salt.
    """
    if len(salt) != SALT_DIGITS or not set(salt) <= _HEX:
        raise ValueError("a salt has 32 hex digits")
    return _sha256(_said(at, actor, action, inspection, subject, details) | {"salt": salt})


def chained_hash(seq: int, previous: str, content: str) -> str:
    """Return the hash of an entry of format 2, in hex, from the digest of what it says."""
    return _sha256({"format": _FORMAT_2, "seq": seq, "previous": previous, "content": content})


def entry_digest(entry: Entry) -> str:
    """Return the digest of what an entry of format 2 says. Raises ValueError, also for an entry of format 1."""
    return content_digest(**_fields(entry), salt=entry.salt or "")


def entry_hash(entry: Entry) -> str:
    """Return the hash that fits what the entry says, by the format that it is in.

    Format 1 is the SHA-256 of all of it with number and previous hash; format 2 has `content_digest` in its place.
    Raises ValueError: a naive time, one finer than a millisecond, or details that JSON cannot say exactly.
    """
    if entry.salt is not None:
        return chained_hash(entry.seq, entry.previous, entry_digest(entry))
    return _sha256({"format": _FORMAT_1, "seq": entry.seq, "previous": entry.previous} | _said(**_fields(entry)))


def make_entry(
    base: Base,
    *,
    at: datetime,
    actor: str,
    action: str,
    inspection: str,
    subject: str,
    details: Mapping[str, JSON],
    salt: str | None,
) -> Entry:
    """Return the entry that follows `base`; `at` is cut to the millisecond.

    Raises ValueError: a naive time, a salt that is none, or details that JSON cannot say exactly.
    """
    at = as_utc(at)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    seq, previous = base
    entry = Entry(seq + 1, at, actor, action, inspection, subject, details, previous, hash="", salt=salt)
    return replace(entry, hash=entry_hash(entry))


def checkpoint_message(seq: int, hash: str, at: datetime) -> bytes:  # noqa: A002 -- the field's name in the format
    """Return the bytes that a checkpoint's signature covers, with `at` cut to the millisecond. Raises ValueError."""
    return canonical({"format": _CHECKPOINT_DOMAIN, "seq": seq, "hash": hash, "at": iso(at)})


def checkpoint_name(checkpoint: Checkpoint) -> str:
    """Return the name under which every anchor keeps it; names sort by entry, and no two checkpoints share one."""
    return f"checkpoint-{checkpoint.seq:012d}-{checkpoint.hash[:16]}.json"


def checkpoint_body(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as it is kept: canonical JSON. Raises ValueError."""
    return canonical(asdict(checkpoint) | {"at": iso(checkpoint.at)})


def read_checkpoint(data: bytes) -> Checkpoint:
    """Read a checkpoint as it is kept. Raises ValueError for any that is not byte for byte what was made of it."""
    try:
        raw = json.loads(data)
        checkpoint = Checkpoint(**(raw | {"at": parse_iso(raw["at"])}))
        same = checkpoint_body(checkpoint) == data and checkpoint.signature == checkpoint.signature.lower()
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError("this is no checkpoint") from error
    if not same or type(checkpoint.seq) is not int:
        raise ValueError("this is not how a checkpoint is written")
    return checkpoint


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("at", "actor", "action", "inspection", "subject", "details")}


def _said(
    at: datetime, actor: str, action: str, inspection: str, subject: str, details: Mapping[str, JSON]
) -> dict[str, Any]:
    if at.microsecond % 1000:
        raise ValueError("the trail keeps time to the millisecond")
    said = {"at": iso(at), "actor": actor, "action": action, "inspection": inspection, "subject": subject}
    return said | {"details": dict(details)}


def _sha256(value: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
