"""`portal agency`, `portal holiday`: member authorities from day to day, and proclaimed bank holidays."""

from datetime import date, datetime

import click

from portal.cli.context import Stop, as_json, console, portal, print_json, show
from portal.domain.actors import OPERATOR
from portal.domain.times import london_date
from portal.ports import Deps
from portal.services.holidays import add_holiday, holiday_effect, list_holidays, remove_holiday
from portal.services.registers import (
    AgencyPage,
    add_agency,
    add_member,
    agency_page,
    correct_member,
    end_member,
    list_agencies,
    mark_voluntary,
    rename_agency,
    set_id_words,
)

DAY = click.DateTime(["%Y-%m-%d"])


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


@click.group()
def agency() -> None:
    """Agencies and the local authorities that are their members, from when until when."""


@agency.command(name="list")
@click.option("--page", type=click.IntRange(1), default=1, help="Which 25 of them.")
@as_json
def list_agencies_(page: int, json_out: bool) -> None:
    """List the agencies by name, with the number of their members today."""
    with portal() as (_settings, deps):
        found = list_agencies(deps, OPERATOR, page)
        rows = [
            {
                "code": each.code,
                "name": each.name,
                "voluntary": "yes" if each.voluntary else "no",
                "members": each.members,
            }
            for each in found.rows
        ]
        show(rows, json_out, "There is no agency yet: `portal agency add`.")
        if not json_out and found.pages > 1:
            console.print(f"Page {found.page} of {found.pages}.")


@agency.command(name="show")
@click.argument("code")
@as_json
def show_agency(code: str, json_out: bool) -> None:
    """Show the agency CODE with all its memberships."""
    with portal() as (_settings, deps):
        view = agency_page(deps, OPERATOR, code)
        if json_out:
            members = _members(view)
            plain = {"code": view.code, "name": view.name, "voluntary": view.voluntary, "words": view.id_words}
            print_json({**plain, "members": members, "warnings": view.warnings})
            return
        console.print(f"{view.code}: {view.name}{', a voluntary adoption agency' if view.voluntary else ''}")
        _notes(view)
        show(_members(view), False, "No member authority is entered yet.")


def _members(view: AgencyPage) -> list[dict[str, object]]:
    return [
        {
            "authority": each.authority,
            "number": each.number,
            "from": each.from_on,
            "until": each.until_on or "",
            "today": each.now,
        }
        for each in view.members
    ]


def _notes(view: AgencyPage) -> None:
    for warning in view.warnings:
        console.print(f"Note: {warning}")


@agency.command(name="add")
@click.argument("code")
@click.argument("name")
def add_agency_(code: str, name: str) -> None:
    """Add the agency CODE, called NAME."""
    with portal() as (_settings, deps):
        add_agency(deps, OPERATOR, code, name)
        console.print(f"Added the agency {code}.")


@agency.command()
@click.argument("code")
@click.argument("name")
def rename(code: str, name: str) -> None:
    """Call the agency CODE by another NAME."""
    with portal() as (_settings, deps):
        rename_agency(deps, OPERATOR, code, name)
        console.print(f"{code} is now called {name.strip()}.")


@agency.command()
@click.argument("code")
@click.argument("words", nargs=-1)
def words(code: str, words: tuple[str, ...]) -> None:
    """Set the WORDS that begin the case numbers of CODE, such as LEEDS for LEEDS-0012; none takes them away."""
    with portal() as (_settings, deps):
        console.print(f"Case numbers of {code} begin with: {set_id_words(deps, OPERATOR, code, ' '.join(words))}.")


@agency.command()
@click.argument("code")
@click.option("--no", "lift", is_flag=True, help="It is not registered as one any more.")
def voluntary(code: str, lift: bool) -> None:
    """Mark CODE as registered as a voluntary adoption agency: it cannot be chosen for an inspection (§14)."""
    with portal() as (_settings, deps):
        mark_voluntary(deps, OPERATOR, code, voluntary=not lift)
        console.print(f"{code} can {'again' if lift else 'no longer'} be chosen for an inspection.")


@agency.command(name="member-add")
@click.argument("code")
@click.argument("authority")
@click.argument("from_on", metavar="FIRST", type=DAY)
@click.option("--until", type=DAY, metavar="LAST", help="Its last day, if it is known.")
@click.option("--number", default="", metavar="DIGITS", help="Its three digits, by which the A1 form names it.")
def member_add(code: str, authority: str, from_on: datetime, until: datetime | None, number: str) -> None:
    """Make AUTHORITY a member of the agency CODE from the day FIRST (YYYY-MM-DD)."""
    with portal() as (_settings, deps):
        add_member(deps, OPERATOR, code, authority, from_on.date(), _day(until), number=number)
        console.print(f"{authority} is entered as a member of {code}.")
        _notes(agency_page(deps, OPERATOR, code))


@agency.command(name="member-end")
@click.argument("code")
@click.argument("authority")
@click.argument("until", metavar="LAST", type=DAY)
def member_end(code: str, authority: str, until: datetime) -> None:
    """End the membership of AUTHORITY in the agency CODE with the day LAST (YYYY-MM-DD)."""
    with portal() as (_settings, deps):
        end_member(deps, OPERATOR, code, authority, until.date())
        console.print(f"{authority} is a member of {code} until {until:%Y-%m-%d}.")


@agency.command(name="member-correct")
@click.argument("code")
@click.argument("authority")
@click.argument("from_on", metavar="FIRST", type=DAY)
@click.option("--name", help="The authority's right name.")
@click.option("--from", "first", type=DAY, help="Its right first day.")
@click.option("--until", type=DAY, help="Its right last day.")
@click.option("--no-end", is_flag=True, help="It still is a member.")
@click.option("--number", metavar="DIGITS", help='Its right three digits; "" for none.')
def member_correct(
    code: str,
    authority: str,
    from_on: datetime,
    name: str | None,
    first: datetime | None,
    until: datetime | None,
    no_end: bool,
    number: str | None,
) -> None:
    """Correct the membership of AUTHORITY in CODE that is entered from the day FIRST; what is not given stays."""
    if until and no_end:
        raise click.UsageError("Give --until or --no-end, not both.")
    with portal() as (_settings, deps):
        view = agency_page(deps, OPERATOR, code)
        found = [each for each in view.members if (each.authority, each.from_on) == (authority, from_on.date())]
        if not found:
            raise Stop(f"{code} has no such membership. `portal agency show {code}` shows those there are.")
        [row] = found
        last = None if no_end else _day(until) or row.until_on
        since = _day(first) or row.from_on
        correct_member(deps, OPERATOR, code, row.id, name or authority, since, last, number=number)
        console.print("The membership is corrected.")
        _notes(agency_page(deps, OPERATOR, code))


@click.group()
def holiday() -> None:
    """Bank holidays: those that are published with the portal, and proclaimed ones that were added (R7)."""


@holiday.command(name="list")
@click.option("--year", type=click.IntRange(1900, 2200), help="The year; this one unless given.")
@as_json
def list_holidays_(year: int | None, json_out: bool) -> None:
    """List the bank holidays of a year."""
    with portal() as (_settings, deps):
        rows = [
            {"date": each.on, "title": each.title, "added": "yes" if each.added else "no"}
            for each in list_holidays(deps, OPERATOR, year or london_date(deps.clock.now()).year)
        ]
        show(rows, json_out, "No bank holiday is known.")


@holiday.command(name="add")
@click.argument("day", type=DAY)
@click.argument("title")
@as_json
def add_holiday_(day: datetime, title: str, json_out: bool) -> None:
    """Add the proclaimed bank holiday DAY (YYYY-MM-DD), called TITLE, and list the inspections that it concerns."""
    with portal() as (_settings, deps):
        add_holiday(deps, OPERATOR, day.date(), title)
        if not json_out:
            console.print(f"Added {day:%Y-%m-%d}. Deadlines that are set already do not move.")
        _concerned(deps, day.date(), json_out)


@holiday.command()
@click.argument("day", type=DAY)
@as_json
def concerns(day: datetime, json_out: bool) -> None:
    """List the inspections whose deadline or start the added bank holiday DAY would have put later."""
    with portal() as (_settings, deps):
        _concerned(deps, day.date(), json_out)


def _concerned(deps: Deps, on: date, json_out: bool) -> None:
    rows = [
        {"reference": each.reference, "agency": each.agency, "dates": " ".join(each.words)}
        for each in holiday_effect(deps, OPERATOR, on).moved
    ]
    show(rows, json_out, "No inspection under way would have had another deadline or start.")


@holiday.command(name="remove")
@click.argument("day", type=DAY)
def remove_holiday_(day: datetime) -> None:
    """Remove the bank holiday DAY, if it was added and still lies ahead."""
    with portal() as (_settings, deps):
        remove_holiday(deps, OPERATOR, day.date())
        console.print(f"Removed {day:%Y-%m-%d}.")
