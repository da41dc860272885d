"""A database from before a disposal, restored: it is disposed again, and ends in the certificate that it had."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.db.endings import Alarm, Certificate
from portal.db.engine import writing
from portal.db.tables import Inspection
from portal.domain.actors import WORKER
from portal.domain.errors import Conflict, KeyRemoved, KeyUnavailable
from portal.services.dispose import dispose, dispose_due
from portal.services.explain import explain_gap
from portal.services.finalise import finalise_due
from portal.services.hand_over import make_bundle
from portal.services.restored import dispose_again
from portal.vault.anchoring import certificate_name
from tests.services.backups import Rows, back_up, objects, put_back, put_objects_back
from tests.services.certificates import fits_published_schema
from tests.services.ends import DUE_AT, THEIRS, all_gone, wait_until_due
from tests.services.looks import actions, content, count, inspection_row, rows
from tests.world import START, World, upload

POINTS = ("restored.fenced", "disposal.key-removed", "disposal.objects-removed", "disposal.columns-blanked")


class _Killed(BaseException):
    """What a kill looks like from within."""


def _die(point: str, name: str) -> None:
    if name == point:
        raise _Killed


@dataclass
class Restored:
    """A world that was disposed of and came back: what the backup held, and the certificate of A."""

    world: World
    rows: Rows
    objects: dict[str, bytes]
    certificate: Certificate
    neighbour: UUID

    @property
    def a(self) -> UUID:
        """The inspection that was disposed of."""
        return self.world.a.inspection

    def restore(self, *, store: bool = True) -> None:
        """Put the database's backup back, and the store's."""
        put_back(self.world.deps.engine, self.rows)
        if store:
            put_objects_back(self.world.fakes.store, self.objects)

    def anchor(self, text: str | None = None, number: int = 1) -> None:
        """Let an anchor have the certificate, or another text in its place."""
        kept = (text or self.certificate.body).encode()
        self.world.fakes.anchor.keep(certificate_name(self.a, number), kept)

    def standing(self) -> list[tuple[str, str]]:
        """Return kind and subject of every alarm that stands."""
        return sorted((each.kind, each.subject) for each in rows(self.world.deps, Alarm, Alarm.cleared_at.is_(None)))


@pytest.fixture
def restored(world: World) -> Restored:
    """Disposed of A with all that it held, and then went back to the database and the store from before."""
    neighbour = upload(world.deps, world.leader_b.actor, world.b.inspection, data=THEIRS).document
    upload(world.deps, world.leader.actor, world.a.inspection)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "Canary words")
    kept, parts = back_up(world.deps.engine), objects(world.fakes.store)
    wait_until_due(world)
    dispose(world.deps, WORKER, world.a.inspection)
    [certificate] = rows(world.deps, Certificate)
    made = Restored(world, kept, parts, certificate, neighbour)
    made.restore()
    assert "announced" == inspection_row(world.deps, made.a).state
    return made


def test_it_ends_in_the_certificate_that_it_had(restored: Restored) -> None:
    """Whatever verdict, hold or clock say now: it was lawful then. The neighbour opens byte for byte, and stays."""
    world = restored.world
    restored.anchor()
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).values(held=True))
    world.fakes.clock.set(START - timedelta(days=2))
    assert [] == dispose_again(world.deps)
    all_gone(world)
    [certificate] = rows(world.deps, Certificate)
    same = ("id", "number", "final", "made_at", "body")
    assert [getattr(restored.certificate, each) for each in same] == [getattr(certificate, each) for each in same]
    said = actions(world.deps, restored.a)
    assert 1 == said.count("disposal.reapplied") == said.count("disposal.began")
    assert "disposal.certified" not in said
    assert THEIRS == content(world.deps, world.leader_b.actor, world.b.inspection, restored.neighbour)
    assert [] == restored.standing()
    before = actions(world.deps)
    assert [] == dispose_again(world.deps)
    assert before == actions(world.deps)
    world.fakes.clock.set(DUE_AT + timedelta(days=31))
    [final] = [each["body"] for each in finalise_due(world.deps, WORKER)]
    assert (True, 2, str(certificate.id)) == (final["reapplied"], final["number"], final["supersedes"])
    original = json.loads(certificate.body)["body"]
    taken = ("began_at", "due_at", "documents", "objects_deleted", "ciphertext_sha256", "accounts_removed")
    assert [original[each] for each in taken] == [final[each] for each in taken]


def test_with_a_tombstone_alone_a_new_certificate_says_so(restored: Restored) -> None:
    """No anchor had the old one; the ordinary run leaves it to this one."""
    world = restored.world
    assert [] == dispose_again(world.deps)
    all_gone(world)
    [certificate] = rows(world.deps, Certificate)
    signed = json.loads(certificate.body)
    assert [] == fits_published_schema(signed)
    body = signed["body"]
    assert restored.certificate.id != certificate.id
    assert (True, str(restored.a)) == (body["reapplied"], body["inspection"])
    assert "reapplied" not in json.loads(restored.certificate.body)["body"]


def test_with_a_certificate_alone_the_key_goes_again(restored: Restored) -> None:
    """The key folder came from a backup too, without the tombstone: what we signed is proof enough."""
    world = restored.world
    world.fakes.custodian.bring_back(restored.a, tombstone=False)
    restored.anchor()
    assert [] == dispose_again(world.deps)
    all_gone(world)
    assert restored.certificate.body == rows(world.deps, Certificate)[0].body
    assert [("key-back", str(restored.a))] == restored.standing()


def test_what_we_did_not_sign_disposes_of_nothing(restored: Restored) -> None:
    """Whoever can write to an anchor has nothing destroyed by it, but is noticed, once."""
    world = restored.world
    world.fakes.custodian.bring_back(restored.a, tombstone=False)
    signed = json.loads(restored.certificate.body)
    restored.anchor(json.dumps(signed | {"body": signed["body"] | {"documents": 0}}))
    for number, text in enumerate(("{", "[]", '{"body": 1}', "\ud7ff", json.dumps(signed)), start=2):
        restored.anchor(text, number)
    for _ in range(2):
        assert [] == dispose_again(world.deps)
    assert "announced" == inspection_row(world.deps, restored.a).state
    assert "present" == world.fakes.custodian.state(restored.a)
    assert restored.objects == objects(world.fakes.store)
    assert [("restored", str(restored.a))] == restored.standing()


def test_what_cannot_be_done_now_is_fenced_and_goes_on(restored: Restored) -> None:
    """With the store down nothing of it can be read, an alarm stands, and the next round does the rest."""
    world = restored.world
    restored.anchor()
    world.fakes.store.fail_next("empty", 2)
    for _ in range(2):
        assert [restored.a] == dispose_again(world.deps)
    assert [("restored", str(restored.a))] == restored.standing()
    with pytest.raises(KeyRemoved):
        upload(world.deps, world.leader.actor, restored.a)
    with pytest.raises(KeyRemoved):
        make_bundle(world.deps, world.lead_inspector.actor, restored.a)
    assert [] == dispose_again(world.deps)
    all_gone(world)
    assert [] == restored.standing()
    assert restored.certificate.body == rows(world.deps, Certificate)[0].body


def test_killed_anywhere_or_done_by_two_at_once_it_ends_the_same(restored: Restored) -> None:
    """Server and worker start together: one certificate and one entry, whoever was quicker, whatever was killed."""
    world = restored.world
    restored.anchor()

    def once() -> None:
        all_gone(world)
        assert [restored.certificate.body] == [each.body for each in rows(world.deps, Certificate)]
        assert 1 == actions(world.deps, restored.a).count("disposal.reapplied")

    for point in POINTS:
        restored.restore()
        with pytest.raises(_Killed):
            dispose_again(replace(world.deps, fault_point=partial(_die, point)))
        with pytest.raises(KeyRemoved):
            make_bundle(world.deps, world.lead_inspector.actor, restored.a)
        assert [] == dispose_again(world.deps)
        once()
    restored.restore()
    with ThreadPoolExecutor(2) as pool:
        assert [[], []] == list(pool.map(dispose_again, [world.deps] * 2))
    once()


def test_an_anchor_that_does_not_answer_is_waited_for(restored: Restored) -> None:
    """It may have the certificate: everything goes, and neither this run nor the ordinary one makes another."""
    world = restored.world
    restored.anchor()
    world.fakes.anchor.fails = True
    assert [restored.a] == dispose_again(world.deps)
    assert 0 == world.fakes.store.remains(f"{restored.a}/")
    with pytest.raises(Conflict):
        list(dispose_due(world.deps, WORKER))
    assert 0 == count(world.deps, Certificate)
    world.fakes.anchor.fails = False
    assert [] == dispose_again(world.deps)
    assert restored.certificate.body == rows(world.deps, Certificate)[0].body


def test_nothing_is_served_where_nobody_can_say_what_was_removed(restored: Restored) -> None:
    """A key folder that cannot be read must not pass for one without tombstones."""
    restored.world.fakes.custodian.unavailable = True
    with pytest.raises(KeyUnavailable):
        dispose_again(restored.world.deps)
