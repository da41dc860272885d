"""What happened in an inspection, for the agency's leader and the team."""

from uuid import UUID

from flask import Blueprint, render_template, url_for

from portal.domain.roles import Permission, may
from portal.services.inspection_trail import trail_of_inspection
from portal.web.access import access, actor, deps, visitor
from portal.web.paging import page_asked, paging
from schemas.texts import say

inspection_trail = Blueprint("inspection_trail", __name__, url_prefix="/inspections/<uuid:inspection>")


def trail_href(inspection: UUID) -> str | None:
    """Return the address of this page for whoever of the inspection's people may see it."""
    found = visitor()
    roles = found.who.roles.get(inspection, frozenset()) if found else frozenset()
    reads = any(may(role, Permission.read_trail) for role in roles)
    return url_for("inspection_trail.entries", inspection=inspection) if reads else None


@inspection_trail.get("/trail")
@access(Permission.read_trail)
def entries(inspection: UUID) -> str:
    """List what the audit trail says of the inspection, newest first."""
    reference, found = trail_of_inspection(deps(), actor(), inspection, page_asked())
    return render_template(
        "trail/inspection.html",
        reference=reference,
        acts=found.rows,
        paging=paging(found),
        back={"href": url_for("pages.home"), "text": say("Back to your list")},
    )
