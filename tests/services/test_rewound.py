"""A trail that is behind its anchors: an alarm and a trail that fails, until a person says that it was a restore."""

import pytest

from portal.db.chain import append, last_entry
from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.errors import Conflict, NotFound, TrailBroken
from portal.services.anchor import anchor_statements
from portal.services.dispose import dispose_due
from portal.services.rewound import own_up, watch_trail, what_was_lost
from portal.services.trail import checkpoint, verify_trail
from tests.services.backups import back_up, put_back
from tests.services.ends import DUE_AT, hold, publish_report, still_there
from tests.services.looks import inspection_row, rows
from tests.world import World, upload


def _write(world: World, entries: int) -> int:
    """Add entries, then a checkpoint that every anchor has; return the number of the last entry."""
    for number in range(entries):
        with writing(world.deps.engine) as session:
            append(session, WORKER, "test.wrote", world.deps.clock.now(), number=number)
    checkpoint(world.deps, at_once=True)
    anchor_statements(world.deps)
    with reading(world.deps.engine) as session:
        last = last_entry(session)
    assert last is not None
    return last.seq


def _standing(world: World) -> list[str]:
    return [each.kind for each in rows(world.deps, Alarm, Alarm.cleared_at.is_(None))]


@pytest.mark.parametrize("since", [0, 2, 9])
def test_what_a_restore_lost_is_owned_up_to(world: World, since: int) -> None:
    """However many entries were written before anybody said so, the trail verifies from then on, with a note."""
    _write(world, 2)
    with pytest.raises(Conflict, match="nothing was lost"):
        what_was_lost(world.deps, OPERATOR)
    assert not watch_trail(world.deps)
    common = _write(world, 1)
    kept = back_up(world.deps.engine)
    _write(world, 4)
    newest = _write(world, 4)
    put_back(world.deps.engine, kept)
    assert watch_trail(world.deps)
    assert watch_trail(world.deps)
    assert ["trail-rewound"] == _standing(world)
    if since:
        _write(world, since)
    for _ in range(2):
        with pytest.raises(TrailBroken):
            verify_trail(world.deps, OPERATOR)
        with pytest.raises(NotFound):
            what_was_lost(world.deps, world.leader.actor)
    lost = what_was_lost(world.deps, OPERATOR)
    assert (common, newest) == (lost.after, lost.newest.seq)
    assert f"{newest - common} at most, since 9 October 2023" in lost.words
    own_up(world.deps, OPERATOR, lost)
    with pytest.raises(Conflict):
        own_up(world.deps, OPERATOR, lost)
    assert [] == _standing(world)
    assert not watch_trail(world.deps)
    for entries in (0, 12):
        _write(world, entries)
        [note] = verify_trail(world.deps, OPERATOR).notes
        assert f"after entry {common}, up to entry {newest}" in note


def test_nothing_new_is_disposed_of_until_it_is_owned_up_to(world: World) -> None:
    """A hold that was placed after the backup is lost with it: people have to see to that first."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    publish_report(world)
    _write(world, 2)
    kept = back_up(world.deps.engine)
    hold(world)
    _write(world, 1)
    put_back(world.deps.engine, kept)
    assert watch_trail(world.deps)
    world.fakes.clock.set(DUE_AT)
    with pytest.raises(Conflict, match="so may be holds"):
        list(dispose_due(world.deps, WORKER))
    still_there(world)
    hold(world)
    own_up(world.deps, OPERATOR, what_was_lost(world.deps, OPERATOR))
    assert ["RAA-2023-02"] == [each["body"]["reference"] for each in dispose_due(world.deps, WORKER)]
    assert "closed" == inspection_row(world.deps, world.a.inspection).state


def test_a_cut_after_the_restore_is_still_found(world: World) -> None:
    """What was owned up to excuses nothing that comes after it."""
    _write(world, 2)
    kept = back_up(world.deps.engine)
    _write(world, 4)
    put_back(world.deps.engine, kept)
    own_up(world.deps, OPERATOR, what_was_lost(world.deps, OPERATOR))
    _write(world, 6)
    later = back_up(world.deps.engine)
    _write(world, 3)
    put_back(world.deps.engine, later)
    assert watch_trail(world.deps)
    with pytest.raises(TrailBroken):
        verify_trail(world.deps, OPERATOR)
