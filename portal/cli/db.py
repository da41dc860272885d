"""`portal db`: the database's migrations."""

import os

import click
from alembic.util import CommandError

from portal.cli.context import Stop, console
from portal.db.migrate import head, upgrade
from portal.settings import Settings, SettingsError, read
from portal.wiring import database, database_faults


@click.group()
def db() -> None:
    """Bring the database up to date, or say how it stands."""


def _settings() -> Settings:
    settings, faults = read(os.environ)
    if faults:
        raise SettingsError(faults)
    return settings


@db.command(name="upgrade")
def upgrade_() -> None:
    """Run every migration that the database has not had yet."""
    engine = database(_settings())
    try:
        upgrade(engine)
    except CommandError as error:
        raise Stop("The database is newer than this version of the portal: install the newer version.") from error
    finally:
        engine.dispose()
    console.print(f"The database is at migration {head()}.")


@db.command()
def check() -> None:
    """Exit with 1 unless the database is at the newest migration."""
    faults = database_faults(_settings())
    if faults:
        raise Stop(faults[0])
    console.print(f"The database is at the newest migration, {head()}.")
