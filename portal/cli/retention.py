"""`portal retention`: what is due for disposal, the disposal itself, its certificates, and the clock guard."""

from typing import Any

import click

from portal.cli.context import Stop, as_json, console, portal, print_json, show
from portal.cli.inspection import find
from portal.domain.actors import OPERATOR
from portal.domain.times import iso
from portal.services.certificates import list_certificates
from portal.services.deliver import deliver
from portal.services.dispose import Due, begin_due, begin_one, dispose, dispose_due, list_due, read_certificate
from portal.services.heartbeat import confirm_clock
from portal.services.retention import list_alarms
from portal.services.trail import checkpoint
from schemas.certificate import FINAL, PROVISIONAL


@click.group()
def retention() -> None:
    """Held for one year from publication of the final report, then disposed of (paragraph 65)."""


def _row(due: Due) -> dict[str, Any]:
    return {
        "reference": due.reference,
        "state": due.state.value,
        "verdict": due.verdict.state,
        "due": iso(due.verdict.due_at) if due.verdict.due_at else "",
        "not before": iso(due.verdict.earliest_at) if due.verdict.earliest_at else "",
    }


@retention.command()
@as_json
def due(json_out: bool) -> None:
    """List every inspection that is not disposed of, and when it will be due."""
    with portal() as (_settings, deps):
        show([_row(each) for each in list_due(deps, OPERATOR)], json_out, "Nothing is held.")


@retention.command(name="dispose")
@click.option("--yes", is_flag=True, help="Do it; without this it only says what would be disposed of.")
@click.option("--only", metavar="REFERENCE", help="This inspection alone; it has to be due.")
@as_json
def dispose_(yes: bool, only: str | None, json_out: bool) -> None:
    """Dispose of everything that is due. A dry run unless --yes is given."""
    with portal() as (_settings, deps):
        if not yes:
            rows = [_row(each) for each in list_due(deps, OPERATOR) if each.now and only in (None, each.reference)]
            show(rows, json_out, "Nothing is due.")
            return
        certificates: list[dict[str, Any]] = []
        chosen = find(deps, only).id if only else None
        try:
            if chosen:
                begin_one(deps, OPERATOR, chosen)
            else:
                begin_due(deps, OPERATOR)
            deliver(deps)  # now: with the disposal go the addresses of whoever has nothing else here
            certificates.extend([dispose(deps, OPERATOR, chosen)] if chosen else dispose_due(deps, OPERATOR))
        finally:  # what was certified before a failure is told too
            if certificates:
                checkpoint(deps, at_once=True)
            _say_disposed(certificates, json_out)


def _say_disposed(certificates: list[dict[str, Any]], json_out: bool) -> None:
    if json_out:
        print_json(certificates)
        return
    for certificate in certificates:
        body = certificate["body"]
        console.print(f"{body['reference']} was disposed of; certificate {body['certificate']}.")
    if not certificates:
        console.print("Nothing was disposed of.")


@retention.command()
@click.argument("reference")
@click.option("--number", type=click.IntRange(1), help="This one of them; without it the newest.")
def certificate(reference: str, number: int | None) -> None:
    """Print the signed certificate of the disposal of REFERENCE, as JSON."""
    with portal() as (_settings, deps):
        print_json(read_certificate(deps, OPERATOR, find(deps, reference).id, number))


@retention.command()
@click.option("--page", type=click.IntRange(1), default=1, help="Which 25 of them.")
@as_json
def certificates(page: int, json_out: bool) -> None:
    """List the certificates of disposal, newest first."""
    with portal() as (_settings, deps):
        found = list_certificates(deps, OPERATOR, page)
        rows = [
            {
                "reference": each["reference"],
                "certificate": each["certificate"],
                "number": each["number"],
                "status": FINAL if each["final"] else PROVISIONAL,
                "made": iso(each["made_at"]),
            }
            for each in found.rows
        ]
        show(rows, json_out, "Nothing has been disposed of yet.")
        if not json_out and found.pages > 1:
            console.print(f"Page {found.page} of {found.pages}.")


@retention.command()
@as_json
def alarms(json_out: bool) -> None:
    """List the alarms that stand until a person clears them."""
    with portal() as (_settings, deps):
        rows = [
            {"kind": each["kind"], "raised": iso(each["raised_at"]), "words": each["words"]}
            for each in list_alarms(deps, OPERATOR)
        ]
        show(rows, json_out, "No alarm stands.")


@retention.command(name="confirm-clock")
@click.option("--yes", is_flag=True, help="I have checked the server's clock: it is right.")
def confirm_clock_(yes: bool) -> None:
    """After a clock alarm: say that a person has checked the clock, so that disposal may go on (R13)."""
    if not yes:
        raise Stop("Check the server's clock first. If it is right, run this again with --yes.")
    with portal() as (_settings, deps):
        confirm_clock(deps, OPERATOR)
        console.print("The alarm is cleared, and the heartbeat goes on from now.")
