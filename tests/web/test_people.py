"""The pages about people: what a role opens or closes at the next request, and what forms say of a slip."""

import re
from uuid import uuid4

import pytest
from flask import Flask

from portal.db.tables import Assignment, Person
from portal.domain.roles import Role
from tests.services.looks import count, rows
from tests.web.clients import Visit, sign_in, words
from tests.world import Someone, World, add_person

NEW = {"email": "pat@agency.example", "name": "Pat Typed"}
SLIP = "<svg onload=alert(1)>"


@pytest.fixture
def visits(world: World, app: Flask) -> dict[str, Visit]:
    """A signed-in browser of everybody."""
    names = ("leader", "contributor", "lead_inspector", "inspector", "administrator", "dpo")
    return {name: Visit(app, sign_in(app, world.deps, getattr(world, name).id)) for name in names}


@pytest.fixture
def own(world: World) -> str:
    """The address of agency A's own pages."""
    return f"/inspections/{world.a.inspection}"


@pytest.fixture
def team(world: World) -> str:
    """The address of the administrator's page about A's people."""
    return f"/stewards/teams/{world.a.inspection}"


def test_the_leader_goes_from_her_list_to_her_colleagues_and_back(visits: dict[str, Visit], own: str) -> None:
    """Contributors have no such way, in words or by address."""
    assert f'href="{own}/people"' in visits["leader"].get(f"{own}/").text
    assert f'href="{own}/people"' not in visits["contributor"].get(f"{own}/").text
    page = visits["leader"].get(f"{own}/people")
    assert "Lena Leader, leader@example.org" in words(page)
    assert f'href="{own}/"' in page.text


def test_a_colleague_is_invited_reminded_and_removed(visits: dict[str, Visit], own: str, world: World) -> None:
    """Each step leads back to the list and says what happened."""
    leader = visits["leader"]
    sent = leader.post(f"{own}/people", **NEW)
    assert (303, f"{own}/people?done=invited") == (sent.status_code, sent.location)
    page = leader.get(sent.location)
    assert "The invitation is on its way." in words(page)
    assert "pat@agency.example Invited; the invitation can be used until 9:30am on Thursday 12 October" in words(page)
    assert "Pat Typed" not in words(page)
    [person] = rows(world.deps, Person, Person.email == NEW["email"])
    again = leader.post(f"{own}/people/{person.id}/resend")
    assert "The one before no longer works, and the code is another." in words(leader.get(again.location))
    asked = leader.get(f"{own}/people/{person.id}/remove")
    assert "Remove this person?" in words(asked)
    assert "pat@agency.example" in words(leader.get(f"{own}/people"))
    removed = leader.post(f"{own}/people/{person.id}/remove")
    page = leader.get(removed.location)
    assert "They no longer have access." in words(page)
    assert "pat@agency.example" not in words(page)
    assert 404 == leader.get(f"{own}/people/{person.id}/remove").status_code


def test_a_slip_is_said_at_its_field_and_what_was_typed_stays(visits: dict[str, Visit], own: str) -> None:
    """Escaped, with a summary that leads to the field."""
    page = visits["leader"].post(f"{own}/people", email=SLIP, name=SLIP)
    assert 422 == page.status_code
    assert SLIP not in page.text
    assert 'value="&lt;svg onload=alert(1)&gt;"' in page.text
    assert 'href="#email"' in page.text
    assert "Enter an email address in the correct format" in words(page)
    page = visits["leader"].post(f"{own}/people", email="", name="")
    assert {"#email", "#name"} <= set(re.findall(r'href="(#\w+)"', page.text))
    assert 400 == visits["leader"].post(f"{own}/people", **NEW, role="leader").status_code


def test_a_removed_colleague_is_out_at_the_next_request(visits: dict[str, Visit], own: str, world: World) -> None:
    """Still signed in, and the inspection is as unknown to them as any other."""
    contributor = visits["contributor"]
    assert 200 == contributor.get(f"{own}/").status_code
    visits["leader"].post(f"{own}/people/{world.contributor.id}/remove")
    assert 404 == contributor.get(f"{own}/").status_code
    assert 404 == contributor.send(f"{own}/items/annual-report/documents", b"%PDF-1.7 x").status_code
    assert "There is no inspection for you to see" in words(contributor.get("/"))


def test_the_leader_is_replaced_within_a_request(visits: dict[str, Visit], own: str, world: World) -> None:
    """The contributor's open browser declares from then on, the old leader's does nothing more."""
    page = f"/team/inspections/{world.a.inspection}/leader"
    assert "Lena Leader, leader@example.org, since 9 October 2023 at 9:30am" in words(
        visits["lead_inspector"].get(page)
    )
    assert 403 == visits["contributor"].get(f"{own}/declaration").status_code
    done = visits["lead_inspector"].post(page, email=world.contributor.email, name="Conrad")
    assert (303, f"{page}?done=replaced") == (done.status_code, done.location)
    assert "Conrad Contributor, contributor@example.org" in words(visits["lead_inspector"].get(done.location))
    assert 200 == visits["contributor"].get(f"{own}/declaration").status_code
    assert 404 == visits["leader"].get(f"{own}/").status_code


def test_a_replacement_that_cannot_be_is_a_page_again(visits: dict[str, Visit], world: World) -> None:
    """With what was typed, the tick too, and the leader as before."""
    page = f"/team/inspections/{world.a.inspection}/leader"
    answer = visits["lead_inspector"].post(page, email=world.inspector.email, name="Ivo", keep="yes")
    assert 422 == answer.status_code
    assert "both sides" in words(answer)
    assert "checked" in answer.text
    assert f'value="{world.inspector.email}"' in answer.text
    assert 1 == count(world.deps, Assignment, Assignment.person_id == world.leader.id, Assignment.ended_at.is_(None))
    assert 409 == visits["lead_inspector"].post(page, email=world.leader.email, name="Lena").status_code
    assert 422 == visits["lead_inspector"].post(page, email="", name="", keep="maybe").status_code


def test_each_goes_back_to_where_they_came_from(visits: dict[str, Visit], world: World, team: str) -> None:
    """The team to the inspection's page, an administrator to its people."""
    page = f"/team/inspections/{world.a.inspection}/leader"
    assert f'href="/team/inspections/{world.a.inspection}/"' in visits["lead_inspector"].get(page).text
    assert f'href="{team}"' in visits["administrator"].get(page).text


def test_somebody_is_assigned_once_it_is_confirmed(visits: dict[str, Visit], team: str, world: World) -> None:
    """First the warning with a box to tick, then the role; the one before is out at once."""
    administrator = visits["administrator"]
    fields = {"email": "new@inspectorate.example", "name": "Nora New", "role": "lead_inspector"}
    asked = administrator.post(team, **fields)
    assert 422 == asked.status_code
    assert 'href="#confirmed"' in asked.text
    assert "is replaced and loses access at once" in words(asked)
    assert 200 == visits["lead_inspector"].get(f"/team/inspections/{world.a.inspection}/").status_code
    done = administrator.post(team, **fields, confirmed="yes")
    assert (303, f"{team}?done=assigned") == (done.status_code, done.location)
    assert "Nora New new@inspectorate.example Lead inspector Invited, no password yet" in words(
        administrator.get(done.location)
    )
    assert 404 == visits["lead_inspector"].get(f"/team/inspections/{world.a.inspection}/").status_code


@pytest.mark.parametrize("role", ["", "leader", "administrator", "emperor"])
def test_only_roles_of_the_team_are_given_here(visits: dict[str, Visit], team: str, role: str) -> None:
    """Anything else is asked for again."""
    page = visits["administrator"].post(team, **NEW, role=role)
    assert 422 == page.status_code
    assert "Select a role" in words(page)


def test_a_member_is_removed_by_an_administrator(visits: dict[str, Visit], team: str, world: World) -> None:
    """After a question; leader and lead inspector are not offered, and refused."""
    administrator = visits["administrator"]
    page = administrator.get(team).text
    offered = set(re.findall(rf"{team}/people/([0-9a-f-]+)/remove", page))
    assert {str(each.id) for each in (world.contributor, world.inspector, world.qa_officer)} == offered
    assert "They are inspector now" in words(administrator.get(f"{team}/people/{world.inspector.id}/remove"))
    done = administrator.post(f"{team}/people/{world.inspector.id}/remove")
    assert "They no longer have access to this inspection." in words(administrator.get(done.location))
    assert 404 == visits["inspector"].get(f"/team/inspections/{world.a.inspection}/").status_code
    assert 409 == administrator.post(f"{team}/people/{world.leader.id}/remove").status_code
    assert 404 == administrator.get(f"/stewards/teams/{uuid4()}").status_code


def test_people_are_searched_without_a_trace_in_the_address(visits: dict[str, Visit], world: World) -> None:
    """Names stay out of addresses; further pages are buttons; nothing found is said."""
    administrator = visits["administrator"]
    for number in range(30):
        add_person(world.deps, f"p{number:02d}@agency.example", f"Canary {number:02d}")
    listed = administrator.get("/stewards/people/")
    assert 'href="/stewards/people/?page=2"' in listed.text
    assert "Canary 29" in words(administrator.get("/stewards/people/?page=2"))
    first = administrator.post("/stewards/people/search", search="canary")
    assert ("Canary 00" in words(first), "Canary 25" in words(first)) == (True, False)
    assert "Page 1 of 2." in words(first)
    assert [] == [href for href in re.findall(r'(?:href|action)="([^"]*)"', first.text) if "anary" in href]
    second = administrator.post("/stewards/people/search", search="canary", page="2")
    assert "Canary 29" in words(second)
    assert "Nobody’s name or address has this in it" in words(
        administrator.post("/stewards/people/search", search=SLIP)
    )
    for wrong in ("0", "x", "1" * 30):
        page = administrator.post("/stewards/people/search", search="canary", page=wrong)
        assert 422 == page.status_code
    assert 422 == administrator.post("/stewards/people/search", search="x" * 300).status_code
    assert 200 == administrator.get("/stewards/people/?page=999999").status_code


def test_an_account_is_disabled_at_the_next_request(visits: dict[str, Visit], world: World) -> None:
    """After a question that says which inspection is left without a leader who can act."""
    administrator, path = visits["administrator"], f"/stewards/people/{world.leader.id}"
    assert "They lead RAA-2023-01." in words(administrator.get(f"{path}/disable"))
    assert 200 == visits["leader"].get(f"/inspections/{world.a.inspection}/").status_code
    done = administrator.post(f"{path}/disable")
    assert "The account is disabled and signed out everywhere." in words(administrator.get(done.location))
    assert 303 == visits["leader"].get(f"/inspections/{world.a.inspection}/").status_code
    assert "The account can be used again." in words(administrator.get(administrator.post(f"{path}/enable").location))
    own = f"/stewards/people/{world.administrator.id}"
    assert "Disable the account" not in words(administrator.get(own))
    assert 409 == administrator.post(f"{own}/disable").status_code


def test_an_account_is_corrected_once_it_is_confirmed(visits: dict[str, Visit], world: World) -> None:
    """What was typed stays until then."""
    administrator, path = visits["administrator"], f"/stewards/people/{world.leader.id}/correct"
    assert f'value="{world.leader.email}"' in administrator.get(path).text
    asked = administrator.post(path, email="right@agency.example", name="Lena Right")
    assert 422 == asked.status_code
    assert 'href="#confirmed"' in asked.text
    assert 'value="right@agency.example"' in asked.text
    taken = administrator.post(path, email=world.dpo.email, name="Lena", confirmed="yes")
    assert "Another account has this address." in words(taken)
    done = administrator.post(path, email="right@agency.example", name="Lena Right", confirmed="yes")
    assert "right@agency.example" in words(administrator.get(done.location))


def test_invitations_are_sent_anew_and_revoked(visits: dict[str, Visit], world: World, team: str) -> None:
    """By the role that they are for; of a place that is none the answer is that of an unknown page."""
    administrator = visits["administrator"]
    administrator.post(team, **NEW, role="inspector")
    [person] = rows(world.deps, Person, Person.email == NEW["email"])
    path, place = f"/stewards/people/{person.id}", str(world.a.inspection)
    assert "Can be used until" in words(administrator.get(path))
    done = administrator.post(f"{path}/revoke", inspection=place)
    assert "The invitation can no longer be used." in words(administrator.get(done.location))
    assert "Revoke" not in words(administrator.get(path))
    done = administrator.post(f"{path}/resend", inspection=place)
    assert "A new invitation is on its way." in words(administrator.get(done.location))
    assert 404 == administrator.post(f"{path}/resend", inspection=str(world.b.inspection)).status_code
    assert 404 == administrator.post(f"{path}/resend").status_code
    assert 400 == administrator.post(f"{path}/resend", inspection="x").status_code


def test_stewards_are_added_and_ended(visits: dict[str, Visit], world: World) -> None:
    """The last one who can act keeps the role."""
    administrator = visits["administrator"]
    wrong = administrator.post("/stewards/people/add-steward", **NEW, role="leader")
    assert (422, True) == (wrong.status_code, "Select a role" in words(wrong))
    both = administrator.post("/stewards/people/add-steward", email=world.leader.email, name="L", role="administrator")
    assert "takes part in an inspection" in words(both)
    added = administrator.post("/stewards/people/add-steward", **NEW, role="administrator")
    page = administrator.get(added.location)
    assert "Pat Typed" in words(page)
    [end] = re.findall(r'href="([^"]+/stewardships/administrator)"', page.text)
    assert "End the role of administrator?" in words(administrator.get(end))
    assert "The role is ended." in words(administrator.get(administrator.post(end).location))
    assert 404 == administrator.get(end).status_code
    assert 404 == administrator.get(end.replace("administrator", "leader")).status_code
    last = f"/stewards/people/{world.administrator.id}/stewardships/administrator"
    assert 409 == administrator.post(last).status_code


def test_a_role_given_opens_at_the_next_request(visits: dict[str, Visit], world: World, app: Flask, team: str) -> None:
    """Nobody has to sign in anew."""
    someone: Someone = add_person(world.deps, "free@inspectorate.example", "Fred Free")
    visit = Visit(app, sign_in(app, world.deps, someone.id))
    page = f"/team/inspections/{world.a.inspection}/"
    assert 404 == visit.get(page).status_code
    visits["administrator"].post(team, email=someone.email, name="Fred", role=Role.inspector.value)
    assert 200 == visit.get(page).status_code
