"""What tests begin with, made once in a worker and laid out anew for each: an empty database, and a world's rows.

Making a database and announcing two inspections takes ten times as long as most tests.
"""

import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, event, insert, select, text

from portal.db.endings import ClockRow
from portal.db.engine import make_engine, reading, writing
from portal.db.tables import Base
from portal.ports import Deps
from tests.world import Fakes, World, build_world

_SHAPE = text(
    "SELECT string_agg(c.relname || '.' || a.attname, ',' ORDER BY c.relname, a.attnum) FROM pg_attribute a "
    "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped"
)
_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid != pg_backend_pid()"
)

# Rows may refer to each other in a circle: without its triggers PostgreSQL asks for no order.
_EMPTYING = text(
    "SET session_replication_role = replica; " + "; ".join(f"DELETE FROM {name}" for name in Base.metadata.tables)
)


def _shape(connection: Connection) -> tuple[str | None, str | None]:
    """Return every column of every table and index, and the revision; None for what is not there."""
    columns = connection.scalar(_SHAPE)
    revised = "alembic_version.version_num" in (columns or "")
    return columns, connection.scalar(text("SELECT version_num FROM alembic_version")) if revised else None


class Emptied:
    """One migrated PostgreSQL database, emptied after each test; made anew where a test changed its tables."""

    def __init__(self, uri: str, make_anew: Callable[[], None]) -> None:
        self._make_anew = make_anew
        self._engine = make_engine(uri)
        # No pool: between tests nobody is connected, so that the database can be dropped.
        self._own = create_engine(uri, poolclass=NullPool)
        make_anew()
        with self._own.connect() as connection:
            self._shape = _shape(connection)

    def engine(self) -> Engine:
        """Return an engine of a test's own, for what it listens to; compiled statements are kept from test to test."""
        return self._engine.execution_options()

    def empty(self) -> None:
        """Bring it back to where the migrations leave it: no row but the clock's."""
        self._engine.dispose()
        with self._own.connect() as connection:
            connection.execute(_OTHERS)
            whole = _shape(connection) == self._shape
            if whole:
                connection.execute(_EMPTYING)
                connection.execute(insert(ClockRow).values(id=1))
            connection.commit()
        if not whole:
            self._make_anew()


def hasty_engine(path: Path) -> Engine:
    """Return an engine for a SQLite file that is thrown away: nothing is lost by not waiting for the disk."""
    engine = make_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    return engine


class Copied:
    """One SQLite database that is a new copy of the migrated one for each test."""

    def __init__(self, template: Path) -> None:
        self._template = template
        self._path = template.with_name("tests.db")
        self._engine = hasty_engine(self._path)

    def engine(self) -> Engine:
        """Return an engine of a test's own, for what it listens to; compiled statements are kept from test to test."""
        shutil.copyfile(self._template, self._path)
        return self._engine.execution_options()

    def empty(self) -> None:
        """Take the database away, its log too."""
        self._engine.dispose()
        for each in self._path.parent.glob(f"{self._path.name}*"):
            each.unlink()


@dataclass(frozen=True)
class RememberedWorld:
    """The rows of a world just built, and what its keys are made of."""

    world: World
    rows: list[tuple[Table, list[dict[str, Any]]]]
    custodian: dict[str, Any]

    @classmethod
    def of(cls, world: World) -> "RememberedWorld":
        """Look at a world that was just built."""
        with reading(world.deps.engine) as session:
            rows = [
                (table, [dict(row._mapping) for row in session.execute(select(table))])
                for table in Base.metadata.sorted_tables
            ]
        kept = [(table, found) for table, found in rows if found and table is not ClockRow.__table__]
        return cls(world, kept, deepcopy(vars(world.fakes.custodian)))

    def lay(self, deps: Deps, fakes: Fakes) -> World:
        """Lay the same world into an empty database."""
        with writing(deps.engine) as session:
            for table, rows in self.rows:
                session.execute(insert(table), rows)
        vars(fakes.custodian).update(deepcopy(self.custodian))
        return replace(self.world, deps=deps, fakes=fakes)


class Worlds:
    """The world that the tests of a worker begin with."""

    def __init__(self) -> None:
        self._remembered: RememberedWorld | None = None

    def world(self, deps: Deps, fakes: Fakes) -> World:
        """Build it by the services the first time, and lay it out by its rows from then on."""
        if self._remembered is None:
            built = build_world(deps, fakes)
            self._remembered = RememberedWorld.of(built)
            return built
        return self._remembered.lay(deps, fakes)
