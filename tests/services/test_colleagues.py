"""The leader's colleagues: invited, invited anew, removed; and never a word about anybody else's inspection."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Assignment, Invitation, OutboxMail, Person
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.people import MAX_CONTRIBUTORS
from portal.domain.roles import Role
from portal.services.accept import look_at_invitation
from portal.services.colleagues import (
    CANNOT_INVITE,
    colleague,
    invite_contributor,
    list_colleagues,
    remove_contributor,
    resend_to_contributor,
)
from portal.services.deliver import deliver
from portal.services.desk import task_list
from portal.vault.invitations import invitation_token
from tests.services.invited import accept
from tests.services.looks import actions, count, rows, trail_text
from tests.world import Someone, World, add_person, give_role, upload

NEW = "pat@agency.example"
PASSWORD = "correct horse battery"


def _invite(world: World, email: str = NEW, name: str = "Pat Typed") -> None:
    invite_contributor(world.deps, world.leader.actor, world.a.inspection, email, name)


def _listed(world: World) -> dict[str, dict[str, Any]]:
    found = list_colleagues(world.deps, world.leader.actor, world.a.inspection)["contributors"]
    return {each["email"]: each for each in found}


def _person(world: World, email: str = NEW) -> Someone:
    [row] = rows(world.deps, Person, Person.email == email)
    return Someone(row.id, row.email, row.name)


def _token(world: World, person: UUID) -> str:
    [invitation] = rows(world.deps, Invitation, Invitation.person_id == person)
    return invitation_token(world.deps.secret, invitation.id)


def test_an_invited_colleague_sets_a_password_and_takes_part(world: World) -> None:
    """The mail brings the link; with the password the task list opens."""
    _invite(world)
    deliver(world.deps)
    person = _person(world)
    token = _token(world, person.id)
    [mail] = [mail for mail in world.fakes.mailer.sent if mail.to == NEW]
    assert token in mail.body
    assert accept(world.deps, token, PASSWORD)
    assert world.a.reference == task_list(world.deps, person.actor, world.a.inspection)["reference"]
    assert "role.given" in actions(world.deps, world.a.inspection)


def test_the_list_says_who_was_invited_until_when(world: World) -> None:
    """First the address and the link's end, then that it ran out, and the name once the person took part."""
    _invite(world)
    listed = _listed(world)[NEW]
    assert ("", False) == (listed["name"], listed["accepted"])
    assert "Invited; the invitation can be used until 9:30am on Thursday 12 October 2023" == listed["state_words"]
    token = _token(world, _person(world).id)
    world.fakes.clock.advance(timedelta(days=3))
    assert "The invitation ran out at 9:30am on Thursday 12 October 2023" in _listed(world)[NEW]["state_words"]
    with pytest.raises(NotFound):
        accept(world.deps, token, PASSWORD)
    resend_to_contributor(world.deps, world.leader.actor, world.a.inspection, _person(world).id)
    accept(world.deps, _token(world, _person(world).id), PASSWORD)
    listed = _listed(world)[NEW]
    assert ("Pat Typed", True, "Accepted") == (listed["name"], listed["accepted"], listed["state_words"])


def test_a_new_invitation_makes_the_old_link_a_dead_one(world: World) -> None:
    """Only the newest mail's link opens anything, and a mail that still waits with the old one is not sent."""
    _invite(world)
    person = _person(world).id
    old = _token(world, person)
    resend_to_contributor(world.deps, world.leader.actor, world.a.inspection, person)
    new = _token(world, person)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, old)
    assert NEW == look_at_invitation(world.deps, new).email
    deliver(world.deps)
    [mail] = [mail for mail in world.fakes.mailer.sent if mail.to == NEW]
    assert new in mail.body


def test_a_removed_colleague_is_out_and_what_they_sent_stays(world: World) -> None:
    """Their next act finds no inspection; the document remains, and counts."""
    upload(world.deps, world.contributor.actor, world.a.inspection)
    remove_contributor(world.deps, world.leader.actor, world.a.inspection, world.contributor.id)
    with pytest.raises(NotFound):
        task_list(world.deps, world.contributor.actor, world.a.inspection)
    with pytest.raises(NotFound):
        upload(world.deps, world.contributor.actor, world.a.inspection)
    assert {} == _listed(world)
    assert "1 provided" in task_list(world.deps, world.leader.actor, world.a.inspection)["summary"]
    assert "role.ended" == actions(world.deps, world.a.inspection)[-1]
    with pytest.raises(NotFound):
        remove_contributor(world.deps, world.leader.actor, world.a.inspection, world.contributor.id)


def test_whoever_is_removed_before_they_accept_has_a_dead_link(world: World) -> None:
    """And may be invited again, by another link."""
    _invite(world)
    person = _person(world).id
    token = _token(world, person)
    remove_contributor(world.deps, world.leader.actor, world.a.inspection, person)
    with pytest.raises(NotFound):
        accept(world.deps, token, PASSWORD)
    _invite(world, name="Another Name")
    with pytest.raises(NotFound):
        accept(world.deps, token, PASSWORD)
    assert accept(world.deps, _token(world, person), PASSWORD)


def test_an_address_with_an_account_elsewhere_looks_like_a_new_one(world: World) -> None:
    """Agency A learns nothing of agency B (R12): not by words, state, link's end or name, whatever B's leader does."""
    _invite(world)
    _invite(world, world.leader_b.email, "Pat Typed")
    new, known = _listed(world)[NEW], _listed(world)[world.leader_b.email]
    for each in (new, known):
        del each["id"], each["email"]
    assert new == known
    upload(world.deps, world.leader_b.actor, world.b.inspection)
    assert "" == _listed(world)[world.leader_b.email]["name"]
    deliver(world.deps)
    mails = [
        mail
        for mail in world.fakes.mailer.sent
        if mail.to == world.leader_b.email and world.a.reference in mail.subject
    ]
    [mail] = mails
    assert "Sign in at" in mail.body
    assert "/invitations/" not in mail.body
    upload(world.deps, world.leader_b.actor, world.a.inspection)
    assert world.leader_b.name == _listed(world)[world.leader_b.email]["name"]


def _disable(world: World, person: UUID) -> None:
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == person).values(disabled_at=world.deps.clock.now()))


@pytest.mark.parametrize("who", ["inspector", "lead_inspector_b", "administrator", "dpo", "disabled"])
def test_who_cannot_take_part_is_refused_in_the_same_words(world: World, who: str) -> None:
    """Teams of the programme, stewards and closed accounts: the agency does not learn which it is."""
    someone = add_person(world.deps, "gone@example.org") if who == "disabled" else getattr(world, who)
    if who == "disabled":
        _disable(world, someone.id)
    with pytest.raises(Refused) as refused:
        _invite(world, someone.email)
    assert (CANNOT_INVITE, "email") == (str(refused.value), refused.value.field)
    assert 0 == count(world.deps, OutboxMail, OutboxMail.template == "invitation")


@pytest.mark.parametrize(
    ("email", "name", "field"),
    [
        ("nobody", "Pat", "email"),
        (NEW, " ", "name"),
        (NEW, "x" * 101, "name"),
        ("contributor@example.org", "P", "email"),
        ("LEADER@example.org", "P", "email"),
    ],
)
def test_what_is_no_address_or_takes_part_already_is_refused(world: World, email: str, name: str, field: str) -> None:
    """With the field to mend; and nobody is added."""
    before = count(world.deps, Person)
    with pytest.raises(Refused) as refused:
        _invite(world, email, name)
    assert field == refused.value.field
    assert before == count(world.deps, Person)


def test_there_is_room_for_twenty(world: World) -> None:
    """So that the page stays a page."""
    for number in range(MAX_CONTRIBUTORS - 1):
        person = add_person(world.deps, f"c{number}@agency.example")
        give_role(world.deps, person.id, Role.contributor, world.a.inspection)
    assert not list_colleagues(world.deps, world.leader.actor, world.a.inspection)["room"]
    with pytest.raises(Conflict, match="up to 20 contributors"):
        _invite(world)


def test_only_the_leader_and_only_her_own(world: World) -> None:
    """A contributor may not, the team may not, and another agency's leader does not know of it."""
    for someone, error in (
        (world.contributor, NotAllowed),
        (world.lead_inspector, NotAllowed),
        (world.leader_b, NotFound),
    ):
        arguments = (world.deps, someone.actor, world.a.inspection)
        with pytest.raises(error):
            list_colleagues(*arguments)
        with pytest.raises(error):
            invite_contributor(*arguments, NEW, "Pat")
        with pytest.raises(error):
            resend_to_contributor(*arguments, world.contributor.id)
        with pytest.raises(error):
            remove_contributor(*arguments, world.contributor.id)


@pytest.mark.parametrize("who", ["leader", "inspector", "leader_b"])
def test_whoever_is_no_contributor_here_is_not_found(world: World, who: str) -> None:
    """She cannot remove herself, the team or anybody of another inspection."""
    arguments = (world.deps, world.leader.actor, world.a.inspection, getattr(world, who).id)
    for act in (colleague, resend_to_contributor, remove_contributor):
        with pytest.raises(NotFound):
            act(*arguments)
    assert 1 == count(world.deps, Assignment, Assignment.ended_at.is_(None), Assignment.role == "contributor")


def test_the_trail_holds_no_names_and_no_addresses(world: World) -> None:
    """Ids alone, of those who act and those who are acted on."""
    _invite(world, NEW, "Canary Surname")
    person = _person(world).id
    resend_to_contributor(world.deps, world.leader.actor, world.a.inspection, person)
    remove_contributor(world.deps, world.leader.actor, world.a.inspection, person)
    text = trail_text(world.deps)
    assert str(person) in text
    assert [] == [word for word in ("Canary", NEW, "pat@") if word in text]
    assert [] == [row for row in rows(world.deps, OutboxMail) if "Canary" in row.facts or NEW in row.facts]
