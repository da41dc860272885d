"""No count of 1 to 4 can be worked out from what leaves the team: tried on small tables against every solution."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from random import Random

import pytest

from portal.domain.a1.suppression import SMALLEST, is_small, suppress

Cell = tuple[int, int]
Table = Mapping[int, Sequence[int]]
Sums = list[tuple[set[Cell], int]]
Rule = Callable[[Table], set[Cell]]
COUNTS = (0, 0, 1, 1, 2, 3, 4, 4, 5, 5, 6, 9, 14)


def rule(table: Table) -> set[Cell]:
    """Return the cells that are hidden: ours."""
    return {(key, column) for key in suppress(table) for column in range(len(table[key]))}


def test_from_five_on_a_count_is_told() -> None:
    """Counts under 5 are small (§64); nobody is hidden by a 0."""
    assert [1, 2, 3, 4] == [count for count in range(100) if is_small(count)]
    assert set() == suppress({"a": [5], "b": [0], "c": [99]})
    assert {"a"} < suppress({"a": [4], "b": [30], "c": [30]})


def test_no_small_count_has_one_value_alone() -> None:
    """With each sheet's and each authority's total, each small count could be another, as any of the hidden ones."""
    assert 0 == sum(map(bool, (found_out(table, rule(table)) for table in tables(1_200))))


def test_medians_give_no_small_status_away() -> None:
    """Nor does seeing which steps have 5 spans, each taken to be all children of the furthest statuses."""
    least = {key: [count] for key, count in enumerate((0, 30, 1, 1, 1, 1))}
    for table in (least, *tables(80, (6, 1))):
        hidden = rule(table)
        assert not found_out(table, hidden, [{(key, 0) for key in range(start, 6)} for start in range(6)]), table


def test_a_large_count_hides_the_small_ones_even_from_who_knows_which_they_are() -> None:
    """Where one is hidden, each could be another though one knew of every status whether it is under 5."""
    tried = 0
    for table in tables(200, (5, 1)):
        hidden = rule(table)
        if hidden and len(hidden) < len(table):
            tried += 1
            assert not found_out(table, hidden, [{cell} for cell in hidden]), table
    assert tried > 40


def test_who_knows_the_rule_finds_no_small_status() -> None:
    """No tables of three statuses that look alike once counts are hidden have all the same small count."""
    alike: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(31), repeat=3):
        if sum(counts) <= 30:
            hidden = suppress(dict(enumerate((count,) for count in counts)))
            told = tuple(None if at in hidden else count for at, count in enumerate(counts))
            alike[told, sum(counts)].append(counts)
    for tables_ in alike.values():
        for values in zip(*tables_, strict=True):
            assert len(set(values)) > 1 or not is_small(values[0]), tables_


def small_alone(table: Table) -> set[Cell]:
    """Hide the small counts and nothing else."""
    return {(key, at) for key, counts in table.items() for at, count in enumerate(counts) if is_small(count)}


def two_of_each_sheet(table: Table) -> set[Cell]:
    """Hide in each sheet the least counts until two are hidden that come to 5: what was done before."""
    hidden = small_alone(table)
    for at in range(len(table[0])):
        mine = [(key, at) for key in table if (key, at) in hidden]
        for count, key in sorted((table[key][at], key) for key in table if table[key][at] >= SMALLEST):
            if mine and (len(mine) < 2 or sum(table[each][at] for each, _ in mine) < SMALLEST) and count:
                mine.append((key, at))
        hidden |= set(mine)
    return hidden


def each_sheet_alone(table: Table) -> set[Cell]:
    """Hide in each sheet what our rule hides in it, as if there were no other."""
    columns = range(len(table[0]))
    return {(key, at) for at in columns for key in suppress({key: [table[key][at]] for key in table})}


def rows_of_small_alone(table: Table) -> set[Cell]:
    """Hide every authority that has a small count, and no other."""
    return {(key, at) for key, _ in small_alone(table) for at in range(len(table[key]))}


@pytest.mark.parametrize("weaker", [small_alone, two_of_each_sheet, each_sheet_alone, rows_of_small_alone])
def test_weaker_rules_give_small_counts_away(weaker: Rule) -> None:
    """The same look finds them out where less is hidden, so that it would see it of ours."""
    assert any(found_out(table, weaker(table)) for table in tables(200))


def test_what_need_not_be_hidden_is_told() -> None:
    """Without a small count everything is; beside one large one enough is, in the order of the table."""
    assert set() == suppress({"301": [5, 0], "302": [0, 40], "303": [0, 0]})
    assert {"b", "c", "a"} == suppress({"a": [30], "b": [2], "c": [0], "d": [60], "e": [7]})
    assert {"b", "a"} == suppress({"a": [30, 12], "b": [2, 9], "c": [0, 20], "d": [60, 0]})
    assert {"a", "b"} == suppress({"a": [7], "b": [2], "c": [11], "d": [60]})
    assert {"a", "b", "c"} == suppress({"a": [6], "b": [2], "c": [11], "d": [60]})
    assert {"b", "c"} == suppress({"a": [0, 9], "b": [3, 20], "c": [30, 5]})
    assert {"a", "b"} == suppress({"a": [3, 0], "b": [40, 0], "c": [50, 0]})
    assert {"a", "b", "c"} == suppress({"a": [3, 1], "b": [40, 0], "c": [50, 9]})
    assert {"a"} == suppress({"a": [3]})
    assert 1_001 == len(suppress({at: [900 - at % 899] for at in range(1_001)}))
    assert set() == suppress({})


def tables(count: int, shape: Cell | None = None) -> Iterator[Table]:
    """Return small tables with a small count in each that is not the whole of what its reader knows."""
    draw = Random(5)
    while count:
        keys, columns = shape or draw.choice([(3, 1), (4, 1), (2, 2), (3, 2), (4, 2), (3, 3)])
        table = {key: [draw.choice(COUNTS) for _ in range(columns)] for key in range(keys)}
        if columns > 1 and not (all(map(any, table.values())) and all(map(any, zip(*table.values(), strict=True)))):
            continue  # an authority without a row is not listed; of one sheet, its total is its count
        if any(is_small(each) for counts in table.values() for each in counts):
            count -= 1
            yield table


def found_out(table: Table, hidden: set[Cell], thresholds: Sequence[set[Cell]] = ()) -> set[Cell]:
    """Return the small counts that have one value in every table that fits: to what is told, to the total of each
    column and, of several columns, of each key, and to whether each of `thresholds` comes to 5.

    Whoever is told that a status has 0 knows that none of those that are hidden has.
    """
    cells = sorted(hidden)
    least = int(len(table[0]) == 1 and any(counts == [0] for key, counts in table.items() if (key, 0) not in hidden))
    lines: Sums = []
    for at in range(len(table[0])):
        lines.append(_line(table, {cell for cell in cells if cell[1] == at}))
    if len(table[0]) > 1:
        lines += [_line(table, {cell for cell in cells if cell[0] == key}) for key in table]
    reach = [(group, sum(table[key][at] for key, at in group) >= SMALLEST) for group in thresholds]
    sure = {cell: table[cell[0]][cell[1]] for cell in cells if is_small(table[cell[0]][cell[1]])}
    lost = {(key, at) for key, counts in table.items() for at, each in enumerate(counts) if is_small(each)} - hidden
    for values in _fitting(cells, lines, {}, least):
        if all((sum(values.get(cell, table[cell[0]][cell[1]]) for cell in group) >= SMALLEST) == is_
               for group, is_ in reach):  # fmt: skip
            sure = {cell: count for cell, count in sure.items() if values[cell] == count}
        if not sure:
            break
    return lost | sure.keys()


def _line(table: Table, cells: set[Cell]) -> tuple[set[Cell], int]:
    return cells, sum(table[key][at] for key, at in cells)


def _fitting(cells: Sequence[Cell], lines: Sums, values: dict[Cell, int], least: int) -> Iterator[dict[Cell, int]]:
    """Fill the cells with every count from the least on by which each line comes to its sum."""
    if len(values) == len(cells):
        yield values
        return
    cell = cells[len(values)]
    mine = [(line - values.keys(), total - sum(values[each] for each in line & values.keys()))
            for line, total in lines if cell in line]  # fmt: skip
    first = max([least, *(rest for open_, rest in mine if len(open_) == 1)])
    for count in range(first, min(rest for _, rest in mine) + 1):
        yield from _fitting(cells, lines, {**values, cell: count}, least)
