"""What a trail owns up to after a restore, and what that does not excuse."""

from datetime import timedelta

import pytest

from portal.domain.audit import JSON, Entry, make_entry
from portal.domain.verifying import RESTORED, examine
from tests.domain.trails import START, act, chain, check_signature, checkpoint

LOST = chain(12)
"""What there was: checkpoints at entries 3, 6, 9 and 12. The backup held entries up to 7."""
CHECKPOINTS = [checkpoint(LOST[seq - 1]) for seq in (3, 6, 9, 12)]
TRUE: dict[str, JSON] = {"last_common": 6, "lost_seq": 12, "lost_hash": LOST[11].hash}


def _grown(before: int, details: dict[str, JSON], after: int = 1) -> list[Entry]:
    """Return the restored trail with some entries, one that owns up, and some more."""
    trail = LOST[:7]
    for n in range(before + 1 + after):
        at = START + timedelta(days=1, seconds=n)
        owns = n == before
        trail.append(
            make_entry(
                trail[-1].base, at=at, actor="operator", action=RESTORED if owns else "test.wrote", inspection="",
                subject="", details=details if owns else {}, salt=f"{n:032x}",
            )
        )  # fmt: skip
    return trail


@pytest.mark.parametrize("before", [0, 1, 2, 5, 9])
def test_the_truth_is_a_note(before: int) -> None:
    """However late it was said, with new checkpoints before and after; without it the first lost one is found."""
    trail = _grown(before, TRUE)
    checkpoints = [*CHECKPOINTS, checkpoint(trail[7]), checkpoint(trail[-1])]
    report = examine(iter(trail), checkpoints, check_signature)
    assert (None, [8 + before]) == (report.finding, [note.seq for note in report.notes])
    assert CHECKPOINTS[2:] == sorted(report.lost, key=lambda each: each.seq)
    silent = examine(iter(_grown(before, TRUE)[: 7 + before]), CHECKPOINTS, check_signature).finding
    assert silent is not None


@pytest.mark.parametrize(
    "details",
    [
        {},
        TRUE | {"last_common": 9},
        TRUE | {"last_common": "6"},
        TRUE | {"lost_seq": 11},
        TRUE | {"lost_seq": True},
        TRUE | {"lost_hash": LOST[10].hash},
        TRUE | {"lost_seq": 20},
    ],
)
def test_half_the_truth_excuses_nothing(details: dict[str, JSON]) -> None:
    """A tail that no checkpoint vouches for, or that leaves one out, is a finding."""
    assert examine(iter(_grown(5, details, 3)), CHECKPOINTS, check_signature).finding is not None


def test_what_was_rewritten_before_the_backup_is_still_found() -> None:
    """Owning up covers what comes after the last common checkpoint, and nothing before it."""
    trail = _grown(2, TRUE, 8)
    other = act(LOST[4], 60)
    assert examine(iter(trail), [*CHECKPOINTS, checkpoint(other)], check_signature).finding is not None
