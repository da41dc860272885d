"""Compaction: after it nothing that was blanked or deleted is left in the database's own files, as far as it can say.

SQLite: `secure_delete` has overwritten with zeros what was taken away; VACUUM writes the file anew from what is left,
and the checkpoint brings all of it out of the write-ahead log and cuts the log to nothing. PostgreSQL: a plain VACUUM
takes away the dead rows; what that leaves in pages, in the log and in backups is told in `docs/operating.md`.
"""

from contextlib import closing
from sqlite3 import OperationalError as LockedOrFull
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from portal.db.tables import Base
from portal.domain.errors import StoreUnavailable
from schemas.texts import say

NOT_NOW: Final = say("The database could not be compacted now: it was in use, or its disk is full. Try again later.")
_LOCK_SECONDS: Final = 30


def compact(engine: Engine) -> None:
    """Compact the whole database, after all that is to vanish was committed. Safe to do again.

    Outside any transaction of the caller's. Raises StoreUnavailable: a lock was not to be had, or the disk is full.
    """
    if engine.dialect.name == "postgresql":
        _vacuum(engine)
    else:
        _write_anew(engine)


def _write_anew(engine: Engine) -> None:
    """SQLite: VACUUM, then empty the log. Others that write wait meanwhile, for `BUSY_SECONDS` at most."""
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        try:
            # The connection may have been a reader's, in which the database refuses to write.
            cursor.execute("PRAGMA query_only=OFF")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [(busy, *_frames)] = cursor.fetchall()
        except LockedOrFull as error:
            raise StoreUnavailable(NOT_NOW) from error
    # A reader that does not end keeps old pages in the log: then nothing may be said to be gone.
    if busy:
        raise StoreUnavailable(NOT_NOW)


def _vacuum(engine: Engine) -> None:
    """PostgreSQL: VACUUM every table of the portal's, without FULL, so that nobody else has to wait."""
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.execute(text(f"SET lock_timeout = '{_LOCK_SECONDS}s'"))
            connection.execute(text(f"VACUUM {tables}"))
        except OperationalError as error:
            raise StoreUnavailable(NOT_NOW) from error
        finally:
            connection.execute(text("RESET lock_timeout"))
