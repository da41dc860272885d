"""`portal programme`: thematic exercises, their windows and publication dates."""

from datetime import date, datetime

import click

from portal.cli.context import as_json, console, portal, print_json, show
from portal.cli.inspection import state_of
from portal.domain.actors import OPERATOR
from portal.domain.deadline import DeadlinePolicy
from portal.domain.form_registers import check_data_period
from portal.domain.registers import check_window
from portal.domain.times import iso
from portal.services.programmes import ProgrammePage, add_programme, edit_programme, list_programmes, programme_page
from portal.services.publish import publish

POLICIES = click.Choice([policy.value for policy in DeadlinePolicy])
DAY = click.DateTime(["%Y-%m-%d"])
WINDOW = click.option(
    "--window", nargs=2, type=DAY, metavar="FIRST LAST", help="First and last day of its window, as YYYY-MM-DD (§12)."
)


DATA = click.option(
    "--data", nargs=2, type=DAY, metavar="FIRST LAST", help="First and last day that the A1 form covers, as YYYY-MM-DD."
)


def _data(days: tuple[datetime, datetime] | None) -> tuple[date, date] | None:
    return check_data_period(days[0].date(), days[1].date()) if days else None


def _window(days: tuple[datetime, datetime] | None) -> tuple[date, date] | None:
    return check_window(days[0].date(), days[1].date()) if days else None


@click.group()
def programme() -> None:
    """Programmes: one thematic exercise, one final report, one retention clock."""


@programme.command()
@click.argument("code")
@click.argument("title")
@click.option("--policy", type=POLICIES, default="next_day", show_default=True, help="How the deadline is read (R2).")
@click.option("--checklist", default="2023", show_default=True, help="Version of the checklist.")
@WINDOW
@DATA
def add(
    code: str,
    title: str,
    policy: str,
    checklist: str,
    window: tuple[datetime, datetime] | None,
    data: tuple[datetime, datetime] | None,
) -> None:
    """Add the programme CODE, called TITLE."""
    with portal() as (_settings, deps):
        add_programme(deps, OPERATOR, code, title, DeadlinePolicy(policy), checklist, _window(window), _data(data))
        console.print(f"Added the programme {code}.")


@programme.command()
@click.argument("code")
@click.option("--title", help="Its new title.")
@click.option("--policy", type=POLICIES, help="How the deadline is read (R2); until the first announcement alone.")
@WINDOW
@click.option("--no-window", is_flag=True, help="Take its window away.")
@DATA
@click.option("--no-data", is_flag=True, help="Let the A1 form cover the days of its own definition.")
def edit(
    code: str,
    title: str | None,
    policy: str | None,
    window: tuple[datetime, datetime] | None,
    no_window: bool,
    data: tuple[datetime, datetime] | None,
    no_data: bool,
) -> None:
    """Change the programme CODE; what is not given stays."""
    if window and no_window:
        raise click.UsageError("Give --window or --no-window, not both.")
    if data and no_data:
        raise click.UsageError("Give --data or --no-data, not both.")
    with portal() as (_settings, deps):
        row = programme_page(deps, OPERATOR, code).programme
        kept = None if no_window else _kept(row.window_from, row.window_until)
        chosen = DeadlinePolicy(policy or row.deadline_policy)
        days = None if no_data else _data(data) or _kept(row.data_from, row.data_until)
        edit_programme(deps, OPERATOR, code, title or row.title, chosen, _window(window) or kept, days)
        console.print(f"Changed the programme {code}.")


def _kept(first: date | None, last: date | None) -> tuple[date, date] | None:
    return (first, last) if first and last else None


@programme.command(name="list")
@as_json
def list_(json_out: bool) -> None:
    """List the programmes with their publication dates."""
    with portal() as (_settings, deps):
        show(list_programmes(deps, OPERATOR), json_out, "There is no programme yet: `portal programme add`.")


@programme.command(name="show")
@click.argument("code")
@click.option("--page", type=click.IntRange(1), default=1, help="Which 25 of its inspections.")
@as_json
def show_programme(code: str, page: int, json_out: bool) -> None:
    """Show the programme CODE with its inspections."""
    with portal() as (_settings, deps):
        view = programme_page(deps, OPERATOR, code, page)
        if json_out:
            print_json(_programme(view))
            return
        row = view.programme
        window = f", window {row.window_from} to {row.window_until}" if row.window_from else ""
        console.print(f"{row.code}: {row.title} ({row.deadline_policy}, checklist {row.checklist_version}{window})")
        for warning in view.warnings:
            console.print(f"Note: {warning}")
        show(_inspections(view), False, "No inspection was announced in it yet.")


def _programme(view: ProgrammePage) -> dict[str, object]:
    row = view.programme
    return {
        "code": row.code,
        "title": row.title,
        "deadline": row.deadline_policy,
        "checklist": row.checklist_version,
        "window": [row.window_from, row.window_until] if row.window_from else None,
        "data": [row.data_from, row.data_until] if row.data_from else None,
        "published on": row.published_on,
        "held": row.held,
        "warnings": view.warnings,
        "inspections": _inspections(view),
        "pages": view.inspections.pages,
    }


def _inspections(view: ProgrammePage) -> list[dict[str, object]]:
    return [
        {
            "reference": each.reference,
            "agency": each.agency.name,
            "state": state_of(each),
            "announced": iso(each.announced_at),
            "deadline": iso(each.deadline_at),
            "starts on": each.starts_on,
            "last day on": each.last_day_on,
        }
        for each in view.inspections.rows
    ]


@programme.command(name="publish")
@click.argument("code")
@click.argument("published_on", type=DAY)
def publish_(code: str, published_on: datetime) -> None:
    """Enter the date on which the final report of CODE was published (YYYY-MM-DD)."""
    with portal() as (_settings, deps):
        verdict = publish(deps, OPERATOR, code, published_on.date())
        if verdict.due_at and verdict.earliest_at:
            console.print(f"Disposal is due at {verdict.due_at:%Y-%m-%dT%H:%M:%SZ}.")
            console.print(f"Nothing is disposed of before {verdict.earliest_at:%Y-%m-%dT%H:%M:%SZ}.")
