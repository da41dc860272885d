"""Every byte of an exported trail and of its checkpoint, flipped in turn, is found."""

import json
from dataclasses import asdict

from portal.domain.audit import Entry, checkpoint_body, read_checkpoint
from portal.domain.times import iso, parse_iso
from portal.domain.verifying import verify
from portal.formats.trail import trail_file
from tests.domain.trails import OLD, chain, check_signature, checkpoint

SAMPLE = OLD + 3
"""Entries of both formats."""


def _exported(entries: list[Entry]) -> list[bytes]:
    stated = [asdict(each) | {"at": iso(each.at), "details": dict(each.details)} for each in entries]
    return list(trail_file(stated, "jsonl"))


def _entry(line: bytes) -> Entry:
    """Read an exported entry, as whoever verifies a file does. Raises ValueError, TypeError, KeyError."""
    raw = json.loads(line)
    if iso(parse_iso(raw["at"])) != raw["at"]:
        raise ValueError("not how a time is written")
    return Entry(**{**raw, "at": parse_iso(raw["at"])})


ENTRIES = chain(SAMPLE)


def _same(line: bytes, changed: bytes) -> bool:
    """Say whether both lines say the same, as with a letter of an escape in the other case."""
    try:
        return bool(_entry(line) == _entry(changed))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def test_every_flipped_byte_of_an_exported_trail_is_found() -> None:
    """Whatever changes what an entry says is found by verifying; in a checkpoint, whatever changes a byte."""
    lines, kept = _exported(ENTRIES), checkpoint_body(checkpoint(ENTRIES[-1]))
    assert _verifies(lines, kept)
    unfound = []
    for number, line in enumerate(lines):
        for at in range(len(line) - 1):
            for bit in (1, 32):
                changed = line[:at] + bytes([line[at] ^ bit]) + line[at + 1 :]
                if not _same(line, changed) and _verifies([*lines[:number], changed, *lines[number + 1 :]], kept):
                    unfound.append(changed)
    for at in range(len(kept)):
        for bit in range(8):
            changed = kept[:at] + bytes([kept[at] ^ 1 << bit]) + kept[at + 1 :]
            if _verifies(lines, changed):
                unfound.append(changed)
    assert [] == unfound


def _verifies(lines: list[bytes], kept: bytes) -> bool:
    try:
        return verify(map(_entry, lines), [read_checkpoint(kept)], check_signature) is None
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
