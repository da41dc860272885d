"""Fixtures of the tests of the pages."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask

from portal.web.serving import PortalServer
from tests.web.clients import make_app, make_settings, sign_in
from tests.web.sender import Sender
from tests.web.steward_browser import Steward
from tests.world import World, upload


@pytest.fixture
def app(world: World) -> Flask:
    """The pages."""
    return make_app(world.deps)


@pytest.fixture
def server(app: Flask) -> Iterator[PortalServer]:
    """The server that is shipped, on loopback."""
    settings = make_settings(listen="127.0.0.1:0", threads="8", uploads_at_once="4", stall_seconds="2")
    server = PortalServer(app, settings)
    server.prepare()
    thread = Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


@pytest.fixture
def sender(world: World, app: Flask, server: PortalServer) -> Sender:
    """A leader who is signed in to the server."""
    cookie = sign_in(app, world.deps, world.leader.id).get_cookie("portal_session")
    assert cookie is not None
    return Sender(world, app, server.bind_addr[1], cookie.value)


@pytest.fixture
def pages(world: World) -> Flask:
    """The pages, after a document was sent whose name no steward may see."""
    upload(world.deps, world.leader.actor, world.a.inspection, name="canary-of-a-file.pdf")
    return make_app(world.deps)


@pytest.fixture
def admin(pages: Flask, world: World) -> Steward:
    """An administrator's browser."""
    return Steward(pages, world, world.administrator)


@pytest.fixture
def officer(pages: Flask, world: World) -> Steward:
    """A data protection officer's browser."""
    return Steward(pages, world, world.dpo)
