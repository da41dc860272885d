"""An announced inspection in an installation, and signed-in browsers for its people: by session rows, not passwords."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from portal.db.engine import writing
from portal.db.tables import Person
from portal.domain.actors import OPERATOR, Actor, person_actor
from portal.domain.deadline import DeadlinePolicy
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.announce import Announcement, Invitee, announce
from portal.services.programmes import add_programme
from tests.e2e.browser import Browser
from tests.e2e.installation import Installation
from tests.world import session_for

COOKIE = "portal_session"


@dataclass
class Scene:
    """One announced inspection."""

    portal: Installation
    deps: Deps
    inspection: UUID
    reference: str
    leader: Actor
    lead: Actor

    def browser(self, actor: Actor) -> Browser:
        """Return a browser in which the actor is signed in."""
        if actor.person is None:
            raise ValueError("Only people have browsers.")
        token = session_for(self.deps, actor.person)
        return Browser(self.portal.port, {COOKIE: signed_cookie(self.deps.secret, token)})


def signed_cookie(secret: bytes, token: str) -> str:
    """Return the cookie that the server gives a browser at sign-in."""
    app = Flask("cookie")
    app.secret_key = secret.decode()
    serializer: Any = SecureCookieSessionInterface().get_signing_serializer(app)
    return str(serializer.dumps({"_user_id": token, "_fresh": True}))


@contextmanager
def scene(portal: Installation, code: str = "RAA-2023") -> Iterator[Scene]:
    """Announce an inspection in a programme of its own."""
    _settings, deps = portal.connect()
    try:
        yield announced(portal, deps, code)
    finally:
        deps.engine.dispose()


def announced(portal: Installation, deps: Deps, code: str) -> Scene:
    """Announce an inspection in the new programme `code`; its people have addresses of their own."""
    add_programme(deps, OPERATOR, code, f"Programme {code}", DeadlinePolicy.next_day, "2023")
    people = [
        Invitee(f"leader@{code}.example", "Lena Leader", Role.leader),
        Invitee(f"lead@{code}.example", "Iris Inspector", Role.lead_inspector),
    ]
    made = announce(
        deps, OPERATOR, Announcement(code, code, f"Agency {code}", people, DeadlinePolicy.next_day, confirmed=True)
    )
    with writing(deps.engine) as session:
        ids = dict(session.execute(select(Person.email, Person.id)).all())
    leader, lead = (person_actor(ids[f"{who}@{code}.example".casefold()]) for who in ("leader", "lead"))
    return Scene(portal, deps, made.inspection, made.reference, leader, lead)
