"""`portal inspection cancel`: an inspection that does not take place."""

import click

from portal.cli.conduct import inspection
from portal.cli.context import Stop, as_json, console, portal, print_json
from portal.cli.inspection import find
from portal.domain.actors import OPERATOR
from portal.services import cancel as cancelling

__all__ = ["inspection"]


@inspection.command()
@click.argument("reference")
@click.option("--yes", is_flag=True, help="Do it; it cannot be undone.")
@as_json
def cancel(reference: str, yes: bool, json_out: bool) -> None:
    """Cancel REFERENCE: it takes nothing more, and the agency and the team are told by mail."""
    with portal() as (_settings, deps):
        found = find(deps, reference)
        if not yes:
            raise Stop(f"{reference} would be cancelled, which cannot be undone. If so, run this again with --yes.")
        cancelling.cancel(deps, OPERATOR, found.id)
        if json_out:
            print_json({"reference": reference, "state": "cancelled"})
        else:
            console.print(f"Cancelled {reference}. The agency and the team are told by mail.")
