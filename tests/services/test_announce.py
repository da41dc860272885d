"""Announcing: the deadline is frozen, ambiguity and warnings ask for a decision, people get roles and mails."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Agency, Assignment, Inspection, Invitation, OutboxMail, Person, Programme
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy, Holidays
from portal.domain.errors import Conflict, KeyUnavailable, NotFound, Refused
from portal.domain.roles import Role
from portal.services.announce import Announced, Announcement, Invitee, announce
from portal.services.conduct import close
from portal.services.programmes import add_programme
from portal.services.publish import publish
from tests.services.looks import actions, count, inspection_row, rows
from tests.world import DUE, PROGRAMME, World

FRIDAY = datetime(2023, 10, 13, 9, tzinfo=UTC)
PEOPLE = (
    Invitee("New.Leader@Example.org ", "Nora New", Role.leader),
    Invitee("new.inspector@example.org", "Nils New", Role.lead_inspector),
)


def _announcement(people: Sequence[Invitee] = PEOPLE) -> Announcement:
    return Announcement(PROGRAMME, "agency-c", "Adoption C", people)


def _announce(world: World, announcement: Announcement | None = None) -> Announced:
    return announce(world.deps, world.administrator.actor, announcement or _announcement())


def test_a_monday_announcement_is_due_at_4pm_on_tuesday(world: World) -> None:
    """The words name the day and the date, and the row keeps the instant."""
    announced = _announce(world)
    assert "4pm on Tuesday 10 October 2023" == announced.deadline_words
    row = inspection_row(world.deps, announced.inspection)
    assert (DUE, "announced", date(2023, 10, 16), date(2023, 10, 19), "2023") == (
        row.deadline_at, row.state, row.starts_on, row.last_day_on, row.checklist_version,
    )  # fmt: skip
    assert ["inspection.announced"] == actions(world.deps, announced.inspection)


def test_references_count_on_within_the_programme(world: World) -> None:
    """People call an inspection by its programme and a number."""
    assert ("RAA-2023-01", "RAA-2023-02", "RAA-2023-03") == (
        world.a.reference, world.b.reference, _announce(world).reference,
    )  # fmt: skip


def test_the_deadline_is_frozen(world: World) -> None:
    """What is learnt later, as of a new bank holiday or another policy, moves no deadline."""
    with writing(world.deps.engine) as session:
        session.execute(update(Programme).values(deadline_policy=str(DeadlinePolicy.next_working_day)))
    tuesday = Holidays(world.deps.holidays.days | {date(2023, 10, 10)}, world.deps.holidays.last_year)
    later = replace(world.deps, holidays=tuesday)
    world.fakes.clock.advance(timedelta(days=4))
    announce(later, world.administrator.actor, replace(_announcement(), policy=DeadlinePolicy.next_working_day))
    assert DUE == inspection_row(world.deps, world.a.inspection).deadline_at


def test_where_the_readings_differ_a_choice_is_asked_for(world: World) -> None:
    """On a Friday both deadlines are shown, and nothing is announced until one is chosen (R2)."""
    world.fakes.clock.set(FRIDAY)
    with pytest.raises(Refused) as refused:
        _announce(world)
    assert "policy" == refused.value.field
    assert "4pm on Saturday 14 October 2023 (next_day)" in str(refused.value)
    assert "4pm on Monday 16 October 2023 (next_working_day)" in str(refused.value)
    assert 2 == count(world.deps, Inspection)


@pytest.mark.parametrize(("policy", "day"), [("next_day", 14), ("next_working_day", 16)])
def test_the_choice_is_applied_and_kept(world: World, policy: str, day: int) -> None:
    """The chosen reading makes the deadline, and the row says which it was."""
    world.fakes.clock.set(FRIDAY)
    announced = _announce(world, replace(_announcement(), policy=DeadlinePolicy(policy)))
    row = inspection_row(world.deps, announced.inspection)
    assert (datetime(2023, 10, day, 15, tzinfo=UTC), policy) == (row.deadline_at, row.deadline_policy)


@pytest.mark.parametrize(
    ("at", "starts_on", "word"),
    [
        (datetime(2023, 10, 9, 5, 59, tzinfo=UTC), None, "before 7am"),
        (datetime(2023, 10, 9, 17, 1, tzinfo=UTC), None, "after 6pm"),
        (datetime(2023, 10, 9, 9, tzinfo=UTC), date(2023, 10, 17), "6 working days"),
        (datetime(2029, 1, 8, 9, tzinfo=UTC), None, "Bank holidays are known only to the end of"),
    ],
)
def test_warnings_ask_for_a_confirmation(world: World, at: datetime, starts_on: date | None, word: str) -> None:
    """An odd hour, other notice than five working days and unknown bank holidays are said before, not after."""
    world.fakes.clock.set(at)
    announcement = replace(_announcement(), starts_on=starts_on)
    with pytest.raises(Refused, match=word) as refused:
        _announce(world, announcement)
    assert "confirmed" == refused.value.field
    assert 2 == count(world.deps, Inspection)
    announced = _announce(world, replace(announcement, confirmed=True))
    assert word in " ".join(announced.warnings)


@pytest.mark.parametrize(
    ("people", "word"),
    [
        (PEOPLE[1:], "one leader"),
        (PEOPLE[:1], "one lead inspector"),
        ((*PEOPLE, Invitee("x@example.org", "X", Role.leader)), "one leader"),
        ((*PEOPLE, Invitee("x@example.org", "X", Role.administrator)), "Only people of the agency"),
        ((*PEOPLE, Invitee("NEW.leader@example.org", "X", Role.contributor)), "once"),
        ((*PEOPLE, Invitee("nobody", "X", Role.contributor)), "email address"),
        ((*PEOPLE, Invitee("x" * 250 + "@example.org", "X", Role.contributor)), "email address"),
    ],
)
def test_the_people_must_fit(world: World, people: Sequence[Invitee], word: str) -> None:
    """One leader and one lead inspector, each with an address of their own; else nothing is announced."""
    with pytest.raises(Refused, match=word):
        _announce(world, _announcement(people))
    assert (2, 2) == (count(world.deps, Inspection), count(world.deps, Agency))


def test_two_inspectors_and_an_officer_beside_the_lead_inspector_are_a_team(world: World) -> None:
    """The quality assurance officer is no inspector in the count of three."""
    roles = (Role.inspector, Role.inspector, Role.quality_assurance_officer, Role.contributor)
    people = (*PEOPLE, *(Invitee(f"p{n}@example.org", "X", role) for n, role in enumerate(roles)))
    announced = _announce(world, _announcement(people))
    assert 6 == count(world.deps, Assignment, Assignment.inspection_id == announced.inspection)


def test_whoever_has_no_password_gets_an_invitation_with_the_mail(world: World) -> None:
    """Addresses are kept in one form, and known people are not invited anew."""
    people = (PEOPLE[0], Invitee(world.lead_inspector.email.upper(), "Other Name", Role.lead_inspector))
    announced = _announce(world, _announcement(people))
    [invitation] = rows(world.deps, Invitation)
    [person] = rows(world.deps, Person, Person.id == invitation.person_id)
    assert ("new.leader@example.org", "Nora New") == (person.email, person.name)
    assert world.deps.clock.now() + timedelta(days=3) == invitation.expires_at
    mails = rows(world.deps, OutboxMail, OutboxMail.inspection_id == announced.inspection)
    assert {(person.id, "announcement"), (world.lead_inspector.id, "team")} == {
        (mail.person_id, mail.template) for mail in mails
    }
    [known] = rows(world.deps, Person, Person.id == world.lead_inspector.id)
    assert "Ines Inspector" == known.name


def test_a_second_inspection_of_an_agency_does_not_make_the_agency_again(world: World) -> None:
    """An agency is known by its code; while its inspection is open there is no second one in the programme."""
    announced = _announce(world)
    with pytest.raises(Conflict, match="RAA-2023-03"):
        _announce(world)
    close(world.deps, world.administrator.actor, announced.inspection)
    people = tuple(replace(each, email=f"2{each.email}") for each in PEOPLE)
    _announce(world, _announcement(people))
    assert 1 == count(world.deps, Agency, Agency.code == "agency-c")


def test_only_an_administrator_or_a_head_of_team_announces(world: World) -> None:
    """For anyone else there is no such act, and a head of team knows of no other programme."""
    for person in (world.leader, world.contributor, world.inspector, world.dpo):
        with pytest.raises(NotFound):
            announce(world.deps, person.actor, _announcement())
    add_programme(world.deps, OPERATOR, "RAA-2024", "Another", DeadlinePolicy.next_day, "2023")
    for programme in ("RAA-2024", "RAA-1999"):
        with pytest.raises(NotFound, match="does not exist, or you do not have access"):
            announce(world.deps, world.lead_inspector.actor, replace(_announcement(), programme=programme))
    assert 2 == count(world.deps, Inspection)


def test_what_is_refused_asks_for_no_key(world: World) -> None:
    """Keys may cost money: none is made before everything else was decided."""
    world.fakes.custodian.unavailable = True
    with pytest.raises(Refused, match="one leader"):
        _announce(world, _announcement(PEOPLE[1:]))
    world.fakes.clock.set(FRIDAY)
    with pytest.raises(Refused, match="two ways"):
        _announce(world)


@pytest.mark.parametrize("who", ["lead_inspector", "qa_officer"])
def test_a_head_of_team_announces_in_the_programme_of_their_inspection(world: World, who: str) -> None:
    """The lead inspector and the quality assurance officer of one inspection may announce the next."""
    announced = announce(world.deps, getattr(world, who).actor, _announcement())
    assert "RAA-2023-03" == announced.reference


def test_nothing_is_announced_in_an_unknown_or_published_programme(world: World) -> None:
    """Once the report is out, the programme has begun to end."""
    with pytest.raises(NotFound, match="RAA-1999"):
        _announce(world, replace(_announcement(), programme="RAA-1999"))
    world.fakes.clock.advance(timedelta(days=56))
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2023, 12, 4))
    with pytest.raises(Conflict, match="published"):
        _announce(world)


def test_without_a_key_nothing_is_announced(world: World) -> None:
    """An inspection that could seal nothing is worse than one announced a minute later."""
    world.fakes.custodian.unavailable = True
    with pytest.raises(KeyUnavailable):
        _announce(world)
    assert (2, 0) == (count(world.deps, Inspection), count(world.deps, Invitation))


def test_every_inspection_has_a_key_of_its_own(world: World) -> None:
    """No two are wrapped alike, and each is the custodian's to open."""
    keys: set[bytes] = set()
    for inspection in (world.a.inspection, world.b.inspection):
        assert "present" == world.fakes.custodian.state(inspection)
        wrapped = inspection_row(world.deps, inspection).wrapped_key
        assert wrapped is not None
        keys.add(world.fakes.custodian.unwrap(inspection, wrapped))
    assert 2 == len(keys)
    assert isinstance(world.a.inspection, UUID)
