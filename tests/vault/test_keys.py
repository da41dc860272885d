"""The short memory for unwrapped keys: one call to the key service for a bundle, and none after a removal."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from portal.domain.errors import KeyRemoved, KeyUnavailable
from portal.ports import KeyRemoval, KeyState
from portal.vault.keys import MAX_KEYS, CachingCustodian

INSPECTION, OTHER = UUID(int=1), UUID(int=2)
START = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at


@dataclass
class CountingCustodian:
    """Unwraps by reversing, and counts how often it was asked."""

    asked: list[UUID] = field(default_factory=list)
    gone: set[UUID] = field(default_factory=set)
    failing: bool = False
    unwrapping: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def create(self, inspection: UUID) -> bytes:
        return inspection.bytes

    def unwrap(self, inspection: UUID, wrapped: bytes) -> bytes:
        if inspection in self.gone:
            raise KeyRemoved("gone")
        self.asked.append(inspection)
        self.unwrapping.set()
        self.may_answer.wait(10)
        return wrapped[::-1]

    def remove(self, inspection: UUID, at: datetime) -> KeyRemoval:
        if self.failing:
            raise KeyUnavailable("not now")
        self.gone.add(inspection)
        return KeyRemoval(inspection, at, "forgotten")

    def state(self, inspection: UUID) -> KeyState:
        return "removed" if inspection in self.gone else "present"

    def has_key(self, inspection: UUID) -> bool:
        return inspection not in self.gone

    def removed(self) -> Iterator[UUID]:
        yield from sorted(self.gone)


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still."""
    return HandClock()


@pytest.fixture
def inner() -> CountingCustodian:
    """What the cache asks."""
    return CountingCustodian()


@pytest.fixture
def caching(inner: CountingCustodian, clock: HandClock) -> CachingCustodian:
    """The cache, with its usual five minutes."""
    return CachingCustodian(inner, clock)


def test_many_uses_ask_once(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """A bundle of any number of parts costs one call to the key service."""
    assert {b"cba"} == {caching.unwrap(INSPECTION, b"abc") for _ in range(100)}
    assert inner.asked == [INSPECTION]


@pytest.mark.parametrize(
    ("asked", "passed"),
    [(1, 5 * MINUTE - timedelta.resolution), (2, 5 * MINUTE), (2, 400 * 24 * 60 * MINUTE), (2, -timedelta.resolution)],
    ids=["just before", "at five minutes", "a leap", "clock set back"],
)
def test_a_key_lives_five_minutes(
    caching: CachingCustodian, inner: CountingCustodian, clock: HandClock, asked: int, passed: timedelta
) -> None:
    """A kept key is used for less than five minutes, however the clock moves, and use does not prolong that."""
    caching.unwrap(INSPECTION, b"abc")
    clock.at += passed / 2 if passed > MINUTE else timedelta()
    caching.unwrap(INSPECTION, b"abc")
    inner.asked = inner.asked[:1]
    clock.at = START + passed

    caching.unwrap(INSPECTION, b"abc")

    assert asked == len(inner.asked)


def test_another_wrapping_or_inspection_is_another_key(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """A key is kept for its inspection and its wrapped form together."""
    assert caching.unwrap(INSPECTION, b"abc") == b"cba"
    assert caching.unwrap(INSPECTION, b"xyz") == b"zyx"
    assert caching.unwrap(OTHER, b"abc") == b"cba"
    assert inner.asked == [INSPECTION, INSPECTION, OTHER]


def test_removed_key_is_forgotten_at_once(caching: CachingCustodian) -> None:
    """After a removal the kept key is not given again, and other inspections keep theirs."""
    caching.unwrap(INSPECTION, b"abc")
    caching.unwrap(OTHER, b"abc")

    assert KeyRemoval(INSPECTION, START, "forgotten") == caching.remove(INSPECTION, START)
    with pytest.raises(KeyRemoved):
        caching.unwrap(INSPECTION, b"abc")
    assert caching.unwrap(OTHER, b"abc") == b"cba"
    assert caching.state(INSPECTION) == "removed"


def test_failed_removal_forgets_too(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """When the key service fails to remove a key, the kept one is gone all the same."""
    caching.unwrap(INSPECTION, b"abc")
    inner.failing = True

    with pytest.raises(KeyUnavailable):
        caching.remove(INSPECTION, START)

    inner.gone.add(INSPECTION)
    with pytest.raises(KeyRemoved):
        caching.unwrap(INSPECTION, b"abc")


def test_forget(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """Forgetting one inspection's key makes the next use ask again, for that inspection alone."""
    caching.unwrap(INSPECTION, b"abc")
    caching.unwrap(OTHER, b"abc")

    caching.forget(INSPECTION)
    caching.unwrap(INSPECTION, b"abc")
    caching.unwrap(OTHER, b"abc")

    assert inner.asked == [INSPECTION, OTHER, INSPECTION]


def test_key_on_its_way_during_removal_is_not_kept(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """A key that was being unwrapped while it was removed is not kept afterwards."""
    inner.may_answer.clear()
    with ThreadPoolExecutor(1) as pool:
        underway = pool.submit(caching.unwrap, INSPECTION, b"abc")
        assert inner.unwrapping.wait(10)
        caching.remove(INSPECTION, START)
        inner.may_answer.set()
        assert underway.result(10) == b"cba"

    with pytest.raises(KeyRemoved):
        caching.unwrap(INSPECTION, b"abc")


def test_number_of_kept_keys_is_bounded(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """Beyond 64 keys the oldest goes."""
    inspections = [uuid4() for _ in range(MAX_KEYS + 1)]
    for inspection in inspections:
        caching.unwrap(inspection, b"abc")
    inner.asked.clear()

    caching.unwrap(inspections[-1], b"abc")
    caching.unwrap(inspections[1], b"abc")
    caching.unwrap(inspections[0], b"abc")

    assert [inspections[0]] == inner.asked


def test_many_threads(caching: CachingCustodian, inner: CountingCustodian) -> None:
    """Threads that unwrap and forget at once always get the right key."""

    def use(turn: int) -> bool:
        inspection = UUID(int=turn % 3)
        if turn % 10 == 0:
            caching.forget(inspection)
        return caching.unwrap(inspection, inspection.bytes) == inspection.bytes[::-1]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(2000)))
    assert 3 <= len(inner.asked) < 2000
