"""The OpenAPI document of `/api/v1`: made of the routes themselves, the table below and the schemas.

A route without a row fails the tests, and so does an answer that its row does not have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from portal.domain.roles import Permission
from portal.domain.tokens import PERMISSIONS, Purpose
from schemas.api import (
    GiveAnswer,
    Items,
    Problem,
    SignedDocumentReceipt,
    SignedInspectionReceipt,
    Status,
    WholeItem,
)
from schemas.statements import AuditEntry

VERSION: Final = "1.0.0"
LINES_TYPE: Final = "application/jsonl"
BLUEPRINT: Final = "api"
WHAT = {
    400: "The request cannot be understood.",
    401: "There is no token, or it does not work: malformed, unknown, ended and revoked answer alike.",
    403: "The token is for another purpose, or its maker may no longer do this.",
    404: "There is no such thing, or it is none of this token's inspection: the two answer alike.",
    409: "It cannot be done as things stand.",
    410: "It was disposed of.",
    411: "The length of the body is missing.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    421: "This is not the service's own address.",
    422: "Something in the request has to be mended.",
    429: "Too much at once, or too many tokens that do not work; Retry-After says for how many seconds to wait.",
    503: "The service, the key folder or the store cannot answer now.",
}
ALWAYS = (400, 401, 403, 404, 421, 429, 503)
"""What any route that asks for a token may answer."""


@dataclass(frozen=True)
class Gives:
    """A good answer: JSON of a schema, or bytes of another type."""

    what: str
    schema: type[Schema] | None = None
    mimetype: str = "application/json"


@dataclass(frozen=True)
class Operation:
    """What a route does, and everything that it answers."""

    summary: str
    good: Mapping[int, Gives]
    bad: tuple[int, ...] = ()
    takes: type[Schema] | None = None
    file: bool = False
    query: tuple[Mapping[str, Any], ...] = ()
    headers: tuple[Mapping[str, Any], ...] = ()
    public: bool = False


def _in(place: str, name: str, what: str, schema: Mapping[str, Any], *, required: bool = False) -> Mapping[str, Any]:
    return {"in": place, "name": name, "description": what, "schema": schema, "required": required}


_FILE_HEADERS = (
    _in(
        "header",
        "Content-Disposition",
        "The file's name, percent-encoded: attachment; filename*=UTF-8''NAME",
        {"type": "string"},
        required=True,
    ),
    _in("header", "Content-Digest", "sha-256=:BASE64: of the body (RFC 9530); checked.", {"type": "string"}),
    _in("header", "X-Meeting-Date", "YYYY-MM-DD, for a place that is dated.", {"type": "string"}),
    _in("header", "X-Replaces", "The id of the document that this one replaces.", {"type": "string"}),
)
_PAGE = (
    _in(
        "query",
        "after",
        "The `seq` of the last entry that is known.",
        {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    ),
    _in("query", "limit", "Entries at most.", {"type": "integer", "minimum": 1, "maximum": 1000}),
)
_PATH_WORDS: Mapping[str, str] = {
    "item": "The item's code.",
    "slot": "The code of one of its places.",
    "upload_id": "Your own name for this upload, the same at each try: 8 to 64 letters, digits, hyphens, underscores.",
    "number": "The receipt's number, from 1.",
}
OPERATIONS: Mapping[str, Operation] = {
    "openapi": Operation("This description", {200: Gives("This.")}, public=True),
    "status": Operation("How the inspection stands", {200: Gives("Deadline, counts and items.", Status)}, (410,)),
    "items": Operation("What is asked for", {200: Gives("Every item.", Items)}, (410,)),
    "item": Operation("One item", {200: Gives("Its places and documents.", WholeItem)}, (410,)),
    "send": Operation(
        "Send a file",
        {
            200: Gives("It came before, by the same upload id and bytes: the same receipt.", SignedDocumentReceipt),
            201: Gives("It is received and durable: its receipt.", SignedDocumentReceipt),
        },
        (409, 410, 411, 413, 422),
        file=True,
        headers=_FILE_HEADERS,
    ),
    "answer": Operation(
        "Say why an item is not sent as asked",
        {201: Gives("The item as it stands now.", WholeItem)},
        (409, 410, 411, 413, 415, 422),
        takes=GiveAnswer,
    ),
    "receipt": Operation(
        "The newest receipt", {200: Gives("All that was sent, signed.", SignedInspectionReceipt)}, (409, 410)
    ),
    "receipt_numbered": Operation(
        "One receipt", {200: Gives("All that had been sent, signed.", SignedInspectionReceipt)}, (409, 410)
    ),
    "bundle": Operation(
        "Everything that was sent", {200: Gives("A BagIt zip.", mimetype="application/zip")}, (409, 410)
    ),
    "audit": Operation(
        "The audit trail of the inspection",
        {200: Gives("An `AuditEntry` a line, oldest first; Link leads to the next page.", mimetype=LINES_TYPE)},
        (422,),
        query=_PAGE,
    ),
}
"""By the name of the view."""


def describe(app: Flask, address: str) -> dict[str, Any]:
    """Return the document; `address` is the service's own."""
    spec = APISpec(
        title="Evidence portal",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": "For scripts. A token lets into one inspection, for one purpose."},
        servers=[{"url": address}],
        plugins=[MarshmallowPlugin()],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("AuditEntry", schema=AuditEntry)
    for rule in sorted(app.url_map.iter_rules(), key=str):
        blueprint, _, name = rule.endpoint.rpartition(".")
        if blueprint == BLUEPRINT:
            method = next(iter((rule.methods or set()) - {"HEAD"})).lower()
            spec.path(path=path_of(rule), operations={method: _operation(app, rule, name)})
    document: dict[str, Any] = _portable(spec.to_dict())
    return document


def purposes_for(app: Flask, endpoint: str) -> list[str]:
    """Return the purposes whose tokens open a route."""
    needs: frozenset[Permission] = getattr(app.view_functions[endpoint], "access_rule").scripts  # noqa: B009
    return [str(each) for each in Purpose if needs & PERMISSIONS[each]]


def path_of(rule: Rule) -> str:
    """Return a route's address as OpenAPI writes it: /items/{item}."""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)


def _operation(app: Flask, rule: Rule, name: str) -> dict[str, Any]:
    row = OPERATIONS[name]
    purposes = purposes_for(app, rule.endpoint)
    made: dict[str, Any] = {
        "operationId": name,
        "summary": row.summary,
        "description": f"For tokens of the purpose {' or '.join(purposes)}." if purposes else "For anybody.",
        "parameters": [*(_path(rule, each) for each in sorted(rule.arguments)), *row.query, *row.headers],
        "responses": _responses(row),
        "security": [] if row.public else [{"token": []}],
    }
    if row.takes:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": row.takes}}}
    if row.file:
        made["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": {}}}}
    return made


def _path(rule: Rule, name: str) -> Mapping[str, Any]:
    schemas: Mapping[str, Mapping[str, Any]] = {
        "number": {"type": "integer", "minimum": 0, "maximum": 999_999},
        "upload_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    }
    return _in("path", name, _PATH_WORDS[name], schemas.get(name, {"type": "string", "minLength": 1}), required=True)


def _responses(row: Operation) -> dict[str, Any]:
    good = {
        str(status): {
            "description": gives.what,
            "content": {gives.mimetype: {"schema": gives.schema} if gives.schema else {}},
        }
        for status, gives in row.good.items()
    }
    wrong = {"content": {"application/problem+json": {"schema": Problem}}}
    codes = sorted({*((400, 421, 429, 503) if row.public else ALWAYS), *row.bad})
    return good | {str(status): {"description": WHAT[status], **wrong} for status in codes}


def _portable(part: Any) -> Any:  # noqa: ANN401 -- JSON of any depth
    """Return the document with patterns that mean to JavaScript what they mean to Python, where they match a whole."""
    if isinstance(part, list):
        return [_portable(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: f"^{each.removesuffix(chr(92) + 'Z').strip('^$')}$"
        if name == "pattern" and isinstance(each, str)
        else _portable(each)
        for name, each in part.items()
    }
