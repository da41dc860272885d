"""No publication date: alarms that are raised once and go again, and a long-stop that destroys nothing (R9)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.db.endings import Alarm
from portal.db.tables import OutboxMail, Programme
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.errors import Conflict, NotFound, Refused
from portal.services.cancel import cancel
from portal.services.conduct import close
from portal.services.decide import approve
from portal.services.dispose import dispose, dispose_due
from portal.services.heartbeat import beat, confirm_clock
from portal.services.long_stop import long_stop_of, set_long_stop
from portal.services.propose import propose_early_disposal, propose_publication
from portal.services.publish import publish
from portal.services.retention import PASSED_WORDS, standing_of
from portal.services.watch_publication import watch_publication
from tests.services.ends import all_gone, fill
from tests.services.looks import actions, count, rows
from tests.world import PROGRAMME, World

MONTHS_9, MONTHS_18 = datetime(2024, 7, 18, 23, tzinfo=UTC), datetime(2025, 4, 18, 23, tzinfo=UTC)
"""As 19 July 2024 and 19 April 2025 begin in London: the last day on site is 19 October 2023."""
MOMENT = timedelta(microseconds=1)
WHY = "The report will never come out."


def standing(world: World) -> list[str]:
    """Return the kinds of alarm that stand about the programme."""
    [programme] = rows(world.deps, Programme)
    return sorted(
        each.kind for each in rows(world.deps, Alarm, Alarm.cleared_at.is_(None), Alarm.subject == str(programme.id))
    )


def test_alarms_about_what_is_not_published_come_once_and_go(world: World) -> None:
    """After nine months and at the long-stop, once each, and mailed; nothing is disposed of; a date ends them."""
    for at, kinds in [
        (MONTHS_9 - MOMENT, []),
        (MONTHS_9, ["no-publication"]),
        (MONTHS_18 - MOMENT, ["no-publication"]),
        (MONTHS_18, ["long-stop", "no-publication"]),
        (MONTHS_18 + timedelta(days=2_000), ["long-stop", "no-publication"]),
    ]:
        world.fakes.clock.set(at)
        watch_publication(world.deps)
        assert kinds == standing(world)
        assert 0 == watch_publication(world.deps)
        assert [] == list(dispose_due(world.deps, WORKER))
    assert 4 == count(world.deps, OutboxMail, OutboxMail.template == "alarm")
    assert 2 == actions(world.deps).count("alarm.raised")
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 26))
    assert [] == standing(world)
    assert 2 == actions(world.deps).count("alarm.cleared")
    assert 0 == watch_publication(world.deps)
    proposal = propose_publication(world.deps, world.dpo.actor, PROGRAMME, None, "It was another report.")
    approve(world.deps, world.administrator.actor, proposal)
    watch_publication(world.deps)
    assert ["long-stop", "no-publication"] == standing(world)


def test_where_all_were_cancelled_the_alarm_comes_all_the_same(world: World) -> None:
    """No report will come, and what was sent must not be forgotten."""
    for inspection in (world.a.inspection, world.b.inspection):
        cancel(world.deps, world.administrator.actor, inspection)
    world.fakes.clock.set(MONTHS_9)
    assert 1 == watch_publication(world.deps)
    assert ["no-publication"] == standing(world)


def test_the_long_stop_is_suggested_set_and_moved(world: World) -> None:
    """By the data protection officer alone; a later one clears its alarm, and the trail has both days."""
    found = long_stop_of(world.deps, world.dpo.actor, PROGRAMME)
    assert (date(2025, 4, 19), True, False) == (found.decides_on, found.suggested, found.passed)
    world.fakes.clock.set(MONTHS_18)
    watch_publication(world.deps)
    assert long_stop_of(world.deps, OPERATOR, PROGRAMME).passed
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotFound):
            set_long_stop(world.deps, person.actor, PROGRAMME, date(2026, 1, 1))
    with pytest.raises(Refused):
        set_long_stop(world.deps, world.dpo.actor, PROGRAMME, date(2025, 4, 19))
    for _ in range(2):
        set_long_stop(world.deps, world.dpo.actor, PROGRAMME, date(2026, 1, 1))
    found = long_stop_of(world.deps, world.dpo.actor, PROGRAMME)
    assert (date(2026, 1, 1), False, False) == (found.decides_on, found.suggested, found.passed)
    assert (["no-publication"], 1) == (standing(world), actions(world.deps).count("long-stop.set"))
    world.fakes.clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    watch_publication(world.deps)
    assert ["long-stop", "no-publication"] == standing(world)
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2025, 12, 1))
    with pytest.raises(Conflict, match="published"):
        set_long_stop(world.deps, world.dpo.actor, PROGRAMME, date(2026, 6, 1))


def test_at_the_long_stop_two_people_may_decide_and_a_later_one_takes_that_back(world: World) -> None:
    """Not a moment before it is reached; nothing goes by itself; and a long-stop that is moved ends the decision."""
    fill(world)
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    world.fakes.clock.set(MONTHS_18 - MOMENT)
    with pytest.raises(Conflict, match="long-stop"):
        propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    world.fakes.clock.set(MONTHS_18)
    assert PASSED_WORDS == standing_of(world.deps, world.dpo.actor, world.a.inspection).words
    for moved in (True, False):
        proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
        approve(world.deps, world.administrator.actor, proposal)
        if moved:
            set_long_stop(world.deps, world.dpo.actor, PROGRAMME, date(2025, 5, 1))
            with pytest.raises(Conflict, match="not due"):
                dispose(world.deps, world.dpo.actor, world.a.inspection)
            world.fakes.clock.set(datetime(2025, 5, 6, tzinfo=UTC))
    assert [] == list(dispose_due(world.deps, WORKER))
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    all_gone(world)


def test_within_the_notice_after_a_retraction_two_people_cannot_decide_either(world: World) -> None:
    """A date that was taken back is a change as any other (R9)."""
    world.fakes.clock.set(MONTHS_18)
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2025, 4, 1))
    proposal = propose_publication(world.deps, world.dpo.actor, PROGRAMME, None, "It was another report.")
    approve(world.deps, world.administrator.actor, proposal)
    world.fakes.clock.advance(timedelta(days=14) - MOMENT)
    with pytest.raises(Conflict, match="14 days"):
        propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    world.fakes.clock.advance(MOMENT)
    propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)


def test_no_date_is_entered_while_the_clock_is_in_doubt(world: World) -> None:
    """Its notice would begin at a time that is not so: behind the heartbeat, or while the alarm stands (R9, R13)."""
    world.fakes.clock.set(MONTHS_9)
    beat(world.deps)
    world.fakes.clock.advance(-timedelta(days=30))
    for _ in range(2):
        with pytest.raises(Conflict, match="clock"):
            publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 26))
        beat(world.deps)
        world.fakes.clock.set(MONTHS_9 + timedelta(hours=1))
    confirm_clock(world.deps, world.dpo.actor)
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 26))
