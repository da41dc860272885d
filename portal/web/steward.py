"""The stewards' pages: retention, holds, alarms and certificates; nothing here reads a document."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, url_for

from portal.domain.roles import Permission
from portal.services.dispose import read_certificate
from portal.services.overview import steward_overview
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may

steward = Blueprint("steward", __name__, url_prefix="/stewards")


@steward.get("/")
@access(stewards_who_may(Permission.view_certificates))
def overview() -> str:
    """Show how each programme stands with retention."""
    view = steward_overview(deps(), actor())
    for each in view["certificates"]:
        each["href"] = url_for(".certificate", inspection=each["inspection"])
    return render_template("steward/overview.html", **view)


@steward.get("/certificates/<uuid:inspection>")
@access(stewards_who_may(Permission.view_certificates))
def certificate(inspection: UUID) -> Response:
    """Give the signed certificate of a disposal."""
    return jsonify(read_certificate(deps(), actor(), inspection))
