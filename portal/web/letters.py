"""The letters of an inspection: a list, each on a page of its own, and as files to hand on."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, url_for

from portal.domain.roles import TEAM
from portal.formats.letters import render_html, render_pdf
from portal.services.letters import list_letters, make_letter
from portal.web.access import SIGNED_IN, access, actor, deps, visitor
from portal.web.downloads import attachment
from schemas.texts import say

letters = Blueprint("letters", __name__, url_prefix="/inspections/<uuid:inspection>/letters")


@letters.get("/")
@access(SIGNED_IN)
def overview(inspection: UUID) -> str:
    """Show which letters there are, to read and to download."""
    view = list_letters(deps(), actor(), inspection)
    rows = [{"letter": each, **_hrefs(inspection, each.code)} for each in view.letters]
    return render_template("letters/overview.html", view=view, rows=rows, back=_back(inspection))


@letters.get("/<code>")
@access(SIGNED_IN)
def letter(inspection: UUID, code: str) -> str:
    """Show one letter."""
    made = make_letter(deps(), actor(), inspection, code)
    back = {"href": url_for(".overview", inspection=inspection), "text": say("Back to the letters")}
    return render_template("letters/letter.html", made=made, back=back, **_hrefs(inspection, code))


@letters.get("/<code>.<any(html, pdf):kind>")
@access(SIGNED_IN)
def file(inspection: UUID, code: str, kind: str) -> Response:
    """Give one letter as a file."""
    made = make_letter(deps(), actor(), inspection, code)
    pdf = kind == "pdf"
    data = render_pdf(made.text, made.made_at) if pdf else render_html(made.text).encode()
    mimetype = "application/pdf" if pdf else "text/html"
    return attachment(iter([data]), name=f"{made.name}.{kind}", size=len(data), mimetype=mimetype)


def _hrefs(inspection: UUID, code: str) -> dict[str, str]:
    place: dict[str, Any] = {"inspection": inspection, "code": code}
    return {
        "href": url_for(".letter", **place),
        "pdf_href": url_for(".file", kind="pdf", **place),
        "html_href": url_for(".file", kind="html", **place),
    }


def _back(inspection: UUID) -> dict[str, str]:
    """Lead to the inspection's page in the team's or the agency's own view, and a steward home."""
    found = visitor()
    roles = found.who.roles.get(inspection, frozenset()) if found else frozenset()
    if roles & TEAM:
        return {"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")}
    if roles:
        return {"href": url_for("provider.task_list", inspection=inspection), "text": say("Back to your list")}
    return {"href": url_for("pages.home"), "text": say("Back to the start")}
