"""Deciding on mails that were refused or are in doubt."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from portal.db.endings import Alarm
from portal.db.tables import OutboxMail
from portal.domain.actors import OPERATOR
from portal.domain.errors import Conflict, NotFound, Refused
from portal.services.deliver import deliver
from portal.services.outbox import give_up_mail, list_mails, retry_mail, send_test_mail
from tests.services.looks import actions, count, rows
from tests.world import World


@pytest.fixture
def refused(world: World) -> list[UUID]:
    """Two mails that were refused for good; the other four were sent."""
    world.fakes.mailer.refuses = {world.leader.email, world.leader_b.email}
    deliver(world.deps)
    world.fakes.mailer.refuses = set()
    return [UUID(each["id"]) for each in list_mails(world.deps, OPERATOR)]


def test_what_has_not_gone_is_listed(world: World, refused: list[UUID]) -> None:
    """With address, inspection, state and failure; what was sent only where all is asked for."""
    listed = list_mails(world.deps, world.administrator.actor)
    assert {(world.leader.email, world.a.reference), (world.leader_b.email, world.b.reference)} == {
        (each["to"], each["inspection"]) for each in listed
    }
    assert {("announcement", "refused", "refused: 550", 1)} == {
        (each["mail"], each["state"], each["failure"], each["attempts"]) for each in listed
    }
    everything = list_mails(world.deps, OPERATOR, everything=True)
    assert [2, 4] == [sum(each["state"] == state for each in everything) for state in ("refused", "sent")]
    assert 2 == len(refused)


def test_a_mail_that_waits_is_listed(world: World) -> None:
    """Before its turn, and between two tries."""
    assert {"waiting"} == {each["state"] for each in list_mails(world.deps, OPERATOR)}
    world.fakes.mailer.fail_next = 1
    deliver(world.deps)
    assert ["OSError"] == [each["failure"] for each in list_mails(world.deps, OPERATOR)]


def test_the_alarm_goes_with_the_last_decision(world: World, refused: list[UUID]) -> None:
    """One is tried again and arrives, the other is given up; each leaves an entry in the trail."""
    first, second = refused
    retry_mail(world.deps, OPERATOR, first)
    assert 1 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))
    give_up_mail(world.deps, OPERATOR, second)
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))
    assert [1, 0] == [deliver(world.deps), deliver(world.deps)]
    assert [] == list_mails(world.deps, OPERATOR)
    assert ["mail.retried", "mail.given-up"] == actions(world.deps)[-2:]


def test_a_mail_that_is_refused_again_raises_the_alarm_again(world: World, refused: list[UUID]) -> None:
    """The first alarm was cleared by a person, so that a second stands."""
    for each in refused:
        retry_mail(world.deps, OPERATOR, each)
    world.fakes.mailer.refuses = {world.leader.email}
    assert 1 == deliver(world.deps)
    assert (2, 1) == (count(world.deps, Alarm), count(world.deps, Alarm, Alarm.cleared_at.is_(None)))


def test_nothing_is_decided_about_a_mail_that_was_sent(world: World) -> None:
    """Sending it again by mistake would be twice."""
    deliver(world.deps)
    [mail, *_rest] = rows(world.deps, OutboxMail)
    for decide in (retry_mail, give_up_mail):
        with pytest.raises(Conflict, match="is sent"):
            decide(world.deps, OPERATOR, mail.id)
    world.fakes.clock.advance(timedelta(days=1))
    assert 0 == deliver(world.deps)


def test_the_outbox_is_for_those_who_keep_accounts(world: World, refused: list[UUID]) -> None:
    """Addresses are in it, so that nobody else learns even that there is one."""
    for actor in (world.leader.actor, world.lead_inspector.actor, world.dpo.actor):
        with pytest.raises(NotFound):
            list_mails(world.deps, actor)
        with pytest.raises(NotFound):
            retry_mail(world.deps, actor, refused[0])
        with pytest.raises(NotFound):
            send_test_mail(world.deps, actor, "a@example.org")
    with pytest.raises(NotFound, match="portal mail list"):
        retry_mail(world.deps, OPERATOR, uuid4())


def test_a_test_mail_goes_at_once(world: World) -> None:
    """Past the outbox, to an address that is one."""
    with pytest.raises(Refused):
        send_test_mail(world.deps, OPERATOR, "nobody")
    send_test_mail(world.deps, OPERATOR, "somebody@example.org")
    assert ["somebody@example.org"] == [mail.to for mail in world.fakes.mailer.sent]
    assert "This is a test mail" in world.fakes.mailer.sent[0].body
