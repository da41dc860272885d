"""The audit trail for stewards: files of it, the span of a certificate, and renewing the key that signs."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.roles import Permission
from portal.services.anchor import anchors_standing
from portal.services.audit_export import export_file
from portal.services.rotate import rotate_key
from portal.services.span import read_span
from portal.services.trail import checkpoint
from portal.vault.signatures import fingerprint
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.downloads import attachment, disposition
from portal.web.forms import read_form
from schemas.texts import say
from schemas.trail import Renew

trail = Blueprint("trail", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | Response
EXPORTS = stewards_who_may(Permission.export_audit)
ROTATE = stewards_who_may(Permission.rotate_keys)
_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv"}
_DONE = say("A new key signs from now on. Ask the people who run the server to back it up.")


@trail.get("/trail-files")
@access(EXPORTS)
def files() -> str:
    """Offer the whole trail as files, and say what each anchor has of its checkpoints."""
    return render_template(
        "trail/files.html",
        anchors=anchors_standing(deps()),
        files=[{"kind": kind, "href": url_for(".file", kind=kind)} for kind in _TYPES],
    )


@trail.get("/trail.<any(jsonl, csv):kind>")
@access(EXPORTS)
def file(kind: str) -> Response:
    """Give the whole trail as a file."""
    return _file(kind, None)


@trail.get("/inspections/<uuid:inspection>/trail.<any(jsonl, csv):kind>")
@access(EXPORTS)
def inspection_file(inspection: UUID, kind: str) -> Response:
    """Give the trail of one inspection as a file."""
    return _file(kind, inspection)


def _file(kind: str, inspection: UUID | None) -> Response:
    chunks = export_file(deps(), actor(), kind, inspection)
    return attachment(chunks, name=f"audit-trail.{kind}", size=None, mimetype=_TYPES[kind])


@trail.get("/certificates/<uuid:inspection>/span.json")
@trail.get("/certificates/<uuid:inspection>/<int:number>/span.json")
@access(stewards_who_may(Permission.view_certificates))
def span(inspection: UUID, number: int | None = None) -> Response:
    """Give what shows an outsider that a certificate, by its number or the newest, stands in the trail."""
    response = jsonify(read_span(deps(), actor(), inspection, number))
    response.headers["Content-Disposition"] = disposition("span.json")
    return response


@trail.get("/signing-key")
@access(ROTATE)
def renewing() -> Page:
    """Show the keys, and ask whether a new one shall sign from now on."""
    return _renewing({})


def _renewing(errors: Mapping[str, str]) -> str:
    done = request.args.get("done") == "renewed"
    keys = deps().signer.public_keys().items()
    return render_template(
        "trail/rotate.html",
        keys=[{"key_id": key_id, "fingerprint": fingerprint(raw)} for key_id, raw in keys],
        action=url_for(".renew_now"),
        errors=errors,
        banner={"text": _DONE, "success": True} if done else None,
        back={"href": url_for("steward.overview"), "text": say("Back to the overview")},
    )


@trail.post("/signing-key")
@access(stewards_who_may(Permission.rotate_keys, confirm="keys"))
def renew_now() -> Page:
    """Let a new key sign from now on."""
    _form, errors = read_form(Renew)
    if errors:
        return _renewing(errors), 422
    rotate_key(deps(), actor())
    checkpoint(deps(), at_once=True)
    return redirect(url_for(".renewing", done="renewed"), 303)
