"""Receiving while parts of the outside fail: what was not acknowledged leaves nothing, now or after the sweep."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from portal.db.chain import last_entry
from portal.db.engine import reading
from portal.db.queries import unfinished_uploads
from portal.db.tables import Document
from portal.domain.errors import Interrupted, KeyUnavailable, StoreUnavailable
from portal.ports import Deps
from portal.services.sweep import sweep
from tests.fakes import FakeStore
from tests.services.looks import actions, content, count, rows
from tests.world import PART, World, sample, upload

PARTS = 5
DATA = sample("pdf", (PARTS - 1) * PART + 9)


class _Failing(FakeStore):
    """A store that fails the n-th part's first `times` puts, before or after its work is done, and no other part's."""

    def __init__(self, nth: int, times: int, *, after: bool = False) -> None:
        super().__init__()
        self.nth, self.left, self.after = nth, times, after

    def put(self, key: str, data: bytes) -> None:
        if not key.endswith(f"{self.nth:06d}") or self.left == 0:
            return super().put(key, data)
        self.left -= 1  # puts of one part come one after the other
        if self.after:
            super().put(key, data)
        raise StoreUnavailable("The store does not answer. Try again in a few minutes.")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: the pauses are for real stores."""
    monkeypatch.setattr("portal.vault.bodies.RETRY_PAUSES", (0.0, 0.0))


def _prefix(world: World) -> str:
    return f"{world.a.inspection}/"


def _not_received(deps: Deps, world: World) -> None:
    """Nothing counts, the task list says that a file did not arrive, and the trail says why."""
    assert ["abandoned"] == [row.state for row in rows(deps, Document)]
    with reading(deps.engine) as session:
        assert 1 == len(unfinished_uploads(session, world.a.inspection))
    assert ["document.began", "document.abandoned"] == actions(deps, world.a.inspection)[1:]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, PARTS + 1))
def test_a_store_that_fails_at_any_part_leaves_nothing(world: World, nth: int, after: bool) -> None:
    """Also where it did its work and could not say so; the same upload works as soon as the store does."""
    store = _Failing(nth, 3, after=after)
    deps = replace(world.deps, store=store)
    with pytest.raises(StoreUnavailable, match="Try again"):
        upload(deps, world.leader.actor, world.a.inspection, data=DATA, upload_id="the-same-id")
    _not_received(deps, world)
    assert 0 == store.remains(_prefix(world))
    received = upload(deps, world.leader.actor, world.a.inspection, data=DATA, upload_id="the-same-id")
    assert DATA == content(deps, world.leader.actor, world.a.inspection, received.document)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, PARTS])
def test_a_store_that_falters_for_a_moment_costs_no_upload(world: World, nth: int, after: bool) -> None:
    """The part is put again from memory; one that was stored and not acknowledged is no hindrance."""
    deps = replace(world.deps, store=_Failing(nth, 2, after=after))
    received = upload(deps, world.leader.actor, world.a.inspection, data=DATA)
    assert DATA == content(deps, world.leader.actor, world.a.inspection, received.document)


@pytest.mark.parametrize("error", [Interrupted("cut"), ConnectionError(), KeyboardInterrupt(), MemoryError()])
def test_a_body_that_breaks_off_leaves_nothing_and_says_so(world: World, error: BaseException) -> None:
    """Cut at 99 per cent, a crash of ours, or the server being stopped: nothing of it was kept."""

    def body() -> Iterator[bytes]:
        yield DATA[: len(DATA) * 99 // 100]
        raise error

    with pytest.raises(type(error)):
        upload(world.deps, world.leader.actor, world.a.inspection, data=body())
    _not_received(world.deps, world)
    assert 0 == world.fakes.store.remains(_prefix(world))


def test_what_cannot_be_cleaned_up_at_once_is_swept(world: World) -> None:
    """The first error is the one that the sender hears of, and no stray is left for good."""
    store = _Failing(3, 3)
    store.fail_next("empty")
    deps = replace(world.deps, store=store)
    with pytest.raises(StoreUnavailable):
        upload(deps, world.leader.actor, world.a.inspection, data=DATA)
    _not_received(deps, world)
    left = store.remains(_prefix(world))
    assert left in (2, 3)  # the fourth part may have been put beside the third
    assert left == sweep(deps)
    assert 0 == store.remains(_prefix(world))


def test_without_the_key_nothing_is_begun(world: World) -> None:
    """The body is not read, and no row is left behind."""
    world.fakes.custodian.unavailable = True
    with pytest.raises(KeyUnavailable):
        upload(world.deps, world.leader.actor, world.a.inspection)
    assert 0 == count(world.deps, Document)


def test_the_trail_names_the_kind_of_fault_and_nothing_of_the_file(world: World) -> None:
    """A fault of ours is a fault; the text of an error could quote a name."""

    def body() -> Iterator[bytes]:
        yield DATA
        raise ValueError("Family Smith.pdf")

    with pytest.raises(ValueError, match="Smith"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=body())
    with reading(world.deps.engine) as session:
        entry = last_entry(session)
    assert entry is not None
    assert {"reason": "fault"} == entry.details
