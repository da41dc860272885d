"""What happened in an inspection, for the agency's leader and the team."""

from uuid import UUID

from flask import Blueprint, render_template, url_for

from portal.domain.roles import Permission
from portal.services.inspection_trail import trail_of_inspection
from portal.web.access import access, actor, deps
from portal.web.paging import page_asked, paging
from schemas.texts import say

inspection_trail = Blueprint("inspection_trail", __name__, url_prefix="/inspections/<uuid:inspection>")


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
