"""Assigning people to an inspection: who is replaced, what asks for a confirmation, who is on which side."""

from datetime import timedelta
from uuid import UUID

import pytest

from portal.db.tables import Assignment, Invitation, OutboxMail, Person
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.roles import Role
from portal.services.announce import Announcement, Invitee, announce
from portal.services.assignments import assign, member_page, unassign
from portal.services.desk import task_list
from portal.services.people import inspection_people, list_teams
from portal.services.programmes import add_programme
from tests.services.looks import actions, count, rows
from tests.world import Someone, World

NEW = "new@inspectorate.example"


def _assign(world: World, role: Role, email: str = NEW, *, confirmed: bool = False) -> tuple[str, ...]:
    actor = world.administrator.actor
    return assign(world.deps, actor, world.a.inspection, role, email, "Nora New", confirmed=confirmed)


def _holders(world: World, role: Role) -> set[str]:
    people = inspection_people(world.deps, world.administrator.actor, world.a.inspection)["people"]
    return {each["email"] for each in people if each["role"] is role}


def test_an_inspector_is_assigned_and_invited(world: World) -> None:
    """The third in all asks for nothing; the mail has a link."""
    assert () == _assign(world, Role.inspector)
    assert {NEW, world.inspector.email} == _holders(world, Role.inspector)
    assert 1 == count(world.deps, Invitation)
    assert ["team"] == [row.template for row in rows(world.deps, OutboxMail) if "invitation" in row.facts]
    assert "role.given" == actions(world.deps, world.a.inspection)[-1]


def test_a_fourth_inspector_is_confirmed(world: World) -> None:
    """A team has up to three (§12): a warning, no wall."""
    _assign(world, Role.inspector)
    with pytest.raises(Refused, match="4 inspectors") as refused:
        _assign(world, Role.inspector, "fourth@inspectorate.example")
    assert "confirmed" == refused.value.field
    assert 0 == count(world.deps, Person, Person.email == "fourth@inspectorate.example")
    [warning] = _assign(world, Role.inspector, "fourth@inspectorate.example", confirmed=True)
    assert "paragraph 12" in warning


@pytest.mark.parametrize("role", [Role.lead_inspector, Role.quality_assurance_officer])
def test_the_one_there_is_is_replaced_once_confirmed(world: World, role: Role) -> None:
    """There is one of each, and the one before is out at once."""
    old = {Role.lead_inspector: world.lead_inspector, Role.quality_assurance_officer: world.qa_officer}[role]
    with pytest.raises(Refused, match="is replaced"):
        _assign(world, role)
    assert {old.email} == _holders(world, role)
    _assign(world, role, confirmed=True)
    assert {NEW} == _holders(world, role)
    with pytest.raises(NotFound):
        inspection_people(world.deps, old.actor, world.a.inspection)


def test_nobody_joins_a_side_without_its_knowing(world: World) -> None:
    """An administrator who invents an inspector tells the whole team; whoever is replaced learns it too."""

    def told() -> set[UUID]:
        return {row.person_id for row in rows(world.deps, OutboxMail) if row.template == "joined"}

    team = {world.lead_inspector.id, world.inspector.id, world.qa_officer.id}
    _assign(world, Role.contributor, "pat@agency.example")
    assert {world.leader.id} == told()
    _assign(world, Role.inspector, confirmed=True)
    assert {world.leader.id, *team} == told()
    _assign(world, Role.lead_inspector, "chief@inspectorate.example", confirmed=True)
    replaced = [each for each in rows(world.deps, OutboxMail) if each.person_id == world.lead_inspector.id]
    assert 2 == [each.template for each in replaced].count("joined")


def test_an_inspector_becomes_lead_inspector(world: World) -> None:
    """The role before ends: one person has one role in a team."""
    _assign(world, Role.lead_inspector, world.inspector.email, confirmed=True)
    assert ({world.inspector.email}, set()) == (_holders(world, Role.lead_inspector), _holders(world, Role.inspector))
    _assign(world, Role.inspector, world.lead_inspector.email)
    with pytest.raises(Conflict, match="always has a lead inspector"):
        _assign(world, Role.inspector, world.inspector.email)


@pytest.mark.parametrize(
    ("role", "who", "field"),
    [
        (Role.inspector, "leader", "email"),
        (Role.inspector, "leader_b", "email"),
        (Role.inspector, "contributor", "email"),
        (Role.inspector, "dpo", "email"),
        (Role.inspector, "administrator", "email"),
        (Role.inspector, "inspector", "email"),
        (Role.contributor, "lead_inspector_b", "email"),
        (Role.leader, "contributor", "role"),
        (Role.administrator, "inspector", "role"),
    ],
)
def test_who_cannot_be_assigned(world: World, role: Role, who: str, field: str) -> None:
    """The other side, stewards, whoever has the role already, and roles that are given elsewhere."""
    before = count(world.deps, Assignment)
    with pytest.raises(Refused) as refused:
        _assign(world, role, getattr(world, who).email, confirmed=True)
    assert field == refused.value.field
    assert before == count(world.deps, Assignment)


def test_an_inspector_of_one_programme_may_be_inspected_in_another(world: World) -> None:
    """People move between posts; within one programme they are on one side."""
    add_programme(world.deps, OPERATOR, "NEXT", "The next one", DeadlinePolicy.next_day, "2023")
    people = [
        Invitee("head@agency.example", "Hilda Head", Role.leader),
        Invitee("chief@inspectorate.example", "Carl Chief", Role.lead_inspector),
    ]
    other = announce(world.deps, OPERATOR, Announcement("NEXT", "agency-n", "Adoption N", people, confirmed=True))
    actor = world.administrator.actor
    assign(world.deps, actor, other.inspection, Role.contributor, world.inspector.email, "Ivo")
    assert other.reference == task_list(world.deps, world.inspector.actor, other.inspection)["reference"]


def test_a_contributor_is_invited_in_the_leaders_place(world: World) -> None:
    """Where the leader cannot: as she would."""
    _assign(world, Role.contributor, "pat@agency.example")
    assert {"pat@agency.example", world.contributor.email} == _holders(world, Role.contributor)


@pytest.mark.parametrize("who", ["inspector", "qa_officer", "contributor"])
def test_who_is_removed_is_out_at_once(world: World, who: str) -> None:
    """Their next act finds no inspection."""
    someone: Someone = getattr(world, who)
    administrator = world.administrator.actor
    assert someone.email == member_page(world.deps, administrator, world.a.inspection, someone.id)["email"]
    unassign(world.deps, administrator, world.a.inspection, someone.id)
    with pytest.raises(NotFound):
        task_list(world.deps, someone.actor, world.a.inspection)
    with pytest.raises(NotFound):
        unassign(world.deps, administrator, world.a.inspection, someone.id)
    assert "role.ended" == actions(world.deps, world.a.inspection)[-1]


@pytest.mark.parametrize("who", ["leader", "lead_inspector"])
def test_leader_and_lead_inspector_are_not_removed(world: World, who: str) -> None:
    """Somebody has to answer on each side at every moment."""
    arguments = (world.deps, world.administrator.actor, world.a.inspection, getattr(world, who).id)
    for act in (unassign, member_page):
        with pytest.raises(Conflict, match="always has a"):
            act(*arguments)


@pytest.mark.parametrize(
    ("who", "error"),
    [("lead_inspector", NotAllowed), ("qa_officer", NotAllowed), ("leader", NotAllowed), ("dpo", NotAllowed),
     ("leader_b", NotFound)],
)  # fmt: skip
def test_only_an_administrator_assigns(world: World, who: str, error: type[Exception]) -> None:
    """The team does not choose itself."""
    actor = getattr(world, who).actor
    with pytest.raises(error):
        assign(world.deps, actor, world.a.inspection, Role.inspector, NEW, "Nora New")
    with pytest.raises(error):
        unassign(world.deps, actor, world.a.inspection, world.inspector.id)
    with pytest.raises(error):
        inspection_people(world.deps, actor, world.a.inspection)


def test_the_people_of_an_inspection_with_their_invitations(world: World) -> None:
    """In the order of roles, with what their links are worth."""
    _assign(world, Role.inspector)
    people = inspection_people(world.deps, world.administrator.actor, world.a.inspection)["people"]
    assert ["leader", "contributor", "lead_inspector", "inspector", "inspector", "quality_assurance_officer"] == [
        each["role"] for each in people
    ]
    [new] = [each for each in people if each["email"] == NEW]
    assert "Can be used until 9:30am on Thursday 12 October 2023" == new["invitation_words"]
    world.fakes.clock.advance(timedelta(days=4))
    people = inspection_people(world.deps, world.administrator.actor, world.a.inspection)["people"]
    [new] = [each for each in people if each["email"] == NEW]
    assert "Ran out at 9:30am on Thursday 12 October 2023" == new["invitation_words"]


def test_all_inspections_with_who_leads(world: World) -> None:
    """An administrator finds each, with both sides' heads."""
    found = list_teams(world.deps, world.administrator.actor)
    assert {("RAA-2023-01", "Lena Leader", "Ines Inspector"), ("RAA-2023-02", "Bella Leader", "Ida Inspector")} == {
        (each["reference"], each["leader"], each["lead_inspector"]) for each in found.rows
    }
    with pytest.raises(NotFound):
        list_teams(world.deps, world.dpo.actor)


@pytest.mark.parametrize(
    ("role", "who", "words"),
    [
        (Role.leader, "inspector", "both sides"),
        (Role.contributor, "lead_inspector_b", "both sides"),
        (Role.lead_inspector, "leader_b", "both sides"),
        (Role.inspector, "dpo", "is a steward"),
        (Role.leader, "administrator", "is a steward"),
    ],
)
def test_an_announcement_keeps_the_sides_apart_too(world: World, role: Role, who: str, words: str) -> None:
    """It says of whom it speaks, and nothing is announced."""
    someone: Someone = getattr(world, who)
    fresh = {Role.leader: "l@agency.example", Role.lead_inspector: "i@inspectorate.example"}
    people = [Invitee(email, "Some One", each) for each, email in fresh.items() if each is not role]
    people.append(Invitee(someone.email, someone.name, role))
    with pytest.raises(Refused, match=words) as refused:
        announce(world.deps, OPERATOR, Announcement("RAA-2023", "agency-n", "Adoption N", people, confirmed=True))
    assert someone.name in str(refused.value)
    assert 0 == count(world.deps, Person, Person.email.in_(fresh.values()))
