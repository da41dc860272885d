"""Cancel an inspection: a page of its own, where the reference is typed, since it cannot be undone."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, Refused
from portal.domain.registers import check_confirmation
from portal.domain.roles import Permission
from portal.services.cancel import cancel
from portal.services.conducting import standing
from portal.web.access import access, actor, deps
from portal.web.forms import read_form
from schemas.retention import Dispose as Confirmed
from schemas.texts import say

cancelling = Blueprint("cancelling", __name__, url_prefix="/team/inspections/<uuid:inspection>/conduct")
Page = str | tuple[str, int] | Response


@cancelling.get("/cancellation")
@access(Permission.cancel)
def ask(inspection: UUID) -> Page:
    """Say what cancelling does, and ask for the reference."""
    return _page(inspection, {}, {})


@cancelling.post("/cancellation")
@access(Permission.cancel)
def cancel_now(inspection: UUID) -> Page:
    """Cancel the inspection."""
    form, errors = read_form(Confirmed)
    if not errors:
        try:
            view = standing(deps(), actor(), inspection, Permission.cancel)
            check_confirmation(form["reference"], view["reference"])
            cancel(deps(), actor(), inspection)
            return redirect(url_for("conduct.overview", inspection=inspection, done="cancelled"), 303)
        except (Refused, Conflict) as refused:
            errors = {"reference": str(refused)}
    return _page(inspection, form, errors), 422


def _page(inspection: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    overview = url_for("conduct.overview", inspection=inspection)
    return render_template(
        "conduct/cancel.html",
        view=standing(deps(), actor(), inspection, Permission.cancel),
        action=request.path,
        values=values,
        errors=errors,
        back={"href": overview, "text": say("Back")},
        cancel_href=overview,
    )
