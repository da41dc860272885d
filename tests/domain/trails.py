"""Good and forged audit trails, and a stand-in for signatures."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from portal.domain.audit import BEGINNING, Checkpoint, Entry, checkpoint_message, make_entry
from portal.domain.verifying import verify
from tests.domain.common import utc

START = utc("2023-10-09T08:30:00")
LENGTH = 12
FIELDS = ("at", "actor", "action", "inspection", "subject", "details", "salt")
OLD = 4
"""The first entries are in format 1, the others in format 2, as in a trail that is older than the latter."""


def act(previous: Entry | None, n: int, action: str = "document.received") -> Entry:
    """Return the entry that follows, `n` seconds after the start; in format 1 for the first few numbers."""
    return make_entry(
        previous.base if previous else BEGINNING,
        at=START + timedelta(seconds=n),
        actor=f"actor-{n % 3}",
        action=action,
        inspection="RAA-2023-04",
        subject=f"document-{n}",
        details={"size": n, "on_time": True, "slots": ["latest"], "replaces": None},
        salt=None if n <= OLD else f"{n:032x}",
    )


def chain(length: int = LENGTH) -> list[Entry]:
    """Return a good trail."""
    entries: list[Entry] = []
    for n in range(1, length + 1):
        entries.append(act(entries[-1] if entries else None, n))
    return entries


def rewritten(entries: list[Entry], start: int) -> list[Entry]:
    """Return the trail with every entry from index `start` on chained and hashed anew."""
    whole = entries[:start]
    for entry in entries[start:]:
        fields = {name: getattr(entry, name) for name in FIELDS}
        whole.append(make_entry(whole[-1].base if whole else BEGINNING, **fields))
    return whole


def renumbered(entries: list[Entry]) -> list[Entry]:
    """Return the rows with numbers that have no gap, and nothing else changed."""
    return [replace(entry, seq=seq) for seq, entry in enumerate(entries, start=1)]


def sign(key_id: str, message: bytes) -> bytes:
    """Stand in for a signature: only this key id makes good ones."""
    return hashlib.sha256(key_id.encode() + message).digest()


def check_signature(key_id: str, message: bytes, signature: bytes) -> bool:
    """Say whether the one known key signed this."""
    return key_id == "key-1" and signature == sign(key_id, message)


def checkpoint(entry: Entry, key_id: str = "key-1") -> Checkpoint:
    """Return a signed checkpoint at an entry."""
    signature = sign(key_id, checkpoint_message(entry.seq, entry.hash, entry.at)).hex()
    return Checkpoint(entry.seq, entry.hash, entry.at, key_id, signature)


def bad_entry(entries: list[Entry], checkpoints: tuple[Checkpoint, ...] = ()) -> int | None:
    """Return the number of the first bad entry, or None for a good trail."""
    finding = verify(iter(entries), checkpoints, check_signature)
    return finding.seq if finding else None
