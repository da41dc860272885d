"""Invitations: looking changes nothing, accepting works once, and for three days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, update

from portal.db.engine import writing
from portal.db.tables import Assignment, Base, Invitation, Person
from portal.domain.errors import NotFound, PortalError, Refused
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.accept import Invited, accept_invitation, look_at_invitation
from portal.services.announce import Announced, Announcement, Invitee, announce
from portal.services.sign_in import sign_in, who_is
from portal.services.stewards import add_steward
from portal.vault.invitations import invitation_token, token_hash
from tests.services.looks import actions, rows
from tests.world import PROGRAMME, World

PASSWORD = "correct horse battery"
LEADER = "new.leader@example.org"


def _announce(world: World) -> tuple[Announced, str]:
    """Announce a third inspection to new people; return the leader's link too."""
    people = [
        Invitee(LEADER, "Nora New", Role.leader),
        Invitee(world.lead_inspector.email, "Ines Inspector", Role.lead_inspector),
    ]
    announced = announce(
        world.deps, world.administrator.actor, Announcement(PROGRAMME, "agency-c", "Adoption C", people)
    )
    return announced, _token(world.deps)


def _token(deps: Deps) -> str:
    [invitation] = rows(deps, Invitation)
    return invitation_token(deps.secret, invitation.id)


def _everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select()))) for table in Base.metadata.sorted_tables
        }


def test_looking_at_an_invitation_changes_nothing(world: World) -> None:
    """A mail scanner that opens every link uses none up."""
    announced, token = _announce(world)
    before = _everything(world.deps.engine)
    for _ in range(3):
        assert Invited(announced.reference, "Adoption C", "Leader", LEADER) == look_at_invitation(world.deps, token)
    assert before == _everything(world.deps.engine)


def test_an_accepted_invitation_lets_the_person_sign_in(world: World) -> None:
    """The password is theirs from then on, and the trail says that the invitation was used."""
    announced, token = _announce(world)
    assert LEADER == accept_invitation(world.deps, token, PASSWORD)
    assert "invitation.accepted" == actions(world.deps, announced.inspection)[-1]
    signed_in = who_is(world.deps, sign_in(world.deps, LEADER, PASSWORD), announced.inspection)
    assert signed_in is not None
    assert {announced.inspection: {Role.leader}} == signed_in.roles


def test_an_invitation_works_once(world: World) -> None:
    """A link that somebody finds later opens nothing, and the password stays as it was set."""
    _, token = _announce(world)
    accept_invitation(world.deps, token, PASSWORD)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)
    with pytest.raises(NotFound):
        accept_invitation(world.deps, token, "another long password")
    assert sign_in(world.deps, LEADER, PASSWORD)


def test_of_two_at_once_one_wins(world: World) -> None:
    """A double click, or a thief in the same second, makes one password."""
    announced, token = _announce(world)
    barrier = Barrier(2)

    def accept(password: str) -> str:
        barrier.wait()
        try:
            accept_invitation(world.deps, token, password)
        except NotFound:
            return "refused"
        return password

    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(accept, [PASSWORD, "another long password"]))
    assert "refused" in outcomes
    assert 1 == actions(world.deps, announced.inspection).count("invitation.accepted")
    [password] = outcomes - {"refused"}
    assert sign_in(world.deps, LEADER, password)


def _two_links(world: World) -> list[str]:
    """Invite the same new leader for two inspections; return both links."""
    _announce(world)
    people = [
        Invitee(LEADER, "Nora New", Role.leader),
        Invitee(world.lead_inspector.email, "Ines Inspector", Role.lead_inspector),
    ]
    announce(world.deps, world.administrator.actor, Announcement(PROGRAMME, "agency-d", "Adoption D", people))
    return [invitation_token(world.deps.secret, each.id) for each in rows(world.deps, Invitation)]


def test_a_second_link_does_not_set_another_password(world: World) -> None:
    """Somebody who finds the other mail of a person invited twice cannot take the account over."""
    first, second = _two_links(world)
    accept_invitation(world.deps, first, PASSWORD)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, second)
    with pytest.raises(NotFound):
        accept_invitation(world.deps, second, "another long password")
    assert sign_in(world.deps, LEADER, PASSWORD)


def test_of_two_links_used_at_once_one_wins(world: World) -> None:
    """Two links of one person, used at the same moment, make one password."""
    links = _two_links(world)
    barrier = Barrier(len(links))

    def accept(token: str) -> bool:
        barrier.wait()
        try:
            accept_invitation(world.deps, token, PASSWORD)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(len(links)) as pool:
        assert [False, True] == sorted(pool.map(accept, links))


def test_an_invitation_lasts_three_days(world: World) -> None:
    """To the instant: a moment before it is open, and then it is gone."""
    _, token = _announce(world)
    world.fakes.clock.advance(timedelta(days=3, microseconds=-1))
    assert LEADER == look_at_invitation(world.deps, token).email
    world.fakes.clock.advance(timedelta(microseconds=1))
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)
    with pytest.raises(NotFound):
        accept_invitation(world.deps, token, PASSWORD)


def test_used_old_and_unknown_links_get_the_same_words(world: World) -> None:
    """Nobody learns from the answer whether a link ever was one."""
    _, token = _announce(world)
    with pytest.raises(NotFound) as unknown:
        look_at_invitation(world.deps, "x" * 43)
    world.fakes.clock.advance(timedelta(days=3))
    with pytest.raises(NotFound) as old:
        look_at_invitation(world.deps, token)
    assert str(unknown.value) == str(old.value)


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 129],
)
def test_a_refused_password_does_not_use_the_invitation_up(world: World, password: str) -> None:
    """Too short or too long: the person can try again with the same link."""
    _, token = _announce(world)
    with pytest.raises(Refused) as refused:
        accept_invitation(world.deps, token, password)
    assert refused.value.field == "password"
    assert LEADER == accept_invitation(world.deps, token, PASSWORD)


def test_the_token_is_nowhere_in_the_database(world: World) -> None:
    """Whoever reads a backup cannot accept for others: only the token's hash is kept."""
    _, token = _announce(world)
    [invitation] = rows(world.deps, Invitation)
    assert token_hash(token) == invitation.token_hash
    assert token not in repr(_everything(world.deps.engine))


def test_an_invitation_ends_with_the_role_it_was_for(world: World) -> None:
    """Whoever was taken out before accepting gets no way in by an old link."""
    _, token = _announce(world)
    [invitation] = rows(world.deps, Invitation)
    with writing(world.deps.engine) as session:
        session.execute(
            update(Assignment)
            .where(Assignment.person_id == invitation.person_id)
            .values(ended_at=world.deps.clock.now())
        )
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)
    with pytest.raises(NotFound):
        accept_invitation(world.deps, token, PASSWORD)


def test_a_disabled_account_accepts_nothing(world: World) -> None:
    """An account that was closed is not opened again by a link from before."""
    _, token = _announce(world)
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.email == LEADER).values(disabled_at=world.deps.clock.now()))
    with pytest.raises(PortalError):
        accept_invitation(world.deps, token, PASSWORD)


def test_stewards_are_invited_too(world: World) -> None:
    """Their invitation is for no inspection."""
    add_steward(world.deps, world.administrator.actor, "new@example.org", "New Steward", Role.administrator)
    token = _token(world.deps)
    assert Invited("", "", "Administrator", "new@example.org") == look_at_invitation(world.deps, token)
    accept_invitation(world.deps, token, PASSWORD)
    signed_in = who_is(world.deps, sign_in(world.deps, "new@example.org", PASSWORD))
    assert signed_in is not None
    assert {None: {Role.administrator}} == signed_in.roles
