"""What every store of sealed objects promises (rules 3 and 13): the folder, S3 and the fake."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from portal.adapters.folder import FolderStore
from portal.domain.errors import ObjectExists, ObjectMissing, StoreUnavailable
from tests.contracts.conftest import Place
from tests.fakes import FakeStore

NOW = timedelta(0)
WRITERS = 4


def test_returns_what_was_put(place: Place) -> None:
    """An object reads as it was put, byte for byte, an empty one too."""
    every_byte = bytes(range(256)) * 4096
    place.store.put(f"{place.inspection}/d/1", every_byte)
    place.store.put(f"{place.inspection}/d/2", b"")
    assert every_byte == place.store.get(f"{place.inspection}/d/1")
    assert b"" == place.store.get(f"{place.inspection}/d/2")


def test_missing_object(place: Place) -> None:
    """A key that was never put, and one that was deleted, is missing."""
    place.store.put(f"{place.inspection}/d/1", b"sealed")
    place.store.delete([f"{place.inspection}/d/1"])
    for part in ("1", "2"):
        with pytest.raises(ObjectMissing):
            place.store.get(f"{place.inspection}/d/{part}")


def test_never_overwrites(place: Place) -> None:
    """A second put of other bytes is refused and leaves the first as it was."""
    place.store.put(f"{place.inspection}/d/1", b"first")
    with pytest.raises(ObjectExists):
        place.store.put(f"{place.inspection}/d/1", b"other")
    assert b"first" == place.store.get(f"{place.inspection}/d/1")


def test_put_may_be_repeated(place: Place) -> None:
    """A writer whose answer was lost may put the same bytes again; there is still one object of one version."""
    for _ in range(2):
        place.store.put(f"{place.inspection}/d/1", b"same")
    assert 1 == place.store.remains(f"{place.inspection}/")


def test_concurrent_puts_have_one_winner(place: Place) -> None:
    """Of several writers of one key exactly one succeeds, the others are told, and the winner's bytes are there."""
    start = Barrier(WRITERS)

    def put(number: int) -> int | None:
        start.wait()
        try:
            place.store.put(f"{place.inspection}/d/1", bytes([number]) * 100_000)
        except ObjectExists:
            return None
        return number

    with ThreadPoolExecutor(WRITERS) as pool:
        winners = [number for number in pool.map(put, range(WRITERS)) if number is not None]
    assert 1 == len(winners)
    assert bytes(winners) * 100_000 == place.store.get(f"{place.inspection}/d/1")
    assert 1 == place.store.remains(f"{place.inspection}/")


def test_concurrent_puts_of_other_keys_all_succeed(place: Place) -> None:
    """Writers of different parts of one new document do not get into each other's way."""
    keys = [f"{place.inspection}/d/{number}" for number in range(WRITERS)]
    start = Barrier(WRITERS)

    def put(key: str) -> None:
        start.wait()
        place.store.put(key, key.encode())

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(put, keys))
    assert keys == list(place.store.keys(f"{place.inspection}/"))


def test_lists_in_order_by_inspection_and_document(place: Place) -> None:
    """Keys come in the order of whole keys, of one inspection or of one document."""
    keys = [f"{place.inspection}/{rest}" for rest in ("c/00001", "d/00000", "d/00001", "d/00010", "e/00000")]
    for key in reversed(keys):
        place.store.put(key, b"sealed")
    assert keys == list(place.store.keys(f"{place.inspection}/"))
    assert keys[1:4] == list(place.store.keys(f"{place.inspection}/d/"))
    assert [] == list(place.store.keys(f"{place.inspection}/none/"))


def test_lists_the_whole_store(place: Place) -> None:
    """The empty prefix lists every inspection, for comparing the store with the database."""
    for name in ("a", "b"):
        place.store.put(f"{place.inspection}{name}/d/1", b"sealed")
    listed = [key for key in place.store.keys("") if key.startswith(place.inspection)]
    assert [f"{place.inspection}a/d/1", f"{place.inspection}b/d/1"] == listed
    for name in ("a", "b"):
        place.store.empty(f"{place.inspection}{name}/")


def test_a_prefix_does_not_catch_neighbours(place: Place) -> None:
    """An inspection or document whose id begins with another's is neither listed nor emptied with it."""
    neighbours = [f"{place.inspection}/d0/1", f"{place.inspection}0/d/1"]
    for key in (f"{place.inspection}/d/1", *neighbours):
        place.store.put(key, b"sealed")
    assert [f"{place.inspection}/d/1"] == list(place.store.keys(f"{place.inspection}/d/"))
    assert 1 == place.store.empty(f"{place.inspection}/d/")
    assert neighbours[:1] == list(place.store.keys(f"{place.inspection}/"))
    assert 1 == place.store.empty(f"{place.inspection}/")
    assert neighbours[1:] == list(place.store.keys(f"{place.inspection}0/"))
    place.store.empty(f"{place.inspection}0/")


def test_delete_takes_every_version(place: Place) -> None:
    """Deleting named objects takes all versions of each, leaves their neighbours and minds no absent key."""
    for part in ("1", "2", "10"):
        place.store.put(f"{place.inspection}/d/{part}", b"sealed")
    if place.versioned:
        place.plant_version(f"{place.inspection}/d/1", b"newer")
        place.plant_version(f"{place.inspection}/d/2", None)
    place.store.delete(f"{place.inspection}/{rest}" for rest in ("d/1", "d/2", "d/3", "e/1"))
    assert [f"{place.inspection}/d/10"] == list(place.store.keys(f"{place.inspection}/"))
    assert 1 == place.store.remains(f"{place.inspection}/")
    place.store.delete([f"{place.inspection}/d/10"])
    assert 0 == place.store.remains(f"{place.inspection}/")


def test_empty_takes_everything_in_whatever_form(place: Place) -> None:
    """Emptying takes objects, old versions, delete markers and unfinished writes; afterwards nothing remains."""
    for part in ("1", "2", "3"):
        place.store.put(f"{place.inspection}/d/{part}", b"sealed")
    place.plant_unfinished(f"{place.inspection}/e/1")
    planted = 4
    if place.versioned:
        place.plant_version(f"{place.inspection}/d/1", b"newer")
        place.plant_version(f"{place.inspection}/d/2", None)
        planted = 6
    assert planted == place.store.remains(f"{place.inspection}/")
    assert planted == place.store.empty(f"{place.inspection}/")
    assert 0 == place.store.remains(f"{place.inspection}/")
    assert [] == list(place.store.keys(f"{place.inspection}/"))


def test_empty_is_idempotent(place: Place) -> None:
    """Emptying again, or emptying what never was, removes nothing and is no error; the place can be used again."""
    place.store.put(f"{place.inspection}/d/1", b"sealed")
    assert [1, 0, 0] == [place.store.empty(f"{place.inspection}/") for _ in range(3)]
    place.store.put(f"{place.inspection}/d/1", b"new")
    assert b"new" == place.store.get(f"{place.inspection}/d/1")


def test_unfinished_writes_are_no_objects(place: Place) -> None:
    """What a killed writer left is not listed, counts as a remain, outlives a sweep while young, then goes."""
    place.plant_unfinished(f"{place.inspection}/d/1")
    assert [] == list(place.store.keys(f"{place.inspection}/"))
    assert 1 == place.store.remains(f"{place.inspection}/")
    assert 0 == place.store.clear_unfinished(timedelta(hours=1))
    assert 1 == place.store.remains(f"{place.inspection}/")
    assert 1 == place.store.clear_unfinished(NOW)
    assert 0 == place.store.remains(f"{place.inspection}/")


def test_clearing_unfinished_writes_leaves_objects(place: Place) -> None:
    """A sweep of unfinished writes touches no whole object, even beside one."""
    place.store.put(f"{place.inspection}/d/1", b"sealed")
    place.plant_unfinished(f"{place.inspection}/d/2")
    assert 1 == place.store.clear_unfinished(NOW)
    assert b"sealed" == place.store.get(f"{place.inspection}/d/1")


@pytest.mark.parametrize(
    "key", ["", "a", "a/b", "a/b/", "/a/b", "a//b", "a/../b", "../a/b", "a/b/.part-1", "a/b/c/d", "a/b/é", "a/b/c\n"]
)
def test_keys_that_break_the_grammar(place: Place, key: str) -> None:
    """A key that is not three plain names is refused by each operation, so that none can leave the store."""
    operations: list[Callable[[], object]] = [
        lambda: place.store.put(key, b"sealed"),
        lambda: place.store.get(key),
        lambda: place.store.delete([key]),
    ]
    for operation in operations:
        with pytest.raises(ValueError):
            operation()


@pytest.mark.parametrize("prefix", ["a", "/", "../", "a/../", "a/b/c/", "a/b", "./", "a//"])
def test_prefixes_that_break_the_grammar(place: Place, prefix: str) -> None:
    """A prefix without its slash, or that leads out of the store, is refused by each operation."""
    for operation in (place.store.keys, place.store.empty, place.store.remains):
        with pytest.raises(ValueError):
            operation(prefix)


def test_the_whole_store_is_never_emptied(place: Place) -> None:
    """The empty prefix, which lists everything, does not delete everything."""
    with pytest.raises(ValueError):
        place.store.empty("")


def test_fake_can_fail_before_the_work() -> None:
    """The fake refuses as often as it is told to, having done nothing, and then works."""
    fake = FakeStore()
    fake.fail_next("put", times=2)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            fake.put("i/d/1", b"sealed")
    assert 0 == fake.remains("i/")
    fake.put("i/d/1", b"sealed")
    assert b"sealed" == fake.get("i/d/1")
    assert 3 == fake.calls["put"]


def test_fake_can_lose_an_answer() -> None:
    """The fake can do the work and fail to say so, as a time-out does; the repeat then succeeds."""
    fake = FakeStore()
    fake.fail_next("put", after=True)
    with pytest.raises(StoreUnavailable):
        fake.put("i/d/1", b"sealed")
    assert b"sealed" == fake.get("i/d/1")
    fake.put("i/d/1", b"sealed")
    assert 1 == fake.remains("i/")


@pytest.mark.parametrize("linked", ["", "/d"])
def test_a_link_in_the_store_leads_nowhere(tmp_path: Path, linked: str) -> None:
    """Whoever can write to the folder store cannot make it empty another folder, such as that of the keys."""
    keys = tmp_path / "keys"
    (keys / "d").mkdir(parents=True)
    kept = (keys / "a.key", keys / "d" / "b.key")
    for file in kept:
        file.write_bytes(b"key")
    store = FolderStore(tmp_path / "store")
    link = tmp_path / "store" / f"inspection{linked}"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(keys / linked.strip("/"))
    assert 1 == store.remains("inspection/d/")
    assert 1 == store.empty("inspection/d/")
    assert (True, True) == tuple(file.exists() for file in kept)
    assert 0 == store.remains("inspection/")
