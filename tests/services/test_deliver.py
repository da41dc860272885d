"""Delivering: each mail once, a failing carrier tried again, and nothing in a mail that does not belong there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import product
from threading import Barrier

import pytest

from portal.db.engine import writing
from portal.db.tables import Invitation, OutboxMail
from portal.domain.roles import Role
from portal.ports import Deps, Mail, Mailer
from portal.services.declare import declare
from portal.services.deliver import TEMPLATES, deliver
from portal.services.programmes import add_steward
from portal.vault.invitations import invitation_token
from tests.fakes import FakeMailer
from tests.services.looks import rows
from tests.world import World, complete, upload

MINUTE = timedelta(minutes=1)


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
    assert mail.body.startswith("Dear Lena Leader,")
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
    """Counts how often each mail is handed over; may die right after the first."""

    def __init__(self, *, dies: bool = False) -> None:
        self.handed: list[Mail] = []
        self.dies = dies

    def send(self, mail: Mail) -> None:
        self.handed.append(mail)
        if self.dies:
            self.dies = False
            raise KeyboardInterrupt


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


def test_killed_between_handing_over_and_marking_the_same_mail_goes_again(world: World) -> None:
    """With the same id, by which the carrier can tell; better twice than never."""
    mailer = _Counting(dies=True)
    deps = replace(world.deps, mailer=mailer)
    with pytest.raises(KeyboardInterrupt):
        deliver(deps)
    assert 5 == deliver(deps), "not at once: another worker may be at it"
    world.fakes.clock.advance(MINUTE)
    assert 1 == deliver(deps)
    assert mailer.handed[0] == mailer.handed[-1]
    assert (7, 6) == (len(mailer.handed), len({mail.id for mail in mailer.handed}))


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
    """No gap is left open in any, with an inspection or without one, and the subject is one line."""
    deliver(world.deps)
    now, mailer = world.deps.clock.now(), FakeMailer()
    with writing(world.deps.engine) as session:
        for template, inspection in product(TEMPLATES, (world.a.inspection, None)):
            session.add(
                OutboxMail(
                    person_id=world.leader.id, inspection_id=inspection, template=template, created_at=now,
                    next_try_at=now,
                )
            )  # fmt: skip
    assert 2 * len(TEMPLATES) == deliver(replace(world.deps, mailer=mailer))
    for mail in mailer.sent:
        assert "{" not in mail.subject + mail.body
        assert "\n" not in mail.subject
        assert mail.body.startswith("Dear Lena Leader,\n")
