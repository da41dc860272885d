"""A script as the API meets it: a client that sends a token and no cookie."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from portal.domain.tokens import Purpose
from portal.services.tokens import Made, make_token
from tests.web.clients import make_app
from tests.world import Someone, World

API = "/api/v1"


@dataclass(frozen=True)
class ScriptClient:
    """Asks the app below `/api/v1` with a token, or with none."""

    app: Flask
    token: str

    def ask(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Send one request."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.app.test_client(use_cookies=False).open(
            API + path, method=method, headers=headers | options.pop("headers", {}), **options
        )

    def put(self, path: str, data: bytes, name: str = "guide.pdf", **headers: str) -> TestResponse:
        """Send a file."""
        said = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return self.ask(path, "PUT", data=data, headers=said | headers)

    def answer(self, item: str, **said: Any) -> TestResponse:
        """Say something of an item."""
        return self.ask(f"/items/{item}/answers", "POST", json=said)


def maker_of(world: World, purpose: str) -> Someone:
    """Return who makes tokens of a purpose for inspection A."""
    return {"send": world.leader, "read": world.lead_inspector, "audit": world.dpo}[purpose]


def token_for(world: World, purpose: str, days: str = "7") -> Made:
    """Make a token for inspection A."""
    return make_token(world.deps, maker_of(world, purpose).actor, world.a.inspection, purpose, days)


def clients(world: World, app: Flask | None = None) -> dict[str, ScriptClient]:
    """Return a client for every purpose, and one without a token, for inspection A."""
    app = app or make_app(world.deps)
    made = {str(purpose): token_for(world, purpose).token for purpose in Purpose}
    return {name: ScriptClient(app, token) for name, token in (made | {"": ""}).items()}
