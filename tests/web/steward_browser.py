"""A steward's browser, for tests in which years pass."""

from dataclasses import dataclass

from flask import Flask
from werkzeug.test import TestResponse

from tests.web.clients import Visit, sign_in
from tests.world import Someone, World


@dataclass
class Steward:
    """A steward's browser, signed in anew for every request: years pass in these tests, and no session lasts one."""

    pages: Flask
    world: World
    person: Someone

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self._visit().get(path)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form with its token."""
        return self._visit().post(path, **fields)

    def _visit(self) -> Visit:
        return Visit(self.pages, sign_in(self.pages, self.world.deps, self.person.id))
