"""Bring a database to a revision of the tables. All of a command happens in one transaction, or nothing of it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from portal.db.engine import reading

SCRIPTS = "portal.db:migrations"
"""Where the migrations are, as Alembic wants it; tests have a copy of their own."""
_LOCK = 0x6D696772617465  # two processes that start at once upgrade one after the other


def upgrade(engine: Engine, revision: str = "head", *, scripts: str = SCRIPTS) -> None:
    """Bring the database up to `revision`; nothing happens if it is there. Raises CommandError (unknown revision)."""
    with _changing(engine, scripts) as config:
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str, *, scripts: str = SCRIPTS) -> None:
    """Take the database back to `revision`, or with "base" to no tables. Raises CommandError (unknown revision)."""
    with _changing(engine, scripts) as config:
        command.downgrade(config, revision)


def current(engine: Engine) -> str | None:
    """Return the revision that the database is at, None if it has no tables yet."""
    with reading(engine) as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def head(*, scripts: str = SCRIPTS) -> str:
    """Return the newest revision that this version of the portal has."""
    newest = ScriptDirectory.from_config(_config(scripts)).get_current_head()
    if newest is None:
        raise RuntimeError("The portal was installed without its migrations. Install it again.")
    return newest


def is_newest(engine: Engine) -> bool:
    """Say whether the database is at the newest revision."""
    return current(engine) == head()


def draft(engine: Engine, message: str, *, scripts: str = SCRIPTS) -> Path:
    """Write the next numbered migration from what the tables have and the database has not; a person finishes it."""
    number = f"{int(head(scripts=scripts)) + 1:04d}"
    with _changing(engine, scripts) as config:
        script = command.revision(config, message, autogenerate=True, rev_id=number)
    if script is None or isinstance(script, list):
        raise RuntimeError("One migration is drafted at a time.")
    return Path(script.path)


def _config(scripts: str, connection: Connection | None = None) -> Config:
    config = Config(stdout=StringIO())  # what a command has to say, the caller says
    config.set_main_option("script_location", scripts)
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _changing(engine: Engine, scripts: str) -> Iterator[Config]:
    """Give out Alembic's configuration around one transaction, in which tables may be made anew."""
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        raw = connection.connection.driver_connection
        try:
            if sqlite and raw is not None:
                # Only outside a transaction: making a table anew drops the one that others refer to.
                raw.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                yield _config(scripts, connection)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("The migration left rows that refer to nothing. The database is as it was.")
        finally:
            if sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")
