"""The stewards' first page, and the certificates of disposal; nothing here reads a document."""

from uuid import UUID

from flask import Blueprint, Response, render_template, url_for

from portal.domain.roles import Permission
from portal.domain.times import say_date
from portal.services.certificates import list_certificates, open_certificate
from portal.services.proposal_list import waiting_count
from portal.services.retention import steward_overview
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.certificates import certificate_file, certificate_page
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
        key_href=url_for("trail.renewing"),
        add_href=url_for("registers.new_programme") if view["registers"] else None,
    )


@steward.get("/certificates/")
@access(STEWARDS)
def certificates() -> str:
    """List the certificates, newest first."""
    found = list_certificates(deps(), actor(), page_asked())
    rows = [
        {**each, "href": url_for("certificates.numbered", inspection=each["inspection"], number=each["number"])}
        for each in found.rows
    ]
    return render_template("steward/certificates.html", certificates=rows, paging=paging(found))


@steward.get("/certificates/<uuid:inspection>")
@access(STEWARDS)
def certificate(inspection: UUID) -> str:
    """Show the newest certificate of a disposal, to be read and printed."""
    return certificate_page(inspection, open_certificate(deps(), actor(), inspection))


@steward.get("/certificates/<uuid:inspection>.json")
@access(STEWARDS)
def certificate_json(inspection: UUID) -> Response:
    """Give the newest signed certificate of a disposal as a file."""
    return certificate_file(open_certificate(deps(), actor(), inspection))
