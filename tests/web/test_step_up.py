"""Confirming anew on the pages: every route that asks for it, forms that wait meanwhile, and scripts."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.db.chain import entries
from portal.db.credentials import StepUp
from portal.db.engine import reading, writing
from portal.domain.step_up import Purpose
from portal.ports import Deps
from portal.services.sign_in import who_is
from portal.web.access import Rule
from tests.services.test_step_up import app_of
from tests.web.clients import RAW_TOKEN, Visit, token, words
from tests.web.routes import CHANGES, PATHS, ROLES, Place, make_place
from tests.web.test_access import EXPECTED
from tests.world import Someone, World, session_for

LIFE = timedelta(minutes=10)


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def asking(app: Flask) -> dict[str, str]:
    """Return the routes that ask for a confirmation, each with its purpose."""
    rules: dict[str, Rule] = {name: getattr(view, "access_rule", Rule()) for name, view in app.view_functions.items()}
    return {name: rule.confirm for name, rule in rules.items() if rule.confirm}


def visit(app: Flask, deps: Deps, person: Someone, granted: dict[str, datetime] | None = None) -> Visit:
    """Return a browser in which somebody confirmed these purposes at these times, and nothing else."""
    client = app.test_client()
    mine = session_for(deps, person.id, confirmed=())
    found = who_is(deps, mine)
    assert found is not None
    with writing(deps.engine) as session:
        session.add_all(StepUp(session_id=found.session, purpose=p, granted_at=at) for p, at in (granted or {}).items())
    with client.session_transaction() as cookie:
        cookie["csrf_token"], cookie["_user_id"] = RAW_TOKEN, mine
    return Visit(app, client)


def ask(place: Place, browser: Visit, endpoint: str) -> TestResponse:
    """Make the request of a route."""
    change = CHANGES.get(endpoint)
    return change(place, browser) if change else browser.get(place.path(PATHS[endpoint]))


def done_by(place: Place, person: Someone) -> list[str]:
    """Return what the trail says that somebody did."""
    with reading(place.world.deps.engine) as session:
        return [each.action for each in entries(session) if each.actor == person.actor.label]


SUCH = {"team.bundle", "team.changes", "team.item_bundle", "retention.publish_now", "holds.hold_programme",
        "holds.hold_inspection", "holds.review", "holds.propose_to_lift", "retention.dispose_now",
        "colleagues.replace", "teams.assign_now", "teams.unassign_now", "people.add", "people.end", "people.disable",
        "people.enable", "people.correct", "proposals.decide", "proposals.propose_early", "readings.ask",
        "readings.decide"}  # fmt: skip


ELSE = {"proposals.decide": "administrator"}
"""Who comes as far as the confirmation where the table of routes lets nobody do it."""


def test_what_cannot_be_undone_asks_first(place: Place) -> None:
    """Downloads, publication, holds, disposal, role changes, and what takes two people; each purpose is a known one."""
    found = asking(place.app)
    assert SUCH <= found.keys()
    assert set(found.values()) <= set(Purpose)


def test_without_a_confirmation_nothing_happens(place: Place) -> None:
    """Without any, with one for each other purpose, and after ten minutes: each such route leads to /confirm."""
    world, now = place.world, place.world.deps.clock.now()
    assert place.asked is not None
    for endpoint, purpose in asking(place.app).items():
        may = [role for role, status in zip(ROLES, EXPECTED[endpoint], strict=True) if status not in (401, 403, 404)]
        may = [role for role in may if role != "anonymous"]
        person: Someone = getattr(world, (may or [ELSE.get(endpoint, "leader")])[0])
        cases: list[dict[str, datetime]] = [
            {},
            {other: now for other in Purpose if other != purpose},
            {purpose: now - LIFE},
            {purpose: now + timedelta(seconds=1)},
        ]
        for granted in cases:
            before = done_by(place, person)
            answer = ask(place, visit(place.app, place.world.deps, person, granted), endpoint)
            where = urlsplit(answer.headers.get("Location", ""))
            change = endpoint in CHANGES
            assert (307 if change else 303, "/confirm/form" if change else "/confirm") == (
                answer.status_code,
                where.path,
            ), endpoint
            assert [purpose] == parse_qs(where.query)["purpose"]
            assert before == done_by(place, person), endpoint
        let = ask(
            place, visit(place.app, place.world.deps, person, {purpose: now - LIFE + timedelta(seconds=1)}), endpoint
        )
        assert not let.headers.get("Location", "").startswith("/confirm"), endpoint
        let.close()


def test_whoever_may_not_is_not_asked(place: Place) -> None:
    """Another agency's leader is told nothing by the way to /confirm: it is as unknown as ever."""
    stranger = visit(place.app, place.world.deps, place.world.leader_b)
    assert {404} == {ask(place, stranger, endpoint).status_code for endpoint in SUCH}


def test_a_script_is_told_plainly(place: Place) -> None:
    """A bundle without a confirmation is problem details, to GET and to HEAD alike; a form too."""
    browser, path = visit(place.app, place.world.deps, place.world.inspector), place.path("{t}/bundle")
    for accepts in ("application/json", "application/problem+json"):
        answer = browser.get(path, headers={"Accept": accepts})
        assert (403, "application/problem+json") == (answer.status_code, answer.mimetype)
        assert "not confirmed" in answer.get_json()["detail"]
        assert 403 == browser.client.head(path, headers={"Accept": accepts}).status_code
    assert "bundle.opened" not in done_by(place, place.world.inspector)


def test_a_download_is_confirmed_and_begins(place: Place) -> None:
    """By a code; a wrong one is pointed at. The browser keeps a page, and a form that was open in it still fits."""
    world, clock = place.world, place.world.fakes.clock
    app, _codes = app_of(world.deps, world.lead_inspector)
    browser, path = visit(place.app, world.deps, world.lead_inspector), place.path("{t}/bundle")
    asked = browser.get(path, follow_redirects=True)
    assert "Confirm that it is you" in words(asked)
    assert "You are about to download what was sent." in words(asked)
    wrong = browser.post("/confirm", purpose="bundle", next=path, code="000000x")
    assert (422, True) == (wrong.status_code, 'href="#code"' in wrong.text)
    assert "000000x" not in wrong.text
    assert 422 == browser.post("/confirm", purpose="bundle", next=path).status_code
    before = browser.client.get_cookie("portal_session")
    done = browser.post("/confirm", purpose="bundle", next=path, code=app.at(clock.now()))
    assert (200, True) == (done.status_code, f'href="{path}"' in done.text)
    assert before != browser.client.get_cookie("portal_session")
    given = browser.get(path)
    assert (200, "application/zip") == (given.status_code, given.mimetype)
    given.close()
    assert 307 == browser.post(place.path("{t}/leader"), email="x@example.org", name="X").status_code


def hidden(page: str, form: str = "") -> dict[str, str]:
    """Return the hidden fields of the page's form, after the words `form`."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page[page.index(form) :])
    return {unescape(name): unescape(value) for name, value in found}


def test_a_form_that_waits_keeps_what_was_typed(place: Place) -> None:
    """All but its token and secrets goes along in the page; once confirmed, one button sends it."""
    world, clock = place.world, place.world.fakes.clock
    app, _codes = app_of(world.deps, world.administrator)
    browser, path = visit(place.app, world.deps, world.administrator), "/stewards/people/add-steward?from=here"
    typed = {"email": "new@example.org", "name": 'O’Neil "Ann" <b>', "role": "administrator"}
    secret = {"password": "a secret of mine", "confirm": "a secret of mine", "csrf_token": token(place.app)}
    sent = browser.client.post(path, data=typed | secret)
    # As a browser does with a 307; the test client would lose the body.
    asked = browser.client.post(sent.headers["Location"], data=typed | secret)
    assert (307, 200) == (sent.status_code, asked.status_code)
    assert "What you typed is kept" in words(asked)
    assert "a secret of mine" not in asked.text
    waits = hidden(asked.text, 'action="/confirm"')
    wrong = browser.client.post("/confirm", data=waits | {"code": ""})
    assert (422, waits["carried"]) == (wrong.status_code, hidden(wrong.text, 'action="/confirm"')["carried"])
    done = browser.client.post("/confirm", data=waits | {"code": app.at(clock.now())})
    form = hidden(done.text, f'action="{path}"')
    assert typed == {name: form[name] for name in form if name != "csrf_token"}
    assert "stewardship" not in " ".join(done_by(place, world.administrator))
    last = browser.client.post(path, data=form)
    assert (303, True) == (last.status_code, "/stewards/people/" in last.headers["Location"])


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (404, {"purpose": "everything"}),
        (404, {}),
        (400, {"purpose": "hold", "carried": "{"}),
        (400, {"purpose": "hold", "carried": '{"a": "b"}'}),
        (400, {"purpose": "hold", "carried": '[["a"]]'}),
        (400, {"purpose": "hold", "carried": "[" * 5000}),
        (400, {"purpose": "hold", "unknown": "x"}),
        (422, {"purpose": "hold", "code": "1" * 65}),
    ],
)
def test_what_no_page_sends_is_refused(world: World, app: Flask, status: int, fields: dict[str, str]) -> None:
    """Never with a fault."""
    browser = visit(app, world.deps, world.dpo)
    assert status == browser.post("/confirm", **{"code": "123456", **fields}).status_code


def test_confirming_leads_nowhere_else(world: World, app: Flask) -> None:
    """An address of another website is not gone to."""
    maker, _codes = app_of(world.deps, world.dpo)
    browser = visit(app, world.deps, world.dpo)
    for there in ("https://evil.example/", "//evil.example", "/\\evil.example", ""):
        page = browser.client.get("/confirm", query_string={"purpose": "hold", "next": there})
        assert (200, "/") == (page.status_code, hidden(page.text, 'action="/confirm"')["next"])
    fields = {"purpose": "hold", "next": "//evil.example", "code": maker.at(world.deps.clock.now())}
    answer = browser.post("/confirm", **fields)
    assert (303, "/") == (answer.status_code, answer.headers["Location"])
