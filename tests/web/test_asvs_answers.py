"""Every answer of production, whoever asks and whatever goes wrong (ASVS V3.3, V3.4, V4.1, V13.4, V14.3, V16.5)."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from portal.cli.context import log_to_stderr
from portal.db.engine import reading, writing
from portal.db.tables import WebSession
from portal.domain.errors import KeyUnavailable, SealBroken, StoreUnavailable
from portal.domain.sessions import Factor, Stage
from portal.vault.sessions import begin
from portal.web.access import PUBLIC, access
from tests.web.clients import RAW_TOKEN, make_app, token
from tests.web.routes import CHANGES, PATHS, ROLES, Place, make_place
from tests.web.swaps import Recorder
from tests.web.test_access import EXPECTED
from tests.world import START, World, session_for

HTTPS = "https://evidence.example"
SCRIPT = {"Accept": "application/json"}
"""Problem details cost less to make than a page."""
ASKING = ("anonymous", "leader", "lead_inspector", "administrator", "dpo")
BANNERS = ("Server", "X-Powered-By", "Via", "X-AspNet-Version", "Access-Control-Allow-Origin")
FAULTS = (
    ValueError("Canary of a name in /srv/canary.py: SELECT canary FROM person"),
    OperationalError("SELECT canary FROM person", {}, Exception("canary")),
    MemoryError("canary"),
    SealBroken("canary"),
    StoreUnavailable("canary"),
    KeyUnavailable("canary"),
    RecursionError("canary"),
)


ODD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/nowhere", {"method": "GET"}),
    ("/sign-in", {"method": "TRACE"}),
    ("/sign-in", {"method": "DELETE"}),
    ("/sign-in", {"method": "POST", "data": b"{}", "content_type": "application/json"}),
    ("/sign-in", {"method": "POST", "data": {"email": "a"}}),
    ("/sign-in", {"method": "POST", "data": {"email": "a" * 70_000}}),
    ("/sign-in", {"method": "POST"}),
    ("/sign-in", {"method": "POST", "data": {"email": "a"}, "headers": {"Sec-Fetch-Site": "cross-site"}}),
    ("/sign-in", {"method": "GET", "headers": {"Accept": "application/json"}}),
)
"""Requests that are refused for what they are."""


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared, as production serves it."""
    made = make_place(world)
    return replace(made, app=make_app(world.deps, profile="production", public_url=HTTPS))


def browser(place: Place, role: str) -> FlaskClient:
    """Return a browser that comes by https, signed in as this role."""
    client = place.app.test_client()
    with client.session_transaction(base_url=HTTPS) as session:
        session["csrf_token"] = RAW_TOKEN
        if role != "anonymous":
            session["_user_id"] = session_for(place.world.deps, getattr(place.world, role).id)
    return client


def check(where: object, answer: Response) -> None:
    """Check what holds for each answer, whatever it is."""
    headers = answer.headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";")}
    download = policy.keys() == {"sandbox", "default-src"}
    static = where == "static"
    assert ["'none'"] == policy["default-src"], where
    assert download or (["'none'"], ["'none'"]) == (policy["frame-ancestors"], policy["base-uri"]), where
    assert ("nosniff", "same-origin", "same-origin", "DENY") == (
        headers["X-Content-Type-Options"],
        headers["Referrer-Policy"],
        headers["Cross-Origin-Opener-Policy"],
        headers["X-Frame-Options"],
    ), where
    assert "max-age=63072000; includeSubDomains" == headers["Strict-Transport-Security"], where
    assert static or "no-store" == headers["Cache-Control"], where
    assert [] == [name for name in BANNERS if name in headers], where
    kind = headers.get("Content-Type", "")
    assert not kind.startswith("text/") or kind.endswith("; charset=utf-8"), where
    assert answer.status_code != 200 or answer.content_length == 0 or kind, where
    for cookie in headers.getlist("Set-Cookie"):
        attributes = {each.strip().partition("=")[0] for each in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-"), where
        assert {"Secure", "HttpOnly", "SameSite", "Path"} <= attributes, where
        assert "Domain" not in attributes, where


def reader(endpoint: str) -> str:
    """Return a role that gets a page from this route, or any."""
    answers = dict(zip(ROLES, EXPECTED[endpoint], strict=True))
    return next((role for role in ASKING[1:] if answers[role] < 400), "leader")


def test_every_answer_is_guarded_whoever_asks(place: Place) -> None:
    """Pages, redirects, downloads and refusals of every route bear the same headers, cookies of ours are bound."""
    statuses = set()
    clients = {role: browser(place, role) for role in ASKING}
    asked = [(endpoint, path, role) for endpoint, path in PATHS.items() for role in ("anonymous", reader(endpoint))]
    for endpoint, path, role in asked:
        with clients[role].get(place.path(path), base_url=HTTPS) as answer:
            check(endpoint, answer)
            statuses.add(answer.status_code)
    for path, options in ODD:
        for client in clients.values():
            with client.open(path, base_url=HTTPS, **options) as answer:
                check((path, options), answer)
                statuses.add(answer.status_code)
    assert {200, 303, 400, 403, 404, 405, 411, 413, 415} <= statuses


def test_only_listed_methods_are_taken(place: Place) -> None:
    """Any other method of any route is 405, says which are taken, and changes nothing (V4.1.4, V13.4.4)."""
    taken: dict[str, set[str]] = {}
    example: dict[str, str] = {}
    for endpoint in [*PATHS, *CHANGES]:
        recorder = Recorder(place.app)
        if endpoint in PATHS:
            recorder.get(place.path(PATHS[endpoint]))
        else:
            CHANGES[endpoint](place, recorder.visit())
        path = recorder.sent[-1].address.partition("?")[0]
        adapter = place.app.url_map.bind("evidence.example")
        example[path] = endpoint
        taken[path] = set(adapter.allowed_methods(path))
    client = browser(place, "anonymous")
    for path, methods in taken.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MADE-UP"} - methods:
            with client.open(path, method=method, base_url=HTTPS, headers=SCRIPT) as answer:
                assert 405 == answer.status_code, (example[path], method)
                assert methods == set(answer.headers["Allow"].split(", ")), example[path]


def test_a_fault_says_nothing_wherever_it_comes_from(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is raised, page, problem details and log hold neither its text nor a place on the machine (V16.5.1)."""
    app = make_app(world.deps)
    for number, fault in enumerate(FAULTS):
        app.add_url_rule(f"/breaks/{number}", f"breaks{number}", access(PUBLIC)(_raiser(fault)))
    client = app.test_client()
    for number in range(len(FAULTS)):
        for accept in ("text/html", "application/json"):
            answer = client.get(f"/breaks/{number}", headers={"Accept": accept})
            assert answer.status_code in (500, 503), number
            assert [] == [word for word in ("anary", "Traceback", ".py", "SELECT", "/srv") if word in answer.text]
            assert (accept == "application/json") == (answer.mimetype == "application/problem+json")
    logged = "".join(capsys.readouterr())
    assert "OperationalError" in logged
    assert "SELECT" not in logged


def _raiser(fault: Exception) -> Callable[[], str]:
    def breaks() -> str:
        raise fault

    return breaks


def test_a_log_record_is_one_line_whatever_a_request_says(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks, escapes and braces of addresses, headers and fields make no record of their own (V16.4.1)."""
    app = make_app(world.deps)

    def breaks(_rest: str) -> str:
        raise ValueError('x\n{"event": "canary"}')

    app.add_url_rule("/breaks/<_rest>", "breaks", access(PUBLIC)(breaks), methods=["GET", "POST"])
    log_to_stderr()
    client = app.test_client()
    with client.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
    odd = "a%0D%0A%7B%22event%22:%20%22canary%22%7D%1B%5B31m%E2%80%A8b"
    client.get(f"/breaks/{odd}", headers={"User-Agent": "x\t\x1b[31mcanary", "Referer": f"http://localhost/{odd}"})
    client.post(f"/breaks/{odd}", data={"csrf_token": token(app), "a": 'b\r\n{"event": "canary"}'})
    lines = capsys.readouterr().err.splitlines()
    assert ["request.fault"] * 2 == [json.loads(line)["event"] for line in lines]
    assert [] == [line for line in lines if "canary" in line or "\x1b" in line]


def test_a_stolen_or_forged_cookie_is_nobody(place: Place) -> None:
    """A session under another secret, or one made up, opens nothing: tokens are looked up (V7.2.1)."""
    forged = URLSafeTimedSerializer("another secret that is long enough", salt="cookie-session").dumps(
        {"_user_id": "x"}
    )
    for value in (forged, "x", "", "__Host-", "a" * 4_000):
        client = place.app.test_client()
        client.set_cookie("__Host-portal_session", str(value), domain="evidence.example", secure=True)
        answer = client.get(place.path("{i}/"), base_url=HTTPS)
        assert (303, "/sign-in") == (answer.status_code, answer.location.partition("?")[0])


def test_session_tokens_are_random_and_long(world: World) -> None:
    """Tokens have 256 bits, none comes twice, and the database holds their digests alone (V7.2.3)."""
    with writing(world.deps.engine) as session:
        made = {begin(session, world.leader.id, Stage.full, START, factor=Factor.totp) for _ in range(100)}
    with reading(world.deps.engine) as session:
        kept = set(session.scalars(select(WebSession.token_hash)))
    assert 100 == len(made)
    assert [] == [each for each in made if not re.fullmatch(r"[\w-]{43}", each)]
    assert {sha256(each.encode()).digest() for each in made} == kept
