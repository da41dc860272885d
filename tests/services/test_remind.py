"""Reminders and what else the passing of time asks for: the right people, once, and never misleading."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from portal.db.engine import writing
from portal.db.tables import Inspection, OutboxMail, Person, WebSession
from portal.domain.roles import Role
from portal.domain.times import say_deadline
from portal.services.ask_more import ask_more
from portal.services.declare import Explanation, declare
from portal.services.deliver import deliver
from portal.services.explain import explain_gap
from portal.services.remind import RECEIPT_RESTS, remind
from tests.services.looks import count, rows
from tests.world import CHECKLIST, DUE, World, add_person, complete, give_role, session_for, upload

NINE = datetime(2023, 10, 10, 8, tzinfo=UTC)
NOON = datetime(2023, 10, 10, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _to(world: World, template: str) -> list[str]:
    """Return to whom this mail was queued, in order of addresses."""
    people = {each.id: each.email for each in world.everyone}
    mails = rows(world.deps, OutboxMail, OutboxMail.template == template)
    return sorted(people.get(each.person_id, "somebody else") for each in mails)


def _both_leaders(world: World) -> list[str]:
    return sorted([world.leader.email, world.leader_b.email, world.contributor.email])


def _texts(world: World, word: str) -> list[str]:
    """Return the bodies of what was sent with this word in the subject."""
    return [mail.body for mail in world.fakes.mailer.sent if word in mail.subject]


def test_a_reminder_goes_to_those_with_something_missing(world: World) -> None:
    """To the leader and her contributors; an agency that has sent or explained everything hears nothing."""
    complete(world.deps, world.leader_b.actor, world.b.inspection)
    world.fakes.clock.set(NINE)
    assert 2 == remind(world.deps)
    assert sorted([world.leader.email, world.contributor.email]) == _to(world, "reminder")
    deliver(world.deps)
    assert f"Send it by {say_deadline(DUE)}, or say why" in _texts(world, "still missing")[0]


def test_an_explained_gap_is_nothing_missing(world: World) -> None:
    """What is not held or to follow was answered."""
    for leader, case in ((world.leader, world.a), (world.leader_b, world.b)):
        for item in CHECKLIST.items:
            explain_gap(world.deps, leader.actor, case.inspection, item.code, "not_held", "None since 2020.")
    world.fakes.clock.set(NINE)
    assert 0 == remind(world.deps)


def test_something_more_is_due_apart(world: World) -> None:
    """What was asked beyond the checklist has its own due time, so that it brings no reminder of the deadline."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    complete(world.deps, world.leader_b.actor, world.b.inspection)
    ask_more(
        world.deps, world.lead_inspector.actor, world.a.inspection, "Staff rota", "For June.", DUE + timedelta(days=1)
    )  # fmt: skip
    world.fakes.clock.set(NINE)
    assert 0 == remind(world.deps)
    deliver(world.deps)
    bodies = _texts(world, "something more")
    assert 2 == len(bodies)
    assert all("and send it by 4pm on Wednesday 11 October 2023." in body for body in bodies)
    assert "rota" not in str(bodies)


def test_each_moment_reminds_once(world: World) -> None:
    """At 9am, three hours and one hour before; however often the worker runs, and never from the deadline on."""
    world.fakes.clock.set(NINE - MINUTE)
    while world.fakes.clock.now() < DUE + timedelta(days=2):
        remind(world.deps)
        world.fakes.clock.advance(10 * MINUTE)
    assert sorted(3 * _both_leaders(world)) == _to(world, "reminder")


def test_many_workers_remind_once(world: World) -> None:
    """At the same moment."""
    world.fakes.clock.set(NINE)
    barrier = Barrier(3)

    def run(_number: int) -> None:
        barrier.wait()
        remind(world.deps)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(run, range(3)))
    assert _both_leaders(world) == _to(world, "reminder")


def test_a_worker_that_was_down_sends_no_late_reminder(world: World) -> None:
    """Neither queued when it is over half an hour late, nor sent when it waited that long for the carrier."""
    world.fakes.clock.set(NINE + 30 * MINUTE)
    assert 0 == remind(world.deps)
    world.fakes.clock.set(DUE - timedelta(hours=3))
    deliver(world.deps)
    assert 3 == remind(world.deps)
    world.fakes.mailer.fail_next = 3
    deliver(world.deps)
    world.fakes.clock.advance(30 * MINUTE)
    assert 0 == deliver(world.deps)
    mails = rows(world.deps, OutboxMail, OutboxMail.template == "reminder")
    assert ["overtaken"] * 3 == [mail.failure for mail in mails]


@pytest.mark.parametrize("change", ["complete", "closed", "moved"])
def test_a_reminder_that_is_no_longer_true_is_not_sent(world: World, change: str) -> None:
    """All was sent meanwhile, or nothing is taken, or the deadline it names moved."""
    deliver(world.deps)
    world.fakes.clock.set(NINE)
    remind(world.deps)
    if change == "complete":
        complete(world.deps, world.leader.actor, world.a.inspection)
    with writing(world.deps.engine) as session:
        row = session.get_one(Inspection, world.a.inspection)
        if change == "closed":
            row.state = "closed"
        elif change == "moved":
            row.deadline_at += timedelta(days=1)
    assert 1 == deliver(world.deps), "that of agency B"
    assert 2 == count(world.deps, OutboxMail, OutboxMail.failure == "overtaken")


def test_a_moved_deadline_has_reminders_of_its_own(world: World) -> None:
    """Also where those of the old one were sent."""
    world.fakes.clock.set(DUE - timedelta(hours=1))
    assert 3 == remind(world.deps)
    with writing(world.deps.engine) as session:
        session.get_one(Inspection, world.a.inspection).deadline_at = DUE + timedelta(hours=3)
    assert 0 == remind(world.deps)
    world.fakes.clock.set(DUE)
    assert 2 == remind(world.deps)
    deliver(world.deps)
    assert ["Send it by 7pm on Tuesday 10 October 2023"] * 2 == [
        text.partition(". ")[2].partition(",")[0] for text in _texts(world, "still missing")
    ]


def test_a_contributor_who_has_not_accepted_is_not_reminded(world: World) -> None:
    """The leader is, with her own link, also before she has a password."""
    with writing(world.deps.engine) as session:
        session.get_one(Person, world.leader.id).password_hash = None
        session.get_one(Person, world.contributor.id).password_hash = None
    world.fakes.clock.set(NINE)
    assert 2 == remind(world.deps)
    assert sorted([world.leader.email, world.leader_b.email]) == _to(world, "reminder")


def test_silence_at_the_agency_is_told_to_its_team(world: World) -> None:
    """At noon on the day after the announcement, once; whoever has signed in has broken it."""
    session_for(world.deps, world.leader_b.id)
    world.fakes.clock.set(NOON - MINUTE)
    remind(world.deps)
    assert [] == _to(world, "quiet")
    world.fakes.clock.set(NOON)
    for _ in range(2):
        remind(world.deps)
    team = sorted([world.lead_inspector.email, world.inspector.email, world.qa_officer.email])
    assert team == _to(world, "quiet")
    deliver(world.deps)
    assert all("Telephone the agency's leader" in text for text in _texts(world, "nobody at the agency"))


def test_what_was_done_breaks_the_silence_after_signing_out(world: World) -> None:
    """The session is gone, the trail is not."""
    for leader, case in ((world.leader, world.a), (world.leader_b, world.b)):
        upload(world.deps, leader.actor, case.inspection)
    assert 0 == count(world.deps, WebSession)
    world.fakes.clock.set(NOON)
    remind(world.deps)
    assert [] == _to(world, "quiet")


def test_a_late_document_is_told_once_for_its_item(world: World) -> None:
    """To the leader and the team, however many follow; the mail names the item and nothing of the file."""
    world.fakes.clock.set(DUE + MINUTE)
    for item, slot in (("panel-minutes", "latest"), ("panel-minutes", "second"), ("statement-of-purpose", "file")):
        upload(world.deps, world.contributor.actor, world.a.inspection, item, slot)
        remind(world.deps)
    told = [world.leader.email, world.lead_inspector.email, world.inspector.email, world.qa_officer.email]
    assert sorted(2 * told) == _to(world, "late")
    deliver(world.deps)
    label = CHECKLIST.item("panel-minutes").label
    assert 4 == sum(
        text.startswith(f"A document was received after the deadline for “{label}”. It is kept")
        for text in _texts(world, "after the deadline")
    )


def test_a_new_leader_is_not_told_of_old_lateness(world: World) -> None:
    """The item was told of already."""
    world.fakes.clock.set(DUE + MINUTE)
    upload(world.deps, world.leader.actor, world.a.inspection)
    remind(world.deps)
    new = add_person(world.deps, "new@example.org")
    give_role(world.deps, new.id, Role.leader, world.a.inspection)
    assert 0 == remind(world.deps)


def test_a_burst_of_changes_after_the_declaration_is_one_mail(world: World) -> None:
    """Once nothing has changed for ten minutes; a later change is told of anew."""
    gaps = {item.code: Explanation("not_held", "None.") for item in CHECKLIST.items}
    declare(world.deps, world.leader.actor, world.a.inspection, gaps)
    world.fakes.clock.advance(RECEIPT_RESTS)
    assert 0 == remind(world.deps), "the declaration has its own mail"
    for item in ("statement-of-purpose", "childrens-guide"):
        upload(world.deps, world.leader.actor, world.a.inspection, item)
    assert 0 == remind(world.deps)
    world.fakes.clock.advance(RECEIPT_RESTS)
    assert [2, 0] == [remind(world.deps), remind(world.deps)]
    assert sorted([world.leader.email, world.contributor.email]) == _to(world, "receipt-changed")


CANARY = "Canary-Kestrel"


def test_nothing_that_was_typed_reaches_the_outbox_or_a_mail(world: World) -> None:
    """Neither names of files, nor reasons, nor the names of people."""
    for item in CHECKLIST.items:
        explain_gap(world.deps, world.leader.actor, world.a.inspection, item.code, "to_follow", CANARY)
    world.fakes.clock.set(NINE)
    remind(world.deps)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    world.fakes.clock.set(DUE + MINUTE)
    upload(world.deps, world.leader.actor, world.a.inspection, name=f"{CANARY}.pdf")
    world.fakes.clock.advance(RECEIPT_RESTS)
    remind(world.deps)
    deliver(world.deps)
    assert {"late", "receipt", "receipt-changed"} <= {row.template for row in rows(world.deps, OutboxMail)}
    said = [repr(vars(row)) for row in rows(world.deps, OutboxMail)]
    said += [mail.subject + mail.body for mail in world.fakes.mailer.sent]
    for word in (CANARY, "Lena", "Ines", "Adoption A"):
        assert not [text for text in said if word in text]
