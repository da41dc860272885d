"""The home page, which leads each person to their own list, and the health check."""

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.times import iso
from portal.services.overview import my_inspections
from portal.web.access import PUBLIC, access, deps, visitor

pages = Blueprint("pages", __name__)


@pages.get("/")
@access(PUBLIC)
def home() -> str | AnyResponse:
    """Lead to the only place there is for this person, or let them choose."""
    found = visitor()
    if found is None:
        return redirect(url_for("account.enter"), 303)
    mine = my_inspections(deps(), found.who.actor)
    if not mine and None in found.who.roles:
        return redirect(url_for("steward.overview"), 303)
    if len(mine) > 1 and all(each["team"] for each in mine):
        return redirect(url_for("team.inspections"), 303)
    for each in mine:
        page = "team.inspection" if each["team"] else "provider.task_list"
        each["href"] = url_for(page, inspection=each["id"])
    if len(mine) == 1:
        return redirect(mine[0]["href"], 303)
    return render_template("choose.html", inspections=mine)


@pages.get("/health")
@access(PUBLIC)
def health() -> Response:
    """Say that the service answers, and what its clock says."""
    return jsonify(ok=True, time=iso(deps().clock.now()))
