"""A trail that is older than its anchors say: noticed at the start, owned up to by a person, and verifiable after that.

A database that was restored from a backup has lost the newest entries, and so has one whose tail somebody cut off. The
portal cannot tell the two apart: so an alarm stands, and verification fails, until the operator says that it was a
restore. The trail then has an entry `trail.restored` that names the newest checkpoint of what was lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from portal.db.anchor_queries import newest_checkpoint
from portal.db.chain import append, base, last_entry
from portal.db.ending_queries import standing_alarm
from portal.db.engine import reading, writing
from portal.db.queries import require_steward
from portal.db.restored_queries import hash_of, told, told_at
from portal.domain.actors import Actor
from portal.domain.audit import Checkpoint, checkpoint_message, read_checkpoint
from portal.domain.errors import Conflict, PortalError
from portal.domain.roles import Permission
from portal.domain.times import say_moment
from portal.domain.verifying import RESTORED
from portal.ports import Anchor, Deps
from portal.vault.alarms import clear_alarm, raise_alarm
from portal.vault.gone import REWOUND
from portal.vault.signatures import checker
from schemas.texts import say

log = structlog.get_logger()
ALARM: Final = REWOUND
NOTHING_LOST: Final = say("No anchor has a checkpoint that the audit trail does not fit: nothing was lost.")
_PREFIX: Final = "checkpoint-"


@dataclass(frozen=True)
class Lost:
    """What a restore lost of the trail, as far as checkpoints tell."""

    newest: Checkpoint
    """The newest checkpoint of the tail that is gone."""
    common: Checkpoint | None
    """The newest one before it that the trail still fits; None if there is none."""

    @property
    def after(self) -> int:
        """The number of the last entry that is certainly the same."""
        return self.common.seq if self.common else 0

    @property
    def words(self) -> str:
        """Say how much was lost at most, and since when."""
        since = say("since {moment}", moment=say_moment(self.common.at)) if self.common else say("since the beginning")
        return say(
            "Lost: entries after entry {after}, up to entry {seq} of {moment}, so {count} at most, {since}.",
            after=self.after,
            seq=self.newest.seq,
            moment=say_moment(self.newest.at),
            count=self.newest.seq - self.after,
            since=since,
        )


def watch_trail(deps: Deps) -> bool:
    """Compare the trail with what anchors have beyond its newest checkpoint, and raise the alarm; say whether it is so.

    An anchor that does not answer is left out, and logged. What is wrong with older checkpoints, `portal audit verify`
    finds.
    """
    with reading(deps.engine) as session:
        newest = newest_checkpoint(session)
    ahead: list[Checkpoint] = []
    for place, anchor in deps.anchors.items():
        try:
            ahead += _signed(deps, anchor, newest.name if newest else "")
        except (PortalError, OSError) as error:
            log.warning("trail.anchor-unreadable", anchor=place, failure=type(error).__name__)
    if not ahead:
        return False
    with writing(deps.engine) as session:
        unfit = _unfit(session, ahead)
        if not unfit:
            return False
        last = last_entry(session)
        words = say(
            "The audit trail ends at entry {last}, and an anchor has a signed checkpoint of entry {seq}, of {moment}, "
            "that it does not fit. If a backup of the database was restored, say so: portal audit restored. If not, "
            "somebody has cut off or rewritten its end.",
            last=last.seq if last else 0,
            seq=unfit[-1].seq,
            moment=say_moment(unfit[-1].at),
        )
        raise_alarm(session, deps, ALARM, words)
    return True


def what_was_lost(deps: Deps, actor: Actor) -> Lost:
    """Look through every checkpoint of every anchor. Raises NotFound, Conflict (nothing), StoreUnavailable, OSError."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.verify_audit_trail)
    found = [each for anchor in deps.anchors.values() for each in _signed(deps, anchor, "")]
    with reading(deps.engine) as session:
        unfit = _unfit(session, found)
        if not unfit:
            raise Conflict(NOTHING_LOST)
        # What was signed since it was noticed fits too, and is not what the two trails have in common.
        alarm = standing_alarm(session, ALARM)
        noticed = told_at(session, "alarm.raised", str(alarm.id)) if alarm else None
        before = min(unfit[0].seq, noticed or unfit[0].seq)
        fitting = [each for each in found if each.seq < before and hash_of(session, each.seq) == each.hash]
    return Lost(unfit[-1], max(fitting, key=lambda each: each.seq, default=None))


def own_up(deps: Deps, actor: Actor, lost: Lost) -> None:
    """Let the trail say what a restore lost, and clear the alarm. Raises NotFound, Conflict (it was said meanwhile)."""
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.verify_audit_trail)
        if not _unfit(session, [lost.newest]):
            raise Conflict(NOTHING_LOST)
        clear_alarm(session, deps, actor, ALARM)
        append(
            session, actor, RESTORED, deps.clock.now(),
            lost_seq=lost.newest.seq, lost_hash=lost.newest.hash, last_common=lost.after,
        )  # fmt: skip


def _signed(deps: Deps, anchor: Anchor, after: str) -> Iterator[Checkpoint]:
    """Yield the checkpoints that an anchor has after a name, and that we signed; others are for verification."""
    check = checker(deps.signer.public_keys())
    for _name, data in anchor.kept(_PREFIX, after):
        try:
            found = read_checkpoint(data)
            message = checkpoint_message(found.seq, found.hash, found.at)
            good = check(found.key_id, message, bytes.fromhex(found.signature))
        except ValueError:
            continue
        if good:
            yield found


def _unfit(session: Session, checkpoints: list[Checkpoint]) -> list[Checkpoint]:
    """Return those that are not of this trail and that it does not own up to, the newest last."""
    pruned = base(session)[0]
    unfit = [each for each in checkpoints if each.seq > pruned and hash_of(session, each.seq) != each.hash]
    tails = [_tail(details) for details in told(session, RESTORED)] if unfit else []
    unowned = (each for each in unfit if not any(after < each.seq <= until for after, until in tails))
    return sorted(unowned, key=lambda each: each.seq)


def _tail(details: Mapping[str, Any]) -> tuple[int, int]:
    """Return the entries between which a tail was; none where the entry was altered, which verification finds."""
    found = details.get("last_common"), details.get("lost_seq")
    return (int(str(found[0])), int(str(found[1]))) if all(type(each) is int for each in found) else (0, 0)
