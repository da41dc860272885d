"""Accounts: invitations anew and revoked, disabled and enabled, corrected; and how an administrator sees people."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, update

from portal.db.engine import writing
from portal.db.tables import Assignment, Invitation, OutboxMail, Person
from portal.domain.actors import OPERATOR, Actor
from portal.domain.errors import Conflict, NotFound, PortalError, Refused
from portal.domain.roles import Role
from portal.services.accept import accept_invitation, look_at_invitation
from portal.services.accounts import correct, disable, enable, find_person, leads, resend, revoke
from portal.services.assignments import assign
from portal.services.deliver import deliver
from portal.services.people import list_people, person_page
from portal.services.sign_in import who_is
from portal.services.stewards import add_steward, end_steward
from portal.vault.invitations import invitation_code, invitation_token
from tests.services.invited import accept
from tests.services.looks import actions, count, rows, trail_text
from tests.world import Someone, World, add_person, give_role, session_for

NEW = "new@inspectorate.example"
PASSWORD = "correct horse battery"


@pytest.fixture
def newcomer(world: World) -> UUID:
    """An inspector of A who was invited and has no password yet."""
    assign(world.deps, world.administrator.actor, world.a.inspection, Role.inspector, NEW, "Nora New")
    return find_person(world.deps, OPERATOR, NEW)


def _token(world: World, person: UUID) -> str:
    [invitation] = rows(world.deps, Invitation, Invitation.person_id == person)
    return invitation_token(world.deps.secret, invitation.id)


def _page(world: World, person: UUID) -> dict[str, Any]:
    return person_page(world.deps, world.administrator.actor, person)


def test_an_invitation_is_sent_anew(world: World, newcomer: UUID) -> None:
    """The old link is dead, the new one works once."""
    old = _token(world, newcomer)
    resend(world.deps, world.administrator.actor, newcomer, world.a.inspection)
    new = _token(world, newcomer)
    with pytest.raises(NotFound):
        accept(world.deps, old, PASSWORD)
    accept(world.deps, new, PASSWORD)
    with pytest.raises(NotFound):
        accept(world.deps, new, PASSWORD)
    assert ["invitation.sent", "invitation.accepted"] == actions(world.deps, world.a.inspection)[-2:]


def test_one_link_used_several_times_at_once_sets_one_password(world: World, newcomer: UUID) -> None:
    """Whoever is not the first finds it used."""
    token, barrier = _token(world, newcomer), Barrier(4)

    def accept_as(number: int) -> bool:
        barrier.wait()
        try:
            accept(world.deps, token, f"{PASSWORD} {number}")
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert [False, False, False, True] == sorted(threads.map(accept_as, range(4)))


def test_an_invitation_is_revoked(world: World, newcomer: UUID) -> None:
    """The role stays, the link does not, and the mail that waits is not sent."""
    token = _token(world, newcomer)
    [role] = _page(world, newcomer)["roles"]
    assert (True, True) == (role["may_resend"], role["may_revoke"])
    revoke(world.deps, world.administrator.actor, newcomer, world.a.inspection)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)
    [role] = _page(world, newcomer)["roles"]
    assert ("None", False) == (role["invitation_words"], role["may_revoke"])
    deliver(world.deps)
    assert [] == [mail for mail in world.fakes.mailer.sent if mail.to == NEW]


def test_of_a_role_that_nobody_has_nothing_is_sent_or_revoked(world: World, newcomer: UUID) -> None:
    """Not for another inspection, an unknown one, or a stewardship."""
    for place in (world.b.inspection, uuid4(), None):
        for act in (resend, revoke):
            with pytest.raises(NotFound):
                act(world.deps, world.administrator.actor, newcomer, place)


def test_a_steward_is_invited_anew_too(world: World) -> None:
    """Their invitation is for no inspection."""
    steward = add_steward(world.deps, OPERATOR, "s@inspectorate.example", "Sam Steward", Role.administrator)
    old = _token(world, steward)
    resend(world.deps, OPERATOR, steward, None)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, old)
    assert "Administrator" == look_at_invitation(world.deps, _token(world, steward)).role


@pytest.mark.parametrize("role", ["leader", "contributor"])
def test_whoever_has_a_password_is_told_to_sign_in(world: World, role: str) -> None:
    """By a mail without a link that could set another."""
    someone: Someone = getattr(world, role)
    resend(world.deps, world.administrator.actor, someone.id, world.a.inspection)
    deliver(world.deps)
    mails = [mail for mail in world.fakes.mailer.sent if mail.to == someone.email]
    assert "Sign in at" in mails[-1].body
    assert "/invitations/" not in mails[-1].body


def test_a_disabled_account_is_out_everywhere_at_once(world: World, newcomer: UUID) -> None:
    """Sessions are gone, not only refused; a link opens nothing, and after enabling they sign in anew."""
    tokens = [session_for(world.deps, world.inspector.id) for _ in range(2)]
    disable(world.deps, world.administrator.actor, world.inspector.id)
    assert [None, None] == [who_is(world.deps, token) for token in tokens]
    assert _page(world, world.inspector.id)["disabled"]
    enable(world.deps, world.administrator.actor, world.inspector.id)
    assert [None, None] == [who_is(world.deps, token) for token in tokens]
    assert who_is(world.deps, session_for(world.deps, world.inspector.id)) is not None
    token = _token(world, newcomer)
    disable(world.deps, world.administrator.actor, newcomer)
    with pytest.raises(NotFound):
        accept(world.deps, token, PASSWORD)
    with pytest.raises(Conflict, match="disabled"):
        resend(world.deps, world.administrator.actor, newcomer, world.a.inspection)
    assert ["account.disabled", "account.enabled", "account.disabled"] == actions(world.deps)[-3:]


def test_who_is_disabled_while_leading_is_said(world: World) -> None:
    """It has to be possible at once, and somebody has to replace the leader."""
    assert [world.a.reference] == leads(world.deps, OPERATOR, world.leader.id)
    assert [] == leads(world.deps, OPERATOR, world.inspector.id)
    disable(world.deps, OPERATOR, world.leader.id)


def test_nobody_disables_themselves_or_the_last_who_can_act(world: World) -> None:
    """Otherwise nobody could undo it."""
    with pytest.raises(Conflict, match="your own account"):
        disable(world.deps, world.administrator.actor, world.administrator.id)
    for last in (world.administrator, world.dpo):
        with pytest.raises(Conflict, match="last"):
            disable(world.deps, OPERATOR, last.id)
    other = add_person(world.deps, "other@inspectorate.example")
    give_role(world.deps, other.id, Role.administrator)
    disable(world.deps, other.actor, world.administrator.id)


def _in_parallel(acts: list[Callable[[], None]]) -> list[bool]:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], None]) -> bool:
        barrier.wait()
        try:
            act()
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(len(acts)) as threads:
        return sorted(threads.map(run, acts))


def test_two_administrators_who_end_each_other_leave_one(world: World) -> None:
    """Ending and disabling, at the same moment: one of them finds itself the last."""
    other = add_person(world.deps, "other@inspectorate.example")
    give_role(world.deps, other.id, Role.administrator)
    role = Role.administrator
    done = _in_parallel(
        [
            lambda: end_steward(world.deps, world.administrator.actor, other.id, role),
            lambda: disable(world.deps, other.actor, world.administrator.id),
        ]
    )
    assert [False, True] == done
    current = (Assignment.role == role, Assignment.ended_at.is_(None), Person.id == Assignment.person_id)
    assert 1 == count(world.deps, Assignment, *current, Person.disabled_at.is_(None))


def test_a_corrected_address_makes_its_links_dead(world: World, newcomer: UUID) -> None:
    """They went to the wrong place; a new one is sent to the right."""
    token = _token(world, newcomer)
    arguments = (world.deps, world.administrator.actor, newcomer)
    correct(*arguments, NEW, "Nora Newly", confirmed=True)
    assert NEW == look_at_invitation(world.deps, token).email
    correct(*arguments, " Right@Inspectorate.example", "Nora Newly", confirmed=True)
    with pytest.raises(NotFound):
        accept(world.deps, token, PASSWORD)
    page = _page(world, newcomer)
    assert ("right@inspectorate.example", "Nora Newly") == (page["email"], page["name"])
    resend(world.deps, world.administrator.actor, newcomer, world.a.inspection)
    assert page["email"] == look_at_invitation(world.deps, _token(world, newcomer)).email
    assert [] == [word for word in ("Newly", "right@", NEW) if word in trail_text(world.deps)]


def test_both_addresses_are_told_of_a_change(world: World) -> None:
    """A leader whose address somebody else changes hears of it where she reads her mail, and keeps password and app."""
    leader, new = world.leader, "taken@elsewhere.example"
    correct(world.deps, world.administrator.actor, leader.id, new, leader.name, confirmed=True)
    queued = rows(world.deps, OutboxMail, OutboxMail.template == "address-changed")
    assert not [row for row in queued if leader.email in row.facts]
    deliver(world.deps)
    told = [mail for mail in world.fakes.mailer.sent if mail.subject == "The email address of your account was changed"]
    assert {leader.email, new} == {mail.to for mail in told}
    assert not [mail for mail in told if "/invitations/" in mail.body or new in mail.body]
    [row] = rows(world.deps, Person, Person.id == leader.id)
    assert "fits nothing" == row.password_hash
    correct(world.deps, world.administrator.actor, leader.id, new, "Another Name", confirmed=True)
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "address-changed")


def test_a_new_address_comes_in_by_nothing_that_was_sent_before(world: World, newcomer: UUID) -> None:
    """Not by the old link with its code: only by a new invitation, whose code is another and read out anew."""
    [before] = rows(world.deps, Invitation)
    code = invitation_code(world.deps.secret, before.id)
    correct(world.deps, world.administrator.actor, newcomer, "other@elsewhere.example", "Nora", confirmed=True)
    resend(world.deps, world.administrator.actor, newcomer, world.a.inspection)
    for token in (invitation_token(world.deps.secret, before.id), _token(world, newcomer)):
        with pytest.raises((NotFound, Refused)):
            accept_invitation(world.deps, token, code, PASSWORD)


@pytest.mark.parametrize(
    ("email", "name", "confirmed", "field"),
    [
        ("nobody", "Nora", True, "email"),
        (NEW, " ", True, "name"),
        ("right@inspectorate.example", "Nora", False, "confirmed"),
        ("LEADER@example.org", "Nora", True, "email"),
    ],
)
def test_what_is_no_correction_is_refused(
    world: World, newcomer: UUID, email: str, name: str, confirmed: bool, field: str
) -> None:
    """No address, no name, not confirmed, somebody else's: nothing is changed."""
    with pytest.raises(Refused) as refused:
        correct(world.deps, world.administrator.actor, newcomer, email, name, confirmed=confirmed)
    assert field == refused.value.field
    assert (NEW, "Nora New") == (_page(world, newcomer)["email"], _page(world, newcomer)["name"])
    assert _token(world, newcomer)


def test_stewards_are_added_and_ended(world: World) -> None:
    """The other stewardship stays, with its link; with the last one the link goes."""
    steward = add_steward(world.deps, OPERATOR, "s@inspectorate.example", "Sam Steward", Role.administrator)
    add_steward(world.deps, OPERATOR, "s@inspectorate.example", "Sam Steward", Role.data_protection_officer)
    token = invitation_token(world.deps.secret, rows(world.deps, Invitation)[0].id)
    end_steward(world.deps, world.administrator.actor, steward, Role.administrator)
    assert "Data protection officer" == look_at_invitation(world.deps, token).role
    end_steward(world.deps, world.administrator.actor, steward, Role.data_protection_officer)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)
    assert [] == _page(world, steward)["roles"]
    with pytest.raises(NotFound):
        end_steward(world.deps, world.administrator.actor, steward, Role.administrator)


def test_nobody_ends_their_own_last_stewardship_or_the_last_of_all(world: World) -> None:
    """Another administrator does, and one always remains."""
    with pytest.raises(Conflict, match="last data protection officer"):
        end_steward(world.deps, world.administrator.actor, world.dpo.id, Role.data_protection_officer)
    other = add_person(world.deps, "other@inspectorate.example")
    give_role(world.deps, other.id, Role.administrator)
    with pytest.raises(Conflict, match="your own"):
        end_steward(world.deps, other.actor, other.id, Role.administrator)
    end_steward(world.deps, other.actor, world.administrator.id, Role.administrator)
    with pytest.raises(NotFound):
        end_steward(world.deps, world.administrator.actor, other.id, Role.administrator)
    with pytest.raises(Conflict, match="last administrator"):
        end_steward(world.deps, OPERATOR, other.id, Role.administrator)


def test_an_invited_steward_is_no_substitute_for_one_who_can_sign_in(world: World) -> None:
    """Until the invitation is accepted the last one stays."""
    steward = add_steward(world.deps, OPERATOR, "s@inspectorate.example", "Sam Steward", Role.data_protection_officer)
    with pytest.raises(Conflict, match="last data protection officer"):
        end_steward(world.deps, OPERATOR, world.dpo.id, Role.data_protection_officer)
    accept(world.deps, _token(world, steward), PASSWORD)
    end_steward(world.deps, OPERATOR, world.dpo.id, Role.data_protection_officer)


@pytest.mark.parametrize("who", ["leader", "inspector"])
def test_whoever_takes_part_becomes_no_steward(world: World, who: str) -> None:
    """Stewards take part in no inspection."""
    with pytest.raises(Refused, match="takes part in an inspection"):
        add_steward(world.deps, OPERATOR, getattr(world, who).email, "X", Role.administrator)


def test_people_are_found_by_name_and_address_a_page_at_a_time(world: World) -> None:
    """Whatever is typed is looked for as it stands; the number of queries does not grow with the people."""
    found = list_people(world.deps, world.administrator.actor, " LEADER ")
    assert ["Bella Leader", "Lena Leader"] == [each["name"] for each in found.rows]
    assert "Leader in 1 inspection" == found.rows[0]["roles_words"]
    assert [] == [*list_people(world.deps, OPERATOR, "%").rows, *list_people(world.deps, OPERATOR, "a_a").rows]
    few = _queries(world, lambda: list_people(world.deps, OPERATOR))
    for number in range(30):
        add_person(world.deps, f"p{number:02d}@agency.example", f"Person {number:02d}")
    first, second = (list_people(world.deps, OPERATOR, page=page) for page in (1, 2))
    assert (25, 14, 2) == (len(first.rows), len(second.rows), first.pages)
    assert few == _queries(world, lambda: list_people(world.deps, OPERATOR))
    assert sorted({each["name"] for each in (*first.rows, *second.rows)}, key=str.lower) == [
        each["name"] for each in (*first.rows, *second.rows)
    ]


def _queries(world: World, act: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(world.deps.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(world.deps.engine, "before_cursor_execute", note)
    return len(seen)


def test_only_an_administrator_keeps_accounts(world: World, newcomer: UUID) -> None:
    """For everybody else, a data protection officer too, none of it is there."""
    for someone in (world.dpo, world.lead_inspector, world.leader):
        actor = someone.actor
        for act in _acts(world, actor, newcomer):
            with pytest.raises(NotFound):
                act()


def _acts(world: World, actor: Actor, person: UUID) -> list[Callable[[], object]]:
    deps, place = world.deps, world.a.inspection
    return [
        lambda: list_people(deps, actor),
        lambda: person_page(deps, actor, person),
        lambda: find_person(deps, actor, NEW),
        lambda: leads(deps, actor, person),
        lambda: resend(deps, actor, person, place),
        lambda: revoke(deps, actor, person, place),
        lambda: disable(deps, actor, person),
        lambda: enable(deps, actor, person),
        lambda: correct(deps, actor, person, NEW, "X", confirmed=True),
        lambda: add_steward(deps, actor, "x@example.org", "X", Role.administrator),
        lambda: end_steward(deps, actor, person, Role.administrator),
    ]


def test_an_unknown_person_is_not_found(world: World) -> None:
    """By id and by address."""
    actor, nobody = world.administrator.actor, uuid4()
    for act in (person_page, leads, disable, enable):
        with pytest.raises(NotFound):
            act(world.deps, actor, nobody)
    with pytest.raises(NotFound):
        correct(world.deps, actor, nobody, NEW, "X", confirmed=True)
    with pytest.raises(NotFound):
        find_person(world.deps, OPERATOR, "nobody@example.org")


def test_whoever_is_disabled_is_given_no_role(world: World) -> None:
    """An administrator enables the account first."""
    with writing(world.deps.engine) as session:
        session.execute(
            update(Person).where(Person.id == world.inspector.id).values(disabled_at=world.deps.clock.now())
        )
    with pytest.raises(Refused, match="disabled"):
        assign(
            world.deps, OPERATOR, world.a.inspection, Role.lead_inspector, world.inspector.email, "I", confirmed=True
        )
