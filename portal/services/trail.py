"""The audit trail: sign checkpoints, queue them for the anchors, and verify the whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.db.anchor_queries import any_after, checkpoints, handed_over, newest_checkpoint, oldest_after
from portal.db.chain import base, entries, last_entry, lock_chain
from portal.db.endings import CheckpointRow
from portal.db.engine import reading, writing
from portal.db.queries import require_steward
from portal.domain.actors import Actor
from portal.domain.anchored import DATABASE, SEALED_AT_ONCE, Stated, checkpoint_due, places_finding
from portal.domain.audit import (
    Checkpoint,
    Entry,
    checkpoint_body,
    checkpoint_message,
    checkpoint_name,
    read_checkpoint,
)
from portal.domain.errors import TrailBroken
from portal.domain.roles import Permission
from portal.domain.times import iso, parse_iso
from portal.domain.verifying import Finding, examine
from portal.ports import Deps
from portal.vault.anchoring import queue_statement
from portal.vault.checkpoint_mails import tell_of_checkpoint
from portal.vault.signatures import checker
from schemas.texts import say


@dataclass(frozen=True)
class Verified:
    """A trail that holds: how many entries up to its last, how many checkpoints, and what it owns up to."""

    entries: int
    checkpoints: int
    notes: tuple[str, ...] = ()


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
    anchored = [_read(place, *each) for place, anchor in deps.anchors.items() for each in anchor.kept("checkpoint-")]
    keys = deps.signer.public_keys()
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.verify_audit_trail)
        listed = [_listed(row) for row in checkpoints(session)]
        found = [each for each in [*listed, *anchored] if each is not None]
        known = {each.checkpoint for each in found}
        report = examine(_readable(entries(session)), list(known), checker(keys), base(session))
        finding = report.finding or places_finding(found, _still_handed_over(session, deps), report.lost)
        last = last_entry(session)
        ends_at = last.seq if last else base(session)[0]
    if finding is not None:
        raise broken(finding)
    return Verified(ends_at, len({each.name for each in found}), tuple(note.problem for note in report.notes))


def broken(finding: Finding) -> TrailBroken:
    """Return the error that says what is wrong with a trail."""
    return TrailBroken(say("The audit trail does not verify. {problem}", problem=finding.problem))


def _still_handed_over(session: Session, deps: Deps) -> set[tuple[str, str]]:
    """Leave out the anchors that are no longer in use: nobody can ask them."""
    return {(name, anchor) for name, anchor in handed_over(session) if anchor in deps.anchors}


def _listed(row: CheckpointRow) -> Stated:
    """Read a checkpoint of the database's list, whose columns must say what its text says. Raises TrailBroken."""
    stated = _read(DATABASE, row.name, row.body.encode())
    if stated is None or (row.seq, row.made_at) != (stated.checkpoint.seq, stated.checkpoint.at):
        raise _unreadable(row.name, DATABASE)
    return stated


def _read(place: str, name: str, data: bytes) -> Stated | None:
    """Read a checkpoint as a place has it; None for another kind of statement. Raises TrailBroken."""
    if not name.startswith("checkpoint-"):
        return None
    try:
        return Stated(place, name, read_checkpoint(data))
    except ValueError as error:
        raise _unreadable(name, place) from error


def _unreadable(name: str, place: str) -> TrailBroken:
    return TrailBroken(
        say("The checkpoint {name} of the {place} cannot be read: it was altered or damaged.", name=name, place=place)
    )


def _readable(found: Iterator[Entry]) -> Iterator[Entry]:
    """Pass entries on. Raises TrailBroken (a row holds what no entry can, such as a time that is none)."""
    seq = 0
    try:
        for entry in found:
            seq = entry.seq
            yield entry
    except (ValueError, TypeError) as error:
        raise TrailBroken(
            say(
                "The audit trail does not verify. "
                "An entry after entry {seq} cannot be read: it was altered or damaged.",
                seq=seq,
            )
        ) from error
