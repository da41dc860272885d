"""Sent in error: what can be recalled, the question before it, and the tombstone with its readers after it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.roles import Permission
from portal.services.recall import recall, recall_page, sent_page
from portal.web.access import access, actor, deps
from portal.web.downloads import with_size
from portal.web.forms import read_form
from portal.web.paging import page_asked
from schemas.requests import Nothing
from schemas.texts import say

recalls = Blueprint("recalls", __name__, url_prefix="/inspections/<uuid:inspection>")
Page = str | AnyResponse


@recalls.get("/sent-in-error")
@access(Permission.recall)
def sent(inspection: UUID) -> Page:
    """Show what can be recalled, and what was."""
    view = sent_page(deps(), actor(), inspection, max(1, page_asked()))
    return render_template(
        "provider/sent_in_error.html",
        sent=view,
        documents=[with_size({**each, "href": _href(inspection, each["id"])}) for each in view["documents"]],
        tombstones=[with_size(each) for each in view["tombstones"]],
        pages=_pages(inspection, view),
        back={"href": url_for("provider.task_list", inspection=inspection), "text": say("Back to your list")},
    )


@recalls.get("/documents/<uuid:document>/recall")
@access(Permission.recall)
def ask(inspection: UUID, document: UUID) -> Page:
    """Ask whether a document is to be recalled; once it was, show what remains and who had downloaded it."""
    view = recall_page(deps(), actor(), inspection, document)
    list_href = url_for(".sent", inspection=inspection)
    if view["tombstone"]:
        done = {"text": say("The document is recalled. Nobody can open it any more."), "success": True}
        return render_template(
            "provider/recalled.html",
            reference=view["reference"],
            tombstone=with_size(view["tombstone"]),
            item_href=url_for("provider.item", inspection=inspection, item=view["tombstone"]["item"]),
            receipt_href=url_for("statements.receipt", inspection=inspection) if view["declared"] else None,
            list_href=list_href,
            banner=done if "recalled" in request.args else None,
        )
    return render_template(
        "provider/recall.html",
        reference=view["reference"],
        document=with_size(view["document"]),
        declared=view["declared"],
        action=url_for(".recall_now", inspection=inspection, document=document),
        cancel_href=list_href,
    )


@recalls.post("/documents/<uuid:document>/recall")
@access(Permission.recall)
def recall_now(inspection: UUID, document: UUID) -> Page:
    """Recall a document."""
    read_form(Nothing)
    recall(deps(), actor(), inspection, document)
    return redirect(_href(inspection, document) + "?recalled=1", 303)


def _href(inspection: UUID, document: UUID) -> str:
    return url_for(".ask", inspection=inspection, document=document)


def _pages(inspection: UUID, view: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the pagination component shows; None where all is on one page."""
    at, last = view["page"], view["pages"]
    shown = {
        name: {
            "href": url_for(".sent", inspection=inspection, page=page),
            "labelText": say("{page} of {pages}", page=page, pages=last),
        }
        for name, page in (("previous", at - 1), ("next", at + 1))
        if 1 <= page <= last
    }
    return shown or None
