"""Disposal that is killed, fails or meets another: it is resumed, and certified only at the end."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from portal.db.endings import Certificate
from portal.domain.actors import WORKER
from portal.domain.errors import (
    Conflict,
    KeyRemoved,
    KeyUnavailable,
    StoreUnavailable,
)
from portal.ports import Deps
from portal.services.dispose import dispose, dispose_due, read_certificate
from portal.services.hand_over import make_bundle
from portal.services.trail import verify_trail
from tests.services.ends import (
    STEPS,
    THEIRS,
    all_gone,
    fill,
    hold,
    wait_until_due,
)
from tests.services.looks import actions, content, count, inspection_row
from tests.world import World, upload

POINTS = ["disposal.fenced", "disposal.key-removed", "disposal.objects-removed", "disposal.columns-blanked"]


class _Killed(BaseException):
    """What a kill looks like from within."""


def _killed_at(deps: Deps, point: str) -> Deps:
    def fault(name: str) -> None:
        if name == point:
            raise _Killed

    return replace(deps, fault_point=fault)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_is_resumed_and_certified_only_at_the_end(world: World, point: str) -> None:
    """From the first commit on nobody reads or writes; the next run does the rest."""
    neighbour = fill(world)
    hold(world, world.b.inspection)
    wait_until_due(world)
    for _ in range(2):
        with pytest.raises(_Killed):
            dispose(_killed_at(world.deps, point), WORKER, world.a.inspection)
        assert ("disposing", 0) == (
            inspection_row(world.deps, world.a.inspection).state,
            count(world.deps, Certificate),
        )
        with pytest.raises((KeyRemoved, Conflict)):
            upload(world.deps, world.leader.actor, world.a.inspection)
        with pytest.raises(KeyRemoved):
            make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
        with pytest.raises(Conflict, match="not disposed of yet"):
            read_certificate(world.deps, world.dpo.actor, world.a.inspection)
    [signed] = list(dispose_due(world.deps, WORKER))
    all_gone(world)
    assert (17, 21) == (signed["body"]["documents"], signed["body"]["objects_deleted"])
    assert STEPS == [each for each in actions(world.deps, world.a.inspection) if each.startswith("disposal")]
    assert THEIRS == content(world.deps, world.leader_b.actor, world.b.inspection, neighbour)
    verify_trail(world.deps, world.dpo.actor)


def _break_empty(world: World) -> None:
    world.fakes.store.fail_next("empty")


def _break_remains(world: World) -> None:
    world.fakes.store.fail_next("remains")


def _break_keys(world: World) -> None:
    world.fakes.custodian.unavailable = True


@pytest.mark.parametrize(
    ("harm", "error"),
    [(_break_empty, StoreUnavailable), (_break_remains, StoreUnavailable), (_break_keys, KeyUnavailable)],
)
def test_a_part_that_fails_delays_the_certificate(
    world: World, harm: Callable[[World], None], error: type[Exception]
) -> None:
    """Nothing is certified on hope; the next run goes on where this one stopped."""
    fill(world)
    hold(world, world.b.inspection)
    wait_until_due(world)
    harm(world)
    with pytest.raises(error):
        list(dispose_due(world.deps, WORKER))
    assert 0 == count(world.deps, Certificate)
    world.fakes.custodian.unavailable = False
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)


def test_a_part_that_lands_late_is_seen_before_anything_is_certified(world: World) -> None:
    """A stray put of a slow sender between deleting and certifying is found by looking once more."""
    fill(world)
    wait_until_due(world)

    def stray(name: str) -> None:
        if name == "disposal.columns-blanked":
            world.fakes.store.put(f"{world.a.inspection}/{world.b.inspection}/000001", b"late")

    with pytest.raises(StoreUnavailable, match="Not everything"):
        dispose(replace(world.deps, fault_point=stray), WORKER, world.a.inspection)
    assert 0 == count(world.deps, Certificate)
    dispose(world.deps, WORKER, world.a.inspection)
    all_gone(world)


def test_workers_that_dispose_at_the_same_time_make_one_certificate(world: World) -> None:
    """A worker and an operator may start together; what is counted is counted once."""
    fill(world)
    wait_until_due(world)
    barrier = Barrier(4)

    def run(_number: int) -> str:
        barrier.wait()
        return json.dumps(dispose(world.deps, WORKER, world.a.inspection), sort_keys=True)

    with ThreadPoolExecutor(4) as threads:
        certificates = set(threads.map(run, range(4)))
    assert (1, 1) == (len(certificates), count(world.deps, Certificate))
    assert STEPS == [each for each in actions(world.deps, world.a.inspection) if each.startswith("disposal")]
    body = read_certificate(world.deps, world.dpo.actor, world.a.inspection)["body"]
    assert (17, 21) == (body["documents"], body["objects_deleted"])
    all_gone(world)
