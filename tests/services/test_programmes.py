"""Programmes and stewards: what must be there before anything is announced."""

from datetime import timedelta

import pytest

from portal.db.tables import Assignment, Invitation, OutboxMail, Programme
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.programmes import add_programme
from portal.services.stewards import add_steward
from tests.services.looks import actions, count, rows
from tests.world import PROGRAMME, World


def test_a_programme_pins_its_checklist_and_policy(deps: Deps) -> None:
    """What it was added with is what it keeps."""
    made = add_programme(deps, OPERATOR, "RAA-2024", "The next one", DeadlinePolicy.next_working_day, "2023")
    [row] = rows(deps, Programme)
    assert (made, "RAA-2024", "next_working_day", "2023", None, False) == (
        row.id, row.code, row.deadline_policy, row.checklist_version, row.published_on, row.held,
    )  # fmt: skip
    assert ["programme.added"] == actions(deps)


def test_a_code_is_taken_once(world: World) -> None:
    """Inspections are called by it."""
    with pytest.raises(Conflict, match=PROGRAMME):
        add_programme(world.deps, world.administrator.actor, PROGRAMME, "x", DeadlinePolicy.next_day, "2023")


@pytest.mark.parametrize("code", ["", "RAA 2023", "RAA/2023", "RAA-2023\n", "-RAA", "RAA--2023", "X" * 41])
def test_a_code_must_be_fit_for_a_folder(deps: Deps, code: str) -> None:
    """Bundles are named after it: better refused here than found out when the first one is made."""
    with pytest.raises(Refused, match="such as RAA-2023"):
        add_programme(deps, OPERATOR, code, "x", DeadlinePolicy.next_day, "2023")
    assert [] == rows(deps, Programme)


def test_an_unknown_checklist_is_refused(deps: Deps) -> None:
    """The words name those there are."""
    with pytest.raises(Refused, match="There are: 2023"):
        add_programme(deps, OPERATOR, "X", "x", DeadlinePolicy.next_day, "1999")


def test_only_an_administrator_adds_programmes_and_stewards(world: World) -> None:
    """Not even the data protection officer."""
    for person in (world.dpo, world.leader, world.qa_officer):
        with pytest.raises(NotFound):
            add_programme(world.deps, person.actor, "X", "x", DeadlinePolicy.next_day, "2023")
        with pytest.raises(NotFound):
            add_steward(world.deps, person.actor, "x@example.org", "X", Role.administrator)


def test_a_new_steward_is_invited_and_a_known_person_is_told(world: World) -> None:
    """Whoever has a password needs no link."""
    add_steward(world.deps, OPERATOR, " New@Example.org", "New", Role.data_protection_officer)
    [invitation] = rows(world.deps, Invitation)
    assert world.deps.clock.now() + timedelta(days=3) == invitation.expires_at
    add_steward(world.deps, OPERATOR, world.dpo.email, "ignored", Role.administrator)
    assert 1 == count(world.deps, Invitation)
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "steward")


def test_a_stewardship_is_given_once(world: World) -> None:
    """A second time is said to be one."""
    with pytest.raises(Conflict):
        add_steward(world.deps, OPERATOR, world.dpo.email, "x", Role.data_protection_officer)
    assert 2 == count(world.deps, Assignment, Assignment.inspection_id.is_(None))


@pytest.mark.parametrize("role", [Role.leader, Role.lead_inspector, Role.worker])
def test_only_stewardships_are_given_in_this_way(deps: Deps, role: Role) -> None:
    """Roles in an inspection come with its announcement."""
    with pytest.raises(Refused):
        add_steward(deps, OPERATOR, "x@example.org", "X", role)


@pytest.mark.parametrize("email", ["", "nobody", "x" * 250 + "@example.org"])
def test_an_address_must_be_one(deps: Deps, email: str) -> None:
    """A mail that cannot be delivered invites nobody."""
    with pytest.raises(Refused, match="email address"):
        add_steward(deps, OPERATOR, email, "X", Role.administrator)
