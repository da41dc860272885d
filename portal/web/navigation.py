"""The service navigation: for each person the places that their roles open, and nothing for an agency's own people."""

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for

from portal.domain.roles import Permission, may
from portal.web.access import Visitor, visitor
from schemas.texts import say


@dataclass(frozen=True)
class Entry:
    """One link. `needs` is the stewards' permission that opens it; none: for the members of teams.

    Where it is for `teams` too, having the permission in any one inspection is enough.
    """

    endpoint: str
    text: str
    needs: Permission | None = None
    teams: bool = False


ENTRIES = (
    Entry("team.inspections", say("Inspections")),
    Entry("steward.overview", say("Overview"), Permission.view_certificates),
    Entry("announcing.begin", say("Announce"), Permission.announce, teams=True),
    Entry("registers.programmes", say("Programmes"), Permission.list_inspections),
    Entry("agencies.agencies_list", say("Agencies"), Permission.manage_registers),
    Entry("registers.holidays", say("Bank holidays"), Permission.manage_registers),
    Entry("people.people", say("People"), Permission.manage_accounts),
    Entry("retention.due", say("Retention"), Permission.manage_retention),
    Entry("desk.timeline", say("Desk"), Permission.manage_retention),
    Entry("holds.standing", say("Holds"), Permission.approve),
    Entry("proposals.waiting", say("Proposals"), Permission.approve),
    Entry("steward.certificates", say("Certificates"), Permission.view_certificates),
)
"""In the order in which they stand; a link is shown once its route exists."""


def install(app: Flask) -> None:
    """Give every page its `navigation`."""
    # From what is known of the visitor already: an error page must not ask the database again.
    app.context_processor(lambda: {"navigation": navigation(g.get("visitor"))})


def stands_for(permission: Permission) -> bool:
    """Say whether whoever is signed in has this permission as a steward."""
    found = visitor()
    return found is not None and _stands_for(found, permission)


def _stands_for(found: Visitor, permission: Permission) -> bool:
    return any(may(role, permission) for role in found.who.roles.get(None, frozenset()))


def _opens(found: Visitor, entry: Entry) -> bool:
    if entry.needs is None:
        return bool(found.who.in_teams)
    if entry.teams and any(may(role, entry.needs) for role in found.who.in_teams):
        return True
    return _stands_for(found, entry.needs)


def navigation(found: Visitor | None) -> list[dict[str, object]]:
    """Return somebody's links as the design system takes them; the one of this page is active."""
    if found is None or not (found.who.in_teams or None in found.who.roles):
        return []
    links = [
        (url_for(entry.endpoint), entry.text)
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions and _opens(found, entry)
    ]
    here = max((href for href, _text in links if request.path.startswith(href)), key=len, default="")
    return [
        {"href": href, "text": text, "current": request.path == href, "active": href == here and request.path != href}
        for href, text in links
    ]
