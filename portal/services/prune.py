"""The trail's own retention: whole segments, each up to a checkpoint that every anchor has, go when their time is over.

What the base is, its number and hash, stays with the signed checkpoint; so do certificates. An inspection that is not
disposed of keeps all that follows its first entry.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from sqlalchemy.orm import Session

from portal.db.chain import append, base, entries, lock_chain
from portal.db.endings import TrailBase
from portal.db.engine import reading, writing
from portal.db.prune_queries import first_needed, last_checkpoint_between, pruned_at, remove_entries
from portal.db.queries import require_steward
from portal.domain.actors import WORKER, Actor
from portal.domain.audit import Checkpoint, read_checkpoint
from portal.domain.errors import Conflict
from portal.domain.roles import Permission
from portal.domain.times import iso
from portal.domain.verifying import PRUNED
from portal.formats.trail import trail_file
from portal.ports import Deps
from portal.vault.verification import anchored, look_through
from schemas.texts import say

GRACE: Final = timedelta(days=30)
"""How long a segment whose time is over waits to be exported, before the worker removes it of its own accord."""
NOTHING = say("Nothing in the audit trail is old enough to be pruned.")


@dataclass(frozen=True)
class Segment:
    """Entries whose time is over: those after `after`, up to the checkpoint's."""

    after: int
    checkpoint: Checkpoint


def prunable(deps: Deps, actor: Actor) -> Segment | None:
    """Return what may be pruned now, if anything. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.verify_audit_trail)
        return _segment(session, deps, deps.clock.now())


def prune_old(deps: Deps) -> int:
    """Prune, for the worker, what could have been pruned for a `GRACE` already; return how many entries went.

    Raises TrailBroken: what does not verify stays, to be looked at.
    """
    now = deps.clock.now()
    with reading(deps.engine) as session:
        before = pruned_at(session)
        if before is not None and now - before < GRACE:
            return 0
        segment = _segment(session, deps, now - GRACE)
    return _prune(deps, WORKER, segment) if segment else 0


def prune(deps: Deps, actor: Actor) -> int:
    """Prune all that may be pruned; return how many entries went. Raises NotFound, Conflict (nothing), TrailBroken."""
    segment = prunable(deps, actor)
    if segment is None:
        raise Conflict(NOTHING)
    return _prune(deps, actor, segment)


def export_segment(deps: Deps, segment: Segment) -> Iterator[bytes]:
    """Yield a segment as JSON Lines, as `portal audit export` does; who may is asked by `prunable`."""
    with reading(deps.engine) as session:
        found = takewhile(lambda each: each.seq <= segment.checkpoint.seq, entries(session, after=segment.after))
        stated = (asdict(each) | {"at": iso(each.at), "details": dict(each.details)} for each in found)
        yield from trail_file(stated, "jsonl")


def _segment(session: Session, deps: Deps, now: datetime) -> Segment | None:
    if not deps.anchors:
        return None
    after = base(session)[0]
    before = first_needed(session, now - deps.policy.trail_life)
    row = last_checkpoint_between(session, after, before, deps.anchors)
    return None if row is None else Segment(after, read_checkpoint(row.body.encode()))


def _prune(deps: Deps, actor: Actor, segment: Segment) -> int:
    """Verify the trail, so that nothing is removed that was tampered with; then move its base and say so, at once."""
    kept, up_to = anchored(deps), segment.checkpoint
    with reading(deps.engine) as session:
        look_through(session, deps, kept)
    with writing(deps.engine) as session:
        lock_chain(session)
        if base(session)[0] != segment.after:
            return 0  # somebody else was first
        removed = remove_entries(session, up_to.seq)
        now = deps.clock.now()
        session.add(TrailBase(seq=up_to.seq, hash=up_to.hash, pruned_at=now))
        append(session, actor, PRUNED, now, up_to=up_to.seq, hash=up_to.hash, entries=removed)
    return removed
