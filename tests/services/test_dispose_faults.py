"""Disposal that is killed, fails or meets another: it is resumed, and certified only at the end."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from portal.db.endings import Alarm, Certificate
from portal.domain.actors import WORKER
from portal.domain.errors import (
    KeyUnavailable,
    StoreUnavailable,
)
from portal.services.dispose import dispose, dispose_due, read_certificate
from portal.vault.disposing import STUCK
from tests.services.ends import (
    STEPS,
    all_gone,
    fill,
    hold,
    wait_until_due,
)
from tests.services.looks import actions, count, rows
from tests.world import World


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
    [alarm] = rows(world.deps, Alarm)
    assert (STUCK, str(world.a.inspection), None) == (alarm.kind, alarm.subject, alarm.cleared_at)
    world.fakes.custodian.unavailable = False
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))


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
