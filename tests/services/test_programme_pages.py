"""Programmes as stewards see and change them: window, policy until the first announcement, inspections in words."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, update

from portal.db.engine import writing
from portal.db.tables import Inspection, Programme
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import NotFound, Refused
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.announce import Announcement, Invitee, announce, preview
from portal.services.cancel import cancel
from portal.services.programmes import add_programme, edit_programme, programme_page, programmes_page
from tests.services.looks import actions, rows, trail_text
from tests.world import PROGRAMME, World

WINDOW = (date(2023, 10, 2), date(2023, 12, 22))
NEXT_DAY, WORKING = DeadlinePolicy.next_day, DeadlinePolicy.next_working_day


def test_a_programme_is_added_with_its_window(deps: Deps) -> None:
    """Both days are kept; without one there is none."""
    add_programme(deps, OPERATOR, "ONE", "One", NEXT_DAY, "2023", WINDOW)
    add_programme(deps, OPERATOR, "TWO", "Two", NEXT_DAY, "2023")
    assert [WINDOW, (None, None)] == [
        (each.window_from, each.window_until) for each in programmes_page(deps, OPERATOR).rows
    ]


def test_a_title_must_be_one(deps: Deps) -> None:
    """A blank one is refused, and nothing is added."""
    with pytest.raises(Refused) as refused:
        add_programme(deps, OPERATOR, "ONE", " ", NEXT_DAY, "2023")
    assert "title" == refused.value.field
    assert [] == rows(deps, Programme)


def test_title_window_and_policy_are_changed(deps: Deps) -> None:
    """As long as nothing was announced the policy too; the trail has no title."""
    add_programme(deps, OPERATOR, "ONE", "One", NEXT_DAY, "2023", WINDOW)
    edit_programme(deps, OPERATOR, "ONE", " A canary of a title ", WORKING, None)
    [row] = rows(deps, Programme)
    assert ("A canary of a title", "next_working_day", None, None) == (
        row.title, row.deadline_policy, row.window_from, row.window_until,
    )  # fmt: skip
    assert "programme.changed" == actions(deps)[-1]
    assert "canary" not in trail_text(deps)


def test_the_policy_stands_from_the_first_announcement_on(world: World) -> None:
    """Title and window can change still (R1: what was frozen is not read anew)."""
    admin = world.administrator.actor
    with pytest.raises(Refused, match="can no longer change") as refused:
        edit_programme(world.deps, admin, PROGRAMME, "New", WORKING, WINDOW)
    assert "policy" == refused.value.field
    edit_programme(world.deps, admin, PROGRAMME, "New", NEXT_DAY, WINDOW)
    view = programme_page(world.deps, admin, PROGRAMME)
    assert ("New", WINDOW[0], True) == (view.programme.title, view.programme.window_from, view.announced)


def test_a_programme_shows_its_inspections_and_what_paragraph_12_would_have(world: World) -> None:
    """Days on site outside the window are counted; the inspections come in the order of their references."""
    admin = world.administrator.actor
    assert () == programme_page(world.deps, admin, PROGRAMME).warnings
    edit_programme(world.deps, admin, PROGRAMME, "New", NEXT_DAY, (date(2023, 10, 17), date(2023, 12, 22)))
    view = programme_page(world.deps, world.dpo.actor, PROGRAMME)
    assert ["RAA-2023-01", "RAA-2023-02"] == [each.reference for each in view.inspections.rows]
    assert ("2 inspections have days on site outside the window of the programme.",) == view.warnings


def test_what_does_not_take_place_is_not_counted_against_paragraph_12(world: World) -> None:
    """A cancelled inspection is neither a seventh nor outside the window; references go on behind it."""
    deps, admin = world.deps, world.administrator.actor
    people = [Invitee(f"{role}@example.com", "Some One", role) for role in (Role.leader, Role.lead_inspector)]

    def planned(letter: str) -> Announcement:
        return Announcement(PROGRAMME, f"agency-{letter}", f"Adoption {letter}", people, confirmed=True)

    for letter in "cdef":
        announce(deps, OPERATOR, planned(letter))
    cancel(deps, world.lead_inspector.actor, world.a.inspection)
    edit_programme(deps, admin, PROGRAMME, "New", NEXT_DAY, (date(2023, 10, 17), date(2023, 12, 22)))
    [outside] = programme_page(deps, admin, PROGRAMME).warnings
    assert "5 inspections have days on site outside" in outside
    assert [] == [each for each in preview(deps, OPERATOR, planned("g")).dates.warnings if "Paragraph 12" in each]
    assert "RAA-2023-07" == announce(deps, OPERATOR, planned("g")).reference
    [would] = [each for each in preview(deps, OPERATOR, planned("h")).dates.warnings if "Paragraph 12" in each]
    assert "This would be inspection 7 of the programme." in would
    announce(deps, OPERATOR, planned("h"))
    assert "The programme has 7 inspections." in programme_page(deps, admin, PROGRAMME).warnings[0]


def test_what_the_actor_may_do_is_said(world: World) -> None:
    """An administrator changes programmes, a data protection officer what concerns retention."""
    said = [programme_page(world.deps, who.actor, PROGRAMME) for who in (world.administrator, world.dpo)]
    assert [(True, False), (False, True)] == [(each.may_manage, each.may_retain) for each in said]


def test_inspections_come_a_page_at_a_time(world: World) -> None:
    """However many there are, in as many queries."""
    asked: list[str] = []
    event.listen(world.deps.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    programme_page(world.deps, world.administrator.actor, PROGRAMME)
    few = len(asked)
    with writing(world.deps.engine) as session:
        one = session.get_one(Inspection, world.a.inspection)
        kept = {each.name: getattr(one, each.name) for each in Inspection.__table__.columns if each.name != "id"}
        session.add_all(Inspection(**kept | {"reference": f"RAA-2023-{number}"}) for number in range(10, 40))
    asked.clear()
    view = programme_page(world.deps, world.administrator.actor, PROGRAMME, 2)
    assert (2, 2, 7, few) == (view.inspections.page, view.inspections.pages, len(view.inspections.rows), len(asked))
    assert "32 inspections" in view.warnings[0]


def test_only_an_administrator_changes_programmes(world: World) -> None:
    """The data protection officer sees them; for others there are none."""
    for person in world.everyone:
        if person != world.administrator:
            with pytest.raises(NotFound):
                edit_programme(world.deps, person.actor, PROGRAMME, "x", NEXT_DAY, None)
        if person not in (world.administrator, world.dpo):
            with pytest.raises(NotFound):
                programme_page(world.deps, person.actor, PROGRAMME)
            with pytest.raises(NotFound):
                programmes_page(world.deps, person.actor)


def test_an_unknown_programme_is_not_there(world: World) -> None:
    """Neither shown nor changed."""
    with pytest.raises(NotFound):
        programme_page(world.deps, world.administrator.actor, "NONE")
    with pytest.raises(NotFound):
        edit_programme(world.deps, world.administrator.actor, "NONE", "x", NEXT_DAY, None)


def test_an_inspection_of_another_programme_is_none_of_this(world: World) -> None:
    """Each programme shows its own."""
    other = add_programme(world.deps, world.administrator.actor, "NEXT", "Next", NEXT_DAY, "2023")
    with writing(world.deps.engine) as session:
        session.execute(
            update(Inspection)
            .where(Inspection.id == world.b.inspection)
            .values(programme_id=other, starts_on=Inspection.starts_on, announced_at=world.deps.clock.now())
        )
    world.fakes.clock.advance(timedelta(hours=1))
    found = [
        [each.reference for each in programme_page(world.deps, world.dpo.actor, code).inspections.rows]
        for code in (PROGRAMME, "NEXT")
    ]
    assert [["RAA-2023-01"], ["RAA-2023-02"]] == found
