"""`/api/v1`: for scripts that hold a token. Which inspection it is about, the token says: no address names it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.services.audit_export import ON_A_PAGE, export_entries
from portal.services.declare import read_receipt
from portal.services.explain import explain_gap
from portal.services.script_desk import item_of, items_of, status_of
from portal.web.access import PUBLIC, access, actor, deps, scripts
from portal.web.bearer import read_json, the_script
from portal.web.openapi import LINES_TYPE, describe
from portal.web.team import give_bundle
from portal.web.uploads import take_raw
from schemas.api import GiveAnswer, Items, Status, WholeItem
from schemas.texts import Text, say

api = Blueprint("api", __name__, url_prefix="/api/v1")
STANDING = scripts(Permission.view_task_list, Permission.view_inspection)
LARGEST = 2**53 - 1
"""Canonical JSON, which the trail is made of, says no larger number exactly."""
AFTER = say("“after” must be a whole number, the “seq” of an entry.")
LIMIT = say("“limit” must be a whole number from 1 to {most}.", most=ON_A_PAGE)


@api.get("/openapi.json")
@access(PUBLIC)
def openapi() -> Response:
    """Describe this API."""
    return jsonify(describe(current_app, deps().public_url))


@api.get("/status")
@access(STANDING)
def status() -> Response:
    """Say how the inspection stands."""
    return jsonify(_said(Status().dump(status_of(deps(), actor(), _here()))))


@api.get("/items")
@access(STANDING)
def items() -> Response:
    """List what is asked for."""
    return jsonify(_said(Items().dump({"items": items_of(deps(), actor(), _here())})))


@api.get("/items/<item>")
@access(STANDING)
def item(item: str) -> Response:
    """Show one item, with its places and documents."""
    return jsonify(_said(WholeItem().dump(item_of(deps(), actor(), _here(), item))))


@api.put("/items/<item>/slots/<slot>/uploads/<upload_id>")
@access(scripts(Permission.upload, streams=True))
def send(item: str, slot: str, upload_id: str) -> tuple[AnyResponse, int]:
    """Take a file as the body; the same upload id and bytes again give the same receipt."""
    return take_raw(_here(), item, slot, upload_id)


@api.post("/items/<item>/answers")
@access(scripts(Permission.explain_gap))
def answer(item: str) -> tuple[Response, int]:
    """Take a word on an item that is not sent as asked, in place of the one before."""
    given = read_json(GiveAnswer)
    explain_gap(deps(), actor(), _here(), item, given["kind"], given["words"])
    return jsonify(_said(WholeItem().dump(item_of(deps(), actor(), _here(), item)))), 201


@api.get("/receipt")
@access(scripts(Permission.view_receipt))
def receipt() -> Response:
    """Give the newest signed receipt of all that was sent."""
    return jsonify(read_receipt(deps(), actor(), _here()))


@api.get("/receipts/<int(max=999999):number>")
@access(scripts(Permission.view_receipt))
def receipt_numbered(number: int) -> Response:
    """Give one signed receipt of all that was sent."""
    return jsonify(read_receipt(deps(), actor(), _here(), number))


@api.get("/bundle")
@access(scripts(Permission.download_bundle))
def bundle() -> Response:
    """Give everything as one zip."""
    return give_bundle(_here(), "all")


@api.get("/audit")
@access(scripts(Permission.export_audit))
def audit() -> Response:
    """Give the inspection's entries of the audit trail, oldest first, a line each."""
    after, limit = _number("after", 0, 0, LARGEST, AFTER), _number("limit", ON_A_PAGE, 1, ON_A_PAGE, LIMIT)
    found = export_entries(deps(), actor(), _here(), after, limit)
    lines = "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in found)
    response = Response(lines, mimetype=LINES_TYPE)
    if len(found) == limit:
        there = url_for(".audit", after=found[-1]["seq"], limit=limit)
        response.headers["Link"] = f'<{there}>; rel="next"'
    return response


def _here() -> UUID:
    return the_script().inspection


def _number(name: str, usual: int, least: int, most: int, wrong: str) -> int:
    """Return a whole number of the query. Raises Refused."""
    raw = request.args.get(name)
    if raw is None:
        return usual
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 19) or not least <= int(raw) <= most:
        raise Refused(wrong, name)
    return int(raw)


def _said(view: Any) -> Any:  # noqa: ANN401 -- JSON of any depth
    """Return a view with its texts in the words of the catalogue."""
    if isinstance(view, Text):
        return deps().catalogue.of(view)
    if isinstance(view, Mapping):
        return {name: _said(each) for name, each in view.items()}
    return [_said(each) for each in view] if isinstance(view, list) else view
