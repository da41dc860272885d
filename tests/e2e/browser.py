"""A small HTTP client that behaves as a browser does: cookies, forms with their CSRF token, redirects not followed."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

CHUNK = 1024 * 1024


@dataclass
class Answer:
    """What came back; the body is read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def words(self) -> str:
        """The page's words, without markup and with single spaces."""
        plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", self.text, flags=re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(plain)).strip()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def location(self) -> str:
        """Where a redirect leads, as a path."""
        parts = urlsplit(self.headers.get("Location", ""))
        return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class Browser:
    """One person's browser or script."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    timeout: float = 120.0

    @contextmanager
    def open(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        """Send a request and give the open response; the connection ends with the block."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": f"localhost:{self.port}", **({"Cookie": cookie} if cookie else {}), **(headers or {})}
        with closing(connection):
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            for line in response.headers.get_all("Set-Cookie") or []:
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
            with response:
                yield response

    def request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and read the answer."""
        with self.open(method, path, body, headers) as response:
            return Answer(response.status, dict(response.headers.items()), response.read())

    def get(self, path: str) -> Answer:
        """GET a page."""
        return self.request("GET", path)

    def token(self, path: str) -> str:
        """Return the CSRF token of a form on the page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        if found is None:
            raise AssertionError(f"There is no form with a token on {path}.")
        return html.unescape(found.group(1))

    def post(self, path: str, page: str = "", **fields: str) -> Answer:
        """Fill in and send the form of `page` (the same path unless given)."""
        form = urlencode({"csrf_token": self.token(page or path)} | fields)
        return self.request("POST", path, form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def sign_in(self, email: str, password: str) -> Answer:
        """Sign in with a password."""
        return self.post("/sign-in", email=email, password=password)

    def upload_form(self, inspection: str, item: str, slot: str, name: str, data: bytes, **fields: str) -> Answer:
        """Send a file as the item page's form does; `meeting_date` as YYYY-MM-DD."""
        path = f"/inspections/{inspection}/items/{item}"
        year, month, day = (fields.pop("meeting_date", "") or "--").split("-")
        values = {"csrf_token": self.token(path), "upload_id": uuid4().hex, "slot": slot}
        if year:
            values |= {"meeting_day": day, "meeting_month": month, "meeting_year": year}
        boundary = uuid4().hex
        body = multipart(boundary, values | fields, name, data)
        content_type = f"multipart/form-data; boundary={boundary}"
        return self.request("POST", f"{path}/documents", body, {"Content-Type": content_type})

    def put(
        self,
        inspection: str,
        item: str,
        slot: str,
        name: str,
        data: bytes | Iterable[bytes],
        length: int,
        headers: Mapping[str, str] | None = None,
        upload_id: str = "",
    ) -> Answer:
        """Send a file as a script does."""
        token = self.token(f"/inspections/{inspection}/items/{item}")
        path = f"/inspections/{inspection}/items/{item}/slots/{slot}/uploads/{upload_id or uuid4().hex}"
        sent = {
            "X-CSRF-Token": token,
            "Content-Length": str(length),
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        return self.request("PUT", path, data, sent | dict(headers or {}))


def multipart(boundary: str, fields: Mapping[str, str], name: str, data: bytes) -> bytes:
    """Return a multipart body: the fields in their order, then one file."""
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    )
    escaped = name.replace("\\", "\\\\").replace('"', "%22")
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{escaped}"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
