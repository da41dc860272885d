"""Small numbers: a count of 1 to 4 leaves the team as "fewer than 5", so that it points at nobody (§64, P12)."""

from collections.abc import Mapping
from typing import TypeVar

SMALLEST = 5
"""The smallest count that is told."""
Key = TypeVar("Key")


def suppress(counts: Mapping[Key, int]) -> dict[Key, int | None]:
    """Return the counts with None for what must not be told, nor be found out from the total of the rest.

    A single small count would be the total less the others; so would a few whose sum is still small: then the next
    larger ones go too. Nothing that is 0 is hidden: nobody is in it.
    """
    small = {key for key, count in counts.items() if is_small(count)}
    if not small:
        return dict(counts)
    hidden = set(small)
    for key, count in sorted(counts.items(), key=lambda each: each[1]):
        if len(hidden) > 1 and sum(counts[each] for each in hidden) >= SMALLEST:
            break
        if count >= SMALLEST:
            hidden.add(key)
    return {key: None if key in hidden else count for key, count in counts.items()}


def is_small(count: int) -> bool:
    """Say whether a count, or a median of so many, must not leave the team."""
    return 0 < count < SMALLEST
