"""The audit trail: a chain of hashes over canonical JSON (RFC 8785), and its verification.

Each entry's hash covers the hash before it, so whoever alters one entry has to rewrite all that follow; signed
checkpoints, kept elsewhere, catch the rewriting of everything up to them, and the cutting off of a tail.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import rfc8785

from portal.domain.times import as_utc, iso
from schemas.texts import say

JSON: TypeAlias = bool | int | str | Sequence["JSON"] | Mapping[str, "JSON"] | None

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""
_ENTRY_DOMAIN = "evidence-portal audit entry v1"
_CHECKPOINT_DOMAIN = "evidence-portal audit checkpoint v1"

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


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement that the trail's entry `seq` had this hash; `signature` is in hex."""

    seq: int
    hash: str
    at: datetime
    key_id: str
    signature: str


@dataclass(frozen=True)
class Finding:
    """The first entry that is bad, or missing, and a sentence about it."""

    seq: int
    problem: str


def entry_hash(
    *,
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    inspection: str,
    subject: str,
    details: Mapping[str, JSON],
    previous: str,
) -> str:
    """Return the SHA-256, in hex, of the entry's canonical JSON with the name and version of this format in it.

    Raises ValueError: a naive time, one finer than a millisecond, or details that JSON cannot say exactly.
    """
    if at.microsecond % 1000:
        raise ValueError("the trail keeps time to the millisecond")
    content: dict[str, Any] = {
        "format": _ENTRY_DOMAIN,
        "seq": seq,
        "at": iso(at),
        "actor": actor,
        "action": action,
        "inspection": inspection,
        "subject": subject,
        "details": dict(details),
        "previous": previous,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def make_entry(
    previous: Entry | None,
    *,
    at: datetime,
    actor: str,
    action: str,
    inspection: str,
    subject: str,
    details: Mapping[str, JSON],
) -> Entry:
    """Return the entry that follows `previous` (None at the start); `at` is cut to the millisecond.

    Raises ValueError: a naive time, or details that JSON cannot say exactly.
    """
    at = as_utc(at)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    seq, before = (previous.seq + 1, previous.hash) if previous else (1, GENESIS)
    entry = Entry(seq, at, actor, action, inspection, subject, details, before, hash="")
    return replace(entry, hash=_hash(entry))


def checkpoint_message(seq: int, hash: str, at: datetime) -> bytes:  # noqa: A002 -- the field's name in the format
    """Return the bytes that a checkpoint's signature covers, with `at` cut to the millisecond. Raises ValueError."""
    return rfc8785.dumps({"format": _CHECKPOINT_DOMAIN, "seq": seq, "hash": hash, "at": iso(at)})


def verify(
    entries: Iterable[Entry], checkpoints: Sequence[Checkpoint], check_signature: CheckSignature
) -> Finding | None:
    """Return the first thing wrong with a trail, or None. Reads `entries` once, in order, in constant memory.

    What follows the last checkpoint is protected by the chain alone: a cut there, or its rewriting to the end, shows
    only once there is a later checkpoint to compare with.
    """
    waiting = sorted(checkpoints, key=lambda checkpoint: checkpoint.seq)
    waiting.reverse()
    seq, digest = 0, GENESIS
    finding = _checkpoint_finding(waiting, seq, digest, check_signature)
    for entry in entries:
        finding = (
            finding
            or _entry_finding(entry, seq, digest)
            or _checkpoint_finding(waiting, entry.seq, entry.hash, check_signature)
        )
        if finding:
            return finding
        seq, digest = entry.seq, entry.hash
    if finding or not waiting:
        return finding
    last = waiting[0]
    return _signature_finding(last, check_signature) or Finding(
        seq + 1,
        say(
            "Entry {seq} is missing: a checkpoint says that there were at least {least} entries.",
            seq=seq + 1,
            least=last.seq,
        ),
    )


def _entry_finding(entry: Entry, seq: int, digest: str) -> Finding | None:
    """Compare an entry with the number and the hash of the one before it."""
    expected = seq + 1
    if entry.seq > expected:
        missing = say("Entry {seq} is missing: the next that is there is entry {next}.", seq=expected, next=entry.seq)
        return Finding(expected, missing)
    if entry.seq < expected:
        return Finding(entry.seq, say("Entry {seq} is there twice, or is not in its place.", seq=entry.seq))
    if not _hash_fits(entry):
        first = _number_when_written(entry)
        if first is not None:
            inserted = say(
                "Entry {seq} was inserted: entry {other} was written under that number.", seq=first, other=expected
            )
            return Finding(first, inserted)
        return Finding(expected, say("Entry {seq} is not what was written under that number.", seq=expected))
    if entry.previous != digest:
        # The entry itself is whole and names another one before it.
        bad = max(seq, 1)
        return Finding(bad, say("Entry {seq} is not what entry {other} was written after.", seq=bad, other=expected))
    return None


def _hash(entry: Entry) -> str:
    return entry_hash(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        inspection=entry.inspection,
        subject=entry.subject,
        details=entry.details,
        previous=entry.previous,
    )


def _hash_fits(entry: Entry) -> bool:
    try:
        return _hash(entry) == entry.hash
    except ValueError:
        return False


def _number_when_written(entry: Entry) -> int | None:
    """Find the lower number under which an entry's hash fits: proof that others were inserted before it."""
    return next((seq for seq in range(entry.seq - 1, 0, -1) if _hash_fits(replace(entry, seq=seq))), None)


def _checkpoint_finding(
    waiting: list[Checkpoint], seq: int, digest: str, check_signature: CheckSignature
) -> Finding | None:
    """Take the checkpoints of this number off the end of `waiting`, and compare each with the trail."""
    while waiting and waiting[-1].seq <= seq:
        checkpoint = waiting.pop()
        finding = _signature_finding(checkpoint, check_signature)
        if finding:
            return finding
        if (checkpoint.seq, checkpoint.hash) != (seq, digest):
            return Finding(
                checkpoint.seq,
                say(
                    "Entry {seq} is not the one in its signed checkpoint: "
                    "it, and perhaps entries since the checkpoint before, were rewritten.",
                    seq=checkpoint.seq,
                ),
            )
    return None


def _signature_finding(checkpoint: Checkpoint, check_signature: CheckSignature) -> Finding | None:
    try:
        message = checkpoint_message(checkpoint.seq, checkpoint.hash, checkpoint.at)
        good = check_signature(checkpoint.key_id, message, bytes.fromhex(checkpoint.signature))
    except ValueError:
        good = False
    if good:
        return None
    return Finding(checkpoint.seq, say("The signature of the checkpoint at entry {seq} fails.", seq=checkpoint.seq))
