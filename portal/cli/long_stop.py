"""`portal programme long-stop`: the day on which it is decided what becomes of a programme without a report (R9)."""

from datetime import datetime

import click

from portal.cli.context import console, portal
from portal.cli.programme import DAY, programme
from portal.domain.actors import OPERATOR
from portal.services.long_stop import long_stop_of, set_long_stop

__all__ = ["programme"]


@programme.command(name="long-stop")
@click.argument("code")
@click.argument("day", type=DAY, required=False)
def long_stop(code: str, day: datetime | None) -> None:
    """Show the long-stop of CODE, or set it to DAY (YYYY-MM-DD). Nothing is ever disposed of by it."""
    with portal() as (_settings, deps):
        if day is not None:
            set_long_stop(deps, OPERATOR, code, day.date())
        found = long_stop_of(deps, OPERATOR, code)
        if found.decides_on is None:
            console.print(f"{code} has no long-stop: nothing was announced in it yet.")
            return
        how = "suggested, since nobody set another" if found.suggested else "set"
        console.print(f"The long-stop of {code} is {found.decides_on} ({how}).")
        if found.passed:
            console.print("It is reached: set a later one, or let two stewards decide what is disposed of.")
