"""When a checkpoint is due, places that disagree, forks, lost tails and pruned trails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.anchored import DATABASE, Stated, checkpoint_due, places_finding
from portal.domain.audit import Checkpoint, Entry, checkpoint_body, checkpoint_name, make_entry, read_checkpoint
from portal.domain.verifying import PRUNED, RESTORED, Report, examine
from tests.domain.trails import FIELDS, LENGTH, START, act, chain, check_signature, checkpoint, rewritten

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("waiting", "age", "due"),
    [
        (0, 2 * HOUR, False),
        (1, HOUR - timedelta(milliseconds=1), False),
        (1, HOUR, True),
        (63, timedelta(), False),
        (64, timedelta(), True),
        (1, -HOUR, True),
    ],
)
def test_entries_wait_an_hour_at_most_for_a_checkpoint(waiting: int, age: timedelta, due: bool) -> None:
    """Or until there are many of them; a clock that was set back puts nothing off."""
    assert due == checkpoint_due(waiting, START - age, START, 64, HOUR)


def test_a_checkpoint_is_read_as_it_was_written_or_not_at_all() -> None:
    """Each byte of it that is changed, in any bit, makes it another or none."""
    made = checkpoint(chain()[4])
    body = checkpoint_body(made)
    assert made == read_checkpoint(body)
    for at in range(len(body)):
        for bit in range(8):
            changed = body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1 :]
            try:
                read = read_checkpoint(changed)
            except ValueError:
                continue
            assert None is not examine(chain(), [read], check_signature).finding, changed


def _with(entries: list[Entry], action: str, **details: int | str) -> list[Entry]:
    """Return the trail with one more entry, that owns up to something."""
    last = {name: getattr(entries[-1], name) for name in FIELDS} | {"action": action, "details": details}
    return [*entries, make_entry(entries[-1].base, **last)]


def _other(entries: list[Entry], start: int) -> list[Entry]:
    """Return the trail as it would have gone on if entry `start` had been another."""
    changed = [*entries]
    changed[start - 1] = replace(changed[start - 1], actor="nobody")
    return rewritten(changed, start - 1)


def test_a_fork_is_found() -> None:
    """Two well-signed checkpoints of one entry that disagree show that there were two trails."""
    ours, theirs = chain(), _other(chain(), 5)
    for kept in ([ours[7], theirs[7]], [theirs[7], ours[7]]):
        finding = examine(ours, [checkpoint(each) for each in kept], check_signature).finding
        assert finding is not None
        assert (8, True) == (finding.seq, "two trails" in finding.problem)
    forged = replace(checkpoint(theirs[7]), signature="00")
    finding = examine(ours, [checkpoint(ours[7]), forged], check_signature).finding
    assert finding is not None
    assert "signature" in finding.problem


def _restored(last: Entry, common: int, **more: object) -> list[Entry]:
    """Return a trail restored to entry `common`, that says that the tail up to `last` was lost, and goes on."""
    details: dict[str, object] = {"lost_seq": last.seq, "lost_hash": last.hash, "last_common": common, **more}
    trail = _with(chain(common), RESTORED, **details)  # type: ignore[arg-type]
    while len(trail) < LENGTH + 3:
        trail.append(act(trail[-1], 200 + len(trail)))
    return trail


def test_a_tail_that_a_restore_lost_is_a_note() -> None:
    """Its checkpoints are no findings once the trail says so; the newest of them is named."""
    lost = _other(chain(), 9)
    kept = [checkpoint(each) for each in (lost[5], lost[8], lost[11])]
    trail = _restored(lost[11], 8)
    report = examine(trail, [*kept, checkpoint(trail[-1])], check_signature)
    assert (None, ("A restore lost entries after entry 8, up to entry 12, as entry 9 says.",)) == (
        report.finding,
        tuple(note.problem for note in report.notes),
    )
    assert set(kept[1:]) == set(report.lost)
    # Also while the new trail is shorter than the lost one was.
    assert report == examine(trail[:10], kept, check_signature)


@pytest.mark.parametrize("wrong", [{"lost_seq": 11}, {"lost_hash": "f" * 64}, {"lost_seq": "12"}, {"lost_hash": 5}])
def test_a_lost_tail_that_is_not_owned_up_to_is_a_finding(wrong: dict[str, object]) -> None:
    """Whatever the entry does not cover exactly, and a tail that no checkpoint vouches for."""
    lost = _other(chain(), 9)
    kept = [checkpoint(each) for each in (lost[8], lost[11])]
    assert None is not examine(_restored(lost[11], 8, **wrong), kept, check_signature).finding
    trail = _restored(lost[11], 8)
    assert None is not examine(trail, kept[:1], check_signature).finding
    # A checkpoint from before the restore's own entry is of no lost tail.
    early = checkpoint(_other(chain(), 3)[5])
    assert None is not examine(trail, [*kept, early], check_signature).finding
    beyond = checkpoint(_other(chain(14), 9)[13])
    assert None is not examine(trail, [*kept, beyond], check_signature).finding


def test_a_pruned_trail_starts_at_a_checkpoint_and_says_so() -> None:
    """Without the signed checkpoint, or without the entry that says it, what is gone was taken away."""
    whole = chain()
    base = (whole[5].seq, whole[5].hash)
    pruned = _with(whole, PRUNED, up_to=base[0], hash=base[1])[6:]
    kept = [checkpoint(each) for each in (whole[2], whole[5], whole[9])]
    assert Report(None, examine(pruned, kept, check_signature, base).notes) == examine(
        pruned, kept, check_signature, base
    )
    assert "Entries up to 6 were pruned" in examine(pruned, kept, check_signature, base).notes[0].problem
    for trail, checkpoints, start in (
        (pruned, [kept[0], kept[2]], base),
        (pruned[:-1], kept, base),
        (pruned, [*kept, checkpoint(_other(whole, 2)[5])], base),
        (pruned, [replace(kept[0], signature="00"), *kept[1:]], base),
        (pruned, kept, (6, "f" * 64)),
        (pruned, kept, (5, base[1])),
        (pruned[1:], kept, base),
    ):
        assert None is not examine(trail, checkpoints, check_signature, start).finding


def _stated(place: str, made: Checkpoint, name: str = "") -> Stated:
    return Stated(place, name or checkpoint_name(made), made)


def test_places_that_disagree_are_named() -> None:
    """An anchor that reads otherwise, has what the database does not list, or has lost what it took."""
    one, two = checkpoint(chain()[3]), checkpoint(chain()[7])
    name = checkpoint_name(one)
    good = [_stated(DATABASE, one), _stated("folder", one)]
    assert None is places_finding(good, {(name, "folder")}, [])
    for found, handed, seq in (
        ([*good, _stated("folder", two)], set(), 8),
        ([*good, _stated("bucket", two, name)], set(), 8),
        (good[:1], {(name, "folder")}, 4),
        ([_stated(DATABASE, one, "checkpoint-x"), *good], set(), 4),
        ([*good, _stated("bucket", two), _stated("folder", one)], {(name, "bucket")}, 4),
    ):
        finding = places_finding(found, handed, [])
        assert finding is not None
        assert seq == finding.seq
    assert None is places_finding([*good, _stated("folder", two)], set(), [two])
    # From before the database kept a list: its name says so.
    assert None is places_finding([*good, _stated("folder", two, "checkpoint-000000000008.json")], set(), [])
