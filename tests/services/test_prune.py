"""The trail's own retention: whole segments, up to a checkpoint that every anchor has, and never more."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.db.chain import append, last_entry
from portal.db.endings import Certificate, TrailBase
from portal.db.engine import reading, writing
from portal.db.tables import AuditEntry
from portal.domain.actors import OPERATOR
from portal.domain.errors import Conflict, NotFound, TrailBroken
from portal.services.anchor import anchor_statements
from portal.services.audit_export import export_file
from portal.services.dispose import dispose
from portal.services.prune import GRACE, export_segment, prunable, prune, prune_old
from portal.services.span import read_span
from portal.services.trail import checkpoint, verify_trail
from tests.services.ends import wait_until_due
from tests.services.looks import actions, count
from tests.world import World

LIFE = timedelta(days=7 * 365)


def _both_gone(world: World) -> int:
    """Dispose of both inspections and let their entries be anchored; return the number of the last."""
    deps = world.deps
    wait_until_due(world)
    for announced in (world.a, world.b):
        dispose(deps, world.dpo.actor, announced.inspection)
    made = checkpoint(deps)
    assert made is not None
    anchor_statements(deps)
    return made.seq


def test_only_what_is_old_anchored_and_of_no_living_inspection_is_pruned(world: World) -> None:
    """Each of the three alone keeps it; then it goes whole, the trail says so, and still verifies from there on."""
    deps, clock = world.deps, world.fakes.clock
    seq = _both_gone(world)
    clock.advance(deps.policy.trail_life)
    assert None is prunable(deps, OPERATOR)
    with pytest.raises(Conflict, match="old enough"):
        prune(deps, world.dpo.actor)
    clock.advance(timedelta(milliseconds=1))
    late = replace(deps, anchors={**deps.anchors, "late": world.fakes.anchor})
    assert None is prunable(late, OPERATOR)
    assert None is prunable(replace(deps, anchors={}), OPERATOR)
    with pytest.raises(NotFound):
        prunable(deps, world.leader.actor)
    segment = prunable(deps, OPERATOR)
    assert segment is not None
    assert (0, seq) == (segment.after, segment.checkpoint.seq)
    lines = b"".join(export_segment(deps, segment)).splitlines()
    assert list(range(1, seq + 1)) == [json.loads(line)["seq"] for line in lines]
    assert seq == prune(deps, world.dpo.actor)
    assert ["trail.pruned"] == actions(deps)
    assert 2 <= count(deps, Certificate)
    assert (f"Entries up to {seq} were pruned, as the trail says.",) == verify_trail(deps, OPERATOR).notes
    with writing(deps.engine) as session:
        append(session, OPERATOR, "x.y", clock.now())
    assert checkpoint(deps, at_once=True)
    anchor_statements(deps)
    assert seq + 2 == verify_trail(deps, OPERATOR).entries
    assert 2 == len(list(export_file(deps, world.dpo.actor, "jsonl")))
    with pytest.raises(Conflict, match="not in the trail any more"):
        read_span(deps, OPERATOR, world.a.inspection)


def test_a_living_inspection_keeps_its_entries_and_all_that_follow(world: World) -> None:
    """However old they are: B was never disposed of, and its first entry is among the first of all."""
    deps = world.deps
    wait_until_due(world)
    dispose(deps, world.dpo.actor, world.a.inspection)
    checkpoint(deps)
    anchor_statements(deps)
    world.fakes.clock.advance(2 * LIFE)
    assert None is prunable(deps, OPERATOR)


def test_the_worker_leaves_time_to_export(world: World) -> None:
    """It prunes a month later than a person can, once a month at most, and nothing that was tampered with."""
    deps, clock = world.deps, world.fakes.clock
    _both_gone(world)
    clock.advance(deps.policy.trail_life + GRACE)
    assert 0 == prune_old(deps)
    clock.advance(timedelta(milliseconds=1))
    with writing(deps.engine) as session:
        row = session.get_one(AuditEntry, 3)
        row.actor, kept = "nobody", row.actor
    with pytest.raises(TrailBroken, match="ntry 3 "):
        prune_old(deps)
    with writing(deps.engine) as session:
        session.get_one(AuditEntry, 3).actor = kept
    assert 0 < prune_old(deps)
    assert 0 == prune_old(deps)


def test_an_empty_trail_goes_on_from_its_base(world: World) -> None:
    """Where all was pruned but the entry that says so, and even that were gone, the next entry follows the base."""
    deps = world.deps
    _both_gone(world)
    world.fakes.clock.advance(LIFE + GRACE)
    seq = prune(deps, OPERATOR)
    with writing(deps.engine) as session:
        session.connection().exec_driver_sql("DELETE FROM audit_entry")
        append(session, OPERATOR, "x.y", deps.clock.now())
    with reading(deps.engine) as session:
        last = last_entry(session)
        assert last is not None
        assert (seq + 1, session.get_one(TrailBase, seq).hash) == (last.seq, last.previous)
    with pytest.raises(TrailBroken, match="no entry says"):
        verify_trail(deps, OPERATOR)
