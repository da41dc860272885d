"""Invitations: looking changes nothing, accepting works once, and for three days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, update

from portal.db.engine import writing
from portal.db.tables import Assignment, Base, Invitation, OutboxMail, Person
from portal.domain.errors import NotFound, PortalError, Refused
from portal.domain.roles import Role
from portal.domain.sessions import Stage
from portal.ports import Deps
from portal.services import accounts
from portal.services.accept import GONE, Invited, accept_invitation, look_at_invitation
from portal.services.announce import Announced, Announcement, Invitee, announce
from portal.services.deliver import deliver
from portal.services.sign_in import sign_in, who_is
from portal.services.stewards import add_steward
from portal.vault.invitations import CODE_LENGTH, CODE_LETTERS, invitation_code, invitation_token, token_hash
from tests.services.looks import actions, count, rows, trail_text
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


def _code(deps: Deps) -> str:
    """Return the code of the only invitation, as it is read out."""
    [invitation] = rows(deps, Invitation)
    return invitation_code(deps.secret, invitation.id)


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


def test_an_accepted_invitation_leads_to_the_second_step(world: World) -> None:
    """The password is theirs from then on; it alone, and the session that begins at once, have no rights yet."""
    announced, token = _announce(world)
    begun = accept_invitation(world.deps, token, _code(world.deps), PASSWORD)
    assert "invitation.accepted" == actions(world.deps, announced.inspection)[-1]
    for session in (begun, sign_in(world.deps, LEADER, PASSWORD)):
        signed_in = who_is(world.deps, session, announced.inspection)
        assert signed_in is not None
        assert ({}, Stage.enrolling) == (signed_in.roles, signed_in.stage)


def test_the_link_alone_is_worth_nothing(world: World) -> None:
    """The forwarded invitation without the code, with the link's own token, or with another's code is refused."""
    _, token = _announce(world)
    other = invitation_code(world.deps.secret, uuid4())
    for wrong in ("", token, other, _code(world.deps)[:-1]):
        with pytest.raises(Refused, match=r"You can try \d more time") as refused:
            accept_invitation(world.deps, token, wrong, PASSWORD)
        assert "code" == refused.value.field
    assert accept_invitation(world.deps, token, f" {_code(world.deps).lower().replace('-', ' ')}", PASSWORD)


def test_five_wrong_codes_end_an_invitation_and_tell_the_team(world: World) -> None:
    """From then on the right code is worth nothing either, in the words of a link that never was; nobody is shut out
    who asks for another."""
    announced, token = _announce(world)
    code = _code(world.deps)
    for _ in range(4):
        with pytest.raises(Refused):
            accept_invitation(world.deps, token, "AAA-AAA", PASSWORD)
    assert LEADER == look_at_invitation(world.deps, token).email
    for given in ("AAA-AAA", code):
        with pytest.raises(NotFound) as ended:
            accept_invitation(world.deps, token, given, PASSWORD)
        with pytest.raises(NotFound) as gone:
            look_at_invitation(world.deps, token)
        assert GONE == str(ended.value) == str(gone.value)
    assert [*["invitation.code_refused"] * 4, "invitation.ended"] == actions(world.deps, announced.inspection)[1:]
    told = rows(world.deps, OutboxMail, OutboxMail.template == "invitation-ended")
    assert [(world.lead_inspector.id, announced.inspection)] == [(each.person_id, each.inspection_id) for each in told]
    deliver(world.deps)
    assert LEADER not in {mail.to for mail in world.fakes.mailer.sent}, "a mail with a dead link is not sent"
    for secret in (code, code.replace("-", ""), token):
        assert secret not in trail_text(world.deps) + repr(_everything(world.deps.engine))
    [person] = rows(world.deps, Person, Person.email == LEADER)
    accounts.resend(world.deps, world.administrator.actor, person.id, announced.inspection)
    [invitation] = rows(world.deps, Invitation, Invitation.wrong_codes == 0)
    assert code != invitation_code(world.deps.secret, invitation.id)


def test_no_more_than_five_codes_are_ever_compared(world: World) -> None:
    """Of twelve wrong ones at once, five are compared and the others find no invitation."""
    _, token = _announce(world)
    wrong = ["".join(each) for each in product("23", repeat=6)][:12]
    barrier = Barrier(len(wrong))

    def accept(code: str) -> type[PortalError]:
        barrier.wait()
        try:
            accept_invitation(world.deps, token, code, PASSWORD)
        except PortalError as error:
            return type(error)
        raise AssertionError("A wrong code was taken.")

    with ThreadPoolExecutor(len(wrong)) as threads:
        outcomes = list(threads.map(accept, wrong))
    assert (4, 8) == (outcomes.count(Refused), outcomes.count(NotFound))
    [invitation] = rows(world.deps, Invitation)
    assert 5 == invitation.wrong_codes
    assert 1 == count(world.deps, OutboxMail, OutboxMail.template == "invitation-ended")


def test_a_code_is_long_enough_and_easily_read_out(world: World) -> None:
    """29 bits and more, of letters and figures that nobody takes for others; another secret makes other codes."""
    assert len(CODE_LETTERS) ** CODE_LENGTH >= 2**29
    assert not set("01ILO") & set(CODE_LETTERS)
    codes = [invitation_code(world.deps.secret, UUID(int=number)) for number in range(500)]
    assert 500 == len(set(codes))
    assert set(CODE_LETTERS) | {"-"} == set("".join(codes))
    assert invitation_code(b"another secret", UUID(int=0)) != codes[0]


def test_an_invitation_works_once(world: World) -> None:
    """A link that somebody finds later opens nothing, and the password stays as it was set."""
    _, token = _announce(world)
    accept_invitation(world.deps, token, _code(world.deps), PASSWORD)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)
    with pytest.raises(NotFound):
        accept_invitation(world.deps, token, _code(world.deps), "another long password")
    assert sign_in(world.deps, LEADER, PASSWORD)


def test_of_two_at_once_one_wins(world: World) -> None:
    """A double click, or a thief in the same second, makes one password."""
    announced, token = _announce(world)
    code, barrier = _code(world.deps), Barrier(2)

    def accept(password: str) -> str:
        barrier.wait()
        try:
            accept_invitation(world.deps, token, code, password)
        except NotFound:
            return "refused"
        return password

    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(accept, [PASSWORD, "another long password"]))
    assert "refused" in outcomes
    assert 1 == actions(world.deps, announced.inspection).count("invitation.accepted")
    [password] = outcomes - {"refused"}
    assert sign_in(world.deps, LEADER, password)


def _two_links(world: World) -> list[tuple[str, str]]:
    """Invite the same new leader for two inspections; return both links, each with its code."""
    _announce(world)
    people = [
        Invitee(LEADER, "Nora New", Role.leader),
        Invitee(world.lead_inspector.email, "Ines Inspector", Role.lead_inspector),
    ]
    announce(world.deps, world.administrator.actor, Announcement(PROGRAMME, "agency-d", "Adoption D", people))
    secret = world.deps.secret
    return [
        (invitation_token(secret, each.id), invitation_code(secret, each.id)) for each in rows(world.deps, Invitation)
    ]


def test_a_second_link_does_not_set_another_password(world: World) -> None:
    """Somebody who finds the other mail of a person invited twice cannot take the account over."""
    first, second = _two_links(world)
    accept_invitation(world.deps, *first, PASSWORD)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, second[0])
    with pytest.raises(NotFound):
        accept_invitation(world.deps, *second, "another long password")
    assert sign_in(world.deps, LEADER, PASSWORD)


def test_of_two_links_used_at_once_one_wins(world: World) -> None:
    """Two links of one person, used at the same moment, make one password."""
    links = _two_links(world)
    barrier = Barrier(len(links))

    def accept(link: tuple[str, str]) -> bool:
        barrier.wait()
        try:
            accept_invitation(world.deps, *link, PASSWORD)
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
        accept_invitation(world.deps, token, _code(world.deps), PASSWORD)


def test_used_old_and_unknown_links_get_the_same_words(world: World) -> None:
    """Nobody learns from the answer whether a link ever was one."""
    _, token = _announce(world)
    with pytest.raises(NotFound) as unknown:
        look_at_invitation(world.deps, "x" * 43)
    world.fakes.clock.advance(timedelta(days=3))
    with pytest.raises(NotFound) as old:
        look_at_invitation(world.deps, token)
    assert str(unknown.value) == str(old.value)


@pytest.mark.parametrize("password", ["short", "n4G" * 100, "passwordpassword", "Nora.New@example.org"])
def test_a_refused_password_does_not_use_the_invitation_up(world: World, password: str) -> None:
    """Too short, too long, easily guessed: the person can try again with the same link and code."""
    _, token = _announce(world)
    with pytest.raises(Refused) as refused:
        accept_invitation(world.deps, token, _code(world.deps), password)
    assert refused.value.field == "password"
    assert accept_invitation(world.deps, token, _code(world.deps), PASSWORD)


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
        accept_invitation(world.deps, token, _code(world.deps), PASSWORD)


def test_a_disabled_account_accepts_nothing(world: World) -> None:
    """An account that was closed is not opened again by a link from before."""
    _, token = _announce(world)
    with writing(world.deps.engine) as session:
        session.execute(update(Person).where(Person.email == LEADER).values(disabled_at=world.deps.clock.now()))
    with pytest.raises(PortalError):
        accept_invitation(world.deps, token, _code(world.deps), PASSWORD)


def test_stewards_are_invited_too(world: World) -> None:
    """Their invitation is for no inspection; where wrong codes end it, the other administrators are told."""
    add_steward(world.deps, world.administrator.actor, "new@example.org", "New Steward", Role.administrator)
    token = _token(world.deps)
    assert Invited("", "", "Administrator", "new@example.org", staff=True) == look_at_invitation(world.deps, token)
    for _ in range(5):
        with pytest.raises(PortalError):
            accept_invitation(world.deps, token, "AAA-AAA", PASSWORD)
    [told] = rows(world.deps, OutboxMail, OutboxMail.template == "steward-invitation-ended")
    assert world.administrator.id == told.person_id
