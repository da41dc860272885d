"""Engines: reading never writes, writers wait for each other, and SQLite is set up as rule 11 asks."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from portal.db.compact import compact
from portal.db.endings import ClockRow
from portal.db.engine import glancing, make_engine, reading, writing
from portal.db.tables import Agency


def _offset(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalars(select(ClockRow.offset_seconds)).one()


def _move(engine: Engine, seconds: int) -> None:
    with writing(engine) as session:
        session.execute(update(ClockRow).values(offset_seconds=seconds))


def test_a_reading_transaction_cannot_write(engine: Engine) -> None:
    """The database itself refuses, whatever the code above does, and whatever the connection was used for before."""
    used: list[Callable[[], None]] = [lambda: None, lambda: compact(engine), lambda: _move(engine, 1)]
    for looking in (reading, glancing):
        for use in used:
            use()
            with pytest.raises(DBAPIError, match=r"readonly|read-only"), looking(engine) as connection:
                connection.execute(insert(Agency).values(code="x", name="x"))
    with reading(engine) as session:
        assert [] == session.scalars(select(Agency)).all()


def test_a_connection_that_has_read_can_write_again(engine: Engine) -> None:
    """Being read-only ends with the transaction, also where the pool hands out the same connection."""
    for seconds in range(1, 4):
        with reading(engine) as session:
            session.scalars(select(ClockRow)).one()
        _move(engine, seconds)
    assert 3 == _offset(engine)


def test_a_reading_transaction_sees_one_snapshot(engine: Engine) -> None:
    """What others commit meanwhile is seen by the next transaction, not by this one."""
    with reading(engine) as session:
        before = session.scalars(select(ClockRow.offset_seconds)).one()
        with writing(engine) as other:
            other.execute(update(ClockRow).values(offset_seconds=7))
        assert before == session.scalars(select(ClockRow.offset_seconds)).one()
    assert 7 == _offset(engine)


def test_what_raises_is_rolled_back(engine: Engine) -> None:
    """A writing transaction is all or nothing."""

    def write_and_fail() -> None:
        with writing(engine) as session:
            session.execute(update(ClockRow).values(offset_seconds=9))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert 0 == _offset(engine)


def test_fifty_writers_at_once_wait_for_each_other(engine: Engine) -> None:
    """Each reads, decides and writes; none meets a locked database, and no update is lost."""
    barrier = Barrier(50)

    def write() -> None:
        barrier.wait()
        with writing(engine) as session:
            row = session.scalars(select(ClockRow).with_for_update()).one()
            row.offset_seconds += 1

    with ThreadPoolExecutor(50) as threads:
        for done in [threads.submit(write) for _ in range(50)]:
            done.result()
    assert 50 == _offset(engine)


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_sqlite_is_set_up_as_rule_11_asks(tmp_path: Path, pragma: str, expected: str | int) -> None:
    """WAL, synchronous FULL, foreign keys on, deleted content overwritten, on every connection."""
    engine = make_engine(f"sqlite:///{tmp_path}/portal.db")
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            driver = connection.connection.driver_connection
            assert driver is not None
            assert (expected,) == driver.execute(f"PRAGMA {pragma}").fetchone()
    engine.dispose()


def test_a_writing_transaction_of_sqlite_takes_the_lock_before_it_reads(tmp_path: Path) -> None:
    """A second writer is kept out from the beginning, so a decision is made on rows that stay as they are."""
    engine = make_engine(f"sqlite:///{tmp_path}/portal.db")
    with writing(engine), engine.connect() as other:
        driver = other.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout=0")
        with pytest.raises(Exception, match="locked"):
            driver.execute("BEGIN IMMEDIATE")
    engine.dispose()


def test_the_folder_of_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Whoever else has an account on the machine cannot look into it."""
    engine = make_engine(f"sqlite:///{tmp_path}/data/portal.db")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert 0o700 == (tmp_path / "data").stat().st_mode & 0o777
    engine.dispose()


def test_nobody_else_can_read_a_new_sqlite_database(tmp_path: Path) -> None:
    """Neither the file nor its log, also in a folder that others may enter: it holds hashes of passwords."""
    tmp_path.chmod(0o755)
    engine = make_engine(f"sqlite:///{tmp_path / 'portal.db'}")
    with writing(engine) as session:
        session.execute(text("CREATE TABLE made (id INTEGER)"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engine.dispose()
    assert {"portal.db": 0o600, "portal.db-shm": 0o600, "portal.db-wal": 0o600} == modes


def test_a_new_connection_drops_no_lock(tmp_path: Path) -> None:
    """Another process that closes the database leaves the log alone as long as this one has it open."""
    path = tmp_path / "portal.db"
    engine = make_engine(f"sqlite:///{path}")
    with writing(engine) as session:
        session.execute(text("CREATE TABLE made (id INTEGER)"))
    with reading(engine) as first, reading(engine) as second:
        assert [0, 0] == [each.scalar(text("SELECT count(*) FROM made")) for each in (first, second)]
    other = "c = __import__('sqlite3').connect({!r}); c.execute('INSERT INTO made VALUES (1)'); c.commit(); c.close()"
    subprocess.run([sys.executable, "-c", other.format(str(path))], check=True)
    assert (tmp_path / "portal.db-wal").exists()
    engine.dispose()
