"""The server that is shipped, on loopback, and somebody who sends files to it over real HTTP."""

import socket
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests
from flask import Flask
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.tables import Document
from tests.web.clients import BOUNDARY, multipart, token
from tests.world import World

GUIDE = "childrens-guide"


@dataclass
class Sender:
    """A leader's browser or script over real HTTP."""

    world: World
    app: Flask
    port: int
    cookie: str

    def path(self, item: str = GUIDE, inspection: object = None) -> str:
        """Return the path of an item of her inspection."""
        return f"/inspections/{inspection or self.world.a.inspection}/items/{item}"

    def get(self, path: str) -> requests.Response:
        """Open a page."""
        return requests.get(f"http://127.0.0.1:{self.port}{path}", headers=self.headers(), timeout=20)

    def headers(self, **more: str) -> dict[str, str]:
        """Return the headers of every request."""
        return {"Cookie": f"portal_session={self.cookie}", "X-CSRF-Token": token(self.app)} | more

    def send(
        self, data: bytes, name: str | None = "report.pdf", item: str = GUIDE, inspection: object = None, **fields: str
    ) -> requests.Response:
        """Send a file by the form."""
        body = multipart({"upload_id": uuid4().hex, "slot": "file", **fields}, name, data)
        return requests.post(
            f"http://127.0.0.1:{self.port}{self.path(item, inspection)}/documents",
            data=body,
            headers=self.headers(**{"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}),
            allow_redirects=False,
            timeout=20,
        )

    def put(self, data: Any, upload_id: str = "", name: str = "report.pdf", **headers: str) -> requests.Response:
        """Send a file as a script does."""
        said = {key.replace("_", "-"): value for key, value in headers.items()}
        said.setdefault("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
        url = f"http://127.0.0.1:{self.port}{self.path()}/slots/file/uploads/{upload_id or uuid4().hex}"
        return requests.put(url, data=data, headers=self.headers(**said), timeout=20)

    def raw(self, head: list[str], body: bytes, *, finish: bool = True) -> bytes:
        """Send bytes as they are and return what comes back; `finish` says that no more will come."""
        lines = [*head, "Host: 127.0.0.1", "Connection: close"]
        lines += [f"{key}: {value}" for key, value in self.headers().items()]
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            if finish:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def states(self) -> list[str]:
        """Return the states of all documents."""
        with reading(self.world.deps.engine) as session:
            return sorted(session.scalars(select(Document.state)))
