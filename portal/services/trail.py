"""The audit trail: sign checkpoints, queue them for the anchors, and verify the whole."""

from sqlalchemy.orm import Session

from portal.db.anchor_queries import any_after, newest_checkpoint, oldest_after
from portal.db.chain import last_entry, lock_chain
from portal.db.endings import CheckpointRow
from portal.db.engine import reading, writing
from portal.db.queries import require_steward
from portal.domain.actors import Actor
from portal.domain.anchored import SEALED_AT_ONCE, checkpoint_due
from portal.domain.audit import (
    Checkpoint,
    Entry,
    checkpoint_body,
    checkpoint_message,
    checkpoint_name,
)
from portal.domain.roles import Permission
from portal.domain.times import iso, parse_iso
from portal.ports import Deps
from portal.vault.anchoring import queue_statement
from portal.vault.checkpoint_mails import tell_of_checkpoint
from portal.vault.verification import Verified, anchored, look_through


def checkpoint(deps: Deps, *, at_once: bool = False) -> Checkpoint | None:
    """Sign a checkpoint and queue it for every anchor, if one is due, or `at_once` if anything came since the last.

    It is due right after a certificate, after `checkpoint_every` entries, and once one has waited a
    `checkpoint_period`. Raises KeyUnavailable: then the trail is as it was, and the next round tries again.
    """
    with reading(deps.engine) as session:
        last = last_entry(session)
        newest = newest_checkpoint(session)
        covered = newest.seq if newest else 0
        if last is None or last.seq <= covered or not (at_once or _due(session, deps, last, covered)):
            return None
    at = parse_iso(iso(deps.clock.now()))
    signature = deps.signer.sign(checkpoint_message(last.seq, last.hash, at))
    made = Checkpoint(last.seq, last.hash, at, signature.key_id, signature.value.hex())
    with writing(deps.engine) as session:
        lock_chain(session)
        newest = newest_checkpoint(session)
        name = checkpoint_name(made)
        if (newest is not None and newest.seq >= made.seq) or session.get(CheckpointRow, name) is not None:
            return None  # another process was first
        body = checkpoint_body(made)
        session.add(CheckpointRow(name=name, seq=made.seq, made_at=made.at, body=body.decode()))
        queue_statement(session, deps, name, body)
        tell_of_checkpoint(session, deps, covered, name)
    return made


def _due(session: Session, deps: Deps, last: Entry, covered: int) -> bool:
    if any_after(session, covered, SEALED_AT_ONCE):
        return True
    now, policy = deps.clock.now(), deps.policy
    oldest = oldest_after(session, covered) or now
    return checkpoint_due(last.seq - covered, oldest, now, policy.checkpoint_every, policy.checkpoint_period)


def verify_trail(deps: Deps, actor: Actor) -> Verified:
    """Verify the whole trail against the checkpoints of the database and of every anchor.

    Raises NotFound, TrailBroken, StoreUnavailable, OSError (an anchor that cannot be read).
    """
    kept = anchored(deps)
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.verify_audit_trail)
        return look_through(session, deps, kept)
