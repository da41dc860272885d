"""The audit trail: checkpoints in their cadence, and every kind of tampering with the real database found."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import rfc8785
from sqlalchemy import update

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.tables import AuditEntry
from portal.domain.actors import OPERATOR
from portal.domain.errors import NotFound, TrailBroken
from portal.ports import Deps
from portal.services.anchor import anchor_statements
from portal.services.trail import checkpoint, verify_trail
from portal.vault.verification import Verified
from tests.fakes import FakeAnchor, FakeSigner
from tests.services.looks import count, rows
from tests.world import World

EVERY = 8


def _grow(deps: Deps, entries: int) -> None:
    for number in range(entries):
        with writing(deps.engine) as session:
            append(session, OPERATOR, "test.act", deps.clock.now(), subject=str(number), number=number)


@pytest.fixture
def trail(world: World) -> Deps:
    """A trail of 20 entries whose last checkpoint is at the sixteenth."""
    deps = replace(world.deps, policy=replace(world.deps.policy, checkpoint_every=EVERY))
    _grow(deps, EVERY - count(deps, AuditEntry))
    assert checkpoint(deps)
    _grow(deps, EVERY)
    assert checkpoint(deps)
    assert 4 == anchor_statements(deps)
    _grow(deps, 4)
    return deps


def test_a_whole_trail_verifies(trail: Deps, world: World) -> None:
    """It counts entries and checkpoints; both stewards and the operator may ask."""
    for actor in (OPERATOR, world.administrator.actor, world.dpo.actor):
        assert Verified(20, 2) == verify_trail(trail, actor)
    for person in (world.leader, world.lead_inspector):
        with pytest.raises(NotFound):
            verify_trail(trail, person.actor)


def test_checkpoints_are_made_every_so_many_entries(trail: Deps) -> None:
    """Not before, once, and at once where something is to be sealed, as after a certificate."""
    _grow(trail, 3)
    assert None is checkpoint(trail)
    _grow(trail, 1)
    made = checkpoint(trail)
    assert made is not None
    assert 24 == made.seq
    assert None is checkpoint(trail)
    assert None is checkpoint(trail, at_once=True)
    _grow(trail, 1)
    made = checkpoint(trail, at_once=True)
    assert made is not None
    assert 25 == made.seq
    assert Verified(25, 4) == verify_trail(trail, OPERATOR)


def test_an_empty_trail_has_no_checkpoint(deps: Deps) -> None:
    """There is nothing to sign, and the trail of nothing verifies."""
    assert None is checkpoint(deps, at_once=True)
    assert Verified(0, 0) == verify_trail(deps, OPERATOR)


def _sql(*statements: str) -> Callable[[Deps], None]:
    def tamper(deps: Deps) -> None:
        with writing(deps.engine) as session:
            for statement in statements:
                session.connection().exec_driver_sql(statement)

    return tamper


_COPY = (
    "INSERT INTO audit_entry (seq, at, actor, action, inspection, subject, details, previous, hash) "
    "SELECT 10, at, actor, action, inspection, subject, details, previous, 'x' FROM audit_entry WHERE seq = 11"
)
_TAMPERINGS = {
    "actor": (_sql("UPDATE audit_entry SET actor = 'worker' WHERE seq = 10"), 10),
    "action": (_sql("UPDATE audit_entry SET action = 'x' WHERE seq = 10"), 10),
    "inspection": (_sql("UPDATE audit_entry SET inspection = 'x' WHERE seq = 10"), 10),
    "subject": (_sql("UPDATE audit_entry SET subject = 'x' WHERE seq = 10"), 10),
    "details": (_sql("""UPDATE audit_entry SET details = '{"number":99}' WHERE seq = 10"""), 10),
    "time": (_sql("UPDATE audit_entry SET at = '2023-10-09 08:31:00.000000' WHERE seq = 10"), 10),
    "hash": (_sql("UPDATE audit_entry SET hash = 'x' WHERE seq = 10"), 10),
    "deletion": (_sql("DELETE FROM audit_entry WHERE seq = 10"), 10),
    "deletion, renumbered": (
        _sql(
            "DELETE FROM audit_entry WHERE seq = 10",
            "UPDATE audit_entry SET seq = -seq WHERE seq > 10",
            "UPDATE audit_entry SET seq = -seq - 1 WHERE seq < 0",
        ),
        10,
    ),
    "insertion": (
        _sql(
            "UPDATE audit_entry SET seq = -seq WHERE seq >= 10",
            "UPDATE audit_entry SET seq = -seq + 1 WHERE seq < 0",
            _COPY,
        ),
        10,
    ),
    "reorder": (
        _sql(
            "UPDATE audit_entry SET seq = -10 WHERE seq = 10",
            "UPDATE audit_entry SET seq = 10 WHERE seq = 11",
            "UPDATE audit_entry SET seq = 11 WHERE seq = -10",
        ),
        10,
    ),
    "first": (_sql("DELETE FROM audit_entry WHERE seq = 1"), 1),
    "tail at the checkpoint": (_sql("DELETE FROM audit_entry WHERE seq >= 16"), 16),
    "tail before it": (_sql("DELETE FROM audit_entry WHERE seq > 9"), 10),
    "everything": (_sql("DELETE FROM audit_entry"), 1),
}


@pytest.mark.parametrize("tampering", _TAMPERINGS)
def test_tampering_is_found_and_its_first_entry_named(trail: Deps, tampering: str) -> None:
    """An edit of any column, a deletion, an insertion, a reorder, a tail cut at or before the last checkpoint."""
    tamper, seq = _TAMPERINGS[tampering]
    tamper(trail)
    with pytest.raises(TrailBroken, match=rf"[Ee]ntry {seq}\b"):
        verify_trail(trail, OPERATOR)


@pytest.mark.parametrize("details", ["", "no JSON", "[]", "5", '{"a": 1}', '{"a":1,"a":1}', "[" * 100_000])
def test_details_that_are_no_longer_what_was_written_are_named(trail: Deps, details: str) -> None:
    """Nor do they keep anything else from being written to the trail."""
    with writing(trail.engine) as session:
        session.execute(update(AuditEntry).where(AuditEntry.seq == 20).values(details=details))
    with writing(trail.engine) as session:
        append(session, OPERATOR, "test.done", trail.clock.now())
    with pytest.raises(TrailBroken, match=r"[Ee]ntry 20\b"):
        verify_trail(trail, OPERATOR)


def test_a_row_that_cannot_be_read_breaks_the_trail(trail: Deps) -> None:
    """SQLite keeps whatever is put into a column: a time that is none is found, and said."""
    if trail.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL keeps times alone in a column of times.")
    _sql("UPDATE audit_entry SET at = 'yesterday' WHERE seq = 10")(trail)
    with pytest.raises(TrailBroken, match="cannot be read"):
        verify_trail(trail, OPERATOR)


def _rewrite(deps: Deps, seq: int) -> None:
    """Write the chain anew from `seq` on, hashes and all, as somebody can who knows how it is made."""
    kept = sorted(rows(deps, AuditEntry), key=lambda row: row.seq)[seq - 1 :]
    _sql(f"DELETE FROM audit_entry WHERE seq >= {seq}")(deps)
    for row in kept:
        with writing(deps.engine) as session:
            append(session, OPERATOR, "test.other", row.at, subject=row.subject)


def test_a_chain_that_was_rewritten_whole_is_caught_by_its_checkpoint(trail: Deps) -> None:
    """The chain alone would verify; the signed checkpoint outside the database does not fit it."""
    _rewrite(trail, 5)
    with pytest.raises(TrailBroken, match="checkpoint"):
        verify_trail(trail, OPERATOR)
    _sql("DELETE FROM checkpoint")(trail)
    found = verify_trail(replace(trail, anchors={}), OPERATOR)
    assert (20, 0) == (found.entries, found.checkpoints)


def test_an_anchor_that_is_no_longer_set_is_named(trail: Deps) -> None:
    """What it took is not compared, and that is said; one that took nothing is no part of it."""
    assert () == verify_trail(trail, OPERATOR).notes
    for left, named in (({"other"}, ["folder"]), (set(), ["folder", "other"])):
        notes = verify_trail(replace(trail, anchors={name: trail.anchors[name] for name in left}), OPERATOR).notes
        said = [each.partition(" took checkpoints or certificates")[0] for each in notes]
        assert [f"The anchor {name}" for name in named] == said
    _sql("UPDATE anchoring SET kept_at = NULL")(trail)
    assert () == verify_trail(replace(trail, anchors={}), OPERATOR).notes


def test_what_follows_the_last_checkpoint_is_protected_by_the_chain_alone(trail: Deps) -> None:
    """A tail cut there is not seen: that is what the cadence is for."""
    _sql("DELETE FROM audit_entry WHERE seq > 16")(trail)
    assert Verified(16, 2) == verify_trail(trail, OPERATOR)


def _altered(trail: Deps, alter: Callable[[dict[str, object]], object]) -> Deps:
    anchor = FakeAnchor()
    for name, data in trail.anchors["other"].kept():
        raw = json.loads(data)
        alter(raw)
        anchor.keep(name, rfc8785.dumps(raw))
    return replace(trail, anchors={**trail.anchors, "other": anchor})


@pytest.mark.parametrize(
    "alter",
    [
        lambda raw: raw.update(hash="0" * 64),
        lambda raw: raw.update(seq=raw["seq"] - 1),
        lambda raw: raw.update(at="2023-10-09T08:30:01.000Z"),
        lambda raw: raw.update(signature="00" * 64),
        lambda raw: raw.update(key_id="other"),
        lambda raw: raw.pop("signature"),
        lambda raw: raw.update(at="yesterday"),
        lambda raw: raw.update(more=1),
    ],
)
def test_an_altered_checkpoint_is_found(trail: Deps, alter: Callable[[dict[str, object]], object]) -> None:
    """Whoever can write to the place where they are kept can spoil, and not forge."""
    with pytest.raises(TrailBroken):
        verify_trail(_altered(trail, alter), OPERATOR)


def test_a_checkpoint_of_another_key_is_not_accepted(trail: Deps) -> None:
    """Only the keys that the portal has had count."""
    with pytest.raises(TrailBroken, match="signature"):
        verify_trail(replace(trail, signer=FakeSigner(bytes(32), "test-1")), OPERATOR)
