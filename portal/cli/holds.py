"""`portal retention hold`: what is held back from disposal, by whom it is answered for, and when it is looked at."""

from datetime import datetime
from typing import TextIO
from uuid import UUID

import click

from portal.cli.context import Stop, as_json, console, portal, print_json, show
from portal.cli.inspection import find
from portal.cli.programme import DAY
from portal.cli.retention import retention
from portal.db.conduct_queries import person_by_address
from portal.db.engine import reading
from portal.domain.actors import OPERATOR
from portal.domain.holds import Terms
from portal.ports import Deps
from portal.services.hold_list import list_holds
from portal.services.holds import place_hold, place_programme_hold, refuse_lifting, review_hold

__all__ = ["retention"]
_owner = click.option("--owner", required=True, metavar="EMAIL", help="The steward who answers for it.")
_review_on = click.option(
    "--review-on", required=True, type=DAY, help="When it is looked at again: after today, within a year. It stands."
)
_reason = click.option(
    "--reason",
    type=click.File("r", encoding="utf-8", lazy=True),
    default="-",
    metavar="FILE",
    help="A file with the reason, which is sealed; standard input unless given.",
)


def _terms(deps: Deps, owner: str, review_on: datetime, reason: TextIO) -> Terms:
    with reading(deps.engine) as session:
        person = person_by_address(session, owner).id
    try:
        return Terms(reason.read(), review_on.date(), person)
    except UnicodeDecodeError as error:
        raise Stop("The reason must be plain text in UTF-8.") from error


@retention.group()
def hold() -> None:
    """Holds: nothing that is held is disposed of, whatever the date. Each has a reason, an owner and a review date."""


@hold.command(name="list")
@click.option("--page", type=click.IntRange(1), default=1, help="Which 25 of them.")
@as_json
def list_(page: int, json_out: bool) -> None:
    """List the holds that stand, those to be reviewed first. Reasons are on the stewards' pages alone."""
    with portal() as (_settings, deps):
        found = list_holds(deps, OPERATOR, page)
        show(list(found.rows), json_out, "Nothing is held.")
        if not json_out and found.pages > 1:
            console.print(f"Page {found.page} of {found.pages}.")


@hold.command()
@click.option("--inspection", metavar="REFERENCE", help="Hold this inspection.")
@click.option("--programme", metavar="CODE", help="Hold every inspection of this programme.")
@_owner
@_review_on
@_reason
@as_json
def place(
    inspection: str | None, programme: str | None, owner: str, review_on: datetime, reason: TextIO, json_out: bool
) -> None:
    """Place a hold on an inspection or a programme, beside others that stand there."""
    if (inspection is None) == (programme is None):
        raise click.UsageError("Give --inspection or --programme, and not both.")
    with portal() as (_settings, deps):
        past: tuple[str, ...] = ()
        if inspection is not None:
            found = find(deps, inspection).id
            made = place_hold(deps, OPERATOR, found, _terms(deps, owner, review_on, reason))
        else:
            placed = place_programme_hold(deps, OPERATOR, str(programme), _terms(deps, owner, review_on, reason))
            made, past = placed.hold, placed.past
        if json_out:
            print_json({"hold": str(made), "on": inspection or programme, "too late for": list(past)})
            return
        console.print(f"{inspection or programme} is held: hold {made}. Two stewards lift it, on its page.")
        if past:
            console.print(f"It does not keep what is past it: {', '.join(past)}.")


@hold.command()
@click.argument("hold_id", metavar="HOLD", type=click.UUID)
@_owner
@_review_on
@_reason
@as_json
def review(hold_id: UUID, owner: str, review_on: datetime, reason: TextIO, json_out: bool) -> None:
    """Look at HOLD again: why it still stands, who answers for it, and when it is looked at next."""
    with portal() as (_settings, deps):
        review_hold(deps, OPERATOR, hold_id, _terms(deps, owner, review_on, reason))
        if json_out:
            print_json({"hold": str(hold_id), "review on": str(review_on.date())})
            return
        console.print(f"The hold stands, and is to be reviewed on {review_on.date()}.")


@hold.command()
def lift() -> None:
    """Say how a hold is lifted: by two stewards, on its page."""
    refuse_lifting()
