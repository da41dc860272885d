"""What keeps strangers out over HTTP: hosts, proxies, what browsers say of a request, devices, and signing out."""

import re
import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from portal.db.credentials import Throttle
from portal.db.engine import reading
from portal.db.tables import OutboxMail
from portal.vault.throttles import throttle_key
from portal.web.fences import FILES
from tests.services.looks import count, rows
from tests.web.clients import make_app, words
from tests.web.routes import PATHS, Place, make_place
from tests.web.sender import Sender
from tests.web.typist import PASSWORD, Typist, enrolled_leader
from tests.world import World, sample

WHOLE = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


@pytest.fixture
def leader(place: Place) -> Typist:
    """The leader at her own computer, signed in to the end."""
    return enrolled_leader(place)


def test_v4_1_3_no_page_mail_or_redirect_repeats_a_host(place: Place) -> None:
    """A request that names another host is refused on every route; what proxies are said to say makes no address."""
    visit = place.visit("leader")
    spoofed = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example"}
    for path in set(PATHS.values()) - {"/health"}:
        with visit.get(place.path(path), headers={"Host": "evil.example", **spoofed}) as answer:
            assert (421, False) == (answer.status_code, b"evil" in answer.data), path
        with visit.get(place.path(path), headers=spoofed) as answer:
            said = answer.data + repr(list(answer.headers)).encode()
            assert (False, False) == (b"evil.example" in said, b"gopher" in said), path
    for host in ("localhost.evil.example", "localhost@evil.example", "", "localhost:80:80"):
        assert 421 == visit.get("/sign-in", headers={"Host": host}).status_code
    with reading(place.world.deps.engine) as session:
        assert not [row for row in session.scalars(select(OutboxMail)) if "evil" in row.facts]


def test_the_health_check_of_this_machine_may_name_any_host(place: Place) -> None:
    """A probe knows an address alone; from elsewhere it must know the name too."""
    client = place.app.test_client()
    answers = [
        client.get("/health", headers={"Host": "10.0.0.7"}, environ_base={"REMOTE_ADDR": peer}).status_code
        for peer in ("127.0.0.1", "192.0.2.1")
    ]
    assert [200, 421] == answers


@pytest.mark.parametrize(
    ("counted", "peer", "header"),
    [
        ("192.0.2.1", "192.0.2.1", "198.51.100.1"),
        ("198.51.100.1", "127.0.0.1", "203.0.113.9, 198.51.100.1"),
        ("127.0.0.1", "127.0.0.1", ""),
    ],
)
def test_v4_1_3_wrong_tries_count_on_who_sent_them(world: World, counted: str, peer: str, header: str) -> None:
    """On the peer, or on whom a trusted proxy names: nobody gets a fresh start by a header of their own."""
    stranger = Typist(world, make_app(world.deps))
    stranger.client.environ_base["REMOTE_ADDR"] = peer
    if header:
        stranger.client.environ_base["HTTP_X_FORWARDED_FOR"] = header
    assert 422 == stranger.post("/sign-in", email="nobody@example.org", password="wrong").status_code
    with reading(world.deps.engine) as session:
        row = session.get(Throttle, throttle_key(world.deps.secret, "network", counted))
    assert (True, 2) == (row is not None, count(world.deps, Throttle))


def test_v3_5_8_no_other_site_loads_what_is_for_those_signed_in(place: Place) -> None:
    """No part of another site's page, no download or JSON that it leads to; a link to a page works, as from a mail."""
    visit = place.visit("inspector")
    cross: Mapping[str, str] = {"Sec-Fetch-Site": "cross-site"}
    for endpoint, path in PATHS.items():
        rule: Any = getattr(place.app.view_functions[endpoint], "access_rule", None)
        if rule.public or endpoint.startswith("api."):  # a script's token is no cookie: no other site has it
            continue
        address = place.path(path)
        for headers in ({**cross, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, {**cross}):
            with visit.get(address, headers=headers) as answer:
                assert answer.status_code in (403, 404, 303), endpoint
                assert b"%PDF" not in answer.data
        with visit.get(address) as plain, visit.get(address, headers={**cross, **WHOLE}) as led:
            leads_on = plain.status_code not in (200, 303)
            is_file = "Content-Disposition" in plain.headers or plain.is_json
            assert is_file == (endpoint in FILES) or leads_on, endpoint
            assert (403 if endpoint in FILES and not leads_on else plain.status_code) == led.status_code, endpoint
    page = place.path("{t}/")
    for headers in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": "script", "Sec-Fetch-Site": "same-origin"}):
        assert 403 == visit.get(page, headers={**WHOLE, **headers}).status_code
    assert 200 == visit.get(page, headers={**WHOLE, "Sec-Fetch-Site": "same-origin"}).status_code


def test_v3_3_every_cookie_is_bound_to_host_and_purpose(leader: Typist, place: Place) -> None:
    """V3.3.1 to V3.3.4: what signing in sets is out of reach of scripts, other hosts and other sites."""
    app = make_app(place.world.deps, profile="production", public_url="https://evidence.example")
    client = app.test_client()
    options: Any = {"base_url": "https://evidence.example"}
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in", **options).text)
    assert found is not None
    typed = {"csrf_token": found[1], "email": place.world.leader.email, "password": PASSWORD}
    said = client.post("/sign-in", data=typed, **options).headers.getlist("Set-Cookie")
    place.world.fakes.clock.advance(timedelta(seconds=30))
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in/code", **options).text)
    assert found is not None
    code = pyotp.TOTP(leader.secret).at(place.world.deps.clock.now())
    said += client.post("/sign-in/code", data={"csrf_token": found[1], "code": code}, **options).headers.getlist(
        "Set-Cookie"
    )
    assert {"__Host-portal_session", "__Host-portal_device"} == {each.partition("=")[0] for each in said}
    for each in said:
        parts = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in each.split(";")[1:]}
        assert {"Secure", "HttpOnly"} <= parts.keys()
        assert ("/", True, False) == (parts["Path"], parts["SameSite"] in ("Lax", "Strict"), "Domain" in parts)


def test_v7_2_4_each_step_of_signing_in_gives_another_token(leader: Typist, place: Place) -> None:
    """A cookie set before is worth nothing after the password, and one from then nothing after the code."""
    world = place.world
    known = leader.client.get_cookie("portal_device")
    leader.post("/help", "/sign-out")
    seen = []

    def cookie() -> str:
        found = leader.client.get_cookie("portal_session")
        assert found is not None
        return found.value

    leader.client.get("/sign-in")
    seen.append(cookie())
    leader.give_password()
    seen.append(cookie())
    assert 303 == leader.give_code().status_code
    assert 200 == leader.client.get(f"/inspections/{world.a.inspection}/").status_code
    for old in seen:
        thief = place.app.test_client()
        thief.set_cookie("portal_session", old)
        assert (303, 303) == tuple(
            thief.get(path).status_code for path in (f"/inspections/{world.a.inspection}/", "/sign-in/code")
        )
    again = leader.client.get_cookie("portal_device")
    assert known is not None
    assert again is not None
    assert known.value == again.value
    assert [] == [row for row in rows(world.deps, OutboxMail) if row.template == "new-device"]


def test_v14_3_1_signing_out_clears_what_the_browser_kept(leader: Typist) -> None:
    """Pages are kept nowhere, storage is cleared, the session's cookie taken away; the device stays known."""
    answer = leader.post("/help", "/sign-out")
    assert '"cache", "storage"' == answer.headers["Clear-Site-Data"]
    assert "no-store" == answer.headers["Cache-Control"]
    assert (None, True) == (
        leader.client.get_cookie("portal_session"),
        leader.client.get_cookie("portal_device") is not None,
    )


def test_v6_3_8_the_answers_for_known_and_unknown_accounts_are_equal(leader: Typist, place: Place) -> None:
    """Status, headers and page, whatever is wrong, and also once both have to wait."""
    stranger = Typist(place.world, place.app)
    for _ in range(6):
        pages = []
        for email in (place.world.leader.email, "nobody.@example.org"):
            answer = stranger.post("/sign-in", email=email, password="wrong horse battery")
            page = re.sub(r'nonce="[^"]+"|value="[^"]+"', "", answer.text)
            headers = {key for key, _value in answer.headers}
            pages.append((answer.status_code, page, headers))
        assert pages[0] == pages[1]


def test_a_fifth_wrong_code_leads_back_to_the_beginning(leader: Typist) -> None:
    """The session that had the password is over, and the page says what to do."""
    leader.post("/help", "/sign-out")
    leader.give_password()
    for _ in range(4):
        assert 422 == leader.post("/sign-in/code", code="000000x").status_code
    answer = leader.post("/sign-in/code", code="000000x")
    assert "/sign-in?ended=1" == answer.headers["Location"]
    assert "There were too many wrong codes." in words(leader.client.get("/sign-in?ended=1"))
    assert 303 == leader.client.get("/sign-in/code").status_code


def test_nobody_unknown_is_asked_to_send_a_body(sender: Sender) -> None:
    """Whoever waits for "continue" is told at once what is wrong; the leader is told to go on."""
    line = f"PUT {sender.path()}/slots/file/uploads/upload-wait-1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    wait = "Content-Length: 1000\r\nExpect: 100-continue\r\n"
    own = "".join(f"{key}: {value}\r\n" for key, value in sender.headers().items())
    own += "Content-Disposition: attachment; filename*=UTF-8''a.pdf\r\n"
    for headers, first in (("", b"HTTP/1.1 401"), (own, b"HTTP/1.1 100")):
        with socket.create_connection(("127.0.0.1", sender.port), timeout=20) as connection:
            connection.sendall(f"{line}{headers}{wait}\r\n".encode())
            assert first == connection.recv(12)
            if headers:
                connection.sendall(sample(size=1000))
                answer = b"".join(iter(lambda connection=connection: connection.recv(65536), b""))  # type: ignore[misc]
                assert b"HTTP/1.1 201 " in answer
