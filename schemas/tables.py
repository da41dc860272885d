"""What every definition in TOML is looked at for: tables with the right keys, each of its type, and lists of words."""

from collections.abc import Iterator, Mapping
from typing import Any


def entries(value: object) -> list[Any]:
    """Return a list as it is, and nothing for what is none."""
    return value if isinstance(value, list) else []


def words_faults(where: str, value: object, what: str = "a list of words") -> Iterator[str]:
    """Yield what is wrong with a list of words; `what` is said of what it must be."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        yield f"{where}: must be {what}"


def table_faults(where: str, table: object, keys: Mapping[str, type], options: Mapping[str, type]) -> Iterator[str]:
    """Yield every key of a table that is missing, unknown, of the wrong type or blank; `options` may be left out."""
    if not isinstance(table, dict):
        yield f"{where}: must be a table"
        return
    yield from (f"{where}: {key} is missing" for key in sorted(keys.keys() - table.keys()))
    for key, value in table.items():
        kind = keys.get(key) or options.get(key)
        if kind is None:
            yield f"{where}: {key} is not known"
        elif type(value) is not kind:
            yield f"{where}: {key} must be of type {kind.__name__}"
        elif isinstance(value, str) and not value.strip():
            yield f"{where}: {key} is empty"
