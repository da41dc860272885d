"""When a checkpoint is due, and whether the places that keep checkpoints agree about them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.audit import Checkpoint, checkpoint_name
from portal.domain.verifying import Finding
from schemas.texts import say

DATABASE = "database"
"""The place whose list says which checkpoints there are."""
SEALED_AT_ONCE = frozenset({"disposal.certified", "trail.restored", "trail.pruned", "signing.rotated"})
"""Acts after which nobody waits for the hour: a checkpoint follows right away."""


@dataclass(frozen=True)
class Stated:
    """A checkpoint as one place has it."""

    place: str
    name: str
    checkpoint: Checkpoint


def checkpoint_due(waiting: int, oldest_at: datetime, now: datetime, every: int, period: timedelta) -> bool:
    """Say whether `waiting` entries, the first of them of `oldest_at`, have waited long enough for a checkpoint.

    A clock that was set back must not put it off, so that an entry of the future counts as one that has waited.
    """
    return waiting > 0 and (waiting >= every or not timedelta() <= now - oldest_at < period)


def places_finding(
    found: Sequence[Stated], handed_over: Collection[tuple[str, str]], lost: Collection[Checkpoint]
) -> Finding | None:
    """Return the first disagreement between the database's checkpoints and those of the anchors, or None.

    `found` is what every place has, `handed_over` which statement which anchor took, `lost` the checkpoints that the
    trail owns up to having lost in a restore. Checkpoints from before the database kept a list have other names.
    """
    places: dict[str, dict[str, Checkpoint]] = defaultdict(dict)
    for each in found:
        places[each.place][each.name] = each.checkpoint
    listed = places.pop(DATABASE, {})
    findings = [_misnamed(each) for each in found if each.place == DATABASE and each.name != _name(each)]
    for anchor, kept in places.items():
        for name, checkpoint in kept.items():
            if name in listed and listed[name] != checkpoint:
                findings.append(_differ(anchor, checkpoint))
            elif name not in listed and name == checkpoint_name(checkpoint) and checkpoint not in lost:
                findings.append(_unlisted(anchor, checkpoint))
    findings += [_missing(anchor, listed[name]) for name, anchor in handed_over
                 if name in listed and name not in places.get(anchor, {})]  # fmt: skip
    return min(findings, key=lambda finding: finding.seq, default=None)


def _name(stated: Stated) -> str:
    return checkpoint_name(stated.checkpoint)


def _misnamed(stated: Stated) -> Finding:
    seq = stated.checkpoint.seq
    return Finding(seq, say("The database lists the checkpoint at entry {seq} under another name.", seq=seq))


def _differ(anchor: str, checkpoint: Checkpoint) -> Finding:
    seq = checkpoint.seq
    said = say("The anchor {anchor} and the database differ about the checkpoint at entry {seq}.",
               anchor=anchor, seq=seq)  # fmt: skip
    return Finding(seq, said)


def _unlisted(anchor: str, checkpoint: Checkpoint) -> Finding:
    seq = checkpoint.seq
    said = say("The anchor {anchor} has a checkpoint at entry {seq} that the database does not list.",
               anchor=anchor, seq=seq)  # fmt: skip
    return Finding(seq, said)


def _missing(anchor: str, checkpoint: Checkpoint) -> Finding:
    seq = checkpoint.seq
    said = say("The anchor {anchor} took the checkpoint at entry {seq}, and has it no longer.", anchor=anchor, seq=seq)
    return Finding(seq, said)
