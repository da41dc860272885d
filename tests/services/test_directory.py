"""Single sign-on by the services: one answer for one browser, issuer and subject, out within five minutes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from portal.db.credentials import DirectoryIdentity, DirectoryVisit, StepUp
from portal.db.engine import writing
from portal.db.queries import admit, require_steward
from portal.db.tables import Invitation, OutboxMail, Person, WebSession
from portal.domain.directory import Errand, TurnedAway, Why
from portal.domain.errors import NotFound, Refused
from portal.domain.roles import TEAM, Permission, Role
from portal.domain.sessions import Factor, Stage
from portal.domain.step_up import Purpose
from portal.ports import Admitted, Deps
from portal.services.accept import accept_invitation, look_at_invitation
from portal.services.assignments import assign
from portal.services.directory import Answer, Visit, come_back, confirm, enter, set_out, way_out
from portal.services.directory_checks import CLAIM_LIFE, still_in
from portal.services.directory_links import accept_by_directory, connect, connection
from portal.services.sign_in import SignedIn, sign_in, who_is
from portal.services.step_up import confirmed
from portal.vault.invitations import invitation_code, invitation_token
from portal.vault.passwords import hash_password
from tests.fake_directory import ISSUER, FakeDirectory
from tests.services.looks import actions, count, rows, trail_text
from tests.world import Someone, World, session_for

STEWARD = frozenset({Role.administrator})


def _directory(world: World) -> FakeDirectory:
    return world.fakes.directory


def _visit(world: World, subject: str, errand: Errand = Errand.sign_in, **where: object) -> tuple[Visit, Admitted]:
    """Go to the directory and come back as somebody."""
    sent = set_out(world.deps, errand, **where)  # type: ignore[arg-type]
    brought = _directory(world).let_in(sent.address, subject)
    return come_back(world.deps, Answer(brought["state"], brought["code"]), sent.state)


def _link(deps: Deps, person: UUID, subject: str, issuer: str = ISSUER) -> None:
    with writing(deps.engine) as session:
        session.add(DirectoryIdentity(person_id=person, issuer=issuer, subject=subject, created_at=deps.clock.now()))


def _enter(world: World, person: Someone, subject: str, roles: frozenset[Role] = TEAM) -> str:
    """Sign somebody in by the directory; return the session's token."""
    _directory(world).vouch(subject, roles)
    _link(world.deps, person.id, subject)
    return enter(world.deps, _visit(world, subject)[1], "Firefox/Windows")


def _found(world: World, token: str) -> SignedIn:
    found = who_is(world.deps, token, world.a.inspection)
    assert found is not None
    return found


def _why(act: object, *given: object) -> Why:
    with pytest.raises(TurnedAway) as turned:
        act(*given)  # type: ignore[operator]
    return turned.value.why


def test_somebody_known_comes_in_to_the_end(world: World) -> None:
    """The session is full, by the directory; the refresh token is sealed, and neither it nor the subject is told of."""
    token = _enter(world, world.inspector, "ivo-at-work")
    found = _found(world, token)
    assert (Stage.full, True, False) == (found.stage, found.by_directory, found.ask_directory)
    assert frozenset({Role.inspector}) == found.roles[world.a.inspection]
    [row] = rows(world.deps, WebSession, WebSession.person_id == world.inspector.id)
    assert (Factor.directory, world.deps.clock.now()) == (row.factor, row.checked_at)
    assert b"refresh" not in (row.sealed_refresh or b"")
    assert b"ivo" not in (row.sealed_refresh or b"")
    assert "ivo-at-work" not in trail_text(world.deps)
    assert "session.began" == actions(world.deps)[-1]
    assert 0 == count(world.deps, DirectoryVisit)


def test_identity_is_issuer_and_subject_and_no_address(world: World) -> None:
    """Another subject, or the same at another issuer, is another person, whatever address they have (V6.8.1)."""
    _enter(world, world.inspector, "ivo")
    _directory(world).vouch(world.inspector.email)
    assert Why.unknown == _why(enter, world.deps, _visit(world, world.inspector.email)[1], "")
    admitted = _visit(world, "ivo")[1]
    assert Why.unknown == _why(enter, world.deps, replace(admitted, issuer=f"{ISSUER}/"), "")
    assert Why.unknown == _why(enter, world.deps, replace(admitted, subject="IVO"), "")
    assert 9 == count(world.deps, Person)
    assert ["session.refused"] * 3 == actions(world.deps)[-3:]


def test_a_disabled_account_is_as_an_unknown_one(world: World) -> None:
    """The directory may know them: this service does not let them in, and says no more than to a stranger."""
    _enter(world, world.inspector, "ivo")
    with writing(world.deps.engine) as session:
        session.get_one(Person, world.inspector.id).disabled_at = world.deps.clock.now()
    assert Why.unknown == _why(enter, world.deps, _visit(world, "ivo")[1], "")


def test_an_answer_works_once_in_the_browser_that_left(world: World) -> None:
    """Another browser's state, none, a second use, ten minutes later: none of them finishes (V10.1.2, V10.2.1)."""
    deps, directory = world.deps, _directory(world)
    directory.vouch("ivo")
    sent = set_out(deps, Errand.sign_in)
    answer = Answer(**directory.let_in(sent.address, "ivo"))
    other = set_out(deps, Errand.sign_in)
    for kept in ("", "made-up", other.state):
        assert Why.stray == _why(come_back, deps, answer, kept)
    assert Why.stray == _why(come_back, deps, Answer("", answer.code), "")
    assert "ivo" == come_back(deps, answer, sent.state)[1].subject
    assert Why.stray == _why(come_back, deps, answer, sent.state)
    late = Answer(**directory.let_in(other.address, "ivo"))
    world.fakes.clock.advance(timedelta(minutes=10))
    assert Why.stray == _why(come_back, deps, late, other.state)
    assert 0 == count(deps, DirectoryVisit)


def test_one_answer_given_twice_at_once_lets_one_in(world: World) -> None:
    """Four requests, one state, the same instant."""
    _directory(world).vouch("ivo")
    sent = set_out(world.deps, Errand.sign_in)
    answer = Answer(**_directory(world).let_in(sent.address, "ivo"))

    def back(_number: int) -> bool:
        try:
            return bool(come_back(world.deps, answer, sent.state))
        except TurnedAway:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert 1 == sum(threads.map(back, range(4)))


def test_what_the_directory_refuses_is_refused(world: World) -> None:
    """An error, a code of another flow, no role, and no answer: each leaves an entry, and uses the visit up."""
    deps, directory = world.deps, _directory(world)
    directory.vouch("ivo")
    directory.vouch("nobody", frozenset())
    for why, subject, change in (
        (Why.refused, "ivo", {"error": "access_denied"}),
        (Why.refused, "ivo", {"code": "made-up"}),
        (Why.refused, "ivo", {"code": ""}),
        (Why.refused, "ivo", {"issuer": "https://other.example"}),
        (Why.no_role, "nobody", {}),
    ):
        sent = set_out(deps, Errand.sign_in)
        answer = replace(Answer(**directory.let_in(sent.address, subject)), **change)
        assert why == _why(come_back, deps, answer, sent.state)
        assert "session.refused" == actions(deps)[-1]
    sent = set_out(deps, Errand.sign_in)
    answer = Answer(**directory.let_in(sent.address, "ivo"))
    directory.away = True
    assert Why.away == _why(come_back, deps, answer, sent.state)
    assert Why.away == _why(set_out, deps, Errand.sign_in)
    assert None is way_out(deps)
    assert 0 == count(deps, DirectoryVisit)
    assert 0 == count(deps, WebSession, WebSession.factor == Factor.directory)


def test_the_claim_limits_and_gives_nothing(world: World) -> None:
    """A right needs the directory's word and the portal's own assignment, both; every query is scoped to that."""
    deps, inspection = world.deps, world.a.inspection
    inspector = _found(world, _enter(world, world.inspector, "ivo", STEWARD | TEAM))
    steward = _found(world, _enter(world, world.administrator, "ada", TEAM))
    leader = _found(world, _enter(world, world.leader, "lena", TEAM | STEWARD))
    with writing(deps.engine) as session:
        assert inspection == admit(session, inspector.actor, inspection, Permission.view_inspection).id
        with pytest.raises(NotFound):
            require_steward(session, inspector.actor, Permission.manage_accounts)
        with pytest.raises(NotFound):
            require_steward(session, steward.actor, Permission.manage_accounts)
        with pytest.raises(NotFound):
            admit(session, leader.actor, inspection, Permission.view_task_list)
        assert inspection == admit(session, world.leader.actor, inspection, Permission.view_task_list).id
    assert ({}, {}) == (steward.roles, leader.roles)


def test_the_directory_is_asked_every_four_minutes_and_what_changes_acts(world: World) -> None:
    """A new refresh token each time, roles as they are now, and no question before it is due."""
    deps, clock, directory = world.deps, world.fakes.clock, _directory(world)
    token = _enter(world, world.inspector, "ivo", TEAM | STEWARD)
    session = _found(world, token).session
    clock.advance(timedelta(minutes=4, seconds=-1))
    assert still_in(deps, session)
    assert (0, False) == (directory.asked, _found(world, token).ask_directory)
    clock.advance(timedelta(seconds=1))
    assert _found(world, token).ask_directory
    directory.vouch("ivo", STEWARD)
    assert still_in(deps, session)
    assert still_in(deps, session)
    assert (1, STEWARD) == (directory.asked, _found(world, token).actor.only)
    assert {} == _found(world, token).roles
    clock.advance(timedelta(minutes=4))
    directory.vouch("ivo", frozenset())
    assert not still_in(deps, session)
    assert None is who_is(deps, token)
    assert "session.ended" == actions(deps)[-1]


def test_disabled_in_the_directory_is_out_within_five_minutes(world: World) -> None:
    """Also after a long pause, and whatever the session has left (V7.4.2)."""
    token = _enter(world, world.inspector, "ivo")
    session = _found(world, token).session
    del _directory(world).people["ivo"]
    world.fakes.clock.advance(timedelta(minutes=5))
    assert not still_in(world.deps, session)
    assert None is who_is(world.deps, token)
    assert not still_in(world.deps, session)


def test_a_directory_that_is_away_counts_for_five_minutes(world: World) -> None:
    """Then nobody goes on; and whoever did nothing meanwhile goes on when it is back."""
    deps, clock, directory = world.deps, world.fakes.clock, _directory(world)
    token = _enter(world, world.inspector, "ivo")
    session = _found(world, token).session
    directory.away = True
    clock.advance(timedelta(minutes=4))
    assert still_in(deps, session)
    clock.advance(timedelta(minutes=1, seconds=-1))
    assert still_in(deps, session)
    clock.advance(timedelta(seconds=1))
    assert not still_in(deps, session)
    assert 0 == count(deps, DirectoryVisit)
    directory.away = False
    assert still_in(deps, session)
    # A clock that was set back makes no answer count for longer.
    clock.advance(-timedelta(minutes=30))
    assert _found(world, token).ask_directory
    del directory.people["ivo"]
    assert not still_in(deps, session)


def test_of_several_requests_at_once_one_asks(world: World) -> None:
    """The others go on while the last answer counts; after five minutes they wait for the new one."""
    deps, clock, directory = world.deps, world.fakes.clock, _directory(world)
    session = _found(world, _enter(world, world.inspector, "ivo")).session
    meanwhile: list[bool] = []

    def look() -> None:
        directory.while_asked = lambda: None
        meanwhile.append(still_in(deps, session, pauses.append))

    pauses: list[float] = []
    clock.advance(timedelta(minutes=4))
    directory.while_asked = look
    assert still_in(deps, session)
    assert ([True], 1, []) == (meanwhile, directory.asked, pauses)
    clock.advance(timedelta(minutes=6))
    directory.while_asked = look
    assert still_in(deps, session)
    assert ([True, False], 2) == (meanwhile, directory.asked)
    assert 100 == len(pauses)
    clock.advance(timedelta(minutes=6))
    with ThreadPoolExecutor(4) as threads:
        assert [True] * 4 == list(threads.map(lambda _number: still_in(deps, session), range(4)))
    assert 3 == directory.asked


def test_whoever_died_while_asking_stops_nobody(world: World) -> None:
    """Half a minute later the next one asks."""
    deps, clock, directory = world.deps, world.fakes.clock, _directory(world)
    session = _found(world, _enter(world, world.inspector, "ivo")).session
    clock.advance(timedelta(minutes=6))

    def die() -> None:
        raise MemoryError

    directory.while_asked = die
    with pytest.raises(MemoryError):
        still_in(deps, session)
    directory.while_asked = lambda: None
    assert not still_in(deps, session, lambda _seconds: None)
    clock.advance(CLAIM_LIFE)
    assert still_in(deps, session)


def test_signing_out_while_the_directory_is_asked_stays(world: World) -> None:
    """A slow answer does not bring a session back."""
    deps, directory = world.deps, _directory(world)
    session = _found(world, _enter(world, world.inspector, "ivo")).session

    def sign_out() -> None:
        with writing(deps.engine) as database:
            database.delete(database.get_one(WebSession, session))

    world.fakes.clock.advance(timedelta(minutes=4))
    directory.while_asked = sign_out
    assert not still_in(deps, session)
    assert 0 == count(deps, WebSession) == count(deps, DirectoryVisit)


def test_another_secret_lets_nobody_go_on(world: World) -> None:
    """What was sealed under the one before cannot be read, and so vouches for nothing."""
    token = _enter(world, world.inspector, "ivo")
    changed = replace(world.deps, secret=b"another secret for tests, also long enough")
    found = who_is(changed, token, world.a.inspection)
    assert found is not None
    assert (frozenset(), {}) == (found.actor.only, found.roles)
    world.fakes.clock.advance(timedelta(minutes=4))
    assert not still_in(changed, found.session)


def _invite(world: World, role: Role = Role.inspector) -> tuple[Invitation, str]:
    """Let the administrator invite somebody new to team B; return the invitation and its link's token."""
    assign(world.deps, world.administrator.actor, world.b.inspection, role, "nia@example.org", "Nia New")
    [invitation] = rows(world.deps, Invitation)
    return invitation, invitation_token(world.deps.secret, invitation.id)


def test_an_invitation_is_accepted_with_a_work_account(world: World) -> None:
    """No password is set, the identity is theirs, and the mail to them says so; later roles bring no further link."""
    invitation, link = _invite(world)
    assert look_at_invitation(world.deps, link).staff
    _directory(world).vouch("nia")
    visit, admitted = _visit(world, "nia", Errand.accept, about=str(invitation.id))
    token = accept_by_directory(world.deps, visit.about, admitted, "Firefox/Windows")
    found = _found(world, token)
    assert (invitation.person_id, True) == (found.actor.person, found.by_directory)
    [person] = rows(world.deps, Person, Person.id == invitation.person_id)
    assert None is person.password_hash
    assert "directory-connected" in [row.template for row in rows(world.deps, OutboxMail)]
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, link)
    assert Why.stray == _why(accept_by_directory, world.deps, visit.about, admitted, "")
    assign(world.deps, world.administrator.actor, world.a.inspection, Role.inspector, "nia@example.org", "Nia New")
    assert "{}" == rows(world.deps, OutboxMail)[-1].facts
    [later] = rows(world.deps, Invitation, Invitation.used_at.is_(None))
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, invitation_token(world.deps.secret, later.id))
    assert "invitation.accepted" in actions(world.deps)
    assert _enters_again(world, "nia") == invitation.person_id


def _enters_again(world: World, subject: str) -> UUID | None:
    return _found(world, enter(world.deps, _visit(world, subject)[1], "")).actor.person


def test_an_invitation_is_not_anybodys(world: World) -> None:
    """The directory must vouch for the role, the work account be nobody's yet; then it works once, also at once."""
    invitation, _link_token = _invite(world)
    deps, directory = world.deps, _directory(world)
    _enter(world, world.inspector, "ivo")
    steward = Admitted(ISSUER, directory.vouch("ada", STEWARD), STEWARD, "r")
    assert Why.no_role == _why(accept_by_directory, deps, str(invitation.id), steward, "")
    assert Why.other == _why(accept_by_directory, deps, str(invitation.id), _visit(world, "ivo")[1], "")
    assert Why.stray == _why(accept_by_directory, deps, str(uuid4()), steward, "")

    def accept(subject: str) -> bool:
        try:
            return bool(accept_by_directory(deps, str(invitation.id), Admitted(ISSUER, subject, TEAM, "r"), ""))
        except TurnedAway:
            return False

    with ThreadPoolExecutor(2) as threads:
        assert 1 == sum(threads.map(accept, ("nia", "noa")))
    assert 2 == count(deps, DirectoryIdentity)


def test_a_leaders_invitation_is_for_no_work_account(world: World) -> None:
    """The directory is the inspectorate's, whatever it vouches for."""
    deps = world.deps
    with writing(deps.engine) as session:
        session.get_one(Person, world.contributor.id).password_hash = None
        now = deps.clock.now()
        invitation = Invitation(
            id=uuid4(),
            person_id=world.contributor.id,
            inspection_id=world.a.inspection,
            token_hash=b"x",
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
        session.add(invitation)
    admitted = Admitted(ISSUER, "nia", TEAM | STEWARD, "r")
    assert Why.no_role == _why(accept_by_directory, deps, str(invitation.id), admitted, "")


def test_staff_connect_their_own_account_once(world: World) -> None:
    """From the session that they left; the work account must be nobody's, and theirs is one. Others have none."""
    deps = world.deps
    session = _found(world, session_for(deps, world.inspector.id)).session
    other = _found(world, session_for(deps, world.lead_inspector.id)).session
    assert not connection(deps, world.inspector.actor)
    _directory(world).vouch("ivo")
    visit, admitted = _visit(world, "ivo", Errand.link, session_id=session)
    for here in (None, other, uuid4()):
        assert Why.stray == _why(connect, deps, visit.session, admitted, here)
    connect(deps, visit.session, admitted, session)
    assert connection(deps, world.inspector.actor)
    assert ["factor.added", "directory-connected"] == [actions(deps)[-1], rows(deps, OutboxMail)[-1].template]
    assert Why.other == _why(connect, deps, session, replace(admitted, subject="second"), session)
    assert Why.other == _why(connect, deps, other, admitted, other)
    leader = _found(world, session_for(deps, world.leader.id)).session
    assert Why.other == _why(connect, deps, leader, replace(admitted, subject="lena"), leader)
    with pytest.raises(NotFound):
        connection(deps, world.leader.actor)
    assert 1 == count(deps, DirectoryIdentity)


def test_confirming_is_for_one_purpose_person_and_session(world: World) -> None:
    """The token is another afterwards; another session, or another person's work account, confirms nothing."""
    deps, directory = world.deps, _directory(world)
    token = _enter(world, world.inspector, "ivo")
    session = _found(world, token).session
    _enter(world, world.lead_inspector, "ines")
    visit, admitted = _visit(world, "ivo", Errand.confirm, about=Purpose.bundle, session_id=session)
    assert visit.flow.again
    for here in (None, uuid4()):
        assert Why.stray == _why(confirm, deps, visit, admitted, here)
    assert Why.other == _why(confirm, deps, visit, _visit(world, "ines")[1], session)
    assert "step-up.refused" == actions(deps)[-1]
    assert not confirmed(deps, session, Purpose.bundle)
    fresh = confirm(deps, visit, admitted, session)
    assert (None, session) == (who_is(deps, token), _found(world, fresh).session)
    assert [True, False] == [confirmed(deps, session, each) for each in (Purpose.bundle, Purpose.disposal)]
    assert 1 == count(deps, StepUp, StepUp.session_id == session)
    directory.vouch("ivo", frozenset())
    assert Why.no_role == _why(_visit, world, "ivo", Errand.confirm)


def test_where_the_directory_stands_alone_no_password_makes_staff(world: World) -> None:
    """Neither at sign-in, nor by an invitation, nor with a session from before; providers go on as they did."""
    deps = replace(world.deps, policy=replace(world.deps.policy, staff_by_directory=True))
    hashed = hash_password("a long enough password")
    with writing(deps.engine) as session:
        for each in (world.inspector, world.administrator, world.leader):
            session.get_one(Person, each.id).password_hash = hashed
    for each in (world.inspector, world.administrator):
        assert sign_in(world.deps, each.email, "a long enough password")
        with pytest.raises(Refused):
            sign_in(deps, each.email, "a long enough password")
        before = who_is(deps, session_for(deps, each.id), world.a.inspection)
        assert before is not None
        assert {} == before.roles
    assert sign_in(deps, world.leader.email, "a long enough password")
    leader = who_is(deps, session_for(deps, world.leader.id), world.a.inspection)
    assert leader is not None
    assert {world.a.inspection: frozenset({Role.leader})} == leader.roles
    invitation, link = _invite(world)
    with pytest.raises(Refused, match="work account"):
        accept_invitation(deps, link, invitation_code(deps.secret, invitation.id), "correct horse battery")
    found = who_is(deps, _enter(world, world.inspector, "ivo"), world.a.inspection)
    assert found is not None
    assert frozenset({Role.inspector}) == found.roles[world.a.inspection]


def test_without_a_directory_there_is_no_way_in(world: World) -> None:
    """And whoever came in by one that is gone is asked for, and out."""
    session = _found(world, _enter(world, world.inspector, "ivo")).session
    without = replace(world.deps, directory=None)
    with pytest.raises(NotFound):
        set_out(without, Errand.sign_in)
    with pytest.raises(NotFound):
        come_back(without, Answer("a", "b"), "a")
    world.fakes.clock.advance(timedelta(minutes=4))
    assert not still_in(without, session)
