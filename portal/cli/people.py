"""`portal account …`, and what `portal inspection …` does with people: who takes part, and in which role."""

from uuid import UUID

import click

from portal.cli.codes import print_codes
from portal.cli.context import Stop, as_json, console, portal, print_json, show
from portal.cli.inspection import find, inspection
from portal.domain.actors import OPERATOR
from portal.domain.errors import NotFound, Refused
from portal.domain.roles import STEWARDS, TEAM, Role, say_role
from portal.ports import Deps
from portal.services.accounts import correct, disable, enable, find_person, leads, resend, revoke
from portal.services.assignments import assign, unassign
from portal.services.leaders import replace_leader
from portal.services.people import inspection_people, list_people, person_page
from portal.services.restore import restore_on_host
from portal.services.stewards import add_steward, end_steward

STEWARDSHIPS = click.Choice(sorted(role.value for role in STEWARDS))
TEAM_ROLES = click.Choice(sorted(role.value for role in TEAM))
of_inspection = click.option("--inspection", "reference", help="For the role in this inspection, not a stewardship.")


@click.group()
def account() -> None:
    """Accounts and stewards. A team and a leader get theirs when an inspection is announced."""


@account.command(name="list")
@click.option("--search", default="", help="Only those whose name or address has this in it.")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1), help="25 accounts a page.")
@as_json
def list_(search: str, page: int, json_out: bool) -> None:
    """List the accounts by name, a page at a time."""
    with portal() as (_settings, deps):
        found = list_people(deps, OPERATOR, search, page)
        rows = [
            {
                "email": each["email"],
                "name": each["name"],
                "roles": each["roles_words"],
                "state": each["state_words"],
            }
            for each in found.rows
        ]
        show(rows, json_out, "There is no such account.")
        if not json_out and found.pages > 1:
            console.print(f"Page {found.page} of {found.pages}; see more with --page.")


@account.command(name="show")
@click.argument("email")
@as_json
def show_(email: str, json_out: bool) -> None:
    """Show the account at EMAIL: its state, roles and invitations."""
    with portal() as (_settings, deps):
        person = person_page(deps, OPERATOR, find_person(deps, OPERATOR, email))
        roles = [
            {
                "role": each["role"].value,
                "inspection": each["reference"],
                "since": each["since_words"],
                "invitation": each["invitation_words"],
            }
            for each in person["roles"]
        ]
        if json_out:
            told = {"email": person["email"], "name": person["name"], "state": person["state_words"], "roles": roles}
            print_json(told)
            return
        console.print(f"{person['name']}, {person['email']}: {person['state_words']}.")
        show(roles, json_out, "This person has no role now.")


@account.command()
@click.argument("reference")
@click.argument("email")
@click.argument("name")
def invite(reference: str, email: str, name: str) -> None:
    """Invite the person at EMAIL, called NAME, as a contributor to REFERENCE, in the leader's place."""
    with portal() as (_settings, deps):
        chosen = find(deps, reference).id
        assign(deps, OPERATOR, chosen, Role.contributor, email, name)
        console.print(f"{email} is now contributor of {reference}; the worker sends the invitation.")
        print_codes(deps, chosen, find_person(deps, OPERATOR, email))


@account.command(name="resend")
@click.argument("email")
@of_inspection
def resend_(email: str, reference: str | None) -> None:
    """Send the person at EMAIL a new invitation; the links before it are dead."""
    with portal() as (_settings, deps):
        person, chosen = _place(deps, email, reference)
        resend(deps, OPERATOR, person, chosen)
        console.print(f"The worker sends {email} a new invitation.")
        print_codes(deps, chosen, person)


@account.command(name="restore")
@click.argument("email")
@click.option("--yes", is_flag=True, help="I have spoken to this person, on a number that I know.")
def restore_(email: str, yes: bool) -> None:
    """Let the person at EMAIL begin anew who lost password or second step; read the new code out to them.

    Stewards and quality assurance officers have no other way. Everybody else asks the quality assurance officer of
    their inspection.
    """
    if not yes:
        raise Stop("Call this person first, on a number that you know. If it is they, run this again with --yes.")
    with portal() as (_settings, deps):
        person = find_person(deps, OPERATOR, email)
        place = restore_on_host(deps, person)
        console.print(f"Nothing lets {email} in any more but the invitation that the worker sends now.")
        print_codes(deps, place, person)


@account.command(name="revoke")
@click.argument("email")
@of_inspection
def revoke_(email: str, reference: str | None) -> None:
    """Make the links that were sent to EMAIL dead; the role stays."""
    with portal() as (_settings, deps):
        revoke(deps, OPERATOR, *_place(deps, email, reference))
        console.print(f"No invitation to {email} can be used any more.")


def _place(deps: Deps, email: str, reference: str | None) -> tuple[UUID, UUID | None]:
    person = find_person(deps, OPERATOR, email)
    return person, find(deps, reference).id if reference else None


@account.command(name="disable")
@click.argument("email")
def disable_(email: str) -> None:
    """Let nobody use the account at EMAIL: it is signed out everywhere at once."""
    with portal() as (_settings, deps):
        person = find_person(deps, OPERATOR, email)
        disable(deps, OPERATOR, person)
        console.print(f"The account of {email} is disabled.")
        for reference in leads(deps, OPERATOR, person):
            console.print(f"{email} leads {reference}: run `portal inspection replace-leader {reference}`.")


@account.command(name="enable")
@click.argument("email")
def enable_(email: str) -> None:
    """Let the account at EMAIL be used again."""
    with portal() as (_settings, deps):
        enable(deps, OPERATOR, find_person(deps, OPERATOR, email))
        console.print(f"The account of {email} can be used again.")


@account.command(name="correct")
@click.argument("email")
@click.option("--new-email", help="The right address; links sent to the old one are dead.")
@click.option("--name", "new_name", help="The right name.")
def correct_(email: str, new_email: str | None, new_name: str | None) -> None:
    """Correct the address or the name of the account at EMAIL. It stays the same person's."""
    if new_email is None and new_name is None:
        raise click.UsageError("Give --new-email, --name or both.")
    with portal() as (_settings, deps):
        person = person_page(deps, OPERATOR, find_person(deps, OPERATOR, email))
        address = person["email"] if new_email is None else new_email
        name = person["name"] if new_name is None else new_name
        correct(deps, OPERATOR, person["id"], address, name, confirmed=True)
        console.print(f"The account is now that of {name}, {address}.")


@account.command(name="add-steward")
@click.argument("email")
@click.argument("name")
@click.argument("role", type=STEWARDSHIPS)
def add_steward_(email: str, name: str, role: str) -> None:
    """Give the person at EMAIL, called NAME, the stewardship ROLE, and invite them."""
    with portal() as (_settings, deps):
        person = add_steward(deps, OPERATOR, email, name, Role(role))
        console.print(f"{email} is now {say_role(Role(role))}; the worker sends the invitation.")
        print_codes(deps, None, person)


@account.command(name="end-steward")
@click.argument("email")
@click.argument("role", type=STEWARDSHIPS)
def end_steward_(email: str, role: str) -> None:
    """End the stewardship ROLE of the person at EMAIL; the last who can act keeps theirs."""
    with portal() as (_settings, deps):
        try:
            end_steward(deps, OPERATOR, find_person(deps, OPERATOR, email), Role(role))
        except NotFound as error:
            raise NotFound(f"{email} is no {say_role(Role(role))}.") from error
        console.print(f"{email} is no longer {say_role(Role(role))}.")


@inspection.command(name="people")
@click.argument("reference")
@as_json
def people_(reference: str, json_out: bool) -> None:
    """List who has a role in REFERENCE now."""
    with portal() as (_settings, deps):
        rows = [
            {
                "role": each["role"].value,
                "email": each["email"],
                "name": each["name"],
                "state": each["state_words"],
                "invitation": each["invitation_words"],
            }
            for each in inspection_people(deps, OPERATOR, find(deps, reference).id)["people"]
        ]
        show(rows, json_out, f"Nobody has a role in {reference}.")


@inspection.command(name="assign")
@click.argument("reference")
@click.argument("role", type=TEAM_ROLES)
@click.argument("email")
@click.argument("name")
@click.option("--confirm", is_flag=True, help="Go on where somebody is replaced, or there are over 3 inspectors (§12).")
def assign_(reference: str, role: str, email: str, name: str, confirm: bool) -> None:
    """Give the person at EMAIL, called NAME, the team's ROLE in REFERENCE, and tell them."""
    with portal() as (_settings, deps):
        chosen = find(deps, reference).id
        try:
            warnings = assign(deps, OPERATOR, chosen, Role(role), email, name, confirmed=confirm)
        except Refused as refused:
            if refused.field != "confirmed":
                raise
            raise Refused(f"{refused} Run this again with --confirm.") from refused
        for warning in warnings:
            console.print(f"Note: {warning}")
        console.print(f"{email} is now {say_role(Role(role))} of {reference}.")
        print_codes(deps, chosen, find_person(deps, OPERATOR, email))


@inspection.command(name="unassign")
@click.argument("reference")
@click.argument("email")
def unassign_(reference: str, email: str) -> None:
    """End the role of the person at EMAIL in REFERENCE; leader and lead inspector are replaced instead."""
    with portal() as (_settings, deps):
        chosen, person = find(deps, reference).id, find_person(deps, OPERATOR, email)
        try:
            unassign(deps, OPERATOR, chosen, person)
        except NotFound as error:
            raise NotFound(f"{email} has no role in {reference}.") from error
        console.print(f"{email} has no role in {reference} any more.")


@inspection.command(name="replace-leader")
@click.argument("reference")
@click.argument("email")
@click.argument("name")
@click.option("--keep", is_flag=True, help="The leader until now stays as a contributor.")
def replace_leader_(reference: str, email: str, name: str, keep: bool) -> None:
    """Let the person at EMAIL, called NAME, lead REFERENCE from now on. What was sent stays."""
    with portal() as (_settings, deps):
        chosen = find(deps, reference).id
        replace_leader(deps, OPERATOR, chosen, email, name, keep_old=keep)
        console.print(f"{email} now leads {reference}; the worker tells them, the leader until now and the team.")
        print_codes(deps, chosen, find_person(deps, OPERATOR, email))
