"""`portal db`: the database's migrations."""

import os

import click

from portal.cli.context import Stop, console
from portal.db.engine import make_engine
from portal.db.migrate import current, head, upgrade
from portal.settings import read


@click.group()
def db() -> None:
    """Bring the database up to date, or say how it stands."""


@db.command(name="upgrade")
def upgrade_() -> None:
    """Run every migration that the database has not had yet."""
    settings, _faults = read(os.environ)
    engine = make_engine(settings.database_url)
    try:
        upgrade(engine)
        console.print(f"The database is at migration {head()}.")
    finally:
        engine.dispose()


@db.command()
def check() -> None:
    """Exit with 1 unless the database is at the newest migration."""
    settings, _faults = read(os.environ)
    engine = make_engine(settings.database_url)
    try:
        at = current(engine)
    finally:
        engine.dispose()
    if at != head():
        raise Stop(f"The database is at migration {at or 'none'}, the newest is {head()}: run `portal db upgrade`.")
    console.print(f"The database is at the newest migration, {at}.")
