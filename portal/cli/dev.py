"""`portal dev`: the demo and the movable clock. Every command refuses to run outside the development profile."""

import os
import subprocess
import sys
from datetime import datetime, timedelta

import click
from rich.table import Table

from portal.cli.context import Stop, console, portal
from portal.cli.demo_people import PASSWORD, PEOPLE, seed
from portal.cli.run import serve_until_stopped
from portal.db.engine import make_engine, writing
from portal.db.migrate import upgrade
from portal.db.queries import clock_row
from portal.domain.roles import Role, say_role
from portal.domain.times import LONDON, iso
from portal.settings import Settings, read


@click.group()
def dev() -> None:
    """For development alone: a demo with made-up people, and a clock that can be moved."""


def development_settings() -> Settings:
    """Return the settings. Raises Stop unless this is the development profile."""
    settings, faults = read(os.environ)
    if settings.production or faults:
        raise Stop("\n".join(faults) or "There are no demo people and no movable clock in the production profile.")
    return settings


@dev.command()
def run() -> None:
    """Set up the embedded default with its demo, and serve it with a worker until interrupted."""
    settings = development_settings()
    engine = make_engine(settings.database_url)
    upgrade(engine)
    engine.dispose()
    with portal() as (settings, deps):
        seed(deps)
        _say_how_to_sign_in(settings)
        # The worker is a child that stops with this process; the server is this process itself.
        command = [sys.executable, "-m", "portal", "worker", "--parent", str(os.getpid())]
        with subprocess.Popen(command) as worker:
            try:
                serve_until_stopped(settings, deps)
            finally:
                worker.terminate()


def _say_how_to_sign_in(settings: Settings) -> None:
    table = Table("email address", "who", title=f"Sign in at {settings.public_url} – all passwords: {PASSWORD}")
    for person in PEOPLE:
        table.add_row(person.email, f"{person.name}, {say_role(Role(person.role))}{person.where}")
    console.print(table)
    console.print(f"Mail goes to {settings.mail}. Move the clock: .venv/bin/portal dev clock --help. Stop: Ctrl-C.")


@dev.command()
@click.option("--forward", type=float, metavar="HOURS", help="Move the clock on from where it is now.")
@click.option("--set", "to", metavar="WHEN", help="Set it to a London time, such as 2023-10-09T09:30.")
@click.option("--reset", is_flag=True, help="Back to the real time.")
def clock(forward: float | None, to: str | None, reset: bool) -> None:
    """Say the time that server, worker and command line go by, or move it."""
    development_settings()
    with portal() as (_settings, deps):
        offset: timedelta | None = timedelta() if reset else None
        now = deps.clock.now()
        with writing(deps.engine) as session:
            row = clock_row(session, lock=True)
            if to is not None:
                try:
                    wanted = datetime.fromisoformat(to).replace(tzinfo=LONDON)
                except ValueError as error:
                    raise Stop(f"{to!r} is not a time such as 2023-10-09T09:30.") from error
                offset = timedelta(seconds=row.offset_seconds) + (wanted - now)
            elif forward is not None:
                offset = timedelta(seconds=row.offset_seconds, hours=forward)
            if offset is not None:
                row.offset_seconds = round(offset.total_seconds())
        console.print(f"The clock says {iso(deps.clock.now())}.")
