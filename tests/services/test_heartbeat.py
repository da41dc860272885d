"""The heartbeat and the clock guard (R13)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from portal.db.endings import Alarm, ClockRow
from portal.db.tables import OutboxMail
from portal.domain.errors import Conflict, NotFound
from portal.domain.retention import ClockVerdict
from portal.services.heartbeat import alarms, beat, confirm_clock
from tests.services.looks import actions, count, rows
from tests.world import World

DAY = timedelta(hours=24)
MOMENT = timedelta(microseconds=1)


def _last(world: World) -> datetime | None:
    [row] = rows(world.deps, ClockRow)
    return row.heartbeat_at


def test_a_heartbeat_is_recorded(world: World) -> None:
    """The first, and each within a day of the last; the trail does not grow by them."""
    before = actions(world.deps)
    for _ in range(3):
        assert ClockVerdict.steady == beat(world.deps)
        assert world.deps.clock.now() == _last(world)
        world.fakes.clock.advance(DAY)
    assert before == actions(world.deps)
    assert [] == alarms(world.deps)


@pytest.mark.parametrize(
    ("step", "verdict", "word"),
    [(DAY + MOMENT, ClockVerdict.leapt, "leapt"), (-MOMENT, ClockVerdict.behind, "behind")],
)
def test_a_clock_that_leaps_or_runs_behind_raises_an_alarm(
    world: World, step: timedelta, verdict: ClockVerdict, word: str
) -> None:
    """Once, however often it beats, and every steward gets a mail."""
    beat(world.deps)
    began = _last(world)
    world.fakes.clock.advance(step)
    for _ in range(3):
        assert verdict == beat(world.deps)
    assert began == _last(world)
    [words] = alarms(world.deps)
    assert word in words
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "clock-alarm")
    assert 1 == actions(world.deps).count("clock.alarm")


def test_an_alarm_stands_though_the_clock_seems_right_again(world: World) -> None:
    """A clock that goes there and back is none to trust: a person looks."""
    beat(world.deps)
    began = _last(world)
    world.fakes.clock.advance(-timedelta(hours=1))
    beat(world.deps)
    world.fakes.clock.advance(timedelta(hours=2))
    assert ClockVerdict.steady == beat(world.deps)
    assert 1 == len(alarms(world.deps))
    assert began == _last(world)


def test_a_person_confirms_and_it_goes_on_from_now(world: World) -> None:
    """The alarm keeps who cleared it and when."""
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=400))
    beat(world.deps)
    confirm_clock(world.deps, world.dpo.actor)
    [alarm] = rows(world.deps, Alarm)
    assert (world.deps.clock.now(), f"person:{world.dpo.id}") == (alarm.cleared_at, alarm.cleared_by)
    assert [] == alarms(world.deps)
    assert "clock.confirmed" == actions(world.deps)[-1]
    world.fakes.clock.advance(timedelta(hours=1))
    assert ClockVerdict.steady == beat(world.deps)
    assert world.deps.clock.now() == _last(world)


def test_a_leap_can_be_confirmed_before_the_worker_has_noticed(world: World) -> None:
    """Whoever knows of it need not wait for the alarm."""
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=2))
    confirm_clock(world.deps, world.dpo.actor)
    assert ClockVerdict.steady == beat(world.deps)
    assert [] == alarms(world.deps)


def test_without_an_alarm_there_is_nothing_to_confirm(world: World) -> None:
    """A confirmation in advance would be none."""
    beat(world.deps)
    with pytest.raises(Conflict, match="no clock alarm"):
        confirm_clock(world.deps, world.dpo.actor)


def test_only_the_data_protection_officer_confirms(world: World) -> None:
    """For others the alarm stands."""
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=2))
    beat(world.deps)
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotFound):
            confirm_clock(world.deps, person.actor)
    assert 1 == len(alarms(world.deps))


def test_workers_that_beat_at_once_raise_one_alarm(world: World) -> None:
    """They wait for each other on the clock's one row."""
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=2))
    with ThreadPoolExecutor(4) as threads:
        assert {ClockVerdict.leapt} == set(threads.map(lambda _: beat(world.deps), range(4)))
    assert 1 == count(world.deps, Alarm)
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "clock-alarm")
