"""The stewards' first page, and the certificates of disposal; nothing here reads a document."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, url_for

from portal.domain.certificate_words import say_certificate
from portal.domain.roles import Permission
from portal.domain.times import say_date
from portal.services.dispose import read_certificate
from portal.services.proposal_list import waiting_count
from portal.services.retention import list_certificates, steward_overview
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.downloads import disposition
from portal.web.paging import page_asked, paging
from schemas.texts import say

steward = Blueprint("steward", __name__, url_prefix="/stewards")
STEWARDS = stewards_who_may(Permission.view_certificates)


@steward.get("/")
@access(STEWARDS)
def overview() -> str:
    """Show what needs a decision, and the programmes."""
    view = steward_overview(deps(), actor(), page_asked())
    programmes = [
        {
            "title": f"{each.title} ({each.code})",
            "href": url_for("registers.programme", code=each.code),
            "published_words": say_date(each.published_on) if each.published_on else say("Not yet"),
            "held": each.held,
        }
        for each in view["programmes"].rows
    ]
    return render_template(
        "steward/overview.html",
        alarms=view["alarms"],
        waiting=waiting_count(deps(), actor()),
        proposals_href=url_for("proposals.waiting"),
        programmes=programmes,
        paging=paging(view["programmes"]),
        retention_href=url_for("retention.due") if view["retention"] else None,
        desk_href=url_for("desk.timeline") if view["retention"] else None,
        clock_href=url_for("retention.clock") if view["retention"] else None,
        add_href=url_for("registers.new_programme") if view["registers"] else None,
    )


@steward.get("/certificates/")
@access(STEWARDS)
def certificates() -> str:
    """List the certificates, newest first."""
    found = list_certificates(deps(), actor(), page_asked())
    rows = [{**each, "href": url_for(".certificate", inspection=each["inspection"])} for each in found.rows]
    return render_template("steward/certificates.html", certificates=rows, paging=paging(found))


@steward.get("/certificates/<uuid:inspection>")
@access(STEWARDS)
def certificate(inspection: UUID) -> str:
    """Show the certificate of a disposal, to be read and printed."""
    signed = read_certificate(deps(), actor(), inspection)
    return render_template(
        "steward/certificate.html",
        reference=signed["body"]["reference"],
        rows=say_certificate(signed["body"]),
        key_id=signed["key_id"],
        signature=signed["signature"],
        json_href=url_for(".certificate_json", inspection=inspection),
        back={"href": url_for(".certificates"), "text": say("Back to the certificates")},
    )


@steward.get("/certificates/<uuid:inspection>.json")
@access(STEWARDS)
def certificate_json(inspection: UUID) -> Response:
    """Give the signed certificate of a disposal as a file."""
    signed = read_certificate(deps(), actor(), inspection)
    response = jsonify(signed)
    response.headers["Content-Disposition"] = disposition(f"certificate-{signed['body']['reference']}.json")
    return response
