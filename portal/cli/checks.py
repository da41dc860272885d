"""`portal check`: how the checking of files stands, and doing it now."""

from dataclasses import asdict

import click

from portal.cli.context import as_json, console, portal, print_json, show
from portal.services.check import check_due
from portal.services.check_standing import retry as retry_all
from portal.services.check_standing import standing
from portal.web.serving import no_core_dumps


@click.group()
def check() -> None:
    """The checks of received files. The worker does them by itself; no file's name or content is shown."""


@check.command()
@as_json
def status(json_out: bool) -> None:
    """Say how many documents were found how, which wait for a try, and whether the malware scanner answers."""
    with portal() as (_settings, deps):
        found = standing(deps)
        if json_out:
            print_json(asdict(found))
            return
        show(found.counts, json_out, "No document was received yet.")
        if found.waiting:
            show([asdict(each) for each in found.waiting], json_out, "")
        console.print(f"Given up: {found.given_up}. Scanner: {found.scanner}.")


@check.command()
@click.option("--most", type=click.IntRange(1, 10_000), default=1_000, help="How many at most.")
def run(most: int) -> None:
    """Check now what is due, without waiting for the worker; what it has in hand is left to it.

    Says how many were tried; `portal check status` says what came of it.
    """
    no_core_dumps()
    with portal() as (_settings, deps):
        tried = 0
        while tried < most and (done := check_due(deps, min(20, most - tried))):
            tried += done
        console.print(f"Tried: {tried}.")


@check.command()
def retry() -> None:
    """Let what was given up be tried anew by the worker: unchecked documents, and those that nobody scanned."""
    with portal() as (_settings, deps):
        console.print(f"To be tried again: {retry_all(deps)}.")
