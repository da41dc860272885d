"""Compaction: after it nothing that was blanked or deleted is left in the files of the database's tables.

SQLite: `secure_delete` has overwritten with zeros what was taken away; VACUUM writes the file anew from what is left,
and the checkpoint brings all of it out of the write-ahead log and cuts the log to nothing. PostgreSQL: VACUUM FULL
writes each table anew, because a plain one leaves the bytes of dead rows in their pages until they are needed; what is
in its log and in backups stays for as long as `docs/operating.md` says.
"""

from contextlib import closing
from sqlite3 import OperationalError as LockedOrFull
from time import monotonic, sleep
from typing import Final

from sqlalchemy import DDL, Engine, func, select, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import OperationalError

from portal.db.engine import BUSY_SECONDS, MAY_WRITE
from portal.db.tables import Base
from portal.domain.errors import StoreUnavailable
from schemas.texts import say

NOT_NOW: Final = say("The database could not be compacted now: it was in use, or its disk is full. Try again later.")
PATIENCE: Final = 10.0
"""Seconds to wait for a lock; on PostgreSQL, whoever comes later for the same table waits behind."""
_PAUSE: Final = 0.05
"""Seconds between two tries to empty SQLite's log."""
_GROWS_ONLY: Final = frozenset({"audit_entry", "checkpoint", "anchoring", "trail_base"})
"""The trail, which no disposal takes anything away from."""
_FILLED: Final = text(
    "SELECT n FROM unnest(CAST(:names AS text[])) AS n WHERE pg_relation_size(CAST(n AS regclass)) > 0"
)
_ANEW: Final = DDL("VACUUM (FULL) %(table)s")  # type: ignore[no-untyped-call]


def compact(engine: Engine, patience: float = PATIENCE) -> None:
    """Compact the whole database, after all that is to vanish was committed. Safe to do again.

    Outside any transaction of the caller's. Raises StoreUnavailable: no lock was to be had in `patience` seconds, or
    the disk is full.
    """
    if engine.dialect.name == "postgresql":
        _vacuum(engine, patience)
    else:
        _write_anew(engine, patience)


def _write_anew(engine: Engine, patience: float) -> None:
    """SQLite: VACUUM, then empty the log. Others that write wait meanwhile, for `BUSY_SECONDS` at most."""
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        try:
            # A pragma takes no parameter; what stands there is a number of ours.
            cursor.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")  # nosemgrep: sql-of-strings
            # The connection may have been a reader's, in which the database refuses to write; the next must say anew.
            connection.info.pop(MAY_WRITE, None)
            cursor.execute("PRAGMA query_only=OFF")
            cursor.execute("VACUUM")
            emptied = _log_emptied(cursor, patience)
        except LockedOrFull as error:
            raise StoreUnavailable(NOT_NOW) from error
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")  # nosemgrep: sql-of-strings
    # A reader that does not end keeps old pages in the log: then nothing may be said to be gone.
    if not emptied:
        raise StoreUnavailable(NOT_NOW)


def _log_emptied(cursor: DBAPICursor, patience: float) -> bool:
    """Copy the log into the database and cut it to nothing; return whether that was done.

    SQLite waits for readers by itself, but answers "busy" at once where somebody else copies the log just then.
    """
    until = monotonic() + patience
    while True:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(busy, *_frames)] = cursor.fetchall()
        if not busy or monotonic() >= until:
            return not busy
        sleep(_PAUSE)


def _vacuum(engine: Engine, patience: float) -> None:
    """PostgreSQL: write every table but the trail's anew, one after the other, each locked while that lasts."""
    tables = {table.name: table for table in Base.metadata.sorted_tables if table.name not in _GROWS_ONLY}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.execute(select(func.set_config("lock_timeout", f"{patience}s", False)))
            for name in connection.scalars(_FILLED, {"names": list(tables)}).all():
                connection.execute(_ANEW.against(tables[name]))
        except OperationalError as error:
            raise StoreUnavailable(NOT_NOW) from error
        finally:
            connection.execute(text("RESET lock_timeout"))
