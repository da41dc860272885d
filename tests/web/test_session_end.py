"""The end of a session: announced, final, and no loss of what was typed."""

import re
import socket
from datetime import timedelta
from typing import Any

import pytest
from flask import g
from sqlalchemy import select

from portal.db.engine import writing
from portal.db.tables import Answer, WebSession
from portal.services.sign_in import who_is
from portal.web.access import Visitor
from portal.web.activity import keep_awake
from tests.services.looks import count, rows
from tests.web.routes import PATHS, Place, make_place
from tests.web.sender import Sender
from tests.web.typist import Typist, enrolled_leader
from tests.world import World, sample, session_for


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


@pytest.fixture
def leader(place: Place) -> Typist:
    """The leader at her own computer, signed in to the end."""
    return enrolled_leader(place)


def test_what_was_typed_survives_the_end_of_the_session(leader: Typist, place: Place) -> None:
    """Sent too late, it comes back whole; signed in again in another tab, the same page sends it."""
    world = place.world
    guide = f"/inspections/{world.a.inspection}/items/childrens-guide"
    typed = {"kind": "not_held", "words": '"We" <hold> none.\r\nSecond line & more'}
    typed["csrf_token"] = leader.token(guide)
    world.fakes.clock.advance(timedelta(hours=2))
    answer = leader.client.post(f"{guide}/gap", data=typed)
    assert (401, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert f'action="{guide}/gap"' in answer.text
    back = {
        name: _unescaped(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    }
    assert typed == back
    assert 0 == count(world.deps, Answer)
    assert 401 == leader.client.post(f"{guide}/gap", data=back).status_code
    leader.give_password()
    leader.give_code()
    assert 303 == leader.client.post(f"{guide}/gap", data=back).status_code
    assert 1 == count(world.deps, Answer)


def _unescaped(value: str) -> str:
    for mark, char in (("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&#13;", "\r"), ("&amp;", "&")):
        value = value.replace(mark, char)
    return value


def test_what_comes_back_is_never_a_secret_nor_anothers_to_send(leader: Typist, place: Place) -> None:
    """Passwords and codes are typed again; another site's form is refused, and another's token stays worthless."""
    client = place.app.test_client()
    guide = f"/inspections/{place.world.a.inspection}/items/childrens-guide/gap"
    for path, typed in (
        ("/account/password", {"csrf_token": "t", "current_password": "canary of mine"}),
        ("/set-up/app/code", {"csrf_token": "t", "code": "canary"}),
        ("/account/stay", {"csrf_token": "canary"}),
    ):
        answer = client.post(path, data=typed)
        assert (401, False) == (answer.status_code, "canary" in answer.text)
    typed = {"csrf_token": "t", "words": "canary"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Accept": "application/json"}):
        answer = client.post(guide, data=typed, headers=headers)
        assert (401, False) == (answer.status_code, "canary" in answer.text)
    assert 400 == leader.client.post(guide, data=typed).status_code
    other = Typist(place.world, place.app)
    other.client.get("/sign-in")
    assert 400 == leader.client.post(guide, data=typed | {"csrf_token": other.token("/sign-in")}).status_code


def test_staying_signed_in_says_until_when(leader: Typist, place: Place) -> None:
    """Two hours from now, and no longer than twelve from the beginning; the page knows it without asking."""
    world = place.world
    page = f"/inspections/{world.a.inspection}/"
    left = []
    for hours in (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1):
        world.fakes.clock.advance(timedelta(hours=hours))
        left.append(leader.post("/help", "/account/stay").get_json()["left"])
        found = re.search(r'data-left="(\d+)"', leader.client.get(page).text)
        assert found is not None
        assert left[-1] == int(found[1])
    assert [7200] * 9 == left[:9]
    assert (7170, 3570) == (left[9], left[10])
    world.fakes.clock.advance(timedelta(hours=1))
    assert 401 == leader.client.post("/account/stay", headers={"Accept": "application/json"}).status_code
    assert "data-left" not in leader.client.get("/help").text


def test_v7_4_4_every_page_for_those_signed_in_leads_out_and_to_their_account(place: Place) -> None:
    """Both stand in the header of each page."""
    visit = place.visit("leader")
    for endpoint, path in PATHS.items():
        rule: Any = getattr(place.app.view_functions[endpoint], "access_rule", None)
        with visit.get(place.path(path)) as answer:
            if not rule.public and answer.status_code == 200 and answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                assert ('action="/sign-out"' in page, 'href="/account"' in page) == (True, True), path


def test_v7_3_1_an_upload_counts_as_use_once_a_minute(place: Place) -> None:
    """While a body comes its sender stays signed in, however long it takes; without a body nothing is noted."""
    deps, clock = place.world.deps, place.world.fakes.clock
    token = session_for(deps, place.world.leader.id)
    times = iter([0.0, 59.0, 60.0, 61.0, 121.0])
    began = clock.now()
    seen = []
    with place.app.test_request_context():
        who = who_is(deps, token)
        assert who is not None
        g.visitor = Visitor(token, who)
        for _chunk in keep_awake(iter([b"a"] * 4), lambda: next(times)):
            seen.append(next(row.last_seen_at for row in rows(deps, WebSession, WebSession.id == who.session)))
            clock.advance(timedelta(minutes=50))
    assert [0, 50, 50, 150] == [(at - began) // timedelta(minutes=1) for at in seen]
    assert who_is(deps, token)


def test_v7_4_1_an_upload_does_not_revive_a_session_that_was_signed_out(sender: Sender) -> None:
    """Signed out in another tab while a body is on its way: what came by right counts, and nobody is in."""
    world = sender.world
    world.fakes.clock.advance(timedelta(minutes=5))
    data = sample(size=200_000)
    head = [f"PUT {sender.path()}/slots/file/uploads/upload-slow-1 HTTP/1.1", "Host: localhost", "Connection: close"]
    said = sender.headers(
        **{"Content-Disposition": "attachment; filename*=UTF-8''a.pdf", "Content-Length": str(len(data))}
    )
    head += [f"{key}: {value}" for key, value in said.items()]
    with socket.create_connection(("127.0.0.1", sender.port), timeout=20) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + data[:100_000])
        while "pending" not in sender.states():
            pass
        with writing(world.deps.engine) as session:
            session.delete(session.scalars(select(WebSession)).one())
        world.fakes.clock.advance(timedelta(minutes=5))
        connection.sendall(data[100_000:])
        assert connection.recv(12) == b"HTTP/1.1 201"
    assert ["received"] == sender.states()
    assert 0 == count(world.deps, WebSession)
    assert "/sign-in" in sender.get(f"/inspections/{world.a.inspection}/").url
