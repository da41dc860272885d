"""Compaction: whoever else empties SQLite's log at the same moment is waited for, and not for ever."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import pytest
from sqlalchemy import Engine, update

from portal.db import compact as compacting
from portal.db.compact import compact
from portal.db.endings import ClockRow
from portal.db.engine import writing
from portal.domain.errors import StoreUnavailable

# Byte 121 of the shared-memory file is WAL_CKPT_LOCK (sqlite.org/walformat.html). Locks belong to a process.
_HOLDER = """
import fcntl, sys
with open(sys.argv[1], "r+b") as shared:
    fcntl.lockf(shared, fcntl.LOCK_EX, 1, 121)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another_checkpoint(engine: Engine) -> Iterator[subprocess.Popen[bytes]]:
    """Hold what SQLite holds while another process copies the log into the database; until its input is closed."""
    with writing(engine) as session:
        session.execute(update(ClockRow).values(offset_seconds=7))
    command = [sys.executable, "-c", _HOLDER, f"{engine.url.database}-shm"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert b"held\n" == holder.stdout.readline()
            yield holder
        finally:
            holder.kill()


@pytest.fixture
def sqlite(engine: Engine) -> Engine:
    """Only SQLite has such a log: PostgreSQL's VACUUM waits for its locks by itself."""
    if engine.dialect.name != "sqlite":
        pytest.skip("SQLite's own case")
    return engine


def test_a_checkpoint_of_somebody_else_is_waited_for(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite answers "busy" to it at once, whatever its busy_timeout is: two disposals at a time met that."""
    waited: list[float] = []
    with _another_checkpoint(sqlite) as holder:

        def end_it(seconds: float) -> None:
            waited.append(seconds)
            holder.kill()
            holder.wait()

        monkeypatch.setattr(compacting, "sleep", end_it)
        compact(sqlite)
    assert 1 == len(waited)


def test_a_checkpoint_that_does_not_end_is_given_up(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `patience` nothing is said to be gone."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(compacting, "sleep", wait)
    with _another_checkpoint(sqlite), pytest.raises(StoreUnavailable, match="compacted"):
        compact(sqlite, patience=0.2)
    assert waited
    compact(sqlite)
