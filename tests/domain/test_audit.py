import hashlib
import json
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.audit import (
    BEGINNING,
    GENESIS,
    Entry,
    chained_hash,
    checkpoint_message,
    entry_digest,
    entry_hash,
    make_entry,
)
from portal.domain.times import LONDON
from portal.domain.verifying import Finding, verify
from tests.domain.common import naive
from tests.domain.trails import (
    LENGTH,
    OLD,
    START,
    act,
    bad_entry,
    chain,
    check_signature,
    checkpoint,
    renumbered,
    rewritten,
)

NUMBERS = st.integers(1, LENGTH)


def test_a_good_trail() -> None:
    """A trail as it was written verifies, with checkpoints in any order and without, and so does an empty one."""
    entries = chain()
    assert None is verify(entries, [], check_signature)
    assert None is verify(entries, [checkpoint(entries[11]), checkpoint(entries[3])], check_signature)
    assert None is verify([], [], check_signature)


def test_entries_follow_each_other() -> None:
    """Each entry counts on from the one before and names its hash; the first names the genesis."""
    entries = chain()
    assert list(range(1, LENGTH + 1)) == [entry.seq for entry in entries]
    assert [GENESIS, *(entry.hash for entry in entries[:-1])] == [entry.previous for entry in entries]


def test_the_hash_can_be_made_by_anybody() -> None:
    """The hash of an entry is the SHA-256 of its sorted, compact JSON: a recipe that needs none of our code."""
    entry = act(None, 1)
    content = {
        "format": "evidence-portal audit entry v1",
        "seq": 1,
        "at": "2023-10-09T08:30:01.000Z",
        "actor": "actor-1",
        "action": "document.received",
        "inspection": "RAA-2023-04",
        "subject": "document-1",
        "details": {"size": 1, "on_time": True, "slots": ["latest"], "replaces": None},
        "previous": "0" * 64,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == entry.hash


def test_the_first_hash_never_changes() -> None:
    """A trail of years past still verifies: the hash of a fixed entry is this one, in every release."""
    assert "c8c524e56345f9a66c7d65a4410611b7124a33fe3efabba517fac8081044d07d" == act(None, 1).hash
    assert "333816af26e4bbb690c4ce1a79f5e0593c963e642c9af3b162efa737446c237d" == act(None, LENGTH).hash


def test_the_hash_of_a_salted_entry_can_be_made_by_anybody() -> None:
    """In format 2 it covers the digest of what the entry says, with a salt: either can be shown without the other."""
    entry = act(None, LENGTH)
    said = {
        "at": "2023-10-09T08:30:12.000Z",
        "actor": "actor-0",
        "action": "document.received",
        "inspection": "RAA-2023-04",
        "subject": "document-12",
        "details": {"size": 12, "on_time": True, "slots": ["latest"], "replaces": None},
        "salt": "0000000000000000000000000000000c",
    }
    content = _digest_of(said)
    assert content == entry_digest(entry)
    chained = {"format": "evidence-portal audit entry v2", "seq": 1, "previous": "0" * 64, "content": content}
    assert _digest_of(chained) == chained_hash(1, "0" * 64, content) == entry.hash
    with pytest.raises(ValueError):
        entry_digest(act(None, 1))


def _digest_of(value: dict[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_older_format_ends_where_the_newer_begins() -> None:
    """An entry whose salt was taken away, and all after it hashed anew, is named: nothing is behind a digest there."""
    entries = chain()
    entries[OLD + 2] = replace(entries[OLD + 2], salt=None)
    assert OLD + 3 == bad_entry(rewritten(entries, OLD + 2))


def test_the_checkpoint_message_never_changes() -> None:
    """What a checkpoint's signature covers is these bytes, in every release."""
    assert (
        b'{"at":"2023-10-09T08:30:00.000Z","format":"evidence-portal audit checkpoint v1","hash":"ab","seq":7}'
        == checkpoint_message(7, "ab", START + timedelta(microseconds=999))
    )


def test_times_are_kept_to_the_millisecond_in_utc() -> None:
    """An entry's time is cut to what the exported text can say, and does not depend on its zone."""
    finer = replace(act(None, 1), at=START + timedelta(microseconds=1_500))
    made = make_entry(
        BEGINNING,
        at=finer.at.astimezone(LONDON),
        actor="a",
        action="b",
        inspection="c",
        subject="d",
        details={},
        salt=None,
    )
    assert START + timedelta(milliseconds=1) == made.at
    assert None is verify([made], [], check_signature)


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": START + timedelta(microseconds=1)},
        {"at": naive("2023-10-09T08:30:00")},
        {"details": {"size": 2**53}},
        {"details": {"size": float("nan")}},
    ],
)
def test_what_cannot_be_hashed_is_refused(wrong: dict[str, Any]) -> None:
    """A time that the text cannot say, and numbers that JSON cannot say exactly, are refused."""
    for fine in (act(None, 1), act(None, LENGTH)):
        assert fine.hash == entry_hash(fine)
        with pytest.raises(ValueError):
            entry_hash(replace(fine, **wrong))


EDITS: list[dict[str, Any]] = [
    {"at": START},
    {"at": START + timedelta(hours=1)},
    {"at": START + timedelta(microseconds=1)},
    {"at": naive("2023-10-09T08:30:00")},
    {"actor": "nobody"},
    {"action": "document.withdrawn"},
    {"inspection": "RAA-2023-05"},
    {"subject": "document-0"},
    {"details": {}},
    {"details": {"size": 2**60}},
    {"salt": "f" * 32},
    {"salt": "f" * 31},
    {"salt": "é" * 32},
    {"previous": "f" * 64},
    {"hash": "f" * 64},
    {"hash": ""},
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
@pytest.mark.parametrize("seq", range(1, LENGTH + 1))
def test_an_edit_is_named(seq: int, edit: dict[str, Any]) -> None:
    """A change of any one field of any one entry is found, and that entry is named."""
    entries = chain()
    entries[seq - 1] = replace(entries[seq - 1], **edit)
    assert seq == bad_entry(entries)


@pytest.mark.parametrize("seq", range(1, LENGTH))
def test_an_edit_hashed_anew_is_named(seq: int) -> None:
    """An entry that was changed and given a fitting hash is named, since the next was written after another."""
    entries = chain()
    before = entries[seq - 2] if seq > 1 else None
    entries[seq - 1] = act(before, seq, action="document.withdrawn")
    assert seq == bad_entry(entries)


@pytest.mark.parametrize("seq", range(1, LENGTH))
def test_a_deletion_is_named(seq: int) -> None:
    """A missing entry is named, whether its number is missing too or those after it were renumbered."""
    entries = chain()
    del entries[seq - 1]
    assert seq == bad_entry(entries)
    assert seq == bad_entry(renumbered(entries))


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("seq", range(1, LENGTH + 1))
def test_an_insertion_is_named(seq: int, count: int) -> None:
    """The first of the entries slipped in is named, even when they are perfect and the rest was renumbered."""
    entries = chain()
    forged: list[Entry] = entries[: seq - 1]
    for n in range(count):
        forged.append(act(forged[-1] if forged else None, 100 + n))
    assert seq == bad_entry(renumbered([*forged, *entries[seq - 1 :]]))


@pytest.mark.parametrize("seq", range(1, LENGTH + 1))
def test_an_inserted_number_is_named(seq: int) -> None:
    """A number that is there twice is named."""
    entries = chain()
    assert seq == bad_entry([*entries[:seq], entries[seq - 1], *entries[seq:]])


@given(st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1]))
def test_a_reorder_is_named(pair: tuple[int, int]) -> None:
    """When two entries change places the first of the two places is named, renumbered or not."""
    low, high = pair
    entries = chain()
    entries[low - 1], entries[high - 1] = entries[high - 1], entries[low - 1]
    assert low == bad_entry(entries)
    assert low == bad_entry(renumbered(entries))


@given(NUMBERS, NUMBERS)
def test_a_cut_tail_is_named(left: int, checked: int) -> None:
    """A tail cut at or before the last checkpoint is found, and its first entry named; one cut after it is not."""
    entries = chain()
    kept = entries[: left - 1]
    assert (left if checked >= left else None) == bad_entry(kept, (checkpoint(entries[checked - 1]),))


def test_a_trail_gone_altogether() -> None:
    """With a checkpoint left, an empty trail is missing its first entry."""
    assert 1 == bad_entry([], (checkpoint(chain()[4]),))


@given(NUMBERS, NUMBERS)
def test_a_rewritten_tail_is_caught_by_a_checkpoint(start: int, checked: int) -> None:
    """A trail rewritten to its end verifies by itself, and fails at the first checkpoint from the change on."""
    entries = chain()
    kept = (checkpoint(entries[checked - 1]),)
    entries[start - 1] = replace(entries[start - 1], action="document.withdrawn")
    forged = rewritten(entries, start - 1)
    assert None is bad_entry(forged)
    assert (checked if checked >= start else None) == bad_entry(forged, kept)


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature": "00" * 32},
        {"signature": "no hex"},
        {"key_id": "key-2"},
        {"at": START},
        {"at": naive("2023-10-09T08:30:00")},
        {"hash": "f" * 64},
    ],
    ids=str,
)
@pytest.mark.parametrize("length", [LENGTH, 3])
def test_a_forged_checkpoint_is_named(wrong: dict[str, Any], length: int) -> None:
    """A checkpoint whose signature fails is named, whether its entry is there or not."""
    entries = chain()
    forged = replace(checkpoint(entries[4]), **wrong)
    assert 5 == bad_entry(entries[:length], (forged,))


def test_a_checkpoint_of_another_key_is_named() -> None:
    """A checkpoint that an unknown key signed, however well, is worth nothing."""
    entries = chain()
    assert 5 == bad_entry(entries, (checkpoint(entries[4], key_id="key-2"),))


def test_the_first_of_several_faults_is_named() -> None:
    """Of two edits and a bad checkpoint the one that comes first in the trail is named."""
    entries = chain()
    kept = (replace(checkpoint(entries[6]), signature=""),)
    entries[9] = replace(entries[9], actor="nobody")
    assert 7 == bad_entry(entries, kept)
    entries[3] = replace(entries[3], actor="nobody")
    assert 4 == bad_entry(entries, kept)


def test_a_finding_reads_well() -> None:
    """A finding is a number and a sentence about it."""
    entries = chain()
    del entries[4]
    assert Finding(5, "Entry 5 is missing: the next that is there is entry 6.") == verify(entries, [], check_signature)


def test_verification_stops_at_the_first_fault() -> None:
    """The trail is read as a stream: nothing behind the first fault is asked for, and nothing is kept."""
    asked: list[int] = []

    def stream() -> Iterator[Entry]:
        for entry in chain():
            asked.append(entry.seq)
            yield replace(entry, actor="nobody") if entry.seq == 3 else entry

    assert 3 == getattr(verify(stream(), [], check_signature), "seq", None)
    assert [1, 2, 3] == asked


def test_verification_keeps_nothing() -> None:
    """While a long trail is read, no more than the last few entries are alive."""
    alive: list[int] = []

    def stream() -> Iterator[Entry]:
        entry, seen = None, []
        for n in range(1, 200):
            entry = act(entry, n)
            seen.append(weakref.ref(entry))
            alive.append(sum(each() is not None for each in seen))
            yield entry

    assert None is verify(stream(), [], check_signature)
    assert max(alive) <= 3
