"""The portal's pages over a small world, asked by a client that behaves as a browser does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from types import CodeType
from typing import Any, ClassVar
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.app import PortalApp, create_app
from portal.ports import Deps
from portal.settings import Settings, read
from tests.world import session_for

SECRET = "a secret for tests that is long enough"
RAW_TOKEN = "a raw token for tests"
BOUNDARY = "----a-boundary-for-tests"


def make_settings(**changes: str) -> Settings:
    """Return development settings; changes are given by their environment's names without PORTAL_."""
    environment = {"PORTAL_SECRET_KEY": SECRET} | {f"PORTAL_{name.upper()}": value for name, value in changes.items()}
    return read(environment)[0]


class _Compiled(BytecodeCache):
    """Templates as this process has compiled them already: most of an app's first pages is compiling."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()
_Builder = Callable[..., tuple[str, str]]


class _Remembered(Rule):
    """A route whose address builder this process has compiled already: most of making an app is compiling those."""

    _builders: ClassVar[dict[tuple[str, str, bool], _Builder]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> _Builder:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = self.rule, self.subdomain or "", append_unknown
        if key not in self._builders:
            self._builders[key] = super()._compile_builder(append_unknown)
        return self._builders[key]


PortalApp.url_rule_class = _Remembered


def make_app(deps: Deps, **changes: str) -> Flask:
    """Return the application over these parts."""
    app = create_app(deps, make_settings(**changes))
    app.testing = True
    # The design system's templates have an environment of their own, which was made with the first.
    for environment in (app.jinja_env, vars(app.jinja_env)["_vendor"]):
        environment.bytecode_cache = _COMPILED
    return app


def token(app: Flask) -> str:
    """Return the token of a form for sessions that `sign_in` made."""
    return str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(RAW_TOKEN))  # type: ignore[arg-type]


def sign_in(app: Flask, deps: Deps, person: UUID | None) -> FlaskClient:
    """Return a client in which the person is signed in by a session's row; None is nobody."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
        if person is not None:
            session["_user_id"] = session_for(deps, person)
    return client


@dataclass
class Visit:
    """A signed-in browser."""

    app: Flask
    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **options)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form with its token."""
        return self.client.post(path, data={"csrf_token": token(self.app), **fields})

    def send(self, path: str, data: bytes, name: str = "report.pdf", **fields: str) -> TestResponse:
        """Send a file by the form of an item's page; a field that is None is left out."""
        body = multipart(
            {"csrf_token": token(self.app), "upload_id": uuid4().hex, "slot": "file", **fields}, name, data
        )
        return self.client.post(path, data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}")

    def put(self, path: str, data: bytes, name: str = "report.pdf", **headers: str) -> TestResponse:
        """Send a file as a script does."""
        said = {
            "X-CSRF-Token": token(self.app),
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        return self.client.put(path, data=data, headers={key: value for key, value in said.items() if value})


def multipart(fields: dict[str, str], name: str | None, data: bytes, *, closing: bytes = b"--\r\n") -> bytes:
    """Return a form's body: the fields in order, then the file unless its name is None."""
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY.encode(), key.encode(), value.encode())
        for key, value in fields.items()
    ]
    if name is not None:
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf'
        parts.append(b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY.encode(), head.encode(), data))
    return b"".join(parts) + b"--" + BOUNDARY.encode() + closing


def words(response: TestResponse) -> str:
    """Return the text of a page, without its tags."""
    text = re.sub(r"<(script|style|title)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
