"""The provider's pages: the task list, one item, one document, the declaration and the receipts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.services import desk
from portal.services.declare import Explanation, GapsUnexplained, declare, read_receipt
from portal.services.explain import explain_gap
from portal.services.hand_over import download_document
from portal.services.withdraw import withdraw
from portal.web.access import access, actor, deps
from portal.web.downloads import attachment, with_size
from portal.web.errors import Unacceptable
from portal.web.forms import UNEXPECTED, read_form
from schemas.requests import Declare, ExplainGap, Nothing

provider = Blueprint("provider", __name__, url_prefix="/inspections/<uuid:inspection>")
Page = str | tuple[str, int] | AnyResponse
REASON_SAVED = "Your reason is saved."
WITHDRAWN = "The document is withdrawn."


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
        declare_href=url_for(".declaration", inspection=inspection) if view["may_declare"] else None,
        receipt_href=url_for(".receipt", inspection=inspection) if view["receipt"] else None,
    )


@provider.get("/items/<item>")
@access(Permission.view_task_list)
def item(inspection: UUID, item: str) -> Page:
    """Show one item, with a form for each place that is open."""
    return show_item(inspection, item, replace=request.args.get("replace", ""))


def show_item(
    inspection: UUID,
    code: str,
    *,
    replace: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """Return the item's page; `errors` of places that the page does not show stand in its summary alone.

    The uploads call it too, so its addresses name their blueprint.
    """
    view = desk.item_page(deps(), actor(), inspection, code, replace)
    for slot in view["slots"]:
        slot["documents"] = [_links(inspection, each, view["open"], slot["code"]) for each in slot["documents"]]
    shown = {slot["code"] for slot in view["slots"] if slot["can_add"] or slot["replacing"]}
    fields = {f"{kind}-{slot}" for slot in shown for kind in ("file", "meeting_day")} | {"kind", "words"}
    return render_template(
        "provider/item.html",
        item=view,
        reference=view["reference"],
        upload_href=url_for("uploads.send_form", inspection=inspection, item=code),
        gap_href=url_for("provider.gap", inspection=inspection, item=code),
        item_href=url_for("provider.item", inspection=inspection, item=code),
        banner={"text": WITHDRAWN, "success": True} if "withdrawn" in request.args else None,
        back={"href": url_for("provider.task_list", inspection=inspection), "text": "Back to your list"},
        values=values or {},
        errors={field if field in fields else "": message for field, message in (errors or {}).items()},
    )


def _links(inspection: UUID, document: dict[str, Any], is_open: bool, slot: str) -> dict[str, Any]:
    ids = {"inspection": inspection, "document": document["id"]}
    place = {"item": document["item"], "replace": document["id"], "_anchor": f"send-{slot}"}
    item = url_for("provider.item", inspection=inspection, **place)
    return {
        **with_size(document),
        "download_href": url_for("provider.download", **ids),
        "replace_href": item if is_open else None,
        "withdraw_href": url_for("provider.withdrawal", **ids) if is_open else None,
    }


@provider.post("/items/<item>/gap")
@access(Permission.explain_gap)
def gap(inspection: UUID, item: str) -> Page:
    """Take the reason why an item is not sent as asked."""
    form, errors = read_form(ExplainGap)
    if not errors:
        try:
            explain_gap(deps(), actor(), inspection, item, form["kind"], form["words"])
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return show_item(inspection, item, values=form, errors=errors), 422
    return redirect(url_for(".task_list", inspection=inspection, saved=1), 303)


@provider.get("/documents/<uuid:document>")
@access(Permission.view_task_list)
def document(inspection: UUID, document: UUID) -> Page:
    """Show that a document was received."""
    view = desk.received_page(deps(), actor(), inspection, document)
    code = view["document"]["item"]
    return render_template(
        "provider/document_received.html",
        **{**view, "document": with_size(view["document"])},
        desk_href=url_for(".task_list", inspection=inspection),
        item_href=url_for(".item", inspection=inspection, item=code),
        receipt_href=url_for(".receipt", inspection=inspection) if view["declared"] else None,
        json_href=url_for(".document_receipt", inspection=inspection, document=document),
    )


@provider.get("/documents/<uuid:document>/receipt")
@access(Permission.view_receipt)
def document_receipt(inspection: UUID, document: UUID) -> Response:
    """Give the signed receipt of one document."""
    return jsonify(desk.document_receipt(deps(), actor(), inspection, document))


@provider.get("/documents/<uuid:document>/withdraw")
@access(Permission.withdraw)
def withdrawal(inspection: UUID, document: UUID) -> Page:
    """Ask whether a document is to be withdrawn."""
    view = with_size(desk.received_page(deps(), actor(), inspection, document)["document"])
    return render_template(
        "provider/withdraw.html",
        document=view,
        item_label=view["item_label"],
        action=url_for(".withdraw_now", inspection=inspection, document=document),
        cancel_href=url_for(".item", inspection=inspection, item=view["item"]),
    )


@provider.post("/documents/<uuid:document>/withdraw")
@access(Permission.withdraw)
def withdraw_now(inspection: UUID, document: UUID) -> Page:
    """Withdraw a document."""
    read_form(Nothing)
    view = desk.received_page(deps(), actor(), inspection, document)["document"]
    withdraw(deps(), actor(), inspection, document)
    return redirect(url_for(".item", inspection=inspection, item=view["item"], withdrawn=1), 303)


@provider.get("/documents/<uuid:document>/download")
@access(Permission.download_document)
def download(inspection: UUID, document: UUID) -> Response:
    """Give a document back."""
    found = download_document(deps(), actor(), inspection, document)
    return attachment(found.chunks, name=found.name, size=found.size, mimetype="application/octet-stream")


@provider.get("/declaration")
@access(Permission.declare)
def declaration(inspection: UUID) -> Page:
    """Show all that was sent, before the leader declares; afterwards there is the receipt to see."""
    view = desk.declaration_page(deps(), actor(), inspection)
    if view["declared"]:
        return redirect(url_for(".receipt", inspection=inspection), 303)
    return _declaration(inspection, view, {}, {})


@provider.post("/declaration")
@access(Permission.declare)
def declare_now(inspection: UUID) -> Page:
    """Take the declaration, with a word on each gap."""
    form, errors = read_form(Declare)
    if errors:
        raise Unacceptable(400, UNEXPECTED)
    given = {item: Explanation(said["kind"], said["words"]) for item, said in form["gaps"].items()}
    try:
        number = declare(deps(), actor(), inspection, given)
    except GapsUnexplained as gaps:
        view = desk.declaration_page(deps(), actor(), inspection)
        return _declaration(inspection, view, given, gaps.faults), 422
    return redirect(url_for(".receipt_numbered", inspection=inspection, number=number), 303)


def _declaration(
    inspection: UUID, view: dict[str, Any], given: Mapping[str, Explanation], faults: Mapping[str, str]
) -> str:
    for row in view["rows"]:
        row["href"] = url_for(".item", inspection=inspection, item=row["code"])
    for gap in view["unexplained"]:
        said = given.get(gap["code"])
        if said:
            gap.update(kind=said.kind, words=said.words)
    errors = {}
    for code, message in faults.items():
        said = given.get(code, Explanation("", ""))
        errors[f"gap_{code}" if said.kind and not said.words.strip() else f"kind_{code}"] = message
    return render_template(
        "provider/declare.html",
        **view,
        action=url_for(".declare_now", inspection=inspection),
        back={"href": url_for(".task_list", inspection=inspection), "text": "Back to your list"},
        errors=errors,
    )


@provider.get("/receipt")
@access(Permission.view_receipt)
def receipt(inspection: UUID) -> Page:
    """Show the newest receipt of all that was sent."""
    return _receipt(inspection, None)


@provider.get("/receipts/<int(max=999999):number>")
@access(Permission.view_receipt)
def receipt_numbered(inspection: UUID, number: int) -> Page:
    """Show one receipt of all that was sent."""
    return _receipt(inspection, number)


def _receipt(inspection: UUID, number: int | None) -> str:
    view = desk.receipt_page(deps(), actor(), inspection, number)
    view["documents"] = [with_size(each) for each in view["documents"]]
    return render_template(
        "provider/receipt.html",
        receipt=view,
        json_href=url_for(".receipt_json", inspection=inspection, number=view["number"]),
        desk_href=url_for("pages.home"),
    )


@provider.get("/receipts/<int(max=999999):number>.json")
@access(Permission.view_receipt)
def receipt_json(inspection: UUID, number: int) -> Response:
    """Give one signed receipt of all that was sent."""
    return jsonify(read_receipt(deps(), actor(), inspection, number))
