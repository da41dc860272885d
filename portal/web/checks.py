"""One document as the team sees it: what was found in it, and its release by a head of the team."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, Refused
from portal.domain.roles import Permission
from portal.services.release import document_page, release
from portal.web.a1_findings import findings_href
from portal.web.access import access, actor, deps
from portal.web.downloads import with_size
from portal.web.errors import status_of
from portal.web.forms import read_form
from schemas.requests import Release
from schemas.texts import say

checks = Blueprint("checks", __name__, url_prefix="/team/inspections/<uuid:inspection>/documents/<uuid:document>/check")
Page = str | tuple[str, int] | Response
RELEASED = say("The document is released. Everybody in the team can download it.")


@checks.get("")
@access(Permission.view_inspection)
def look(inspection: UUID, document: UUID) -> Page:
    """Show a document with what was found in it."""
    return _page(inspection, document, {}, {})


@checks.post("")
@access(Permission.release_document)
def release_it(inspection: UUID, document: UUID) -> Page:
    """Release a document that is flagged or withheld."""
    form, errors = read_form(Release)
    if not errors:
        try:
            release(deps(), actor(), inspection, document, form["reason"], shown=form["shown"])
            return redirect(url_for(".look", inspection=inspection, document=document, released=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
        except Conflict as conflict:
            return _page(inspection, document, form, {"": str(conflict)}), status_of(conflict)
    return _page(inspection, document, form, errors), 422


def _page(inspection: UUID, document: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    view = document_page(deps(), actor(), inspection, document)
    here: dict[str, Any] = {"inspection": inspection, "document": document}
    withheld = view["document"]["withheld"] is not None
    return render_template(
        "team/document.html",
        **{**view, "document": with_size(view["document"])},
        download_href=None if withheld else url_for("team.document", **here),
        action=url_for(".release_it", **here) if view["may_release"] else None,
        reload_href=request.path,
        a1_href=findings_href(inspection, view["document"], view["document"]),
        banner={"text": RELEASED, "success": True} if view["released"] and "released" in request.args else None,
        back={"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")},
        values=values,
        errors=errors,
    )
