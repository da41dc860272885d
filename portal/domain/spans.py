"""A span of the trail: from one entry, which it shows, to a checkpoint, by digests that tell nothing of those between.

Whoever has a checkpoint from elsewhere, an anchor or a mail, can see by it that the entry was there when it was signed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from portal.domain.audit import (
    Checkpoint,
    CheckSignature,
    Entry,
    chained_hash,
    checkpoint_body,
    checkpoint_message,
    content_digest,
    entry_digest,
    read_checkpoint,
)
from portal.domain.canonical import canonical
from portal.domain.times import iso, parse_iso
from schemas.texts import say

CERTIFIED: Final = "disposal.certified"
FORMAT: Final = 1
LONGEST_SPAN: Final = 1_000_000
"""Entries; a checkpoint follows a certificate within minutes, so that there are a few as a rule."""
SHAPE = say("This is no span of the audit trail, or not all of it.")
NOT_CHAINED = say("The span does not lead to its checkpoint: something in it was changed.")
NOT_SHOWN = say("The entry that the span shows is not the first of it.")
NOT_SIGNED = say("The signature of the span's checkpoint fails.")
OTHER_CHECKPOINT = say("The span ends at another checkpoint than the one that was given.")


def make_span(entries: Sequence[Entry], checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the span over these entries, the last of them the checkpoint's. Raises ValueError (one is of format 1)."""
    first = entries[0]
    shown = asdict(first) | {"at": iso(first.at), "details": dict(first.details)}
    content = ("at", "actor", "action", "inspection", "subject", "details", "salt")
    return {
        "format": FORMAT,
        "from": {"seq": first.seq, "previous": first.previous},
        "entries": [{"seq": each.seq, "content": entry_digest(each)} for each in entries],
        "disclosed": {name: shown[name] for name in content},
        "checkpoint": json.loads(checkpoint_body(checkpoint)),
    }


def span_problem(span: Mapping[str, Any], check_signature: CheckSignature, anchored: Checkpoint | None = None) -> str:
    """Return what is wrong with a span, or the empty string; with `anchored`, it has to end at that checkpoint.

    What it shows is then what the trail said, when its checkpoint was signed, in the span's first entry.
    """
    try:
        if set(span) != {"format", "from", "entries", "disclosed", "checkpoint"} or span["format"] != FORMAT:
            return SHAPE
        checkpoint = read_checkpoint(canonical(span["checkpoint"]))
        seq, digest = span["from"]["seq"] - 1, span["from"]["previous"]
        shown = span["disclosed"]
        at = parse_iso(shown["at"])
        content = content_digest(**{**shown, "at": at})
        if content != span["entries"][0]["content"] or iso(at) != shown["at"]:
            return NOT_SHOWN
        for each in span["entries"]:
            if each["seq"] != seq + 1:
                return NOT_CHAINED
            seq, digest = each["seq"], chained_hash(each["seq"], digest, each["content"])
        if (seq, digest) != (checkpoint.seq, checkpoint.hash):
            return NOT_CHAINED
        message = checkpoint_message(checkpoint.seq, checkpoint.hash, checkpoint.at)
        if not check_signature(checkpoint.key_id, message, bytes.fromhex(checkpoint.signature)):
            return NOT_SIGNED
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return SHAPE
    return OTHER_CHECKPOINT if anchored is not None and anchored != checkpoint else ""
