"""`portal inspection`: what the operator does before and during an inspection."""

from datetime import date, datetime
from typing import Any

import click

from portal.cli.context import as_json, console, portal, print_json, show
from portal.db.engine import reading
from portal.db.queries import inspection_by_reference, inspections_of
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy
from portal.domain.roles import Role
from portal.domain.times import say_deadline
from portal.ports import Deps
from portal.services.announce import Announcement, Invitee, announce
from portal.services.conduct import close
from portal.services.publish import set_hold

POLICIES = click.Choice([policy.value for policy in DeadlinePolicy])
DAY = click.DateTime(["%Y-%m-%d"])


def find(deps: Deps, reference: str) -> Any:  # noqa: ANN401 -- a row, read and let go
    """Return the inspection with this reference. Raises NotFound."""
    with reading(deps.engine) as session:
        return inspection_by_reference(session, reference)


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


@click.group()
def inspection() -> None:
    """Inspections: announce, list, close, hold."""


@inspection.command(name="announce")
@click.argument("programme_code")
@click.option("--agency", nargs=2, required=True, metavar="CODE NAME", help="The regional adoption agency.")
@click.option("--leader", nargs=2, required=True, metavar="EMAIL NAME")
@click.option("--lead-inspector", nargs=2, required=True, metavar="EMAIL NAME")
@click.option("--inspector", nargs=2, multiple=True, metavar="EMAIL NAME", help="Up to two more.")
@click.option("--quality-assurance-officer", nargs=2, metavar="EMAIL NAME")
@click.option("--policy", type=POLICIES, help="Needed where the two readings of “the day after” differ (R2).")
@click.option("--starts-on", type=DAY, help="First day on site; the fifth working day unless given (R5).")
@click.option("--confirm", is_flag=True, help="Go on in spite of the warnings of R5, R6 and R7.")
@as_json
def announce_(
    programme_code: str,
    agency: tuple[str, str],
    leader: tuple[str, str],
    lead_inspector: tuple[str, str],
    inspector: tuple[tuple[str, str], ...],
    quality_assurance_officer: tuple[str, str] | None,
    policy: str | None,
    starts_on: datetime | None,
    confirm: bool,
    json_out: bool,
) -> None:
    """Announce an inspection in PROGRAMME_CODE now: the deadline is frozen and the mails are queued."""
    people = [Invitee(*leader, Role.leader), Invitee(*lead_inspector, Role.lead_inspector)]
    people += [Invitee(*each, Role.inspector) for each in inspector]
    if quality_assurance_officer:
        people.append(Invitee(*quality_assurance_officer, Role.quality_assurance_officer))
    with portal() as (_settings, deps):
        announced = announce(
            deps,
            OPERATOR,
            Announcement(
                programme_code,
                *agency,
                people,
                DeadlinePolicy(policy) if policy else None,
                _day(starts_on),
                confirm,
            ),
        )
        if json_out:
            print_json(
                {
                    "inspection": str(announced.inspection),
                    "reference": announced.reference,
                    "deadline": announced.deadline_words,
                    "warnings": announced.warnings,
                }
            )
            return
        for warning in announced.warnings:
            console.print(f"Note: {warning}")
        console.print(f"Announced {announced.reference}: the information is due by {announced.deadline_words}.")


@inspection.command(name="list")
@as_json
def list_inspections(json_out: bool) -> None:
    """List the inspections."""
    with portal() as (_settings, deps), reading(deps.engine) as session:
        rows = [
            {
                "reference": each.reference,
                "agency": each.agency.name,
                "state": each.state,
                "deadline": say_deadline(each.deadline_at),
                "declared": "yes" if each.declared_at else "no",
                "held": "yes" if each.held else "no",
            }
            for each in inspections_of(session, OPERATOR)
        ]
        show(rows, json_out, "There is no inspection yet: `portal inspection announce`.")


@inspection.command(name="close")
@click.argument("reference")
def close_(reference: str) -> None:
    """Close REFERENCE: it takes no more documents."""
    with portal() as (_settings, deps):
        close(deps, OPERATOR, find(deps, reference).id)
        console.print(f"Closed {reference}.")


@inspection.command()
@click.argument("reference")
def hold(reference: str) -> None:
    """Keep REFERENCE from being disposed of until the hold is lifted."""
    with portal() as (_settings, deps):
        set_hold(deps, OPERATOR, find(deps, reference).id, held=True)
        console.print(f"{reference} is held: it is not disposed of until `portal inspection release {reference}`.")


@inspection.command()
@click.argument("reference")
def release(reference: str) -> None:
    """Lift the hold on REFERENCE."""
    with portal() as (_settings, deps):
        set_hold(deps, OPERATOR, find(deps, reference).id, held=False)
        console.print(f"The hold on {reference} is lifted.")
