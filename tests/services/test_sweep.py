"""The sweep: takes what dead uploads left, and never anything of one that is alive or counts."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from portal.db.engine import writing
from portal.db.tables import Document
from portal.domain.errors import StoreUnavailable
from portal.services.sweep import sweep
from portal.vault.parts import object_key
from tests.services.looks import actions, content, rows
from tests.world import PART, World, sample, upload

DATA = sample("pdf", 2 * PART)
LEASE = timedelta(minutes=2)
GRACE = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def _dead_upload(world: World, parts: int = 2) -> UUID:
    """Leave what a process leaves that was killed in mid-upload: a pending row and parts in the store."""
    now = world.deps.clock.now()
    document = uuid4()
    with writing(world.deps.engine) as session:
        session.add(
            Document(
                id=document, inspection_id=world.a.inspection, item="annual-report", slot="file", state="pending",
                upload_id=f"dead-{document.hex[:12]}", extension="pdf", part_bytes=PART, began_at=now,
                lease_until=now + LEASE, sent_by=world.leader.id,
            )
        )  # fmt: skip
    for number in range(1, parts + 1):
        _land(world, document, number)
    return document


def _land(world: World, document: UUID, number: int) -> None:
    world.fakes.store.put(object_key(world.a.inspection, document, number), b"sealed")


def _row(world: World, document: UUID) -> Document:
    [row] = rows(world.deps, Document, Document.id == document)
    return row


def test_what_a_killed_upload_left_is_removed_once_its_lease_ran_out(world: World) -> None:
    """Not before, and the trail says that it was given up."""
    document = _dead_upload(world)
    world.fakes.clock.advance(LEASE)
    assert 0 == sweep(world.deps)
    assert "pending" == _row(world, document).state
    world.fakes.clock.advance(SECOND)
    assert 2 == sweep(world.deps)
    assert ("abandoned", world.deps.clock.now()) == (_row(world, document).state, _row(world, document).ended_at)
    assert 0 == world.fakes.store.remains(f"{world.a.inspection}/")
    assert "document.abandoned" == actions(world.deps, world.a.inspection)[-1]


def test_it_looks_again_after_a_grace_period(world: World) -> None:
    """A last part that lands after the upload was given up is found, and only then is it let go of."""
    document = _dead_upload(world)
    world.fakes.clock.advance(LEASE + SECOND)
    sweep(world.deps)
    _land(world, document, 3)
    world.fakes.clock.advance(GRACE - SECOND)
    assert 1 == sweep(world.deps)
    assert None is _row(world, document).swept_at
    _land(world, document, 4)
    world.fakes.clock.advance(SECOND)
    assert 1 == sweep(world.deps)
    assert world.deps.clock.now() == _row(world, document).swept_at
    emptied = world.fakes.store.calls["empty"]
    assert 0 == sweep(world.deps)
    assert emptied == world.fakes.store.calls["empty"]


def test_a_live_upload_is_never_taken(world: World) -> None:
    """Its lease still runs, and it is received whole after the sweep."""

    def body() -> Iterator[bytes]:
        yield DATA[:PART]
        yield DATA[PART : PART + 10]
        world.fakes.clock.advance(LEASE)
        assert 0 == sweep(world.deps)
        yield DATA[PART + 10 :]

    document = upload(world.deps, world.leader.actor, world.a.inspection, data=body()).document
    assert DATA == content(world.deps, world.leader.actor, world.a.inspection, document)


def test_what_counts_and_what_once_counted_is_never_taken(world: World) -> None:
    """Received and replaced versions stay, however long ago."""
    first = upload(world.deps, world.leader.actor, world.a.inspection, data=DATA).document
    second = upload(world.deps, world.leader.actor, world.a.inspection, data=DATA, replaces=first).document
    dead = _dead_upload(world)
    world.fakes.clock.advance(timedelta(days=30))
    assert 2 == sweep(world.deps)
    for document in (first, second):
        assert DATA == content(world.deps, world.leader.actor, world.a.inspection, document)
    assert "abandoned" == _row(world, dead).state


def test_unfinished_writes_are_cleared_after_the_grace_period(world: World) -> None:
    """A writer that was killed leaves half a file; a young one may still be at work."""
    key = object_key(world.a.inspection, uuid4(), 1)
    world.fakes.store.plant_unfinished(key, GRACE - SECOND)
    assert 0 == sweep(world.deps)
    world.fakes.store.plant_unfinished(key, GRACE)
    assert 1 == sweep(world.deps)


def test_a_store_that_fails_is_swept_next_time(world: World) -> None:
    """The upload is given up in the database first, so that it cannot succeed meanwhile."""
    document = _dead_upload(world)
    world.fakes.clock.advance(LEASE + SECOND)
    world.fakes.store.fail_next("empty")
    with pytest.raises(StoreUnavailable):
        sweep(world.deps)
    assert ("abandoned", None) == (_row(world, document).state, _row(world, document).swept_at)
    assert 2 == sweep(world.deps)


def test_with_nothing_to_do_it_leaves_no_trace(world: World) -> None:
    """The worker runs it every minute."""
    before = actions(world.deps)
    assert 0 == sweep(world.deps)
    assert before == actions(world.deps)
