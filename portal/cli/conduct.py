"""`portal inspection announce` and what follows: the deadline moved, deferred, announced anew, late items, closed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO
from uuid import UUID

import click

from portal.cli.codes import codes_in_words
from portal.cli.context import Stop, as_json, console, portal, print_json
from portal.cli.inspection import find, inspection
from portal.db.conduct_queries import person_by_address
from portal.db.engine import reading
from portal.domain.actors import OPERATOR, Actor, operator_for
from portal.domain.announcing import Asked, Seen
from portal.domain.deadline import DeadlinePolicy
from portal.domain.registers import MAX_DAYS_ON_SITE
from portal.domain.roles import Role
from portal.domain.typed import london_instant
from portal.ports import Deps
from portal.services import conduct
from portal.services.announce import Announcement, Invitee, announce
from portal.services.codes import codes_to_print

__all__ = ["inspection"]

DAY = click.DateTime(["%Y-%m-%d"])
Options = Callable[..., Any]
_policy = click.option(
    "--policy",
    type=click.Choice([policy.value for policy in DeadlinePolicy]),
    help="Needed where the two readings of “the day after” differ (R2).",
)
_starts_on = click.option("--starts-on", type=DAY, help="First day on site; the fifth working day unless given (R5).")
_days = click.option(
    "--days-on-site", type=int, default=MAX_DAYS_ON_SITE, show_default=True, help="Working days on site (§12)."
)
_confirm = click.option("--confirm", is_flag=True, help="Go on in spite of every warning of R5, R6, R7 and §12.")
_decider = click.option(
    "--for",
    "decider",
    required=True,
    metavar="EMAIL",
    help="The lead inspector or quality assurance officer who decided it; the trail names both.",
)
_reason = click.option(
    "--reason",
    type=click.File("r", encoding="utf-8", lazy=True),
    default="-",
    metavar="FILE",
    help="A file with the reason, which both sides see; standard input unless given.",
)


def _acting(deps: Deps, email: str) -> Actor:
    with reading(deps.engine) as session:
        return operator_for(person_by_address(session, email).id)


def _read(reason: TextIO) -> str:
    try:
        return reason.read()
    except UnicodeDecodeError as error:
        raise Stop("The reason must be plain text in UTF-8.") from error


def _tell(told: dict[str, Any], words: str, json_out: bool) -> None:
    if json_out:
        print_json(told)
    else:
        console.print(words)


@inspection.command(name="announce")
@click.argument("programme_code")
@click.option("--agency", nargs=2, required=True, metavar="CODE NAME", help="The regional adoption agency.")
@click.option("--leader", nargs=2, required=True, metavar="EMAIL NAME")
@click.option("--lead-inspector", nargs=2, required=True, metavar="EMAIL NAME")
@click.option("--inspector", nargs=2, multiple=True, metavar="EMAIL NAME", help="Up to two more; a third warns (§12).")
@click.option("--quality-assurance-officer", nargs=2, metavar="EMAIL NAME")
@_policy
@_starts_on
@_days
@_confirm
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
    days_on_site: int,
    confirm: bool,
    json_out: bool,
) -> None:
    """Announce an inspection in PROGRAMME_CODE now: the deadline is frozen and the mails are queued."""
    people = [Invitee(*leader, Role.leader), Invitee(*lead_inspector, Role.lead_inspector)]
    people += [Invitee(*each, Role.inspector) for each in inspector]
    if quality_assurance_officer:
        people.append(Invitee(*quality_assurance_officer, Role.quality_assurance_officer))
    asked = _asked(policy, starts_on, days_on_site)
    with portal() as (_settings, deps):
        announced = announce(
            deps,
            OPERATOR,
            Announcement(programme_code, *agency, people, asked.policy, asked.starts_on, confirm, asked.days_on_site),
        )
        told: dict[str, Any] = {
            "inspection": str(announced.inspection),
            "reference": announced.reference,
            "deadline": announced.deadline_words,
            "warnings": announced.warnings,
        }
        if json_out:
            told["codes"] = codes_to_print(deps, announced.inspection)
        notes = "".join(f"Note: {warning}\n" for warning in announced.warnings)
        words = f"Announced {announced.reference}: the information is due by {announced.deadline_words}."
        read_out = "" if json_out else codes_in_words(deps, announced.inspection)
        _tell(told, notes + words + read_out, json_out)


@inspection.command(name="move-deadline")
@click.argument("reference")
@click.option("--to", "when", required=True, metavar="WHEN", help="London's date and time, such as 2023-10-12T16:00.")
@_reason
@_decider
@as_json
def move_deadline(reference: str, when: str, reason: TextIO, decider: str, json_out: bool) -> None:
    """Move the deadline of REFERENCE later, and tell both sides by mail (R3)."""
    try:
        typed = datetime.fromisoformat(when)
    except ValueError as error:
        raise Stop(f"{when!r} is not a time such as 2023-10-12T16:00.") from error
    new = typed if typed.tzinfo else london_instant(typed.date(), typed.time(), "deadline")
    with portal() as (_settings, deps):
        words = conduct.move_deadline(deps, _acting(deps, decider), find(deps, reference).id, new, _read(reason))
        _tell({"reference": reference, "deadline": words}, f"{reference} is now due by {words}.", json_out)


@inspection.command()
@click.argument("reference")
@_reason
@_decider
@as_json
def defer(reference: str, reason: TextIO, decider: str, json_out: bool) -> None:
    """Defer REFERENCE: it takes nothing more until it is announced again (§19)."""
    with portal() as (_settings, deps):
        conduct.defer(deps, _acting(deps, decider), find(deps, reference).id, _read(reason))
        words = f"{reference} is deferred: announce it anew with `portal inspection announce-again`."
        _tell({"reference": reference, "state": "deferred"}, words, json_out)


@inspection.command(name="announce-again")
@click.argument("reference")
@_policy
@_starts_on
@_days
@_confirm
@_decider
@as_json
def announce_again(
    reference: str,
    policy: str | None,
    starts_on: datetime | None,
    days_on_site: int,
    confirm: bool,
    decider: str,
    json_out: bool,
) -> None:
    """Announce the deferred REFERENCE anew now, with a new deadline."""
    with portal() as (_settings, deps):
        actor, found = _acting(deps, decider), find(deps, reference)
        asked = _asked(policy, starts_on, days_on_site)
        words = conduct.announce_anew(deps, actor, found.id, asked, Seen(all_warnings=confirm))
        said = f"Announced {reference} anew: the information is due by {words}."
        _tell({"reference": reference, "deadline": words}, said, json_out)


@inspection.command(name="accept-late")
@click.argument("reference")
@click.option("--item", "items", multiple=True, metavar="CODE", help="All late documents of this item, as they stand.")
@click.option("--document", "documents", multiple=True, type=click.UUID, metavar="ID", help="One late document.")
@_decider
@as_json
def accept_late(
    reference: str, items: tuple[str, ...], documents: tuple[UUID, ...], decider: str, json_out: bool
) -> None:
    """Accept late documents of REFERENCE; they stay late, and both sides see that they were accepted."""
    with portal() as (_settings, deps):
        actor, found = _acting(deps, decider), find(deps, reference)
        number = conduct.accept_late(deps, actor, found.id, items=set(items), documents=set(documents))
        words = f"Accepted {number} late document{'' if number == 1 else 's'} of {reference}."
        _tell({"reference": reference, "accepted": number}, words, json_out)


@inspection.command()
@click.argument("reference")
@as_json
def close(reference: str, json_out: bool) -> None:
    """Close REFERENCE: it takes no more documents."""
    with portal() as (_settings, deps):
        conduct.close(deps, OPERATOR, find(deps, reference).id)
        _tell({"reference": reference, "state": "closed"}, f"Closed {reference}.", json_out)


def _asked(policy: str | None, starts_on: datetime | None, days_on_site: int) -> Asked:
    return Asked(DeadlinePolicy(policy) if policy else None, starts_on.date() if starts_on else None, days_on_site)
