"""Break-glass reading: a steward asks, a head of the team decides, and the steward reads one inspection for a while."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.db.team_documents import Memory
from portal.domain.errors import NotFound
from portal.domain.roles import Permission
from portal.services.break_glass import ask_to_read, begin_reading, look_at_asking, while_it_lasts
from portal.services.decide import approve, end_reading, refuse
from portal.services.hand_over import download_document
from portal.services.proposal_list import readings_asked
from portal.services.team_inspection import inspection_page
from portal.web.access import access, actor, deps, steward
from portal.web.downloads import attachment, with_size
from portal.web.forms import read_form
from portal.web.paging import page_asked
from portal.web.proposals import proposed_for
from schemas.proposals import Decision
from schemas.requests import Nothing
from schemas.texts import say

readings = Blueprint("readings", __name__)
Page = str | tuple[str, int] | AnyResponse
READERS = steward(Permission.ask_to_read)
_DONE = {
    "approved": say("The steward may read now. The leader of the agency is told by mail."),
    "refused": say("You have refused. The steward cannot read this inspection."),
    "ended": say("The reading has ended. The steward cannot read this inspection any more."),
}


@readings.get("/stewards/inspections/<uuid:inspection>/reading")
@access(READERS)
def asking(inspection: UUID) -> Page:
    """Let a steward ask to read an inspection, with the reason."""
    return _asking(inspection, {}, {})


def _asking(inspection: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    view = look_at_asking(deps(), actor(), inspection)
    return render_template(
        "readings/ask.html",
        view=view,
        action=url_for(".ask", inspection=inspection),
        read_href=url_for(".read", inspection=inspection) if view["proposal"] else None,
        values=values,
        errors=errors,
        back={"href": url_for("proposals.waiting"), "text": say("Back to the proposals")},
    )


@readings.post("/stewards/inspections/<uuid:inspection>/reading")
@access(steward(Permission.ask_to_read, confirm="reading"))
def ask(inspection: UUID) -> Page:
    """Ask a head of the team."""
    return proposed_for(partial(ask_to_read, deps(), actor(), inspection), partial(_asking, inspection))


@readings.get("/stewards/readings/<uuid:inspection>/")
@access(READERS)
def read(inspection: UUID) -> Page:
    """Show a steward who was let read what was sent, a page at a time; looking is in the trail."""
    reader = begin_reading(deps(), actor(), inspection)
    memory: Memory = current_app.extensions["portal.team"]
    view = inspection_page(deps(), reader, inspection, memory, page=page_asked())
    asked = look_at_asking(deps(), actor(), inspection)
    return render_template(
        "readings/read.html",
        view=view,
        until_words=asked["until_words"],
        documents=[
            {**with_size(each), "download_href": None if each["withheld"] else _document_href(inspection, each["id"])}
            for each in view["documents"]
        ],
        pages=_pages(inspection, view["page"], view["last"]),
        end_href=url_for("proposals.take_back", proposal=asked["proposal"]),
        back={"href": url_for("proposals.waiting"), "text": say("Back to the proposals")},
    )


def _document_href(inspection: UUID, document: UUID) -> str:
    return url_for(".document", inspection=inspection, document=document)


def _pages(inspection: UUID, page: int, last: int) -> dict[str, dict[str, str]] | None:
    if last == 1:
        return None

    def link(number: int) -> dict[str, str]:
        href = url_for(".read", inspection=inspection, page=number)
        return {"href": href, "labelText": say("{page} of {pages}", page=number, pages=last)}

    before = {"previous": link(page - 1)} if page > 1 else {}
    return before | ({"next": link(page + 1)} if page < last else {})


@readings.get("/stewards/readings/<uuid:inspection>/documents/<uuid:document>")
@access(READERS)
def document(inspection: UUID, document: UUID) -> Response:
    """Give a steward who was let read one document, for as long as the reading lasts."""
    reader = begin_reading(deps(), actor(), inspection, document)
    found = download_document(deps(), reader, inspection, document)
    chunks = while_it_lasts(deps(), reader, inspection, found.chunks)
    return attachment(chunks, name=found.name, size=found.size, mimetype="application/octet-stream")


@readings.get("/team/inspections/<uuid:inspection>/readings/")
@access(Permission.let_read)
def asked(inspection: UUID) -> Page:
    """Show the head of the team what stewards asked to read, and what they may read now."""
    return _asked(inspection, {})


def _asked(inspection: UUID, errors: Mapping[str, str]) -> str:
    done = _DONE.get(request.args.get("done", ""))
    rows = [
        {
            **each,
            "action": url_for(".decide", inspection=inspection, proposal=each["id"]),
            "end_href": url_for(".end", inspection=inspection, proposal=each["id"]),
        }
        for each in readings_asked(deps(), actor(), inspection)
    ]
    return render_template(
        "readings/asked.html",
        asked=rows,
        errors=errors,
        banner={"text": done, "success": True} if done else None,
        back={"href": url_for("team.inspection", inspection=inspection), "text": say("Back to the inspection")},
    )


@readings.post("/team/inspections/<uuid:inspection>/readings/<uuid:proposal>/decision")
@access(Permission.let_read, confirm="approval")
def decide(inspection: UUID, proposal: UUID) -> Page:
    """Let a steward read, or refuse."""
    form, errors = read_form(Decision)
    if errors:
        if not any(each["id"] == proposal for each in readings_asked(deps(), actor(), inspection)):
            raise NotFound
        return _asked(inspection, {f"decision-{proposal}": errors["decision"]}), 422
    lets = form["decision"] == "approve"
    (approve if lets else refuse)(deps(), actor(), proposal, inspection)
    return redirect(url_for(".asked", inspection=inspection, done="approved" if lets else "refused"), 303)


@readings.post("/team/inspections/<uuid:inspection>/readings/<uuid:proposal>/end")
@access(Permission.let_read)
def end(inspection: UUID, proposal: UUID) -> Page:
    """End a steward's reading at once."""
    read_form(Nothing)
    end_reading(deps(), actor(), proposal, inspection)
    return redirect(url_for(".asked", inspection=inspection, done="ended"), 303)
