"""Verifying the audit trail: the chain, its signed checkpoints from every place that keeps them, and lost tails.

It finds edits, deletions, insertions, reorderings, forks, cut tails, a log that was rewound or pruned without a word,
and places that disagree. What a restored database owned up to (`RESTORED`) is a note, and nothing else is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from portal.domain.audit import BEGINNING, Base, Checkpoint, CheckSignature, Entry, checkpoint_message, entry_hash
from schemas.texts import say

RESTORED = "trail.restored"
"""After a restore: details name `lost_seq` and `lost_hash`, the newest checkpoint of the tail that was lost, and
`last_common`, the entry of the newest checkpoint before it that still fits. It is said by a person, some entries after
the restore: what does not fit is judged at the end of the trail."""
PRUNED = "trail.pruned"
"""Entries up to `up_to`, of hash `hash`, were removed by the trail's own retention."""


@dataclass(frozen=True)
class Finding:
    """The first entry that is bad, or missing, and a sentence about it."""

    seq: int
    problem: str


@dataclass(frozen=True)
class Report:
    """What verifying found: the first thing wrong, if any, and what was owned up to."""

    finding: Finding | None
    notes: tuple[Finding, ...] = ()
    lost: tuple[Checkpoint, ...] = ()
    """Checkpoints of tails that a restore lost, as the trail itself says."""


@dataclass(frozen=True)
class _Tail:
    """A tail that was lost: the entry that says so, and the newest checkpoint of it."""

    said_at: int
    common: int
    seq: int
    hash: str


@dataclass
class _Walk:
    """Where verification stands: the last good entry, the checkpoints ahead, highest first, and what was read."""

    check_signature: CheckSignature
    waiting: list[Checkpoint]
    seq: int
    hash: str
    salted: bool = False
    pruned: set[Base] = field(default_factory=set)
    tails: list[_Tail] = field(default_factory=list)
    doubts: list[tuple[Checkpoint, Finding]] = field(default_factory=list)
    """Well signed, but not of this trail: of a lost tail perhaps, of which we only hear later."""
    unfit: list[Checkpoint] = field(default_factory=list)
    """The same, as the trail owns up to it."""


def verify(
    entries: Iterable[Entry], checkpoints: Sequence[Checkpoint], check_signature: CheckSignature, base: Base = BEGINNING
) -> Finding | None:
    """Return the first thing wrong with a trail, or None; see `examine`."""
    return examine(entries, checkpoints, check_signature, base).finding


def examine(
    entries: Iterable[Entry], checkpoints: Sequence[Checkpoint], check_signature: CheckSignature, base: Base = BEGINNING
) -> Report:
    """Verify a trail from `base` on. Reads `entries` once, in order, in constant memory.

    What follows the last checkpoint is protected by the chain alone: a cut there, or its rewriting to the end, shows
    only once there is a later checkpoint to compare with.
    """
    waiting = sorted(set(checkpoints), key=lambda each: each.seq, reverse=True)
    walk = _Walk(check_signature, waiting, *base)
    finding = _base_finding(walk, base)
    if finding is None:
        finding = _walk_through(walk, entries)
    unfit = (said for checkpoint, said in walk.doubts if not _acknowledged(walk, checkpoint))
    finding = next(unfit, finding)
    if finding is not None:
        return Report(finding)
    return _conclude(walk, base)


def _walk_through(walk: _Walk, entries: Iterable[Entry]) -> Finding | None:
    for entry in entries:
        finding = _entry_finding(entry, walk.seq, walk.hash) or _format_finding(walk, entry)
        if finding is None:
            walk.seq, walk.hash = entry.seq, entry.hash
            _hear(walk, entry)
            finding = _pass_checkpoints(walk)
        if finding is not None:
            return finding
    return None


def _conclude(walk: _Walk, base: Base) -> Report:
    """Judge what is left at the end: checkpoints ahead of the trail, tails, and the base."""
    walk.unfit += [checkpoint for checkpoint, _ in walk.doubts]
    while walk.waiting:
        checkpoint = walk.waiting.pop()
        finding = _signature_finding(checkpoint, walk.check_signature)
        if finding is None and not _acknowledged(walk, checkpoint):
            finding = Finding(
                walk.seq + 1,
                say(
                    "Entry {seq} is missing: a checkpoint says that there were at least {least} entries.",
                    seq=walk.seq + 1,
                    least=checkpoint.seq,
                ),
            )
        if finding is not None:
            return Report(finding)
        walk.unfit.append(checkpoint)
    if base != BEGINNING and base not in walk.pruned:
        problem = say("Entries up to {seq} are gone, and no entry says that they were pruned.", seq=base[0])
        return Report(Finding(base[0], problem))
    for tail in walk.tails:
        newest = [each for each in walk.unfit if each.seq == tail.seq and each.hash == tail.hash]
        if not newest:
            problem = say(
                "Entry {seq} says that a restore lost entries up to {lost}, but no checkpoint says that they were.",
                seq=tail.said_at,
                lost=tail.seq,
            )
            return Report(Finding(tail.said_at, problem))
    return Report(None, _notes(walk, base), tuple(walk.unfit))


def _notes(walk: _Walk, base: Base) -> tuple[Finding, ...]:
    notes = []
    if base != BEGINNING:
        notes.append(Finding(base[0], say("Entries up to {seq} were pruned, as the trail says.", seq=base[0])))
    for tail in walk.tails:
        said = say(
            "A restore lost entries after entry {common}, up to entry {last}, as entry {seq} says.",
            common=tail.common,
            last=tail.seq,
            seq=tail.said_at,
        )
        notes.append(Finding(tail.said_at, said))
    return tuple(notes)


def _base_finding(walk: _Walk, base: Base) -> Finding | None:
    """Pass the checkpoints of what was pruned. A base that no signed checkpoint vouches for may be anybody's."""
    vouched = base == BEGINNING
    while walk.waiting and walk.waiting[-1].seq <= base[0]:
        checkpoint = walk.waiting.pop()
        finding = _signature_finding(checkpoint, walk.check_signature)
        if finding is not None:
            return finding
        if checkpoint.seq == base[0]:
            if checkpoint.hash != base[1]:
                return _unfit_finding(checkpoint)
            vouched = True
    return None if vouched else Finding(base[0], say("No checkpoint vouches for the entry up to which was pruned."))


def _hear(walk: _Walk, entry: Entry) -> None:
    """Take note of what an entry owns up to."""
    details = entry.details
    if entry.action == RESTORED:
        numbers = [details.get(name) for name in ("last_common", "lost_seq")]
        if all(type(each) is int for each in numbers):
            common, lost = (int(str(each)) for each in numbers)
            walk.tails.append(_Tail(entry.seq, common, lost, str(details.get("lost_hash"))))
    if entry.action == PRUNED and isinstance(details.get("up_to"), int):
        walk.pruned.add((int(str(details["up_to"])), str(details.get("hash"))))


def _acknowledged(walk: _Walk, checkpoint: Checkpoint) -> bool:
    """Say whether a checkpoint that is not of this trail is of a tail that was lost; its signature was checked."""
    return any(
        tail.common < checkpoint.seq < tail.seq or (checkpoint.seq, checkpoint.hash) == (tail.seq, tail.hash)
        for tail in walk.tails
    )


def _pass_checkpoints(walk: _Walk) -> Finding | None:
    """Take the checkpoints of this entry off the end of `waiting`, and compare each with the trail."""
    seen: set[str] = set()
    while walk.waiting and walk.waiting[-1].seq <= walk.seq:
        checkpoint = walk.waiting.pop()
        finding = _signature_finding(checkpoint, walk.check_signature)
        if finding is not None:
            return finding
        fits = (checkpoint.seq, checkpoint.hash) == (walk.seq, walk.hash)
        if not fits:
            ahead = [each for each in walk.waiting if each.seq == checkpoint.seq]
            others = seen | {each.hash for each in ahead if _signature_finding(each, walk.check_signature) is None}
            forked = others - {checkpoint.hash}
            walk.doubts.append((checkpoint, _fork_finding(checkpoint) if forked else _unfit_finding(checkpoint)))
        seen.add(checkpoint.hash)
    return None


def _unfit_finding(checkpoint: Checkpoint) -> Finding:
    return Finding(
        checkpoint.seq,
        say(
            "Entry {seq} is not the one in its signed checkpoint: "
            "it, and perhaps entries since the checkpoint before, were rewritten.",
            seq=checkpoint.seq,
        ),
    )


def _fork_finding(checkpoint: Checkpoint) -> Finding:
    return Finding(
        checkpoint.seq,
        say("Two signed checkpoints of entry {seq} disagree: there were two trails.", seq=checkpoint.seq),
    )


def _format_finding(walk: _Walk, entry: Entry) -> Finding | None:
    """The older format hides nothing behind a digest: it ended when the newer one began."""
    if walk.salted and entry.salt is None:
        problem = say("Entry {seq} is in the older format, and follows one in the newer.", seq=entry.seq)
        return Finding(entry.seq, problem)
    walk.salted = entry.salt is not None
    return None


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


def _hash_fits(entry: Entry) -> bool:
    try:
        return entry_hash(entry) == entry.hash
    except ValueError:
        return False


def _number_when_written(entry: Entry) -> int | None:
    """Find the lower number under which an entry's hash fits: proof that others were inserted before it."""
    return next((seq for seq in range(entry.seq - 1, 0, -1) if _hash_fits(replace(entry, seq=seq))), None)


def _signature_finding(checkpoint: Checkpoint, check_signature: CheckSignature) -> Finding | None:
    try:
        message = checkpoint_message(checkpoint.seq, checkpoint.hash, checkpoint.at)
        good = check_signature(checkpoint.key_id, message, bytes.fromhex(checkpoint.signature))
    except ValueError:
        good = False
    if good:
        return None
    return Finding(checkpoint.seq, say("The signature of the checkpoint at entry {seq} fails.", seq=checkpoint.seq))
