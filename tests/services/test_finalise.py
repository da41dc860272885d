"""The second step of a certificate: final once no backup of the key can be left, and not on hope."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portal.db.chain import entries
from portal.db.endings import Alarm, Certificate
from portal.db.engine import reading, writing
from portal.db.tables import Programme
from portal.domain.actors import WORKER
from portal.domain.errors import ClockSuspect, NotFound, StoreUnavailable
from portal.formats.canonical import canonical_json
from portal.services.certificates import open_certificate
from portal.services.dispose import dispose, dispose_due, read_certificate
from portal.services.finalise import KEY_BACK, finalise_due
from portal.services.heartbeat import beat, confirm_clock
from portal.services.span import read_span
from portal.services.trail import checkpoint, verify_trail
from portal.vault.alarms import clear_alarm
from portal.vault.certificate_proofs import prove_certificate
from portal.vault.certifying import CERTIFIED, CONFIRMED
from schemas.statements import faults_of
from tests.services.certificates import check_outside, expected_digest, fits_published_schema
from tests.services.ends import DUE_AT, MOMENT, wait_until_due
from tests.services.looks import count, rows
from tests.world import PROGRAMME, World, upload

IRRECOVERABLE = DUE_AT + timedelta(days=30)
SAME = ("inspection", "reference", "programme", "rule", "published_on", "due_at", "approval", "began_at",
        "inaccessible_at", "key", "objects_deleted_at", "objects_deleted", "ciphertext_bytes", "ciphertext_sha256",
        "columns_blanked_at", "documents", "accounts_removed", "compacted_at", "copies", "method")  # fmt: skip


@pytest.fixture
def provisional(world: World) -> dict[str, Any]:
    """The provisional certificate of A, to which something was sent; B is disposed of too."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    wait_until_due(world)
    [signed, _other] = sorted(dispose_due(world.deps, WORKER), key=lambda each: each["body"]["reference"])
    assert isinstance(signed, dict)
    return signed


def test_the_final_certificate_follows_when_the_last_key_backup_has_expired(
    world: World, provisional: dict[str, Any]
) -> None:
    """Not a millisecond before; it supersedes the provisional one, changes no fact, and both stay readable."""
    body = provisional["body"]
    assert ("provisional", 1, None, None, "2025-04-26") == tuple(
        body[name] for name in ("status", "number", "supersedes", "keys_irrecoverable_at", "expected_final_on")
    )
    assert ["2025-04-26", "2025-04-26"] == [each["until"] for each in body["remains_elsewhere"]]
    with writing(world.deps.engine) as session:
        session.execute(update(Programme).where(Programme.code == PROGRAMME).values(published_on=None))
    world.fakes.clock.set(IRRECOVERABLE - MOMENT)
    assert [] == list(finalise_due(world.deps, WORKER))
    world.fakes.clock.set(IRRECOVERABLE)
    made = {each["body"]["reference"]: each for each in finalise_due(world.deps, WORKER)}
    assert {"RAA-2023-01", "RAA-2023-02"} == set(made)
    assert [] == list(finalise_due(world.deps, WORKER))
    final = made["RAA-2023-01"]["body"]
    assert {name: body[name] for name in SAME} == {name: final[name] for name in SAME}
    assert ("final", 2, body["certificate"], "2025-04-26T00:00:00.000Z", None) == tuple(
        final[name] for name in ("status", "number", "supersedes", "keys_irrecoverable_at", "expected_final_on")
    )
    assert ["backups of the database"] == [each["what"].partition(":")[0] for each in final["remains_elsewhere"]]
    reader = (world.deps, world.administrator.actor, world.a.inspection)
    assert (made["RAA-2023-01"], provisional) == (read_certificate(*reader), read_certificate(*reader, 1))
    assert made["RAA-2023-01"] == dispose(world.deps, world.dpo.actor, world.a.inspection)
    for signed in (provisional, *made.values()):
        assert ({}, []) == (faults_of(signed), fits_published_schema(signed))
    verify_trail(world.deps, world.dpo.actor)


def test_each_certificate_stands_in_the_trail_right_after_the_entry_that_it_names(
    world: World, provisional: dict[str, Any]
) -> None:
    """The next entry names the SHA-256 of its body; by its span an outsider follows it to a signed checkpoint."""
    world.fakes.clock.set(IRRECOVERABLE)
    signed = [provisional, *finalise_due(world.deps, WORKER)]
    checkpoint(world.deps, at_once=True)
    span = read_span(world.deps, world.dpo.actor, world.a.inspection)
    opened = open_certificate(world.deps, world.dpo.actor, world.a.inspection)
    assert ((1,), False) == (opened.others, opened.superseded)
    assert check_outside(canonical_json(opened.signed), world.deps.signer.public_keys(), span)
    assert prove_certificate(opened.signed, world.deps.signer.public_keys(), "", span).good
    older = open_certificate(world.deps, world.dpo.actor, world.a.inspection, 1)
    assert (provisional, True) == (older.signed, older.superseded)
    with pytest.raises(NotFound):
        open_certificate(world.deps, world.dpo.actor, world.a.inspection, 3)
    with reading(world.deps.engine) as session:
        trail = {each.seq: each for each in entries(session)}
    for body in (each["body"] for each in signed):
        named, certified = trail[body["trail"]["seq"]], trail[body["trail"]["seq"] + 1]
        assert (CONFIRMED, body["trail"]["hash"]) == (named.action, named.hash)
        assert (CERTIFIED, body["certificate"], expected_digest(body)) == (
            certified.action, certified.subject, certified.details["body_sha256"],
        )  # fmt: skip


def test_a_key_that_came_back_keeps_the_certificate_provisional(world: World, provisional: dict[str, Any]) -> None:
    """One alarm about that inspection, whatever a tombstone says; gone again, it waits for a person to clear that."""
    world.fakes.clock.set(IRRECOVERABLE)
    world.fakes.custodian.bring_back(world.a.inspection)
    for _ in range(2):
        references = [each["body"]["reference"] for each in finalise_due(world.deps, WORKER)]
        assert references in (["RAA-2023-02"], [])
    about = [(each.kind, each.subject, each.cleared_at is None) for each in rows(world.deps, Alarm)]
    assert [(KEY_BACK, str(world.a.inspection), True)] == about
    assert provisional == read_certificate(world.deps, world.dpo.actor, world.a.inspection)
    world.fakes.custodian.remove(world.a.inspection, world.fakes.clock.now())
    assert [] == list(finalise_due(world.deps, WORKER))
    with writing(world.deps.engine) as session:
        assert clear_alarm(session, world.deps, world.dpo.actor, KEY_BACK, subject=str(world.a.inspection))
    assert ["final"] == [each["body"]["status"] for each in finalise_due(world.deps, WORKER)]


def test_nothing_is_final_while_the_clock_is_suspect_or_something_is_there_again(
    world: World, provisional: dict[str, Any]
) -> None:
    """A clock that leapt, and an object that a backup brought back: each is said, and the next round tries again."""
    beat(world.deps)
    world.fakes.clock.set(IRRECOVERABLE)
    with pytest.raises(ClockSuspect):
        list(finalise_due(world.deps, WORKER))
    beat(world.deps)
    with pytest.raises(ClockSuspect):
        list(finalise_due(world.deps, WORKER))
    key = f"{world.a.inspection}/{world.b.inspection}/000001"
    world.fakes.store.put(key, b"back")
    confirm_clock(world.deps, world.dpo.actor)
    with pytest.raises(StoreUnavailable, match="there again"):
        list(finalise_due(world.deps, WORKER))
    assert 1 == count(world.deps, Certificate, Certificate.final)
    world.fakes.store.delete([key])
    assert 1 == len(list(finalise_due(world.deps, WORKER)))
    assert provisional["body"]["certificate"] != read_certificate(
        world.deps, world.dpo.actor, world.a.inspection
    )["body"]["certificate"]  # fmt: skip
