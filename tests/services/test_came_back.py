"""What backups of key folder and store bring back of inspections that were disposed of goes again."""

from uuid import UUID

import pytest
from sqlalchemy import delete

from portal.cli.starting import EVERY, Lookout, before_serving
from portal.db.endings import Alarm, Certificate
from portal.db.engine import writing
from portal.domain.actors import WORKER
from portal.domain.errors import KeyUnavailable, StoreUnavailable
from portal.domain.incidents import ALARM_KINDS
from portal.services import restored, rewound
from portal.services.anchor import anchor_statements
from portal.services.came_back import put_away
from portal.services.dispose import dispose
from portal.services.restored import dispose_again
from portal.vault import keyback
from tests.services.ends import all_gone, wait_until_due
from tests.services.looks import actions, inspection_row, rows
from tests.world import World, upload

OTHER = UUID(int=0xD15)
"""An inspection that the database never knew: announced, and disposed of, after the backup."""


def _standing(world: World) -> list[tuple[str, str]]:
    return sorted((each.kind, each.subject) for each in rows(world.deps, Alarm, Alarm.cleared_at.is_(None)))


@pytest.fixture
def gone(world: World) -> World:
    """A world whose inspection A was disposed of, its certificate anchored; B is as it was."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    wait_until_due(world)
    dispose(world.deps, WORKER, world.a.inspection)
    anchor_statements(world.deps)
    return world


def test_a_key_and_objects_that_are_there_again_go_again(gone: World) -> None:
    """The key raises an alarm for a person, once; what could not be removed now is removed by the next round."""
    a, custodian, store = gone.a.inspection, gone.fakes.custodian, gone.fakes.store
    before = actions(gone.deps)
    assert [] == put_away(gone.deps)
    assert before == actions(gone.deps)
    custodian.bring_back(a)
    custodian.unavailable = True
    with pytest.raises(KeyUnavailable):
        put_away(gone.deps)
    assert [("key-back", str(a))] == _standing(gone)
    custodian.unavailable = False
    store.put(f"{a}/{OTHER}/000001", b"back")
    assert [a] == put_away(gone.deps)
    assert (False, "removed") == (custodian.has_key(a), custodian.state(a))
    assert ["key.removed-again", "disposal.objects-removed-again"] == actions(gone.deps, a)[-2:]
    custodian.bring_back(a, tombstone=False)
    assert [a] == put_away(gone.deps)
    store.fail_next("remains")
    with pytest.raises(StoreUnavailable):
        put_away(gone.deps)
    all_gone(gone)
    assert [("key-back", str(a))] == _standing(gone)
    assert "present" == custodian.state(gone.b.inspection)


def test_an_inspection_that_the_database_never_knew_is_emptied(gone: World) -> None:
    """The trail says so, once; without a tombstone or a certificate of ours nothing is touched."""
    store, custodian = gone.fakes.store, gone.fakes.custodian
    key = f"{OTHER}/{OTHER}/000001"
    store.put(key, b"of a stranger")
    assert [] == dispose_again(gone.deps)
    assert 1 == store.remains(f"{OTHER}/")
    custodian.remove(OTHER, gone.fakes.clock.now())
    store.fail_next("empty")
    assert [OTHER] == dispose_again(gone.deps)
    assert [("restored", str(OTHER))] == _standing(gone)
    for _ in range(2):
        assert [] == dispose_again(gone.deps)
    assert 0 == store.remains(f"{OTHER}/")
    assert ["disposal.reapplied"] == actions(gone.deps, OTHER)
    assert [] == _standing(gone)


def test_a_certificate_that_the_database_lost_is_put_back(gone: World) -> None:
    """A backup from between two certificates knows the disposal, and not the newer one."""
    [certificate] = rows(gone.deps, Certificate)
    with writing(gone.deps.engine) as session:
        session.execute(delete(Certificate))
    for _ in range(2):
        assert [] == dispose_again(gone.deps)
    [again] = rows(gone.deps, Certificate)
    assert (certificate.id, certificate.body) == (again.id, again.body)
    assert 1 == actions(gone.deps, gone.a.inspection).count("certificate.put-back")
    assert "disposed" == inspection_row(gone.deps, gone.a.inspection).state


def test_the_worker_looks_at_its_start_each_hour_and_as_long_as_something_waits(gone: World) -> None:
    """Other rounds cost it one query; a failure is logged by name, and tried again."""
    ran: list[str] = []

    def run(name: str, job: object) -> None:
        ran.append(name)
        assert callable(job)
        try:
            job()
        except KeyUnavailable:
            ran.append("failed")

    every = ["trail", "came back", "restored"]
    lookout = Lookout(gone.deps, run)
    gone.fakes.custodian.unavailable = True
    lookout.look()
    assert [*every, "failed"] == ran
    with pytest.raises(KeyUnavailable):
        before_serving(gone.deps)
    gone.fakes.custodian.unavailable = False
    for expected in (every, []):
        ran.clear()
        lookout.look()
        assert expected == ran
    gone.fakes.clock.advance(EVERY)
    lookout.look()
    assert every == ran
    gone.fakes.store.put(f"{OTHER}/{OTHER}/000001", b"of a stranger")
    gone.fakes.custodian.remove(OTHER, gone.fakes.clock.now())
    gone.fakes.store.fail_next("empty")
    before_serving(gone.deps)
    ran.clear()
    lookout.look()
    lookout.look()
    assert ["restored"] == ran


def test_every_alarm_here_has_words_that_say_what_to_do() -> None:
    """A steward finds each kind among those that the page explains."""
    assert {keyback.ALARM, restored.ALARM, rewound.ALARM} <= set(ALARM_KINDS)
