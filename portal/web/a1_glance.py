"""The A1 form at a glance, for the team: a page, and a file whose small numbers are suppressed."""

from uuid import UUID

from flask import Blueprint, Response, render_template, url_for

from portal.domain.roles import Permission
from portal.formats.a1_csv import CSV
from portal.services.a1_glance import glance_file, glance_page
from portal.web.access import access, actor, deps
from portal.web.downloads import attachment
from schemas.texts import say

a1_glance = Blueprint("a1_glance", __name__, url_prefix="/team/inspections/<uuid:inspection>/a1-form")


@a1_glance.get("/")
@access(Permission.view_inspection)
def page(inspection: UUID) -> str:
    """Show rows by authority, children by status, and how long each step took."""
    view = glance_page(deps(), actor(), inspection)
    for each in view["files"]:
        each["href"] = url_for("checks.look", inspection=inspection, document=each["id"])
    return render_template(
        "a1/glance.html",
        view=view,
        file_href=url_for(".file", inspection=inspection),
        back={"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")},
    )


@a1_glance.get("/glance.csv")
@access(Permission.view_inspection)
def file(inspection: UUID) -> Response:
    """Give the same to take out of the team, with no count below 5."""
    name, data = glance_file(deps(), actor(), inspection)
    return attachment(iter([data]), name=name, size=len(data), mimetype=CSV)
