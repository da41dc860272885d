"""Passkeys over HTTP: what a page offers, what our script is told, and what its answers do."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.domain.sessions import Stage
from portal.services.passkeys import WRONG
from tests.passkeys import UP, Authenticator
from tests.web.clients import RAW_TOKEN, Visit, make_app, token, words
from tests.world import World, session_for

JSON = {"Accept": "application/json"}


@pytest.fixture
def visit(world: World) -> Visit:
    """A browser in which the leader's password was just set."""
    app = make_app(world.deps)
    return at(world, Visit(app, app.test_client()), Stage.enrolling)


def at(world: World, visit: Visit, stage: Stage, **options: Any) -> Visit:
    """Put the leader at another stage, in this browser."""
    with visit.client.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
        factor = "passkey" if stage is Stage.full else None
        session["_user_id"] = session_for(world.deps, world.leader.id, stage, factor, **options)
    return visit


def ask(visit: Visit, path: str) -> TestResponse:
    """Ask as our script does."""
    return visit.client.post(path, data={"csrf_token": token(visit.app)}, headers=JSON)


def set_up(visit: Visit, **fields: str) -> tuple[Authenticator, TestResponse]:
    """Set a passkey up by the page's form."""
    passkey = Authenticator()
    options = ask(visit, "/set-up/passkey/options")
    assert (200, "application/json", "no-store") == (
        *(options.status_code, options.mimetype),
        options.headers["Cache-Control"],
    )
    return passkey, visit.post("/set-up/passkey", passkey=passkey.make(options.text), **fields)


def test_from_the_password_to_the_task_list_and_in_again(world: World, visit: Visit) -> None:
    """Set up, recovery codes once, the list; then password, passkey, and the page that was wanted."""
    page = visit.get("/set-up")
    assert 'data-act="create" data-options="/set-up/passkey/options"' in page.text
    for equal in ("Authenticator app", "Passkey"):
        assert f'<h2 class="govuk-heading-m">{equal}</h2>' in page.text
    assert "A passkey cannot be set up here: this browser does not take passkeys" in words(page)
    passkey, done = set_up(visit, label=" Work laptop ")
    assert (200, True) == (done.status_code, "Keep these recovery codes" in words(done))
    wanted = f"/inspections/{world.a.inspection}/"
    assert 200 == visit.get(wanted).status_code
    at(world, visit, Stage.challenged)
    page = visit.get("/sign-in/code", query_string={"next": wanted})
    assert 'data-act="get" data-options="/sign-in/passkey/options"' in page.text
    assert "Code from your authenticator app" not in words(page)
    answer = passkey.sign(ask(visit, "/sign-in/passkey/options").text)
    done = visit.post("/sign-in/passkey", passkey=answer, next=wanted)
    assert (303, wanted) == (done.status_code, done.headers["Location"])
    assert 200 == visit.get(wanted).status_code


def test_another_passkey_needs_a_confirmation(world: World, visit: Visit) -> None:
    """With the first passkey, for this purpose; what was typed is kept, the answer that came with it is not."""
    first, _done = set_up(visit)
    at(world, visit, Stage.full, confirmed=())
    assert (303, "/confirm?purpose=factors&next=/set-up") == (
        (led := visit.get("/set-up")).status_code,
        led.headers["Location"],
    )
    assert 403 == ask(visit, "/set-up/passkey/options").status_code
    assert 307 == visit.post("/set-up/passkey", label="Phone", passkey="{}").status_code
    page = visit.post("/confirm/form?purpose=factors&next=/set-up/passkey", label="Phone", passkey="{}")
    assert 'data-options="/confirm/passkey/options/factors"' in page.text
    carried = '[["label", "Phone"]]'
    fields = {"purpose": "factors", "next": "/set-up/passkey", "carried": carried}
    wrong = visit.post("/confirm/passkey", passkey="{}", **fields)
    assert (422, 2) == (wrong.status_code, words(wrong).count(WRONG))
    answer = first.sign(ask(visit, "/confirm/passkey/options/factors").text)
    done = visit.post("/confirm/passkey", passkey=answer, **fields)
    assert (200, True) == (done.status_code, 'name="label" value="Phone"' in done.text)
    assert 404 == ask(visit, "/confirm/passkey/options/anything").status_code
    _second, done = set_up(visit, label="Phone")
    assert (303, "/") == (done.status_code, done.headers["Location"])


def test_a_refusal_is_shown_at_the_button(world: World, visit: Visit) -> None:
    """In the summary and at the place, with the name that was typed, and without the answer."""
    passkey = Authenticator()
    options = ask(visit, "/set-up/passkey/options").text
    answer = passkey.make(options, origin="https://evil.example")
    refused = visit.post("/set-up/passkey", passkey=answer, label="Work laptop")
    assert (422, 2) == (refused.status_code, words(refused).count(WRONG))
    assert ('value="Work laptop"' in refused.text, answer[:40] in refused.text) == (True, False)
    passkey, _done = set_up(visit)
    at(world, visit, Stage.challenged)
    answer = passkey.sign(ask(visit, "/sign-in/passkey/options").text, flags=UP)
    refused = visit.post("/sign-in/passkey", passkey=answer, next="/team/")
    assert (422, 2) == (refused.status_code, words(refused).count(WRONG))
    assert 'name="next" value="/team/"' in refused.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label": "x" * 65, "passkey": "{}"}, "Must be 64 characters or fewer"),
        ({"label": "a\u202eb", "passkey": "{}"}, "Use letters, digits and punctuation alone"),
        ({"label": "Phone", "passkey": ""}, "Press the button to use your passkey"),
        ({"passkey": "x" * 20_000}, "Must be 16,384 characters or fewer"),
    ],
)
def test_bad_input_is_told(visit: Visit, fields: dict[str, str], said: str) -> None:
    """As of any other form."""
    answer = visit.post("/set-up/passkey", **fields)
    assert (422, 2) == (answer.status_code, words(answer).count(said))


def test_the_fifth_wrong_one_ends_the_session(world: World, visit: Visit) -> None:
    """Then the password is asked for again; our script is told so in a sentence."""
    set_up(visit)
    at(world, visit, Stage.challenged)
    assert [422] * 4 == [visit.post("/sign-in/passkey", passkey="{}").status_code for _ in range(4)]
    ended = visit.post("/sign-in/passkey", passkey="{}")
    assert (303, "/sign-in?ended=1") == (ended.status_code, ended.headers["Location"])


def test_our_script_is_told_what_went_wrong(world: World, visit: Visit) -> None:
    """Problem details, with a sentence to show: signed out, or ten passkeys already."""
    for _ in range(10):
        at(world, visit, Stage.full)
        set_up(visit)
    full = ask(visit, "/set-up/passkey/options")
    assert (409, "You have 10 passkeys already. Remove one before you add another.") == (
        full.status_code,
        full.get_json()["detail"],
    )
    visit.client.delete_cookie("portal_session")
    with visit.client.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
    out = ask(visit, "/set-up/passkey/options")
    assert (401, "application/problem+json") == (out.status_code, out.mimetype)


def test_the_script_needs_nothing_inline(visit: Visit) -> None:
    """It is loaded by the one script of every page; the policy stays as strict as everywhere."""
    page = visit.get("/set-up")
    assert ("unsafe" in page.headers["Content-Security-Policy"], page.text.count("<script")) == (False, 2)
    with visit.get("/static/portal.js") as script:
        assert "import('./passkeys.js')" in script.get_data(as_text=True)
    with visit.get("/static/passkeys.js") as script:
        assert (200, "text/javascript") == (script.status_code, script.mimetype)
