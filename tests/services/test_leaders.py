"""Replacing the leader: at once, with the work kept, and never without a leader."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Assignment, Inspection, Invitation, OutboxMail, Person
from portal.domain.actors import OPERATOR
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.people import MAX_CONTRIBUTORS
from portal.domain.roles import Role
from portal.services.accept import look_at_invitation
from portal.services.conduct import close
from portal.services.declare import Explanation, declare
from portal.services.deliver import deliver
from portal.services.desk import task_list
from portal.services.leaders import leader_page, replace_leader, resend_to_leader
from portal.vault.invitations import invitation_token
from tests.services.invited import accept
from tests.services.looks import actions, count, rows, trail_text
from tests.world import CHECKLIST, Someone, World, add_person, give_role, upload

NEW = "acting@agency.example"


def _replace(world: World, email: str = NEW, *, keep: bool = False, by: Someone | None = None) -> None:
    actor = (by or world.lead_inspector).actor
    replace_leader(world.deps, actor, world.a.inspection, email, "Ann Acting", keep_old=keep)


def _leaders(world: World) -> list[UUID]:
    current = (Assignment.inspection_id == world.a.inspection, Assignment.ended_at.is_(None))
    return [row.person_id for row in rows(world.deps, Assignment, *current, Assignment.role == "leader")]


def _role(world: World, person: UUID) -> list[str]:
    current = (Assignment.person_id == person, Assignment.inspection_id == world.a.inspection)
    return [row.role for row in rows(world.deps, Assignment, *current, Assignment.ended_at.is_(None))]


def _person(world: World, email: str = NEW) -> Someone:
    [row] = rows(world.deps, Person, Person.email == email)
    return Someone(row.id, row.email, row.name)


def test_the_new_leader_takes_over_with_the_work_kept(world: World) -> None:
    """The old one is out at once; the new one finds what was sent, and declares."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    _replace(world)
    new = _person(world)
    assert [new.id] == _leaders(world)
    with pytest.raises(NotFound):
        task_list(world.deps, world.leader.actor, world.a.inspection)
    [invitation] = rows(world.deps, Invitation)
    accept(world.deps, invitation_token(world.deps.secret, invitation.id), "correct horse battery")
    assert "1 provided" in task_list(world.deps, new.actor, world.a.inspection)["summary"]
    reasons = {item.code: Explanation("not_held", "None.") for item in CHECKLIST.items}
    assert 1 == declare(world.deps, new.actor, world.a.inspection, reasons)


def test_an_invitation_that_ended_is_sent_anew_by_the_team(world: World) -> None:
    """A head of the team needs nobody else for it; a leader who has come in is left alone."""
    _replace(world)
    lead, place = world.lead_inspector.actor, world.a.inspection
    [before] = rows(world.deps, Invitation)
    resend_to_leader(world.deps, lead, place)
    [after] = rows(world.deps, Invitation)
    assert before.id != after.id
    assert "invitation.sent" == actions(world.deps, place)[-1]
    accept(world.deps, invitation_token(world.deps.secret, after.id), "correct horse battery")
    with pytest.raises(Conflict, match="has a password already"):
        resend_to_leader(world.deps, lead, place)
    for other in (world.leader, world.inspector, world.dpo):
        with pytest.raises((NotAllowed, NotFound)):
            resend_to_leader(world.deps, other.actor, place)


def test_the_new_leader_the_old_one_and_the_team_are_told(world: World) -> None:
    """The invitation has the link; nobody's name is in a mail."""
    _replace(world)
    deliver(world.deps)
    told = [mail for mail in world.fakes.mailer.sent if "replaced" in mail.subject]
    team = {world.lead_inspector.email, world.inspector.email, world.qa_officer.email}
    assert {world.leader.email, *team} == {mail.to for mail in told}
    [invitation] = [mail for mail in world.fakes.mailer.sent if mail.to == NEW]
    assert "you now lead" in invitation.subject
    assert "/invitations/" in invitation.body
    for mail in (*told, invitation):
        assert [] == [word for word in ("Ann", "Acting", "Lena") if word in mail.body + mail.subject]


def test_the_old_leader_may_stay_as_contributor(world: World) -> None:
    """She goes on sending, and declares no more."""
    _replace(world, keep=True)
    assert ["contributor"] == _role(world, world.leader.id)
    upload(world.deps, world.leader.actor, world.a.inspection)
    with pytest.raises(NotAllowed):
        declare(world.deps, world.leader.actor, world.a.inspection, {})


def test_a_contributor_is_promoted(world: World) -> None:
    """One role at a time: the contributor's ends, and the old leader's."""
    _replace(world, world.contributor.email)
    assert (["leader"], []) == (_role(world, world.contributor.id), _role(world, world.leader.id))
    _replace(world, world.leader.email, keep=True)
    assert (["contributor"], ["leader"]) == (_role(world, world.contributor.id), _role(world, world.leader.id))


def test_a_link_of_the_old_leader_who_stays_still_works(world: World) -> None:
    """Whoever never set a password needs it; whoever is out has a dead one."""
    _replace(world)
    first, token = _person(world), _only_token(world)
    _replace(world, "next@agency.example", keep=True)
    assert first.email == look_at_invitation(world.deps, token).email
    _replace(world, world.leader.email)
    _replace(world, first.email)
    _replace(world, world.leader.email)
    with pytest.raises(NotFound):
        look_at_invitation(world.deps, token)


def _only_token(world: World) -> str:
    [invitation] = rows(world.deps, Invitation)
    return invitation_token(world.deps.secret, invitation.id)


@pytest.mark.parametrize("emails", [("one@agency.example", "two@agency.example"), (NEW, NEW)])
def test_two_replacements_at_once_leave_one_leader(world: World, emails: tuple[str, str]) -> None:
    """Whoever comes second replaces the first's leader, or learns that they lead already; both are in the trail."""
    barrier = Barrier(2)

    def replace(email: str) -> bool:
        barrier.wait()
        try:
            _replace(world, email)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = sorted(threads.map(replace, emails))
    assert [emails[0] != emails[1], True] == done
    assert 1 == len(_leaders(world))
    assert sum(done) == actions(world.deps, world.a.inspection).count("leader.replaced")
    assert len(set(emails)) == count(world.deps, Person, Person.email.in_(emails))


@pytest.mark.parametrize("who", ["lead_inspector", "qa_officer", "administrator"])
def test_the_head_of_the_team_or_an_administrator_replaces(world: World, who: str) -> None:
    """A leader who is abroad must be replaceable within minutes (R1)."""
    _replace(world, by=getattr(world, who))
    assert [_person(world).id] == _leaders(world)


@pytest.mark.parametrize(
    ("who", "error"),
    [("inspector", NotAllowed), ("leader", NotAllowed), ("contributor", NotAllowed), ("dpo", NotAllowed),
     ("leader_b", NotFound), ("lead_inspector_b", NotFound)],
)  # fmt: skip
def test_nobody_else_replaces(world: World, who: str, error: type[Exception]) -> None:
    """Nor sees the page; and nothing is changed."""
    with pytest.raises(error):
        _replace(world, by=getattr(world, who))
    with pytest.raises(error):
        leader_page(world.deps, getattr(world, who).actor, world.a.inspection)
    assert [world.leader.id] == _leaders(world)


def test_the_operator_replaces_by_command(world: World) -> None:
    """The command line is a steward."""
    replace_leader(world.deps, OPERATOR, world.a.inspection, NEW, "Ann Acting")
    assert [_person(world).id] == _leaders(world)


@pytest.mark.parametrize("who", ["inspector", "lead_inspector_b", "administrator"])
def test_who_cannot_lead_is_refused_and_the_leader_stays(world: World, who: str) -> None:
    """Nobody of a team of the programme, and no steward: then nothing at all is changed."""
    with pytest.raises(Refused) as refused:
        _replace(world, getattr(world, who).email)
    assert "email" == refused.value.field
    assert [world.leader.id] == _leaders(world)
    assert 0 == count(world.deps, OutboxMail, OutboxMail.template == "leader-replaced")


def test_whoever_leads_already_is_not_replaced_by_themselves(world: World) -> None:
    """A second click changes nothing."""
    with pytest.raises(Conflict, match="leads the inspection already"):
        _replace(world, " LEADER@example.org ")
    assert [world.leader.id] == _leaders(world)


def test_a_full_list_of_contributors_has_no_room_for_the_old_leader(world: World) -> None:
    """Then she is replaced without staying, or somebody is removed first."""
    for number in range(MAX_CONTRIBUTORS - 1):
        person = add_person(world.deps, f"c{number}@agency.example")
        give_role(world.deps, person.id, Role.contributor, world.a.inspection)
    with pytest.raises(Conflict, match="up to 20"):
        _replace(world, keep=True)
    assert [world.leader.id] == _leaders(world)
    _replace(world, world.contributor.email, keep=True)
    assert [world.contributor.id] == _leaders(world)


def test_after_closing_too_in_a_mail_without_a_deadline(world: World) -> None:
    """Somebody must answer for a closed inspection."""
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    _replace(world)
    assert [_person(world).id] == _leaders(world)
    assert ["access"] == [
        row.template for row in rows(world.deps, OutboxMail, OutboxMail.person_id == _leaders(world)[0])
    ]


def test_not_once_disposal_has_begun(world: World) -> None:
    """Nobody is let into what is being destroyed."""
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).where(Inspection.id == world.a.inspection).values(state="disposing"))
    with pytest.raises(Conflict, match="over"):
        _replace(world)
    assert [world.leader.id] == _leaders(world)


def test_the_trail_says_who_before_and_who_after_by_id(world: World) -> None:
    """No name, no address."""
    _replace(world)
    text = trail_text(world.deps)
    assert str(_person(world).id) in text
    assert str(world.leader.id) in text
    assert [] == [word for word in (NEW, "Acting", world.leader.email) if word in text]
