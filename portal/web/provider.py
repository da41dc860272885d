"""The provider's pages: the task list, one item and one document."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.answers import When
from portal.domain.checks import Withheld
from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.services import desk
from portal.services.explain import explain_gap, take_back_answer
from portal.services.hand_over import download_document
from portal.services.statements import received_page
from portal.services.withdraw import withdraw
from portal.vault.asks import A1_FORM
from portal.web.a1_findings import findings_href
from portal.web.access import access, actor, deps
from portal.web.colleagues import people_href
from portal.web.downloads import attachment, with_size
from portal.web.forms import read_form
from portal.web.inspection_trail import trail_href
from portal.web.tokens import tokens_href
from schemas.answers import ExplainGap
from schemas.requests import Nothing
from schemas.texts import say

provider = Blueprint("provider", __name__, url_prefix="/inspections/<uuid:inspection>")
Page = str | tuple[str, int] | AnyResponse
REASON_SAVED = say("Your answer is saved.")
WITHDRAWN = say("The document is withdrawn.")
_THEIRS = frozenset({None, Withheld.unscanned, Withheld.locked})
"""What the agency can download of its own."""


@provider.get("/")
@access(Permission.view_task_list)
def task_list(inspection: UUID) -> Page:
    """Show what is asked, what has come and what is missing."""
    view = desk.task_list(deps(), actor(), inspection)
    for each in view["interrupted"]:
        each["href"] = url_for(".item", inspection=inspection, item=each["item"])
    for group in view["groups"]:
        for task in group["items"]:
            task["href"] = url_for(".item", inspection=inspection, item=task["code"])
    return render_template(
        "provider/task_list.html",
        desk=view,
        banner={"text": REASON_SAVED, "success": True} if "saved" in request.args else None,
        declare_href=url_for("statements.declaration", inspection=inspection) if view["may_declare"] else None,
        people_href=people_href(inspection),
        tokens_href=tokens_href(inspection),
        trail_href=trail_href(inspection),
        messages_href=url_for("thread.read", inspection=inspection),
        recall_href=url_for("recalls.sent", inspection=inspection) if view["open"] or view["deferred"] else None,
        letters_href=None if view["deferred"] else url_for("letters.overview", inspection=inspection),
        receipt_href=url_for("statements.receipt", inspection=inspection) if view["receipt"] else None,
    )


@provider.get("/items/<item>")
@access(Permission.view_task_list)
def item(inspection: UUID, item: str) -> Page:
    """Show one item, with a form for each place that is open."""
    page = request.args.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return show_item(inspection, item, replace=request.args.get("replace", ""), page=number)


def show_item(
    inspection: UUID,
    code: str,
    *,
    replace: str = "",
    page: int = 1,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """Return the item's page; `errors` of places that the page does not show stand in its summary alone.

    The uploads call it too, so its addresses name their blueprint.
    """
    view = desk.item_page(deps(), actor(), inspection, code, replace, page)
    for slot in view["slots"]:
        slot["page_hrefs"] = _pages(inspection, code, slot)
        slot["documents"] = [_links(inspection, each, view["open"], slot["code"]) for each in slot["documents"]]
    shown = {slot["code"] for slot in view["slots"] if slot["can_add"] or slot["replacing"]}
    fields = {f"{kind}-{slot}" for slot in shown for kind in ("file", "meeting_day")}
    if view["gap_options"]:
        fields |= {"kind", "words", "name", "by_day", "by_time"}
    return render_template(
        "provider/item.html",
        item=view,
        reference=view["reference"],
        upload_href=url_for("uploads.send_form", inspection=inspection, item=code),
        gap_href=url_for("provider.gap", inspection=inspection, item=code),
        take_back_href=url_for("provider.take_back", inspection=inspection, item=code),
        item_href=url_for("provider.item", inspection=inspection, item=code),
        form_hrefs=(url_for("a1_form.guidance"), url_for("a1_form.check")) if code == A1_FORM else None,
        list_href=url_for("lists.show", inspection=inspection, item=code) if view["form"] and view["open"] else None,
        banner={"text": WITHDRAWN, "success": True} if "withdrawn" in request.args else None,
        back={"href": url_for("provider.task_list", inspection=inspection), "text": say("Back to your list")},
        values=values or {},
        errors={field if field in fields else "": message for field, message in (errors or {}).items()},
    )


def _pages(inspection: UUID, code: str, slot: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the address and the words of the pages before and after, where a place has more than one page."""
    at, last = slot["page"], slot["pages"]
    return [
        (url_for("provider.item", inspection=inspection, item=code, page=number), words)
        for number, words in (
            (at - 1, say("Earlier documents: page {page} of {pages}", page=at - 1, pages=last)),
            (at + 1, say("Later documents: page {page} of {pages}", page=at + 1, pages=last)),
        )
        if 1 <= number <= last
    ]


def _links(inspection: UUID, document: dict[str, Any], is_open: bool, slot: str) -> dict[str, Any]:
    ids = {"inspection": inspection, "document": document["id"]}
    return {
        **with_size(document),
        "download_href": url_for("provider.download", **ids) if document["withheld"] in _THEIRS else None,
        "replace_href": _replace_href(inspection, {**document, "slot": slot}) if is_open else None,
        "withdraw_href": url_for("provider.withdrawal", **ids) if is_open else None,
        "a1_href": findings_href(inspection, document, document),
    }


def _replace_href(inspection: UUID, document: Mapping[str, Any]) -> str:
    place = {"item": document["item"], "replace": document["id"], "_anchor": f"send-{document['slot']}"}
    return url_for("provider.item", inspection=inspection, **place)


@provider.post("/items/<item>/gap")
@access(Permission.explain_gap)
def gap(inspection: UUID, item: str) -> Page:
    """Take the reason why an item is not sent as asked."""
    form, errors = read_form(ExplainGap)
    if not errors:
        when = When(*(form[f"by_{part}"] for part in ("day", "month", "year", "time")))
        try:
            explain_gap(deps(), actor(), inspection, item, form["kind"], form["words"], name=form["name"], when=when)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return show_item(inspection, item, values=form, errors=errors), 422
    return redirect(url_for(".task_list", inspection=inspection, saved=1), 303)


@provider.post("/items/<item>/gap/taken-back")
@access(Permission.explain_gap)
def take_back(inspection: UUID, item: str) -> Page:
    """Take back what was said of an item."""
    read_form(Nothing)
    take_back_answer(deps(), actor(), inspection, item)
    return redirect(url_for(".item", inspection=inspection, item=item), 303)


@provider.get("/documents/<uuid:document>")
@access(Permission.view_task_list)
def document(inspection: UUID, document: UUID) -> Page:
    """Show that a document was received."""
    view = received_page(deps(), actor(), inspection, document)
    code = view["document"]["item"]
    for each in view["form"]["files"] if view["form"] else ():
        each["a1_href"] = findings_href(inspection, each, each)
    return render_template(
        "provider/document_received.html",
        **{**view, "document": with_size(view["document"])},
        desk_href=url_for(".task_list", inspection=inspection),
        item_href=url_for(".item", inspection=inspection, item=code),
        receipt_href=url_for("statements.receipt", inspection=inspection) if view["declared"] else None,
        json_href=url_for("statements.document_receipt", inspection=inspection, document=document),
        recall_href=url_for("recalls.ask", inspection=inspection, document=document),
        reload_href=request.path,
        a1_href=findings_href(inspection, view["document"], view["check"]),
        replace_href=_replace_href(inspection, view["document"]) if view["replaceable"] else None,
    )


@provider.get("/documents/<uuid:document>/withdraw")
@access(Permission.withdraw)
def withdrawal(inspection: UUID, document: UUID) -> Page:
    """Ask whether a document is to be withdrawn."""
    view = with_size(received_page(deps(), actor(), inspection, document)["document"])
    return render_template(
        "provider/withdraw.html",
        document=view,
        item_label=view["item_label"],
        action=url_for(".withdraw_now", inspection=inspection, document=document),
        recall_href=url_for("recalls.ask", inspection=inspection, document=document),
        cancel_href=url_for(".item", inspection=inspection, item=view["item"]),
    )


@provider.post("/documents/<uuid:document>/withdraw")
@access(Permission.withdraw)
def withdraw_now(inspection: UUID, document: UUID) -> Page:
    """Withdraw a document."""
    read_form(Nothing)
    view = received_page(deps(), actor(), inspection, document)["document"]
    withdraw(deps(), actor(), inspection, document)
    return redirect(url_for(".item", inspection=inspection, item=view["item"], withdrawn=1), 303)


@provider.get("/documents/<uuid:document>/download")
@access(Permission.download_document)
def download(inspection: UUID, document: UUID) -> Response:
    """Give a document back."""
    found = download_document(deps(), actor(), inspection, document)
    return attachment(found.chunks, name=found.name, size=found.size, mimetype="application/octet-stream")
