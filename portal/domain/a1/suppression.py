"""Small numbers: what has to stay hidden so that no count of 1 to 4 leaves the team or can be worked out (§64, P12).

Complementary suppression. A table is counts by key, in one column or several. Its reader is taken to know what every
column comes to, what every key comes to over several columns, and from medians which counts are under 5.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

SMALLEST = 5
"""The smallest count that is told."""
_ROOM = SMALLEST - 1
"""What the counts that are hidden in a column come to beyond 5 for each large one: each small one could be so much."""
_MOST = 1_000
"""A longer table is hidden whole: authorities have three digits, and who made up more shall not keep us busy."""
Key = TypeVar("Key")


def suppress(table: Mapping[Key, Sequence[int]]) -> set[Key]:
    """Return the keys of which no count may be told, in any column; `table` has as many counts for every key.

    With a key of a small count those of 0 are hidden too: whoever is told a 0 would know that nothing hidden is one.
    Then come others with large counts until neither columns nor keys give a small one away. That may need all of them.
    They come in the order of the table: the least first would say that none of the hidden is larger than any told.
    """
    hidden = {key for key, counts in table.items() if any(map(is_small, counts))}
    if hidden and len(table) > _MOST:
        return set(table)
    if hidden:
        hidden |= {key for key, counts in table.items() if not any(counts)}
    rest = [key for key in table if key not in hidden]
    while rest and (lacking := _lacking(table, hidden)):
        helps = (key for key in rest if any(table[key][column] >= SMALLEST for column in lacking))
        key = next(helps, rest[0])
        rest.remove(key)
        hidden.add(key)
    return hidden


def is_small(count: int) -> bool:
    """Say whether a count, or a median of so many, must not leave the team."""
    return 0 < count < SMALLEST


def _lacking(table: Mapping[Key, Sequence[int]], hidden: set[Key]) -> set[int]:
    """Return the columns in which more has to be hidden.

    What is hidden is whole rows, so that by sums alone a count takes one value more than the least of these four: what
    its row comes to, what its column comes to, and what all the others do (Fréchet's bounds).
    """
    every = _sums(table.values())
    block = [table[key] for key in hidden]
    sums, lacking = _sums(block), set[int]()
    for column in range(len(sums)):
        others = set(range(len(sums))) - {column}
        small = [row for row in block if is_small(row[column])]
        if not small:
            continue
        large = [row[column] for row in block if row[column] >= SMALLEST]
        if sums[column] < every[column] and not (large and sums[column] - SMALLEST * len(large) >= _ROOM):
            lacking.add(column)
        if sum(sums) - sums[column] < min(SMALLEST, sum(every) - every[column]):
            lacking |= others
        if any(sum(sums) - sum(row) < SMALLEST for row in small):
            lacking.add(column)
    return lacking


def _sums(rows: Collection[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]
