"""The page from which the code of an invitation is read out: for the team, the agency's leader, or an administrator."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, url_for

from portal.domain.invitations import may_read_out
from portal.domain.roles import PROVIDER, STEWARDS, TEAM, Permission, Role
from portal.services.codes import show_code
from portal.web.access import access, actor, deps, visitor
from portal.web.access import steward as stewards_who_may
from schemas.texts import say

codes = Blueprint("codes", __name__)
SPELT: Mapping[str, str] = {
    "2": say("two"), "3": say("three"), "4": say("four"), "5": say("five"), "6": say("six"), "7": say("seven"),
    "8": say("eight"), "9": say("nine"), "A": say("Alfa"), "B": say("Bravo"), "C": say("Charlie"), "D": say("Delta"),
    "E": say("Echo"), "F": say("Foxtrot"), "G": say("Golf"), "H": say("Hotel"), "J": say("Juliett"), "K": say("Kilo"),
    "M": say("Mike"), "N": say("November"), "P": say("Papa"), "Q": say("Quebec"), "R": say("Romeo"), "S": say("Sierra"),
    "T": say("Tango"), "U": say("Uniform"), "V": say("Victor"), "W": say("Whiskey"), "X": say("X-ray"),
    "Y": say("Yankee"), "Z": say("Zulu"),
}  # fmt: skip
"""How figures and letters are said on the telephone."""


@codes.get("/team/inspections/<uuid:inspection>/people/<uuid:person>/code")
@access(Permission.let_read)
def team(inspection: UUID, person: UUID) -> str:
    """Show the code of somebody's invitation to a head of the team."""
    back = {"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")}
    return _page(person, inspection, back)


@codes.get("/inspections/<uuid:inspection>/people/<uuid:person>/code")
@access(Permission.invite_contributor)
def agency(inspection: UUID, person: UUID) -> str:
    """Show the code of a contributor's invitation to the leader."""
    back = {"href": url_for("colleagues.people", inspection=inspection), "text": say("Back to your colleagues")}
    return _page(person, inspection, back)


@codes.get("/stewards/people/<uuid:person>/code")
@access(stewards_who_may(Permission.manage_accounts))
def steward(person: UUID) -> str:
    """Show the code of a steward's invitation to an administrator."""
    return _page(person, None, _back_to(person))


@codes.get("/stewards/people/<uuid:person>/code/<uuid:inspection>")
@access(stewards_who_may(Permission.manage_accounts))
def member(person: UUID, inspection: UUID) -> str:
    """Show the code of a team member's invitation to an administrator."""
    return _page(person, inspection, _back_to(person))


def _back_to(person: UUID) -> dict[str, str]:
    return {"href": url_for("people.person", person=person), "text": say("Back to this person")}


def _page(person: UUID, inspection: UUID | None, back: Mapping[str, Any]) -> str:
    view = show_code(deps(), actor(), person, inspection)
    spelt = [(each, SPELT[each]) for each in view["code"] if each in SPELT]
    return render_template("people/code.html", view=view, spelt=spelt, back=back)


def code_href(inspection: UUID | None, person: UUID, role: Role) -> str | None:
    """Return where the visitor finds the code of somebody's invitation, if it is theirs to read out."""
    found = visitor()
    if found is None or found.who.actor.person == person:
        return None
    here = found.who.roles.get(inspection, frozenset()) if inspection else frozenset()
    stewardships = found.who.roles.get(None, frozenset())
    if inspection and may_read_out(here & TEAM, role):
        return url_for("codes.team", inspection=inspection, person=person)
    if inspection and may_read_out(here & PROVIDER, role):
        return url_for("codes.agency", inspection=inspection, person=person)
    if may_read_out(stewardships & STEWARDS, role):
        if inspection is None:
            return url_for("codes.steward", person=person)
        return url_for("codes.member", person=person, inspection=inspection)
    return None
