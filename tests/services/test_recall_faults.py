"""A recall that is killed, fails or meets a download or another recall: unreadable at once, deleted in the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest

from portal.db.tables import Receipt
from portal.domain.errors import Conflict, KeyRemoved, StoreUnavailable
from portal.services.declare import declare
from portal.services.hand_over import PARTS_AHEAD, download_document, make_bundle
from portal.services.sweep import sweep
from portal.vault.parts import document_prefix
from tests.services.looks import actions, content, count
from tests.services.recalls import LONG, left, row_of, send, take_back, tombstones
from tests.world import PART, World, complete


def test_a_download_under_way_breaks_at_its_next_part(world: World) -> None:
    """Of the document itself, and of a bundle that contains it; one that does not goes through."""
    document, other = send(world), send(world, "annual-report")
    bag, bundle = make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    chunks = download_document(world.deps, world.inspector.actor, world.a.inspection, document).chunks
    neighbour = download_document(world.deps, world.inspector.actor, world.a.inspection, other).chunks
    came = [next(chunks)]
    start = next(neighbour)
    take_back(world, document)
    with pytest.raises(KeyRemoved):
        came.extend(chunks)
    # A few parts may have been opened ahead of the reader before the recall.
    assert (1 + PARTS_AHEAD) * PART >= sum(map(len, came))
    sent: list[bytes] = []
    with pytest.raises(KeyRemoved):
        sent.extend(bundle)
    assert bag.length > sum(map(len, sent))
    assert LONG == start + b"".join(neighbour)


class _Killed(BaseException):
    """What a kill looks like from within."""


def _killed(name: str) -> None:
    if name == "recall.committed":
        raise _Killed


def test_killed_between_commit_and_deletion_the_sweep_goes_on(world: World) -> None:
    """Unreadable from the commit on; the next round deletes the parts, once, and reads back that they are gone."""
    document, other = send(world), send(world, "annual-report")
    with pytest.raises(_Killed):
        take_back(world, document, replace(world.deps, fault_point=_killed))
    assert ("recalled", None, 5) == (
        row_of(world, document).state, row_of(world, document).swept_at, left(world, document),
    )  # fmt: skip
    assert [False] == [each.deleted for each in tombstones(world)]
    with pytest.raises(KeyRemoved):
        download_document(world.deps, world.leader.actor, world.a.inspection, document)
    assert 5 == sweep(world.deps)
    assert 0 == sweep(world.deps)
    assert (0, [True]) == (left(world, document), [each.deleted for each in tombstones(world)])
    assert 1 == actions(world.deps, world.a.inspection).count("document.parts-deleted")
    assert LONG == content(world.deps, world.leader.actor, world.a.inspection, other)


@pytest.mark.parametrize("operation", ["empty", "remains"])
def test_a_store_that_fails_does_not_stop_a_recall(world: World, operation: str) -> None:
    """It is unreadable all the same, it does not say that it was deleted, and the sweep tries until it is."""
    document = send(world)
    world.fakes.store.fail_next(operation, 2)
    assert not take_back(world, document)
    with pytest.raises(StoreUnavailable):
        sweep(world.deps)
    assert [False] == [each.deleted for each in tombstones(world)]
    sweep(world.deps)
    assert (0, [True]) == (left(world, document), [each.deleted for each in tombstones(world)])


def _stray(world: World, document: UUID) -> Callable[[str], None]:
    def plant(_name: str) -> None:
        world.fakes.store.plant_version(f"{document_prefix(world.a.inspection, document)}000001", b"an old version")

    return plant


def test_one_document_that_the_store_keeps_holds_up_no_other(world: World) -> None:
    """The sweep deletes what it can, says that it could not delete all, and comes back to the rest."""
    documents = [send(world, "childrens-guide") for _ in range(3)]
    world.fakes.store.fail_next("empty", 4)
    assert [False] * 3 == [take_back(world, each) for each in documents]
    with pytest.raises(StoreUnavailable):
        sweep(world.deps)
    assert [False, True, True] == sorted(each.deleted for each in tombstones(world))
    sweep(world.deps)
    assert [True] * 3 == [each.deleted for each in tombstones(world)]


def test_every_version_in_the_store_goes(world: World) -> None:
    """Also one that lies below what is current, as a bucket with versions keeps it."""
    document = send(world)
    assert take_back(world, document, replace(world.deps, fault_point=_stray(world, document)))
    assert 0 == left(world, document)


def test_of_many_recalls_at_once_one_counts(world: World) -> None:
    """Both colleagues see the mistake: one act, one receipt, one deletion in the trail; the others are told."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    document = send(world, "childrens-guide")
    barrier = Barrier(8)

    def run(_number: int) -> bool:
        barrier.wait()
        try:
            return take_back(world, document)
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert 1 == sum(threads.map(run, range(8)))
    done = actions(world.deps, world.a.inspection)
    assert [1, 1] == [done.count(act) for act in ("document.recalled", "document.parts-deleted")]
    assert 3 == count(world.deps, Receipt)
