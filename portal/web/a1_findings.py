"""What was found in an A1 form that was sent: a page for both sides, the same as files, and the sender's reason."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.checks import CheckState
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.intake import display_name, say_types
from portal.domain.roles import Permission
from portal.formats.a1_findings import FILES
from portal.services.a1_document import Checked, checked_form, give_reason
from portal.services.a1_findings import findings_view
from portal.vault.asks import A1_FORM
from portal.web.access import access, actor, deps
from portal.web.downloads import attachment
from portal.web.errors import status_of
from portal.web.forms import read_form
from schemas.a1 import Definition, read_by
from schemas.a1_forms import ErrorsExplained
from schemas.texts import say

a1_findings = Blueprint(
    "a1_findings", __name__, url_prefix="/inspections/<uuid:inspection>/documents/<uuid:document>/findings"
)
Page = str | tuple[str, int] | AnyResponse
SAVED = say("The reason is saved. The inspectors read it beside the list.")
RECEIVED = say("The corrected file is received. Below is what the check found in it.")
BESIDE = "findings"
"""What an upload is sent beside, so that it ends at the new list."""
_BANNERS = {"saved": SAVED, "received": RECEIVED}


@a1_findings.get("")
@access(Permission.download_document)
def look(inspection: UUID, document: UUID) -> Page:
    """Show what was found, worst first, with what to do."""
    return _page(inspection, document, checked_form(deps(), actor(), inspection, document), {}, {})


@a1_findings.post("")
@access(Permission.explain_gap)
def explain(inspection: UUID, document: UUID) -> Page:
    """Take why the errors stay as they are."""
    form, errors = read_form(ErrorsExplained)
    try:
        if not errors:
            give_reason(deps(), actor(), inspection, document, form["reason"])
            return redirect(url_for(".look", inspection=inspection, document=document, saved=1), 303)
    except Refused as refused:
        errors = {refused.field: str(refused)}
    except Conflict as conflict:
        found = checked_form(deps(), actor(), inspection, document)
        return _page(inspection, document, found, form, {"": str(conflict)}), status_of(conflict)
    return _page(inspection, document, checked_form(deps(), actor(), inspection, document), form, errors), 422


@a1_findings.get("/findings.<kind>")
@access(Permission.download_document)
def file(inspection: UUID, document: UUID, kind: str) -> Response:
    """Give every place that was found, as a workbook or as CSV. Raises NotFound for any other kind."""
    if kind not in FILES:
        raise NotFound(say("There is no such file. Choose the workbook or the CSV file."))
    make, mimetype = FILES[kind]
    found = checked_form(deps(), actor(), inspection, document, taken=True)
    data = make(found.answer, _definition(found), deps().catalogue.of)
    name = f"{found.head['reference']}-a1-findings.{kind}"
    return attachment(iter([data]), name=name, size=len(data), mimetype=mimetype)


def show_findings(inspection: UUID, document: UUID, error: str) -> str:
    """Return the page of what was found with what is wrong with the corrected file. Raises what `checked_form` does."""
    return _page(inspection, document, checked_form(deps(), actor(), inspection, document), {}, {"file": error})


def findings_href(
    inspection: UUID, document: Mapping[str, Any], check: Mapping[str, Any] | None, *, received: bool = False
) -> str | None:
    """Return the address of a checked A1 form's findings, which says that it is `received`; None of any other."""
    known = check is not None and check["state"] not in (CheckState.waiting, CheckState.unchecked)
    if document["item"] != A1_FORM or not known:
        return None
    return url_for("a1_findings.look", inspection=inspection, document=document["id"], received=1 if received else None)


def _definition(checked: Checked) -> Definition:
    read = checked.answer.a1
    return read_by(read.definition if read else "", deps().policy.a1_definition)


def _page(
    inspection: UUID, document: UUID, checked: Checked, values: Mapping[str, str], errors: Mapping[str, str]
) -> str:
    here: dict[str, Any] = {"inspection": inspection, "document": document}
    head, own = checked.head, checked.head["own"]
    upload = own and head["open"]
    before = url_for("provider.document", **here) if own else url_for("checks.look", **here)
    return render_template(
        "a1/document.html",
        head={**head, "name": display_name(head["name"])},
        found=findings_view(checked.answer, _definition(checked)),
        reason=checked.reason,
        action=url_for("a1_findings.explain", **here) if checked.may_reason else None,
        upload=_upload(inspection, head) if upload else None,
        file_hrefs={kind: url_for("a1_findings.file", **here, kind=kind) for kind in FILES},
        guidance_href=url_for("a1_form.guidance"),
        rules_href=url_for("a1_form.rules"),
        back={"href": before, "text": say("Back to the document")},
        banner=next(({"text": words, "success": True} for key, words in _BANNERS.items() if key in request.args), None),
        values=values or {"reason": checked.reason["words"] if checked.reason else ""},
        errors={"" if field == "file" and not upload else field: message for field, message in errors.items()},
    )


def _upload(inspection: UUID, head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form for a corrected file needs."""
    return {
        "action": url_for("uploads.send_form", inspection=inspection, item=head["item"]),
        "upload_id": secrets.token_urlsafe(16),
        "slot": head["slot"],
        "replaces": head["id"],
        "beside": BESIDE,
        "accepts_words": say_types(head["accepts"], begins=True),
        "limit_words": head["limit_words"],
        "accept": ",".join(f".{each}" for each in head["accepts"]),
    }
