"""Certificates of disposal as pages and files: the newest of an inspection, and each by its number."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, url_for

from portal.domain.certificate_words import is_final, say_certificate, say_status
from portal.domain.roles import Permission
from portal.formats.canonical import canonical_json
from portal.services.certificates import Opened, open_certificate
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.downloads import disposition
from schemas.texts import say

certificates = Blueprint("certificates", __name__, url_prefix="/stewards/certificates")
READERS = stewards_who_may(Permission.view_certificates)


@certificates.get("/<uuid:inspection>/<int:number>")
@access(READERS)
def numbered(inspection: UUID, number: int) -> str:
    """Show one certificate of a disposal, also one that a later one has taken the place of."""
    return certificate_page(inspection, open_certificate(deps(), actor(), inspection, number))


@certificates.get("/<uuid:inspection>/<int:number>.json")
@access(READERS)
def numbered_json(inspection: UUID, number: int) -> Response:
    """Give one signed certificate as a file."""
    return certificate_file(open_certificate(deps(), actor(), inspection, number))


def certificate_page(inspection: UUID, opened: Opened) -> str:
    """Return the page of a certificate, to be read and printed."""
    signed = opened.signed
    return render_template(
        "steward/certificate.html",
        reference=signed["body"]["reference"],
        status=say_status(signed["body"]),
        final=is_final(signed["body"]),
        superseded=opened.superseded,
        others=[_other(inspection, number) for number in opened.others],
        rows=say_certificate(signed["body"]),
        key_id=signed["key_id"],
        signature=signed["signature"],
        json_href=url_for("certificates.numbered_json", inspection=inspection, number=opened.number),
        schema_href=url_for("signing.certificate_schema"),
        span_href=url_for("trail.span", inspection=inspection, number=opened.number),
        script_href=url_for("static", filename="verify_certificate.py"),
        keys_href=url_for("signing.keys"),
        back={"href": url_for("steward.certificates"), "text": say("Back to the certificates")},
    )


def _other(inspection: UUID, number: int) -> dict[str, Any]:
    href = url_for("certificates.numbered", inspection=inspection, number=number)
    return {"href": href, "text": say("Certificate number {number} of this disposal", number=number)}


def certificate_file(opened: Opened) -> Response:
    """Return a signed certificate as the file that can be checked: canonical JSON, byte for byte the same each time."""
    name = f"certificate-{opened.signed['body']['reference']}-{opened.number}.json"
    response = Response(canonical_json(opened.signed), mimetype="application/json")
    response.headers["Content-Disposition"] = disposition(name)
    return response
