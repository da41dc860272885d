"""Headers and cookies of every kind of answer."""

import re
from uuid import uuid4

import pytest

from portal.db.engine import writing
from portal.db.tables import Agency
from portal.web.access import PUBLIC, access
from tests.web.clients import Visit, make_app, sign_in
from tests.web.routes import Place, make_place
from tests.world import World, session_for

STRONG = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


@pytest.mark.parametrize("path", ["/sign-in", "/health", "/nowhere", "{i}/", "{i}/receipts/1.json", "{t}/bundle"])
def test_every_answer_is_guarded(place: Place, path: str) -> None:
    """Pages, errors, JSON and redirects have the same strict headers, and none is kept by a browser."""
    headers = place.visit("leader").get(place.path(path)).headers
    assert STRONG == {name: headers[name] for name in STRONG}
    assert "Strict-Transport-Security" not in headers


def test_content_policy(place: Place) -> None:
    """Nothing from elsewhere, nothing inline; the page's scripts carry this answer's nonce and no other's."""
    first, second = (place.visit("leader").get(place.path("{i}/")) for _ in range(2))
    policy = first.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]{20,})' 'self'", policy)
    assert nonce is not None
    assert nonce[1] not in second.headers["Content-Security-Policy"]
    assert {nonce[1]} == set(re.findall(r'<script[^>]* nonce="([^"]*)"', first.text))
    for rule in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy


def test_downloads_are_never_shown(place: Place) -> None:
    """A document comes as an attachment of unknown type, sandboxed."""
    with place.visit("inspector").get(place.path("{t}/documents/{p.document}")) as answer:
        headers = answer.headers
        assert len(answer.data) == int(headers["Content-Length"])
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; ")
    assert "application/octet-stream" == headers["Content-Type"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert headers["Content-Disposition"].startswith("attachment; ")


def test_static_files_may_be_kept(place: Place) -> None:
    """A static address that names its content may be kept for ever, another must be asked for again."""
    visit = place.visit("anonymous")
    said = {}
    for path in ("/static/portal.css?v=1", "/static/portal.css", "/static/nothing.css?v=1"):
        with visit.get(path) as answer:
            said[path] = answer.headers["Cache-Control"]
    assert ["public, max-age=31536000, immutable", "no-cache", "no-store"] == list(said.values())


def test_the_development_cookie(place: Place) -> None:
    """The cookie is out of reach of scripts and other sites, ends with the browser, and holds no name."""
    visit = place.visit("anonymous")
    set_cookie = visit.app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert set_cookie.startswith("portal_session=")
    assert ["HttpOnly", "Path=/", "SameSite=Lax"] == sorted(each.strip() for each in set_cookie.split(";")[1:])


def test_production(world: World) -> None:
    """In production the cookie is bound to the host and to https, and so is the browser."""
    app = make_app(world.deps, profile="production", public_url="https://evidence.example")
    answer = app.test_client().get("/sign-in", base_url="https://evidence.example")
    set_cookie = answer.headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-portal_session=")
    assert ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"] == sorted(p.strip() for p in set_cookie.split(";")[1:])
    assert "max-age=63072000; includeSubDomains" == answer.headers["Strict-Transport-Security"]


def test_the_cookie_holds_nothing_but_the_session(place: Place) -> None:
    """What the cookie carries is Flask-Login's and the token's, whatever pages were opened and files sent."""
    visit = place.visit("leader")
    with visit.client.session_transaction() as session:
        session["_user_id"] = session_for(place.world.deps, place.world.leader.id)
    visit.send(place.path("{i}/items/childrens-guide/documents"), b"%PDF-1.7", "Canary of a name.pdf")
    visit.get(place.path("{i}/"))
    with visit.client.session_transaction() as session:
        assert {"csrf_token", "_user_id"} == set(session)


def test_whoever_comes_second_is_told_so(world: World) -> None:
    """Two who add the same code at one instant: the database takes the first, the second gets no fault page."""
    app = make_app(world.deps)

    def adds() -> str:
        with writing(world.deps.engine) as session:
            session.add(Agency(id=uuid4(), code="agency-a", name="The same"))
        return "added"

    app.add_url_rule("/adds", "adds", access(PUBLIC)(adds))
    answer = Visit(app, sign_in(app, world.deps, None)).get("/adds")
    assert (409, True) == (answer.status_code, "cannot be done now" in answer.text)


def test_an_unknown_fault_says_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of ours gives a plain page; neither it nor the log repeats what was sent."""
    app = make_app(world.deps)

    def breaks() -> str:
        raise ValueError("Canary of a name")

    app.add_url_rule("/breaks", "breaks", access(PUBLIC)(breaks))
    answer = Visit(app, sign_in(app, world.deps, None)).get("/breaks")
    logged = "".join(capsys.readouterr())
    assert (500, True) == (answer.status_code, "there is a problem with the service" in answer.text)
    assert "Canary" not in answer.text + logged
    assert "ValueError" in logged
