"""What the provider states and what is stated to them: the declaration and the receipts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.roles import Permission
from portal.services import statements as views
from portal.services.declare import Explanation, GapsUnexplained, declare, read_receipt
from portal.web.a1_findings import findings_href
from portal.web.access import access, actor, deps
from portal.web.downloads import disposition, with_size
from portal.web.errors import Unacceptable
from portal.web.forms import UNEXPECTED, read_form
from schemas.requests import Declare
from schemas.texts import say

statements = Blueprint("statements", __name__, url_prefix="/inspections/<uuid:inspection>")
Page = str | tuple[str, int] | AnyResponse


@statements.get("/documents/<uuid:document>/receipt")
@access(Permission.view_receipt)
def document_receipt(inspection: UUID, document: UUID) -> Response:
    """Give the signed receipt of one document."""
    return jsonify(views.document_receipt(deps(), actor(), inspection, document))


@statements.get("/declaration")
@access(Permission.declare)
def declaration(inspection: UUID) -> Page:
    """Show all that was sent, before the leader declares; afterwards there is the receipt to see."""
    view = views.declaration_page(deps(), actor(), inspection)
    if view["declared"]:
        return redirect(url_for(".receipt", inspection=inspection), 303)
    return _declaration(inspection, view, {}, {})


@statements.post("/declaration")
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
        view = views.declaration_page(deps(), actor(), inspection)
        errors = {
            f"{'gap' if item in gaps.wordless else 'kind'}_{item}": message for item, message in gaps.faults.items()
        }
        return _declaration(inspection, view, given, errors), 422
    return redirect(url_for(".receipt_numbered", inspection=inspection, number=number), 303)


def _declaration(
    inspection: UUID, view: dict[str, Any], given: Mapping[str, Explanation], errors: Mapping[str, str]
) -> str:
    for group in view["groups"]:
        for row in group["rows"]:
            row["href"] = url_for("provider.item", inspection=inspection, item=row["code"])
            for each in row["documents"]:
                each["a1_href"] = findings_href(inspection, each, each)
                each["href"] = url_for("provider.document", inspection=inspection, document=each["id"])
        for gap in group["gaps"]:
            said = given.get(gap["code"])
            if said:
                gap.update(kind=said.kind, words=said.words)
    return render_template(
        "provider/declare.html",
        **view,
        action=url_for(".declare_now", inspection=inspection),
        recall_href=url_for("recalls.sent", inspection=inspection),
        back={"href": url_for("provider.task_list", inspection=inspection), "text": say("Back to your list")},
        errors=errors,
    )


@statements.get("/receipt")
@access(Permission.view_receipt)
def receipt(inspection: UUID) -> Page:
    """Show the newest receipt of all that was sent."""
    return _receipt(inspection, None)


@statements.get("/receipts/<int(max=999999):number>")
@access(Permission.view_receipt)
def receipt_numbered(inspection: UUID, number: int) -> Page:
    """Show one receipt of all that was sent: the page that follows the declaration, and stays."""
    return _receipt(inspection, number)


def _receipt(inspection: UUID, number: int | None) -> str:
    view = views.receipt_page(deps(), actor(), inspection, number)
    view["documents"] = [with_size(each) for each in view["documents"]]
    number = view["number"]
    other = {
        words: url_for(".receipt_numbered", inspection=inspection, number=each)
        for words, each in (("before", number - 1), ("newest", view["newest"]))
        if 0 < each != number
    }
    return render_template(
        "provider/receipt.html",
        receipt=view,
        json_href=url_for(".receipt_json", inspection=inspection, number=number),
        keys_href=url_for("signing.keys"),
        before_href=other.get("before"),
        newest_href=other.get("newest"),
        desk_href=url_for("pages.home"),
    )


@statements.get("/receipts/<int(max=999999):number>.json")
@access(Permission.view_receipt)
def receipt_json(inspection: UUID, number: int) -> Response:
    """Give one signed receipt of all that was sent, as a file to keep."""
    signed = read_receipt(deps(), actor(), inspection, number)
    response = jsonify(signed)
    response.headers["Content-Disposition"] = disposition(f"{signed['body']['inspection']}-receipt-{number}.json")
    return response
