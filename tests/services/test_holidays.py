"""Proclaimed bank holidays: they count from then on, and move nothing that is set."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from portal.db.registers import BankHoliday
from portal.db.tables import Inspection
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.roles import Role
from portal.services.announce import Announcement, Invitee, announce
from portal.services.holidays import add_holiday, holiday_effect, list_holidays, remove_holiday, year_of
from portal.services.programmes import add_programme
from tests.services.looks import actions, count, inspection_row, rows, trail_text
from tests.world import DUE, World

TUESDAY = date(2023, 10, 10)
MONDAY = date(2023, 10, 16)


def announced(world: World, policy: DeadlinePolicy) -> Inspection:
    """Announce an inspection in a programme of its own, with what follows from the policy."""
    add_programme(world.deps, world.administrator.actor, "NEXT", "The next", policy, "2023")
    people = [
        Invitee("lena@example.org", "Lena", Role.leader),
        Invitee(world.lead_inspector.email, world.lead_inspector.name, Role.lead_inspector),
    ]
    wanted = Announcement("NEXT", "agency-c", "Adoption C", people, policy=policy, confirmed=True)
    return inspection_row(world.deps, announce(world.deps, world.administrator.actor, wanted).inspection)


def test_an_added_day_is_counted_from_then_on(world: World) -> None:
    """The next announcement's deadline and start pass over it."""
    add_holiday(world.deps, world.administrator.actor, TUESDAY, "A coronation")
    made = announced(world, DeadlinePolicy.next_working_day)
    assert DUE + timedelta(days=1) == made.deadline_at
    assert date(2023, 10, 17) == made.starts_on


def test_what_is_set_does_not_move_and_is_listed(world: World) -> None:
    """Deadlines stay; the inspections that it concerns are named with what would have been."""
    late = announced(world, DeadlinePolicy.next_working_day)
    effect = add_holiday(world.deps, world.administrator.actor, TUESDAY, "A coronation")
    assert ["NEXT-01", "RAA-2023-01", "RAA-2023-02"] == [each.reference for each in effect.moved]
    assert "It would be 4pm on Wednesday 11 October 2023." in effect.moved[0].words[0]
    assert "is on the bank holiday" in effect.moved[1].words[0]
    assert [DUE] * 3 == [row.deadline_at for row in rows(world.deps, Inspection)]
    assert MONDAY == inspection_row(world.deps, late.id).starts_on
    assert effect == holiday_effect(world.deps, world.administrator.actor, TUESDAY)


def test_what_is_closed_over_or_announced_later_is_not_listed(world: World) -> None:
    """Only what still collects, has a date ahead of the holiday, and was announced before it."""
    world.fakes.clock.advance(timedelta(days=9))
    effect = add_holiday(world.deps, world.administrator.actor, date(2023, 10, 18), "A day")
    assert () == effect.moved
    assert not effect.more


def test_the_list_of_a_year_has_both_kinds(world: World) -> None:
    """Published ones with their titles, added ones marked, in order; those ahead can be removed."""
    admin = world.administrator.actor
    add_holiday(world.deps, admin, date(2023, 11, 8), "A jubilee")
    listed = list_holidays(world.deps, admin, 2023)
    assert sorted(each.on for each in listed) == [each.on for each in listed]
    assert "Bank holiday for the coronation of King Charles III" in [each.title for each in listed]
    assert [("A jubilee", date(2023, 11, 8), True)] == [
        (each.title, each.on, each.removable) for each in listed if each.added
    ]
    assert [] == [each for each in list_holidays(world.deps, admin, 2024) if each.added]


def test_a_day_is_added_once(world: World) -> None:
    """Neither a published one nor one that was added is added again."""
    admin = world.administrator.actor
    add_holiday(world.deps, admin, TUESDAY, "One")
    for day in (TUESDAY, date(2023, 12, 25)):
        with pytest.raises(Refused, match="already"):
            add_holiday(world.deps, admin, day, "Two")
    assert 1 == count(world.deps, BankHoliday)


def test_only_a_day_ahead_is_removed(world: World) -> None:
    """What has counted stays; after a removal the day counts no more, and the trail has the date alone."""
    admin = world.administrator.actor
    for day in (date(2023, 10, 9), TUESDAY):
        add_holiday(world.deps, admin, day, "A canary of a title")
    remove_holiday(world.deps, admin, TUESDAY)
    assert DUE == announced(world, DeadlinePolicy.next_working_day).deadline_at
    with pytest.raises(Conflict, match="counted already"):
        remove_holiday(world.deps, admin, date(2023, 10, 9))
    with pytest.raises(NotFound):
        remove_holiday(world.deps, admin, date(2023, 12, 25))
    assert ["holiday.added", "holiday.added", "holiday.removed"] == [
        each for each in actions(world.deps) if each.startswith("holiday")
    ]
    assert "canary" not in trail_text(world.deps)


@pytest.mark.parametrize(("year", "raw"), [(2023, ""), (2023, "x"), (2023, "1999"), (2023, "9999"), (2024, "2024")])
def test_only_years_that_can_be_known_are_shown(world: World, year: int, raw: str) -> None:
    """Any other address shows this year."""
    assert year == year_of(world.deps, raw)


def test_only_an_administrator_keeps_holidays(world: World) -> None:
    """For everyone else there are none."""
    for person in (world.dpo, world.leader, world.qa_officer):
        for act in (
            lambda who: list_holidays(world.deps, who, 2023),
            lambda who: add_holiday(world.deps, who, TUESDAY, "x"),
            lambda who: holiday_effect(world.deps, who, TUESDAY),
            lambda who: remove_holiday(world.deps, who, TUESDAY),
        ):
            with pytest.raises(NotFound):
                act(person.actor)


def test_queries_do_not_grow_with_inspections(world: World) -> None:
    """What a holiday concerns is found in as many queries for three inspections as for two."""
    asked: list[str] = []
    admin = world.administrator.actor
    add_holiday(world.deps, admin, TUESDAY, "x")
    event.listen(world.deps.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    holiday_effect(world.deps, admin, TUESDAY)
    first = len(asked)
    world.fakes.clock.set(datetime(2023, 10, 9, 8, 31, tzinfo=UTC))
    announced(world, DeadlinePolicy.next_day)
    asked.clear()
    holiday_effect(world.deps, admin, TUESDAY)
    assert first == len(asked)
