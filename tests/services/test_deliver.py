"""Delivering: each mail once, a failing carrier tried again, and nothing in a mail that does not belong there."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import product
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.db.endings import Alarm
from portal.db.engine import writing
from portal.db.tables import Assignment, Inspection, Invitation, OutboxMail, Person
from portal.domain.mails import CLAIM_LIFE
from portal.domain.roles import Role
from portal.ports import Deps, Mail, Mailer, MailInDoubt
from portal.services.declare import declare
from portal.services.deliver import deliver
from portal.services.stewards import add_steward
from portal.vault.invitations import invitation_token
from portal.vault.mails import queue_mail
from schemas.mails import load_mails
from tests.fakes import FakeMailer
from tests.services.looks import actions, count, rows
from tests.world import World, complete, upload

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)


def _mails(deps: Deps) -> list[OutboxMail]:
    return sorted(rows(deps, OutboxMail), key=lambda mail: str(mail.id))


def test_each_mail_is_sent_once(world: World) -> None:
    """Announcements go to everyone named in them, and a second round sends nothing."""
    assert 6 == deliver(world.deps)
    named = (world.leader, world.lead_inspector, world.inspector, world.qa_officer, world.leader_b,
             world.lead_inspector_b)  # fmt: skip
    assert sorted(each.email for each in named) == sorted(mail.to for mail in world.fakes.mailer.sent)
    assert {world.deps.clock.now()} == {mail.sent_at for mail in _mails(world.deps)}
    world.fakes.clock.advance(timedelta(days=1))
    assert 0 == deliver(world.deps)


def test_an_announcement_names_the_deadline_and_the_reference(world: World) -> None:
    """In words that cannot be misread, with the way to the service."""
    deliver(world.deps)
    [mail] = [mail for mail in world.fakes.mailer.sent if mail.to == world.leader.email]
    assert (
        "RAA-2023-01: your inspection is announced – send information by 4pm on Tuesday 10 October 2023" == mail.subject
    )
    assert mail.body.startswith("Your agency's inspection is announced. Sign in and send the requested information by")
    assert "https://evidence.example/sign-in" in mail.body


def test_whoever_was_invited_gets_the_link(world: World) -> None:
    """The token is made when the mail is, and is kept nowhere else."""
    add_steward(world.deps, world.administrator.actor, "new@example.org", "New", Role.administrator)
    deliver(world.deps)
    [invitation] = rows(world.deps, Invitation)
    [mail] = [mail for mail in world.fakes.mailer.sent if mail.to == "new@example.org"]
    assert f"https://evidence.example/invitations/{invitation_token(world.deps.secret, invitation.id)}\n" in mail.body


def test_a_failing_carrier_is_tried_again_later(world: World) -> None:
    """After a minute, then two, then four, up to an hour; the row says what kind of failure it was."""
    with writing(world.deps.engine) as session:
        for row in rows(world.deps, OutboxMail)[1:]:
            session.delete(row)
    waits = []
    for _ in range(8):
        world.fakes.mailer.fail_next = 1
        assert 0 == deliver(world.deps)
        [mail] = _mails(world.deps)
        assert ("OSError", None) == (mail.failure, mail.sent_at)
        waits.append((mail.next_try_at - world.deps.clock.now()) // MINUTE)
        world.fakes.clock.set(mail.next_try_at - timedelta(microseconds=1))
        assert 0 == deliver(world.deps), "not before its time"
        world.fakes.clock.set(mail.next_try_at)
    assert [1, 2, 4, 8, 16, 32, 60, 60] == waits
    assert 1 == deliver(world.deps)
    [mail] = _mails(world.deps)
    assert (None, 9) == (mail.failure, mail.attempts)


def test_one_that_fails_holds_up_no_other(world: World) -> None:
    """The rest of the round is sent."""
    world.fakes.mailer.fail_next = 1
    assert 5 == deliver(world.deps)
    world.fakes.clock.advance(MINUTE)
    assert 1 == deliver(world.deps)
    assert 6 == len(world.fakes.mailer.sent)


class _Counting(Mailer):
    """Counts how often each mail is handed over; may die right after the first, or never answer."""

    def __init__(self, *, dies: bool = False, answers: bool = True, tells: bool | None = False) -> None:
        self.handed: list[Mail] = []
        self.dies, self.answers, self.tells = dies, answers, tells

    def send(self, mail: Mail) -> None:
        self.handed.append(mail)
        if self.dies:
            self.dies = False
            raise KeyboardInterrupt
        if not self.answers:
            raise MailInDoubt

    def was_sent(self, mail_id: UUID) -> bool | None:
        return self.tells

    def forget(self, mail_ids: Iterable[UUID]) -> None:
        """It keeps none."""


def test_two_workers_at_once_send_each_mail_once(world: World) -> None:
    """What one has claimed, the other leaves alone."""
    mailer, barrier = _Counting(), Barrier(3)
    deps = replace(world.deps, mailer=mailer)

    def run(_number: int) -> int:
        barrier.wait()
        return deliver(deps)

    with ThreadPoolExecutor(3) as threads:
        assert 6 == sum(threads.map(run, range(3)))
    assert 6 == len({mail.id for mail in mailer.handed}) == len(mailer.handed)


@pytest.mark.parametrize(("tells", "sent", "alarms"), [(True, 1, 0), (None, 0, 1), (False, 1, 0)])
def test_killed_between_handing_over_and_marking(world: World, tells: bool | None, sent: int, alarms: int) -> None:
    """The carrier is asked: a mail that it has is marked, one that it lacks goes again, else a person decides."""
    mailer = _Counting(dies=True, tells=tells)
    deps = replace(world.deps, mailer=mailer)
    with pytest.raises(KeyboardInterrupt):
        deliver(deps)
    world.fakes.clock.advance(CLAIM_LIFE)
    assert 5 == deliver(deps), "not at once: another worker may be at it"
    world.fakes.clock.advance(MOMENT)
    for expected in (sent, 0):
        assert expected == deliver(deps)
    assert (7 if tells is False else 6, 6) == (len(mailer.handed), len({mail.id for mail in mailer.handed}))
    assert alarms == count(deps, Alarm) == actions(deps).count("mail.undecided")
    [doubtful] = rows(deps, OutboxMail, OutboxMail.id == mailer.handed[0].id)
    assert (None if sent else "in doubt") == doubtful.failure
    assert bool(sent) == (doubtful.sent_at is not None)


def test_a_mail_without_an_answer_is_settled_as_one_of_a_killed_worker(world: World) -> None:
    """What the carrier may have is not handed over again while nobody knows, and holds up no other."""
    mailer = _Counting(answers=False, tells=True)
    deps = replace(world.deps, mailer=mailer)
    for handed in (3, 6, 6):
        assert 0 == deliver(deps)
        assert handed == len(mailer.handed)
    world.fakes.clock.advance(CLAIM_LIFE + MOMENT)
    assert 6 == deliver(deps)
    assert 6 == len(mailer.handed)


def test_a_refused_recipient_stops_nobody_else(world: World) -> None:
    """The mail is marked for good, and raises an alarm once however many there are."""
    world.fakes.mailer.refuses = {world.leader.email, world.leader_b.email}
    assert 4 == deliver(world.deps)
    world.fakes.clock.advance(timedelta(days=1))
    assert 0 == deliver(world.deps)
    failures = {row.failure for row in rows(world.deps, OutboxMail, OutboxMail.sent_at.is_(None))}
    assert {"refused: 550"} == failures
    [alarm] = rows(world.deps, Alarm)
    assert "portal mail list" in alarm.words


def test_a_carrier_that_is_down_is_not_asked_for_each_mail(world: World) -> None:
    """After three in a row the round ends: each would wait for its timeout, and the other jobs with it."""
    world.fakes.mailer.fail_next = 100
    assert 0 == deliver(world.deps)
    assert 97 == world.fakes.mailer.fail_next
    world.fakes.mailer.fail_next = 0
    assert 3 == deliver(world.deps)


def test_failures_are_logged_without_addresses(world: World) -> None:
    """By the mail's id, and by a code."""
    world.fakes.mailer.refuses, world.fakes.mailer.fail_next = {each.email for each in world.everyone}, 1
    with capture_logs() as events:
        deliver(world.deps)
    assert ["mail.failed", *["mail.undecided"] * 5] == [event["event"] for event in events]
    assert "@" not in str(events)


@pytest.mark.parametrize("ended", ["role", "account", "link"])
def test_what_was_overtaken_is_not_sent(world: World, ended: str) -> None:
    """Whoever lost the role, the account or the link before the mail went gets none, and the row says so."""
    deliver(world.deps)
    add_steward(world.deps, world.administrator.actor, "new@example.org", "New", Role.administrator)
    now = world.deps.clock.now()
    with writing(world.deps.engine) as session:
        person = session.scalars(select(Person).where(Person.email == "new@example.org")).one()
        role = session.scalars(select(Assignment).where(Assignment.person_id == person.id)).one()
        link = session.scalars(select(Invitation)).one()
        if ended == "role":
            role.ended_at = now
        elif ended == "account":
            person.disabled_at = now
        else:
            link.expires_at = now
    assert 0 == deliver(world.deps)
    [mail] = rows(world.deps, OutboxMail, OutboxMail.sent_at.is_(None))
    assert "overtaken" == mail.failure
    assert [] == rows(world.deps, Alarm)


def test_an_announcement_of_a_closed_inspection_is_overtaken(world: World) -> None:
    """Nobody is asked to send what is no longer taken."""
    with writing(world.deps.engine) as session:
        session.get_one(Inspection, world.a.inspection).state = "closed"
    deliver(world.deps)
    [mail] = rows(world.deps, OutboxMail, OutboxMail.sent_at.is_(None))
    assert ("announcement", "overtaken", world.leader.id) == (mail.template, mail.failure, mail.person_id)


def test_an_unknown_mail_holds_up_no_other(world: World) -> None:
    """A row that this release has no text for is named, and the others are sent."""
    with writing(world.deps.engine) as session:
        queue_mail(session, world.deps, world.leader.id, world.a.inspection, "carrier-pigeon")
    assert 6 == deliver(world.deps)
    [mail] = rows(world.deps, OutboxMail, OutboxMail.sent_at.is_(None))
    assert "refused: no such mail" == mail.failure


def test_no_mail_speaks_of_documents(world: World) -> None:
    """Neither names nor digests nor explanations: a mail is read by many."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    received = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", name="Family Smith.pdf")
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    assert 8 == deliver(world.deps)
    for mail in world.fakes.mailer.sent:
        for word in ("Smith", received.receipt["body"]["sha256"], str(received.document), ".pdf"):
            assert word not in mail.subject + mail.body


def test_every_template_is_filled_in(world: World) -> None:
    """No gap is left open in any, and the subject is one line."""
    deliver(world.deps)
    mailer = FakeMailer()
    # Each of these is overtaken where it has nothing to tell: they have tests of their own.
    templates = sorted(set(load_mails()) - {"reminder", "disposals-due"})
    with writing(world.deps.engine) as session:
        for template, facts in product(templates, ({}, {"item": "panel-minutes", "deadline": "2023-10-11T11:00:00Z"})):
            queue_mail(session, world.deps, world.leader.id, world.a.inspection, template, facts=facts)
    assert 2 * len(templates) == deliver(replace(world.deps, mailer=mailer))
    for mail in mailer.sent:
        assert "{" not in mail.subject + mail.body
        assert "\n" not in mail.subject
        assert "Lena" not in mail.body, "a mail names nobody"
    bodies = " ".join(mail.body for mail in mailer.sent)
    assert "has a question about “" in bodies
    assert "send it by midday on Wednesday 11 October 2023." in bodies


def test_a_mail_about_something_more_names_nothing(world: World) -> None:
    """What is asked beyond the checklist has a name that somebody typed, so the mail has none."""
    deliver(world.deps)
    with writing(world.deps.engine) as session:
        queue_mail(
            session, world.deps, world.leader.id, world.a.inspection, "question", facts={"item": "extra-1"}
        )  # fmt: skip
    deliver(world.deps)
    assert world.fakes.mailer.sent[-1].body.startswith("The inspection team has a question. Sign in")
