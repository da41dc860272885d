"""The audit trail: sign checkpoints, keep them outside the database, and verify the whole."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from portal.db.chain import entries, last_entry
from portal.db.engine import reading
from portal.db.queries import require_steward
from portal.domain.actors import Actor
from portal.domain.audit import Checkpoint, Entry, checkpoint_message
from portal.domain.errors import TrailBroken
from portal.domain.roles import Permission
from portal.domain.times import iso, parse_iso
from portal.domain.verifying import Finding, verify
from portal.formats.canonical import canonical_json
from portal.ports import Deps
from portal.vault.signatures import verify_signature


def _name(seq: int) -> str:
    return f"checkpoint-{seq:012d}.json"


def checkpoint(deps: Deps, *, at_once: bool = False) -> Checkpoint | None:
    """Sign and anchor a checkpoint if enough entries have come since the last one, or `at_once` if there is any.

    Raises KeyUnavailable, OSError: then the trail is as it was, and the next round tries again.
    """
    with reading(deps.engine) as session:
        last = last_entry(session)
    if last is None:
        return None
    anchored = max((each.seq for each in _checkpoints(deps)), default=0)
    if last.seq <= anchored or (not at_once and last.seq - anchored < deps.policy.checkpoint_every):
        return None
    at = parse_iso(iso(deps.clock.now()))
    signature = deps.signer.sign(checkpoint_message(last.seq, last.hash, at))
    made = Checkpoint(last.seq, last.hash, at, signature.key_id, signature.value.hex())
    deps.anchor.keep(_name(last.seq), canonical_json(asdict(made) | {"at": iso(at)}))
    return made


def _checkpoints(deps: Deps) -> list[Checkpoint]:
    """Return the anchored checkpoints. Raises TrailBroken (one cannot be read)."""
    found = []
    for name, data in deps.anchor.kept():
        try:
            raw = json.loads(data)
            found.append(Checkpoint(**(raw | {"at": parse_iso(raw["at"])})))
        except (KeyError, TypeError, ValueError) as error:
            raise TrailBroken(f"The checkpoint {name} cannot be read: it was altered or damaged.") from error
    return found


def _readable(found: Iterator[Entry]) -> Iterator[Entry]:
    """Pass entries on. Raises TrailBroken (a row holds what no entry can, such as a time that is none)."""
    seq = 0
    try:
        for entry in found:
            seq = entry.seq
            yield entry
    except (ValueError, TypeError) as error:
        raise TrailBroken(
            f"The audit trail does not verify. An entry after entry {seq} cannot be read: it was altered or damaged."
        ) from error


def verify_trail(deps: Deps, actor: Actor) -> tuple[int, int]:
    """Verify the whole trail; return how many entries and checkpoints it has. Raises NotFound, TrailBroken."""
    checkpoints = _checkpoints(deps)
    keys = deps.signer.public_keys()

    def check(key_id: str, message: bytes, signature: bytes) -> bool:
        return key_id in keys and verify_signature(keys[key_id], message, signature)

    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.verify_audit_trail)
        finding: Finding | None = verify(_readable(entries(session)), checkpoints, check)
        last = last_entry(session)
    if finding is not None:
        raise TrailBroken(f"The audit trail does not verify. {finding.problem}")
    return (last.seq if last else 0), len(checkpoints)
