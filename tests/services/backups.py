"""Backups of a database by its rows, on both databases alike, and of the store's objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from portal.db.engine import reading, writing
from portal.db.tables import Base
from tests.fakes import FakeStore

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def back_up(engine: Engine) -> Rows:
    """Return every row of every table, as they stand together at one moment."""
    with reading(engine) as session:
        return {
            table.name: [dict(row) for row in session.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }


def put_back(engine: Engine, rows: Rows) -> None:
    """Let the database hold these rows and no others, as one does that was restored from a backup."""
    tables = Base.metadata.sorted_tables
    with writing(engine) as session:
        for table in reversed(tables):
            session.execute(delete(table))
        for table in tables:
            if rows[table.name]:
                session.execute(insert(table), list(rows[table.name]))


def objects(store: FakeStore) -> dict[str, bytes]:
    """Return what a store holds."""
    return {key: store.get(key) for key in store.keys("")}


def put_objects_back(store: FakeStore, kept: Mapping[str, bytes]) -> None:
    """Put back what a store has lost since."""
    for key, data in kept.items():
        store.put(key, data)
