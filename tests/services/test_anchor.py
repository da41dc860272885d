"""Checkpoints on their way to the anchors: asynchronous, to each, and loud where one does not take them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from portal.db.chain import entries
from portal.db.endings import Alarm, CheckpointRow
from portal.db.engine import reading, writing
from portal.db.tables import OutboxMail
from portal.domain.actors import OPERATOR, WORKER
from portal.ports import Deps
from portal.services.anchor import ANCHOR_ALARM, anchor_statements, anchors_standing
from portal.services.deliver import deliver
from portal.services.dispose import begin_due, dispose, dispose_due
from portal.services.heartbeat import beat
from portal.services.trail import checkpoint, verify_trail
from portal.vault.anchoring import certificate_name, queue_statement, stated
from portal.vault.verification import Verified
from tests.fakes import FakeAnchor
from tests.services.ends import wait_until_due
from tests.services.looks import actions, count, inspection_row, rows
from tests.world import World


def _names(anchor: FakeAnchor) -> list[str]:
    return [name for name, _data in anchor.kept()]


def test_a_failing_anchor_alarms_and_keeps_no_other_from_its_turn(world: World) -> None:
    """Nobody waits for it; it gets what it missed when it answers again, and the alarm ends of itself."""
    deps, broken, sound = world.deps, world.fakes.anchor, world.fakes.other_anchor
    broken.fails = True
    assert checkpoint(deps, at_once=True)
    with capture_logs() as logs:
        assert [1, 0] == [anchor_statements(deps), anchor_statements(deps)]
    assert {"anchor.failed", "alarm.raised"} == {each["event"] for each in logs}
    assert 1 == len(_names(sound))
    [alarm] = rows(deps, Alarm)
    assert (ANCHOR_ALARM, "folder", None) == (alarm.kind, alarm.subject, alarm.cleared_at)
    assert [
        {"anchor": "folder", "kept": 0, "waiting": 1, "failure": "StoreUnavailable"},
        {"anchor": "other", "kept": 1, "waiting": 0, "failure": ""},
    ] == anchors_standing(deps)
    broken.fails = False
    assert 1 == anchor_statements(deps)
    assert _names(sound) == _names(broken)
    assert [None] != [each.cleared_at for each in rows(deps, Alarm)]
    assert {"alarm.raised", "alarm.cleared"} < set(actions(deps))


def test_an_anchor_that_has_something_else_alarms_until_it_is_put_right(world: World) -> None:
    """What it has under a name is not ours to replace; all else still goes to it."""
    assert (made := checkpoint(world.deps, at_once=True))
    [row] = rows(world.deps, CheckpointRow)
    world.fakes.anchor.keep(row.name, b"forged")
    anchor_statements(world.deps)
    assert "ObjectExists" == anchors_standing(world.deps)[0]["failure"]
    assert checkpoint(world.deps, at_once=True)  # of the alarm's own entries
    anchor_statements(world.deps)
    assert 2 == len(_names(world.fakes.anchor))
    assert 1 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))
    anchor_statements(replace(world.deps, anchors={"other": world.fakes.other_anchor}))
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))
    assert made.seq == row.seq


def test_a_new_anchor_gets_what_the_others_were_given_before(world: World) -> None:
    """So that it can vouch for the whole trail."""
    checkpoint(world.deps, at_once=True)
    anchor_statements(world.deps)
    late = FakeAnchor()
    deps = replace(world.deps, anchors={**world.deps.anchors, "late": late})
    assert 1 == anchor_statements(deps)
    assert _names(world.fakes.anchor) == _names(late)
    assert 1 == verify_trail(deps, OPERATOR).checkpoints


def test_a_checkpoint_comes_within_the_hour_and_right_after_a_certificate(world: World) -> None:
    """Whoever looks in between finds nothing to sign; a certificate waits for no hour, and is mailed to stewards."""
    deps = world.deps
    assert None is checkpoint(deps)
    world.fakes.clock.advance(deps.policy.checkpoint_period - timedelta(milliseconds=1))
    assert None is checkpoint(deps)
    world.fakes.clock.advance(timedelta(milliseconds=1))
    assert checkpoint(deps)
    wait_until_due(world)
    checkpoint(deps, at_once=True)
    assert 0 == count(deps, OutboxMail, OutboxMail.template == "checkpoint")
    dispose(deps, world.dpo.actor, world.a.inspection)
    assert (made := checkpoint(deps))
    mails = rows(deps, OutboxMail, OutboxMail.template == "checkpoint")
    assert {world.administrator.id, world.dpo.id} == {each.person_id for each in mails}
    assert made.seq == max(each.seq for each in rows(deps, CheckpointRow))


def test_statements_are_found_again_by_their_names(world: World) -> None:
    """A certificate goes the same way; what no row says cannot be queued, and twice is once."""
    deps = world.deps
    wait_until_due(world)
    dispose(deps, world.dpo.actor, world.a.inspection)
    name = certificate_name(world.a.inspection, 1)
    with writing(deps.engine) as session:
        with pytest.raises(ValueError, match="queued by the name"):
            queue_statement(session, deps, name, b"something else")
        with pytest.raises(ValueError, match="queued by the name"):
            queue_statement(session, deps, certificate_name(world.b.inspection, 1), b"")
        body = stated(session, name)
        assert body is not None
        for _ in range(2):
            queue_statement(session, deps, name, body)
    anchor_statements(deps)
    assert body == dict(world.fakes.anchor.kept())[name]
    assert Verified(len(actions(deps)), 0) == verify_trail(deps, OPERATOR)


def test_a_trail_that_cannot_be_written_stops_the_change(world: World) -> None:
    """The act and its entry are one transaction: where the entry fails, nothing is disposed of or published."""
    deps = world.deps
    wait_until_due(world)
    before = actions(deps)
    with _full_trail(deps), pytest.raises(IntegrityError):
        dispose(deps, world.dpo.actor, world.a.inspection)
    assert "closed" == inspection_row(deps, world.a.inspection).state
    assert "present" == world.fakes.custodian.state(world.a.inspection)
    assert before == actions(deps)


@contextmanager
def _full_trail(deps: Deps) -> Iterator[None]:
    """Let the database take no entry; afterwards it does again, since other tests may use the same one."""
    add = "ALTER TABLE audit_entry ADD CONSTRAINT f CHECK (seq < 0) NOT VALID"
    drop = "ALTER TABLE audit_entry DROP CONSTRAINT f"
    if deps.engine.dialect.name == "sqlite":
        add = "CREATE TRIGGER f BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        drop = "DROP TRIGGER f"
    with writing(deps.engine) as session:
        session.connection().exec_driver_sql(add)
    try:
        yield
    finally:
        with writing(deps.engine) as session:
            session.connection().exec_driver_sql(drop)


def test_the_agency_is_told_where_the_trail_stands_before_its_accounts_go(world: World) -> None:
    """Each leader gets number and hash of the entry that begins the disposal, in a mail of its own; nobody twice."""
    deps = world.deps
    wait_until_due(world)
    deliver(deps)
    world.fakes.mailer.sent.clear()
    beat(deps)
    assert [2, 0] == [begin_due(deps, WORKER), begin_due(deps, WORKER)]
    deliver(deps)
    mails = [each for each in world.fakes.mailer.sent if "disposal of what you sent" in each.subject]
    assert {world.leader.email, world.leader_b.email} == {each.to for each in mails}
    [ours] = [each for each in mails if each.to == world.leader.email]
    with reading(deps.engine) as session:
        [began] = [each for each in entries(session, world.a.inspection) if each.action == "disposal.began"]
    assert f"{world.a.reference}: the disposal" in ours.subject
    assert f"Entry: {began.seq}\nHash: {began.hash}" in ours.body
    assert 2 == len(list(dispose_due(deps, WORKER)))
    assert (made := checkpoint(deps))
    deliver(deps)
    [told] = [each for each in world.fakes.mailer.sent if each.to == world.dpo.email and "Checkpoint" in each.subject]
    assert f"Entry: {made.seq}\nHash: {made.hash}" in told.body
    assert f"Key: {made.key_id}\nSignature: {made.signature}" in told.body
