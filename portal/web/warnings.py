"""What stands above a page until it is dealt with: late disposals, for stewards; copies to delete, for whom they are.

It is looked up before the view, so that a page about an error does not ask the database again.
"""

from typing import Final

from flask import Flask, g, request, url_for

from portal.services.copies import open_copies
from portal.services.watch_disposals import late_references
from portal.web.access import Visitor, deps, rule_of, visitor

FIRST_PAGES: Final = frozenset(
    {"pages.home", "provider.task_list", "team.inspections", "team.inspection", "steward.overview"}
)
"""Where somebody comes first, and sees what they were asked."""


def install(app: Flask) -> None:
    """Give every page its `late` and `copies`; call it after the guard, which knows who the visitor is."""
    app.before_request(_look)
    app.context_processor(_found)


def _found() -> dict[str, object]:
    """Return the references and where to read more, or none."""
    wanted = {"late": "steward.overview", "copies_asked": "copies.mine"}
    return {
        name: {"references": found, "href": url_for(endpoint)} if (found := g.get(name)) else None
        for name, endpoint in wanted.items()
    }


def _look() -> None:
    found: Visitor | None = visitor() if request.endpoint in FIRST_PAGES else g.get("visitor")
    rule = rule_of(request.endpoint) if request.endpoint else None
    if found is None or rule is None:
        return
    if rule.steward is not None or (None in found.who.roles and request.endpoint in FIRST_PAGES):
        g.late = late_references(deps())
    if request.endpoint in FIRST_PAGES:
        g.copies_asked = open_copies(deps(), found.who.actor)
