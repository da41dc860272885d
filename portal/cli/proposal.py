"""`portal proposal`: what takes two people, to look at. Deciding takes two people who are signed in, on the pages.

There is no command to approve: whoever has the command line could be both people at once.
"""

import click

from portal.cli.context import as_json, console, portal, show
from portal.domain.actors import OPERATOR
from portal.services.proposal_list import list_proposals


@click.group()
def proposal() -> None:
    """Proposals: what takes two people. They are made and decided on the stewards' pages alone."""


@proposal.command(name="list")
@click.option("--page", type=click.IntRange(1), default=1, help="Which 25 of them.")
@as_json
def list_(page: int, json_out: bool) -> None:
    """List the proposals, those that wait first."""
    with portal() as (_settings, deps):
        found = list_proposals(deps, OPERATOR, page)
        show(list(found.rows), json_out, "Nothing was proposed yet.")
        if not json_out and found.pages > 1:
            console.print(f"Page {found.page} of {found.pages}.")
