"""The team's pages: its inspections, one inspection, the bundle and single documents."""

from uuid import UUID

from flask import Blueprint, Response, render_template, url_for

from portal.domain.roles import Permission
from portal.services.desk import team_page
from portal.services.hand_over import download_document, make_bundle
from portal.services.overview import team_list
from portal.web.access import SIGNED_IN, access, actor, deps
from portal.web.downloads import attachment, with_size
from portal.web.templating import say_size

team = Blueprint("team", __name__, url_prefix="/team")


@team.get("/")
@access(SIGNED_IN)
def inspections() -> str:
    """Show the inspections in whose team the person is."""
    rows = [{**each, "href": url_for(".inspection", inspection=each["id"])} for each in team_list(deps(), actor())]
    return render_template("team/inspections.html", inspections=rows)


@team.get("/inspections/<uuid:inspection>/")
@access(Permission.view_inspection)
def inspection(inspection: UUID) -> str:
    """Show what was asked and what has come."""
    view = team_page(deps(), actor(), inspection)
    for item in view["items"]:
        item["documents"] = [
            {**with_size(each), "download_href": url_for(".document", inspection=inspection, document=each["id"])}
            for each in item["documents"]
        ]
    count = view["count"]
    said = f"{count} document{'' if count == 1 else 's'}, {say_size(view['total'])}, as one BagIt zip"
    return render_template(
        "team/inspection.html",
        inspection={**view, "bundle_words": said},
        bundle_href=url_for(".bundle", inspection=inspection) if count else None,
        back={"href": url_for(".inspections"), "text": "Back to your inspections"},
    )


@team.get("/inspections/<uuid:inspection>/bundle")
@access(Permission.download_bundle)
def bundle(inspection: UUID) -> Response:
    """Give everything as one zip."""
    bag, chunks = make_bundle(deps(), actor(), inspection)
    response = attachment(chunks, name=bag.filename, size=bag.length, mimetype="application/zip")
    response.set_etag(bag.etag)
    return response


@team.get("/inspections/<uuid:inspection>/documents/<uuid:document>")
@access(Permission.download_document)
def document(inspection: UUID, document: UUID) -> Response:
    """Give one document."""
    found = download_document(deps(), actor(), inspection, document)
    return attachment(found.chunks, name=found.name, size=found.size, mimetype="application/octet-stream")
