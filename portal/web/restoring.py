"""The page on which the quality assurance officer restores somebody's access, and the list that leads to it."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.domain.step_up import Purpose
from portal.services.restore import people_page, person_page, restore_access
from portal.web.access import access, actor, deps
from portal.web.codes import code_href
from portal.web.forms import read_form
from schemas.people import Restore
from schemas.texts import say

restoring = Blueprint("restoring", __name__, url_prefix="/team/inspections/<uuid:inspection>/people")
Page = str | tuple[str, int] | AnyResponse


@restoring.get("")
@access(Permission.restore_access)
def people(inspection: UUID) -> Page:
    """List everybody in the inspection."""
    view = people_page(deps(), actor(), inspection)
    for each in view["people"]:
        each["href"] = None if each["own"] else url_for(".ask", inspection=inspection, person=each["id"])
        each["code_href"] = code_href(inspection, each["id"], each["role"]) if each["code_waits"] else None
    back = {"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")}
    return render_template("people/restoring.html", view=view, back=back)


@restoring.get("/<uuid:person>/restore")
@access(Permission.restore_access)
def ask(inspection: UUID, person: UUID) -> Page:
    """Say what restoring does, and ask whether she has spoken to the person."""
    return _ask(inspection, person, {})


def _ask(inspection: UUID, person: UUID, errors: Mapping[str, str]) -> str:
    return render_template(
        "people/restore.html",
        view=person_page(deps(), actor(), inspection, person),
        action=url_for(".restore", inspection=inspection, person=person),
        back={"href": url_for(".people", inspection=inspection), "text": say("Back to the people of this inspection")},
        values={},
        errors=errors,
    )


@restoring.post("/<uuid:person>/restore")
@access(Permission.restore_access, confirm=Purpose.roles)
def restore(inspection: UUID, person: UUID) -> Page:
    """Restore the person's access, and go on to the code that is read out."""
    form, errors = read_form(Restore)
    if not errors:
        try:
            restore_access(deps(), actor(), inspection, person, spoken=form["confirmed"] == "yes")
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return _ask(inspection, person, errors), 422
    return redirect(url_for("codes.team", inspection=inspection, person=person), 303)
