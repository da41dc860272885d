"""Engines and the two kinds of transaction: `reading`, in which the database itself refuses to write, and `writing`.

SQLite runs in WAL with synchronous FULL, foreign keys and secure_delete; every writing transaction begins IMMEDIATE,
because a deferred one that turns into a writer meets "database is locked" (rule 11).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

BUSY_SECONDS = 30
MAY_WRITE = "portal_may_write"
"""Where a connection to SQLite keeps what it was last told, so that it is told only what is new."""
GLANCE = "portal_glance"


def make_engine(url: str) -> Engine:
    """Return an engine for SQLite or PostgreSQL, its connections set up as rule 11 asks."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url)
    # 80 connections a process at most: fewer than PostgreSQL's own default of 100, more than are ever at work at once.
    return create_engine(url, pool_size=16, max_overflow=64, pool_pre_ping=True)


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=16,
        max_overflow=96,
        # Never let the driver begin or commit by itself: `_begin` below decides.
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def _keep_private(_dialect: Any, _record: Any, _args: Any, _options: Any) -> None:  # noqa: ANN401
        # SQLite would make the file readable by all, and gives its log the same mode: hashes of passwords are in it.
        # Only ever a new file: closing one that is in use would drop all of this process's locks on it, and whoever
        # closed the database last would take the log away from under us.
        if path and path != ":memory:":
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:  # noqa: ANN401
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        writes = not options.get("postgresql_readonly", False)
        if connection.info.get(MAY_WRITE) is not writes:
            connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
            connection.info[MAY_WRITE] = writes
        if not options.get(GLANCE, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A read-only transaction over one consistent snapshot."""
    with engine.connect() as connection:
        options: dict[str, Any] = {"postgresql_readonly": True}
        if engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with Session(connection.execution_options(**options), expire_on_commit=False) as session:
            yield session


@contextmanager
def glancing(engine: Engine) -> Iterator[Connection]:
    """Read without a session: a fraction of the cost of `reading`. Each statement sees a snapshot of its own."""
    with engine.connect() as connection:
        yield connection.execution_options(postgresql_readonly=True, **{GLANCE: True})


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A writing transaction: committed when the block ends, rolled back when it raises."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        # Take the write lock now, before anything is read that a decision is made on.
        session.connection()
        yield session
