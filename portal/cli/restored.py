"""`portal audit restored`: a person says that a trail which is behind its anchors comes from a backup."""

import click

from portal.cli.audit import audit
from portal.cli.context import console, portal
from portal.domain.actors import OPERATOR
from portal.services.anchor import anchor_statements
from portal.services.rewound import own_up, what_was_lost
from portal.services.trail import checkpoint

__all__ = ["audit"]


@audit.command()
@click.option("--yes", is_flag=True, help="A backup was restored, and every hold placed since then is placed again.")
def restored(yes: bool) -> None:
    """Say what a restore lost of the trail; with --yes, let the trail say so itself, and clear the alarm.

    Without that the trail does not verify, because one that somebody has rewound looks just the same, and nothing new
    is disposed of, because holds may be lost too.
    """
    with portal() as (_settings, deps):
        lost = what_was_lost(deps, OPERATOR)
        console.print(lost.words)
        if not yes:
            console.print(
                "If a backup of the database was restored: place again every hold that was placed since, then run this "
                "again with --yes, and write down why."
            )
            return
        own_up(deps, OPERATOR, lost)
        checkpoint(deps, at_once=True)
        anchor_statements(deps)
        console.print("The trail says so now, and verifies with a note.")
