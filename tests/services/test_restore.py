"""Restoring access: all by which somebody came in is gone, they begin anew on two channels, and nobody else can."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.db.credentials import ApiToken, DirectoryIdentity, Passkey, RecoveryCode, Totp
from portal.db.engine import writing
from portal.db.tables import Assignment, Invitation, Person, WebSession
from portal.domain.errors import Conflict, NotAllowed, NotFound, PortalError, Refused
from portal.domain.roles import Role
from portal.domain.sessions import Stage
from portal.services.accept import accept_invitation
from portal.services.authenticator import begin_app, confirm_app, look_at_app
from portal.services.codes import show_code
from portal.services.colleagues import resend_to_contributor
from portal.services.deliver import deliver
from portal.services.restore import people_page, person_page, restore_access, restore_on_host
from portal.services.sign_in import sign_in, who_is
from portal.vault.invitations import invitation_code, invitation_token
from tests.e2e.apps import App
from tests.services.looks import actions, count, rows, trail_text
from tests.world import Someone, World, add_person, give_role, session_for

PASSWORD = "four words that differ"


def _equip(world: World, person: Someone) -> App:
    """Give somebody an app, recovery codes, a passkey, a token for scripts and two sessions."""
    found = who_is(world.deps, session_for(world.deps, person.id, "enrolling", None))
    assert found is not None
    begin_app(world.deps, found.session)
    app = App(look_at_app(world.deps, found.session).secret)
    confirm_app(world.deps, found.session, app.code(world.deps.clock.now()))
    now = world.deps.clock.now()
    with writing(world.deps.engine) as session:
        session.add(
            Passkey(person_id=person.id, credential_id=b"c", public_key=b"p", counter=0, label="", created_at=now)
        )
        session.add(
            ApiToken(
                inspection_id=world.a.inspection,
                purpose="send",
                token_hash=b"t",
                made_by=person.id,
                made_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
    session_for(world.deps, person.id)
    return app


def _restore(world: World, person: UUID, by: Someone | None = None) -> None:
    actor = (by or world.qa_officer).actor
    restore_access(world.deps, actor, world.a.inspection, person, spoken=True)


def test_the_quality_assurance_officer_lets_a_leader_begin_anew(world: World) -> None:
    """Within minutes: from the loss of everything to a full session, by the mailed link and the code on the phone."""
    leader = world.leader
    _equip(world, leader)
    _restore(world, leader.id)
    for table in (Totp, Passkey, RecoveryCode):
        assert 0 == count(world.deps, table, table.person_id == leader.id)
    assert 0 == count(world.deps, WebSession, WebSession.person_id == leader.id)
    assert 0 == count(world.deps, ApiToken, ApiToken.revoked_at.is_(None))
    [row] = rows(world.deps, Person, Person.id == leader.id)
    assert row.password_hash is None
    shown = show_code(world.deps, world.qa_officer.actor, leader.id, world.a.inspection)
    deliver(world.deps)
    [mail] = [mail for mail in world.fakes.mailer.sent if mail.to == leader.email and "set up" in mail.subject]
    [invitation] = rows(world.deps, Invitation, Invitation.person_id == leader.id)
    link = invitation_token(world.deps.secret, invitation.id)
    assert link in mail.body
    assert shown["code"] == invitation_code(world.deps.secret, invitation.id)
    assert shown["code"] not in mail.body + mail.subject
    found = who_is(world.deps, accept_invitation(world.deps, link, shown["code"], PASSWORD))
    assert found is not None
    assert Stage.enrolling == found.stage, "a reset does not pass over the second step"
    begin_app(world.deps, found.session)
    app = App(look_at_app(world.deps, found.session).secret)
    done = confirm_app(world.deps, found.session, app.code(world.deps.clock.now()))
    assert done.token is not None
    assert 10 == len(done.recovery_codes)
    again = who_is(world.deps, done.token, world.a.inspection)
    assert again is not None
    assert {world.a.inspection: {Role.leader}} == again.roles
    assert ["access.restored", "invitation.code_shown", "invitation.accepted"] == actions(
        world.deps, world.a.inspection
    )[-3:]
    assert not [each for each in (shown["code"], link, leader.email, leader.name) if each in trail_text(world.deps)]


def test_a_work_account_is_disconnected_too(world: World) -> None:
    """Whoever has taken it over comes in by it no more, and its owner has a link by which they begin anew."""
    now, person = world.deps.clock.now(), world.inspector
    with writing(world.deps.engine) as session:
        session.add(
            DirectoryIdentity(person_id=person.id, issuer="https://directory.example", subject="s", created_at=now)
        )
    _restore(world, person.id)
    assert [] == rows(world.deps, DirectoryIdentity)
    [invitation] = rows(world.deps, Invitation, Invitation.person_id == person.id)
    link, code = (make(world.deps.secret, invitation.id) for make in (invitation_token, invitation_code))
    deliver(world.deps)
    assert any(link in mail.body for mail in world.fakes.mailer.sent if mail.to == person.email)
    assert who_is(world.deps, accept_invitation(world.deps, link, code, PASSWORD)) is not None


def test_the_officer_neither_sees_nor_sets_a_secret(world: World) -> None:
    """What she is shown has the code alone, which is worth nothing without the mail; and it sets no password."""
    _restore(world, world.contributor.id)
    shown = show_code(world.deps, world.qa_officer.actor, world.contributor.id, world.a.inspection)
    assert {"code", "name", "email", "role_words", "reference", "until_words"} == set(shown)
    with pytest.raises(NotFound):
        accept_invitation(world.deps, shown["code"], shown["code"], PASSWORD)
    with pytest.raises(Refused):
        sign_in(world.deps, world.contributor.email, PASSWORD)


EVERYBODY_ELSE = (
    *("leader", "contributor", "lead_inspector", "inspector", "administrator", "dpo"),
    *("leader_b", "lead_inspector_b"),
)


@pytest.mark.parametrize("who", EVERYBODY_ELSE)
def test_nobody_else_restores(world: World, who: str) -> None:
    """Neither who inspects nor who keeps the accounts; another inspection's people find nothing."""
    actor = getattr(world, who)
    with pytest.raises((NotAllowed, NotFound)) as refused:
        _restore(world, world.contributor.id, actor)
    assert isinstance(refused.value, NotFound) == who.endswith("_b")
    with pytest.raises(type(refused.value)):
        people_page(world.deps, actor.actor, world.a.inspection)
    [row] = rows(world.deps, Person, Person.id == world.contributor.id)
    assert row.password_hash is not None


def test_people_of_other_inspections_and_stewards_are_out_of_reach(world: World) -> None:
    """Another's id is as an unknown one; a steward, whatever else they are, is restored on the host alone."""
    for stranger in (world.leader_b.id, world.administrator.id, uuid4()):
        with pytest.raises(NotFound):
            _restore(world, stranger)
        with pytest.raises(NotFound):
            person_page(world.deps, world.qa_officer.actor, world.a.inspection, stranger)
    give_role(world.deps, world.inspector.id, Role.administrator)
    with pytest.raises(Conflict, match="Ask another administrator"):
        _restore(world, world.inspector.id)
    with pytest.raises(Conflict, match="your own"):
        _restore(world, world.qa_officer.id)
    with pytest.raises(Refused, match="spoken") as unsaid:
        restore_access(world.deps, world.qa_officer.actor, world.a.inspection, world.leader.id, spoken=False)
    assert "confirmed" == unsaid.value.field
    assert 0 == count(world.deps, Invitation)
    assert "access.restored" not in actions(world.deps)


def test_a_code_of_another_inspection_does_not_fit_the_new_link(world: World) -> None:
    """Whoever could read a code out elsewhere gains nothing: invitations of other inspections go."""
    give_role(world.deps, world.contributor.id, Role.contributor, world.b.inspection)
    before = _invite_elsewhere(world)
    assert before == show_code(world.deps, world.leader_b.actor, world.contributor.id, world.b.inspection)["code"]
    _restore(world, world.contributor.id)
    [invitation] = rows(world.deps, Invitation)
    assert world.a.inspection == invitation.inspection_id
    with pytest.raises(Conflict):
        show_code(world.deps, world.leader_b.actor, world.contributor.id, world.b.inspection)
    with pytest.raises(Refused):
        accept_invitation(world.deps, invitation_token(world.deps.secret, invitation.id), before, PASSWORD)


def _invite_elsewhere(world: World) -> str:
    resend_to_contributor(world.deps, world.leader_b.actor, world.b.inspection, world.contributor.id)
    [invitation] = rows(world.deps, Invitation)
    return invitation_code(world.deps.secret, invitation.id)


def test_stewards_are_restored_on_the_host(world: World) -> None:
    """Recorded, told by mail, and by a new code like anybody else."""
    _equip(world, world.administrator)
    assert restore_on_host(world.deps, world.administrator.id) is None
    assert "access.restored" == actions(world.deps)[-1]
    deliver(world.deps)
    told = [mail.subject for mail in world.fakes.mailer.sent if mail.to == world.administrator.email]
    assert 1 == sum("Set up your way to sign in" in subject for subject in told)
    assert world.a.inspection == restore_on_host(world.deps, world.qa_officer.id)
    nobody = add_person(world.deps, "nobody@example.org").id
    with pytest.raises(Conflict, match="no role"):
        restore_on_host(world.deps, nobody)


READERS = {
    "leader": {"contributor"},
    "contributor": set(),
    "lead_inspector": {"leader"},
    "inspector": set(),
    "qa_officer": {"leader", "contributor", "lead_inspector", "inspector"},
    "administrator": {"lead_inspector", "inspector", "dpo"},
    "dpo": set(),
    "leader_b": set(),
    "lead_inspector_b": set(),
}


def test_who_reads_which_code_out(world: World) -> None:
    """Heads of the team to the leader, she to contributors, administrators to the team and stewards; each look counts.

    An administrator never sees what would make her a reader in the leader's place.
    """
    invited = {
        name: (getattr(world, name).id, None if name == "dpo" else world.a.inspection)
        for name in ("leader", "contributor", "lead_inspector", "inspector", "dpo")
    }
    with writing(world.deps.engine) as session:
        for person, place in invited.values():
            for row in session.scalars(select(Assignment).where(Assignment.person_id == person)):
                assert place == row.inspection_id
            session.add(
                Invitation(
                    person_id=person,
                    inspection_id=place,
                    token_hash=person.bytes,
                    created_at=world.deps.clock.now(),
                    expires_at=world.deps.clock.now() + timedelta(days=3),
                )
            )
    seen: dict[str, set[str]] = {reader: set() for reader in READERS}
    looks, refused = 0, []
    for reader in READERS:
        for name, (person, place) in invited.items():
            try:
                show_code(world.deps, getattr(world, reader).actor, person, place)
            except (NotAllowed, NotFound) as error:
                refused.append((reader, place, type(error)))
                continue
            seen[reader].add(name)
            looks += 1
    assert READERS == seen
    unknown = {reader for reader, place, error in refused if place is not None and error is NotFound}
    assert {"leader_b", "lead_inspector_b"} == unknown
    assert looks == actions(world.deps).count("invitation.code_shown")
    with pytest.raises(PortalError):
        show_code(world.deps, world.leader.actor, world.leader_b.id, world.b.inspection)
