"""Looking through the whole trail: its chain, and the checkpoints of the database and of every anchor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.db.anchor_queries import checkpoints, handed_over
from portal.db.chain import base, entries, last_entry
from portal.db.endings import CheckpointRow
from portal.domain.anchored import DATABASE, Stated, places_finding
from portal.domain.audit import Entry, read_checkpoint
from portal.domain.errors import TrailBroken
from portal.domain.verifying import examine
from portal.ports import Deps
from portal.vault.signatures import checker
from schemas.texts import say


@dataclass(frozen=True)
class Verified:
    """A trail that holds: how many entries up to its last, how many checkpoints, and what it owns up to."""

    entries: int
    checkpoints: int
    notes: tuple[str, ...] = ()


def anchored(deps: Deps) -> list[Stated]:
    """Return the checkpoints of every anchor, for `look_through`. Never in a transaction, since it asks other machines.

    Raises TrailBroken (one cannot be read), StoreUnavailable, OSError (an anchor cannot be read).
    """
    found = (_read(place, *each) for place, anchor in deps.anchors.items() for each in anchor.kept("checkpoint-"))
    return [each for each in found if each is not None]


def look_through(session: Session, deps: Deps, kept: Sequence[Stated]) -> Verified:
    """Verify the trail against the database's checkpoints and these of the anchors. Raises TrailBroken."""
    listed = [_listed(row) for row in checkpoints(session)]
    found = [*listed, *kept]
    known = list({each.checkpoint for each in found})
    report = examine(_readable(entries(session)), known, checker(deps.signer.public_keys()), base(session))
    taken = handed_over(session)
    unasked = sorted({anchor for _name, anchor in taken} - set(deps.anchors))
    asked = {(name, anchor) for name, anchor in taken if anchor in deps.anchors}
    finding = report.finding or places_finding(found, asked, report.lost)
    if finding is not None:
        raise TrailBroken(say("The audit trail does not verify. {problem}", problem=finding.problem))
    last = last_entry(session)
    ends_at = last.seq if last else base(session)[0]
    notes = (*(note.problem for note in report.notes), *map(_unasked, unasked))
    return Verified(ends_at, len({each.name for each in found}), notes)


def _unasked(anchor: str) -> str:
    return say(
        "The anchor {anchor} took checkpoints or certificates, and is in the settings no longer: it was not asked. "
        "Set it again, or compare what it has by hand.",
        anchor=anchor,
    )


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
