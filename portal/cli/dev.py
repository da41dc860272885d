"""`portal dev`: the demo and the movable clock. Every command refuses to run outside the development profile."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from math import ceil

import click
from rich.table import Table

from portal.cli.context import Stop, console, portal
from portal.cli.demo_people import PASSWORD, PEOPLE, next_code, seed
from portal.cli.run import serve_until_stopped
from portal.db.ending_queries import clock_row
from portal.db.engine import writing
from portal.db.migrate import upgrade
from portal.domain.roles import Role, say_role
from portal.domain.times import LONDON, iso
from portal.settings import Settings, SettingsError, read
from portal.wiring import database

EARLIEST, LATEST = 2000, 2200


@click.group()
def dev() -> None:
    """For development alone: a demo with made-up people, and a clock that can be moved."""


def development_settings() -> Settings:
    """Return the settings. Raises Stop unless this is the development profile, SettingsError."""
    settings, faults = read(os.environ)
    if settings.production:
        raise Stop("There are no demo people and no movable clock outside the development profile.")
    if faults:
        raise SettingsError(faults)
    return settings


@dev.command()
def run() -> None:
    """Set up the embedded default with its demo, and serve it with a worker until interrupted."""
    engine = database(development_settings())
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
    console.print("The second step asks for a code: .venv/bin/portal dev code EMAIL prints the one to type.")
    console.print(f"Mail goes to {settings.mail}. Move the clock: .venv/bin/portal dev clock --help. Stop: Ctrl-C.")


@dev.command()
@click.argument("email")
def code(email: str) -> None:
    """Print the code that the authenticator app of the demo person at EMAIL shows; each works once."""
    development_settings()
    with portal() as (_settings, deps):
        shown, seconds = next_code(deps, email)
        console.print(f"{shown[:3]} {shown[3:]} (for the next {seconds} seconds)")


@dev.command()
@click.option("--forward", type=float, metavar="HOURS", help="Move the clock on from where it is now.")
@click.option("--set", "to", metavar="WHEN", help="Set it to a London time, such as 2023-10-09T09:30.")
@click.option("--reset", is_flag=True, help="Back to the real time.")
def clock(forward: float | None, to: str | None, reset: bool) -> None:
    """Say the time that server, worker and command line go by, or move it."""
    development_settings()
    if (forward is not None) + (to is not None) + reset > 1:
        raise click.UsageError("Give one of --forward, --set and --reset.")
    with portal() as (_settings, deps):
        now = deps.clock.now()
        wanted = _later(now, forward) if forward is not None else _london_time(to) if to is not None else now
        # Whatever is set, the clock must still be able to tell the time: `--reset` needs it to.
        if not EARLIEST <= wanted.year <= LATEST:
            raise Stop(f"The clock moves between the years {EARLIEST} and {LATEST}.")
        if reset or wanted != now:
            with writing(deps.engine) as session:
                row = clock_row(session, lock=True)
                # Rounded up: a clock set to a deadline must not stand a moment before it.
                row.offset_seconds = 0 if reset else row.offset_seconds + ceil((wanted - now).total_seconds())
        console.print(f"The clock says {iso(deps.clock.now())}.")


def _later(now: datetime, hours: float) -> datetime:
    try:
        return now + timedelta(hours=hours)
    except (OverflowError, ValueError) as error:
        raise Stop(f"The clock moves between the years {EARLIEST} and {LATEST}.") from error


def _london_time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Stop(f"{text!r} is not a time such as 2023-10-09T09:30.") from error
    return time if time.tzinfo else time.replace(tzinfo=LONDON)
