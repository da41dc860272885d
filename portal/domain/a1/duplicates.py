"""Whether anything is there twice (D). Of identifiers the rows are told, and never the values."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from portal.domain.a1.compare import hit
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.lacking import no_key
from portal.domain.a1.registry import CHECK, ERROR, rule
from portal.domain.a1.structure import listed
from portal.domain.a1.tables import Table
from schemas.texts import say

_MOST_ROWS = 5
"""Other rows that are told beside a row."""


def _repeated(keys: Iterable[Hashable]) -> Iterator[list[int]]:
    """Yield the rows of each key that is there more than once; None is no key."""
    known = list(keys)
    if len(set(known)) == len(known):
        return
    twice = {key for key, count in Counter(known).items() if count > 1 and key is not None}
    rows: dict[Hashable, list[int]] = defaultdict(list)
    if twice:
        for at, key in enumerate(known):
            if key in twice:
                rows[key].append(at)
    yield from rows.values()


def _others(table: Table, rows: list[int], at: int) -> str:
    others = [table.numbers[row] for row in rows[: _MOST_ROWS + 1] if row != at][:_MOST_ROWS]
    return listed([*others, "…"]) if len(rows) > _MOST_ROWS + 1 else listed(others)


def _as_written(table: Table, name: str, rows: Iterable[int]) -> Iterator[str | None]:
    """Yield the identifiers of rows with their spaces and zeros; a number as Excel shows it."""
    raws, texts = table.raw(name), table.texts(name)
    for at in rows:
        raw, text = raws[at], texts[at]
        yield (raw if isinstance(raw, str) else text) if text else None


@rule(
    "D01",
    ERROR,
    say("The same identifier is there more than once. The other rows stand beside each."),
    say(
        "Take away the row that is too much. If two authorities use the same number for two people, put the "
        "authority’s three digits before it."
    ),
    lacks=no_key,
)
def key_twice(form: Form) -> Iterator[Hit]:
    """D01."""
    for name, table in form.tables.items():
        if table.has(key := table.sheet.key):
            for rows in _repeated(_as_written(table, key, range(len(table)))):
                yield from (Hit(name, key, at, _others(table, rows, at)) for at in rows)


@rule(
    "D02",
    CHECK,
    say("Rows are the same but for their identifier. The other rows stand beside each."),
    say("Take away the rows that are too much. If they are different people or episodes, you need not do anything."),
    lacks=no_key,
)
def row_twice(form: Form) -> Iterator[Hit]:
    """D02."""
    for name, table in form.tables.items():
        key = table.sheet.key
        if table.has(key):
            columns = [table.raw(column.name) for column in table.sheet.columns if column.name != key]
            for rows in _repeated(zip(*columns, strict=True)):
                yield from (Hit(name, key, at, _others(table, rows, at)) for at in rows)


@rule(
    "D03",
    ERROR,
    say(
        "Identifiers differ only by capitals, spaces, leading zeros or “.0”. The other rows stand beside each, and "
        "they are taken for the same one."
    ),
    say("Write each identifier in one way, and take away the row that is too much."),
    lacks=no_key,
)
def key_nearly_twice(form: Form) -> Iterator[Hit]:
    """D03."""
    for name, table in form.tables.items():
        if table.has(key := table.sheet.key):
            for rows in _repeated(map(_loosely, table.texts(key))):
                if len(set(_as_written(table, key, rows))) > 1:
                    yield from (Hit(name, key, at, _others(table, rows, at)) for at in rows)


def _loosely(text: str) -> str | None:
    text = "".join(text.split()).casefold()
    return text.lstrip("0") or text[:1] or None


@rule(
    "D04",
    ERROR,
    say("A household has more than two adopters."),
    say("Check the number of the family in each of the rows."),
    "Adopters.family_id",
)
def household_of_three(form: Form) -> Iterator[Hit]:
    """D04."""
    table = form.table("Adopters")
    for rows in _repeated(table.keys("family_id")):
        if len(rows) > 2:
            yield from (Hit("Adopters", "family_id", at, _others(table, rows, at)) for at in rows)


@rule(
    "D05",
    CHECK,
    say("The same support began on the same day for the same person more than once."),
    say("Take away the row that is too much. If these are different episodes, you need not do anything."),
    "Support.person_id",
    "Support.support_type",
    "Support.support_start",
)
def episode_twice(form: Form) -> Iterator[Hit]:
    """D05."""
    table = form.table("Support")
    rows: Iterator[tuple[Any, ...]] = zip(
        table.keys("person_id"), table.values("support_type"), table.values("support_start"), strict=True
    )
    for found in _repeated(row if all(row) else None for row in rows):
        yield from (hit(table, at, "support_start") for at in found)
