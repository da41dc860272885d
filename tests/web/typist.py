"""Somebody at a browser, who types what pages ask for: addresses, passwords and codes."""

import re
from datetime import timedelta

import pyotp
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal.db.engine import writing
from portal.db.tables import Person
from portal.vault.passwords import hash_password
from tests.web.routes import Place
from tests.world import World

PASSWORD = "gravel teapot nineteen"
HASHED = hash_password(PASSWORD)


class Typist:
    """Somebody at a browser, who types what pages ask for."""

    def __init__(self, world: World, app: Flask) -> None:
        self.world, self.client = world, app.test_client()
        self.secret = ""

    def token(self, page: str) -> str:
        """Return the token of a page's form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
        assert found is not None, page
        return found[1]

    def post(self, page: str, action: str = "", **fields: str) -> TestResponse:
        """Open a page and send its form."""
        return self.client.post(action or page, data={"csrf_token": self.token(page), **fields})

    def give_password(self, password: str = PASSWORD) -> TestResponse:
        """Give the leader's address and a password."""
        return self.post("/sign-in", email=self.world.leader.email, password=password)

    def enrol(self) -> None:
        """Sign in for the first time, and set an app up."""
        assert 303 == self.give_password().status_code
        self.post("/set-up", "/set-up/app")
        found = re.search(r'portal-digest">([A-Z2-7 ]{39})<', self.client.get("/set-up/app").text)
        assert found is not None
        self.secret = found[1].replace(" ", "")
        assert 200 == self.give_code("/set-up/app", "/set-up/app/code").status_code

    def give_code(self, page: str = "/sign-in/code", action: str = "") -> TestResponse:
        """Give the next code of the app."""
        self.world.fakes.clock.advance(timedelta(seconds=30))
        return self.post(page, action, code=pyotp.TOTP(self.secret).at(self.world.deps.clock.now()))


def enrolled_leader(place: Place) -> Typist:
    """Return the leader at her own computer, with a password and an app, signed in to the end."""
    with writing(place.world.deps.engine) as session:
        session.execute(update(Person).where(Person.id == place.world.leader.id).values(password_hash=HASHED))
    someone = Typist(place.world, place.app)
    someone.enrol()
    return someone
