"""Requests as data: recorded instead of sent, their ids found and swapped, and sent by somebody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID, uuid4

from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import EnvironBuilder, TestResponse

from portal.db.engine import reading
from portal.db.tables import Base
from portal.ports import Deps
from tests.web.clients import Visit

DASHED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ONCE = re.compile(r'nonce(?:-|=")[\w-]{20,}|name="(?:csrf_token|upload_id)" value="[^"]+"')
"""What differs from one answer to the next by itself."""


@dataclass(frozen=True)
class Sent:
    """One request as it would have been sent."""

    method: str
    address: str
    """Path and query."""
    headers: Mapping[str, str]
    body: bytes

    def ids(self) -> tuple[str, ...]:
        """Return the ids in the address, the headers and the body, each once."""
        said = "\n".join([self.address, *self.headers.values(), self.body.decode("utf-8", "replace")])
        return tuple(dict.fromkeys(DASHED.findall(said)))

    def swapped(self, ids: Mapping[str, str]) -> "Sent":
        """Return the request with other ids of the same length in place of these."""
        address, headers, body = self.address, dict(self.headers), self.body
        for old, new in ids.items():
            address, body = address.replace(old, new), body.replace(old.encode(), new.encode())
            headers = {name: value.replace(old, new) for name, value in headers.items()}
        return replace(self, address=address, headers=headers, body=body)

    def by(self, visit: Visit) -> TestResponse:
        """Send it from this browser."""
        return visit.client.open(self.address, method=self.method, headers=dict(self.headers), data=self.body)


class Recorder:
    """A client that sends nothing: it keeps what it was asked to send."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.sent: list[Sent] = []

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """Keep a request, and answer with an empty page."""
        options = {name: value for name, value in options.items() if name not in ("buffered", "follow_redirects")}
        builder = EnvironBuilder(*args, **options)
        request = builder.get_request()
        headers = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
        address = request.full_path.rstrip("?")
        self.sent.append(Sent(request.method, address, headers, request.get_data()))
        builder.close()
        return cast("TestResponse", Response("", 303))

    def get(self, *args: Any, **options: Any) -> TestResponse:
        """Keep a GET."""
        return self.open(*args, method="GET", **options)

    def post(self, *args: Any, **options: Any) -> TestResponse:
        """Keep a POST."""
        return self.open(*args, method="POST", **options)

    def put(self, *args: Any, **options: Any) -> TestResponse:
        """Keep a PUT."""
        return self.open(*args, method="PUT", **options)

    def delete(self, *args: Any, **options: Any) -> TestResponse:
        """Keep a DELETE."""
        return self.open(*args, method="DELETE", **options)

    def visit(self) -> Visit:
        """Return a browser that records."""
        return Visit(self.app, cast("FlaskClient", self))


def random_ids(ids: Mapping[str, str]) -> dict[str, str]:
    """Return for each of these ids one that nothing has."""
    return {old: str(uuid4()) for old in ids}


def said(answer: TestResponse, ids: Mapping[str, str]) -> tuple[int, list[tuple[str, str]], str]:
    """Return status, headers and body without what changes by itself; `ids` are shown by what they stand for."""
    headers = sorted((name, _still(value, ids)) for name, value in answer.headers.items() if name != "Date")
    body = _still(answer.get_data(as_text=True), ids)
    answer.close()
    return answer.status_code, headers, body


def _still(text: str, ids: Mapping[str, str]) -> str:
    for old, new in ids.items():
        text = text.replace(new, f"<{old}>")
    return ONCE.sub("", text)


def tables_of(deps: Deps) -> dict[str, str]:
    """Return for every id of every row the name of its table."""
    found: dict[str, str] = {}
    with reading(deps.engine) as session:
        for table in Base.metadata.sorted_tables:
            if "id" in table.c and table.c.id.type.python_type is UUID:
                found |= dict.fromkeys(map(str, session.scalars(select(table.c.id))), table.name)
    return found


def another(deps: Deps, table: str, owners: Mapping[str, UUID]) -> str | None:
    """Return the id of a row of this table that is an owner's (by column -> id), or None."""
    columns = Base.metadata.tables[table].c
    with reading(deps.engine) as session:
        for column, owner in owners.items():
            if column in columns:
                found = session.scalar(select(columns.id).where(columns[column] == owner).limit(1))
                if found is not None:
                    return str(found)
    return None
