"""Single sign-on over HTTP: pages that lead there and back, whose answer counts in one browser alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from portal.db.engine import reading
from portal.db.tables import Base, Invitation, Person
from portal.domain.roles import TEAM, Role
from portal.services.assignments import assign
from portal.vault.invitations import invitation_code, invitation_token
from portal.web.access import rule_of
from tests.directories import address_on, query_of, return_path
from tests.services.looks import rows
from tests.web.clients import RAW_TOKEN, Visit, make_app, sign_in, words
from tests.world import World, session_for


@pytest.fixture
def visit(world: World) -> Visit:
    """A browser in which nobody is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, None))


def _come_back(world: World, visit: Visit, page: str, subject: str) -> dict[str, str]:
    """Go where the page leads, sign in there, and open what comes back; return the fields of the page's form."""
    brought = world.fakes.directory.let_in(address_on(page), subject)
    shown = visit.get(return_path(brought))
    assert 200 == shown.status_code
    assert 'action="/directory/return"' in shown.text
    assert "data-at-once" in shown.text
    return brought


def _finish(visit: Visit, brought: dict[str, str]) -> TestResponse:
    """Send the form on; whoever is signed in has forms with another token from then on."""
    done = visit.post("/directory/return", **brought)
    _renew(visit)
    return done


def _renew(visit: Visit) -> None:
    with visit.client.session_transaction() as cookie:
        cookie["csrf_token"] = RAW_TOKEN


def _invite(world: World) -> tuple[str, str]:
    """Invite an inspector to team B; return path and code of the invitation."""
    administrator = world.administrator.actor
    assign(world.deps, administrator, world.b.inspection, Role.inspector, "nia@example.org", "Nia New")
    [invitation] = rows(world.deps, Invitation)
    secret = world.deps.secret
    return f"/invitations/{invitation_token(secret, invitation.id)}", invitation_code(secret, invitation.id)


def _know(world: World, visit: Visit, subject: str = "nia") -> None:
    """Accept an invitation with a work account, from its page to the team's desk."""
    path, code = _invite(world)
    world.fakes.directory.vouch(subject)
    assert "Continue with your work account" in words(visit.get(path))
    refused = visit.post(f"{path}/work-account", code="AAA-AAA", password="", confirm="")
    assert (422, True) == (refused.status_code, "You can try 4 more times" in words(refused))
    page = visit.post(f"{path}/work-account", code=code, password="typed before", confirm="").text
    assert "typed before" not in page
    done = _finish(visit, _come_back(world, visit, page, subject))
    assert (303, "/") == (done.status_code, done.headers["Location"])
    assert 404 == visit.get(path).status_code


def test_an_invitation_then_signing_in_then_out(world: World, visit: Visit) -> None:
    """The work account alone opens the team's desk, wherever somebody wanted to go; out means out there too."""
    _know(world, visit)
    assert "RAA-2023-02" in words(visit.get("/team/"))
    out = visit.post("/sign-out")
    assert '"cache", "storage"' == out.headers["Clear-Site-Data"]
    assert "https://evidence.example/sign-in?left=1" == query_of(address_on(out.text))["post_logout_redirect_uri"]
    assert 303 == visit.get("/team/").status_code
    assert "Sign in with your work account" in words(visit.get("/sign-in?next=/team/"))
    _renew(visit)
    page = visit.post("/directory/sign-in", next="/team/")
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    brought = _come_back(world, visit, page.text, "nia")
    done = _finish(visit, brought)
    assert (303, "/team/") == (done.status_code, done.headers["Location"])
    with visit.client.session_transaction() as cookie:
        assert "directory" not in cookie
    assert 200 == visit.get("/team/").status_code
    assert 400 == _finish(visit, brought).status_code
    elsewhere = visit.post("/directory/sign-in", next="https://evil.example/")
    done = _finish(visit, _come_back(world, visit, elsewhere.text, "nia"))
    assert "/" == done.headers["Location"]


def test_another_browser_is_signed_in_by_nobodys_answer(world: World, visit: Visit) -> None:
    """Who opens a link with somebody else's answer stays who they were: no login by another site (V10.1.2)."""
    _know(world, visit)
    page = visit.post("/directory/sign-in").text
    brought = world.fakes.directory.let_in(address_on(page), "nia")
    other = Visit(visit.app, sign_in(visit.app, world.deps, world.leader.id))
    assert 400 == other.get(return_path(brought)).status_code
    assert 400 == _finish(other, brought).status_code
    other.post("/directory/sign-in")
    turned = _finish(other, brought)
    assert (400, True) == (turned.status_code, "began in another browser" in words(turned))
    assert 200 == other.get(f"/inspections/{world.a.inspection}/").status_code
    # Its own browser still may: nothing was used up by trying elsewhere.
    assert 303 == _finish(visit, brought).status_code


def test_coming_back_changes_nothing_until_the_form_is_sent(world: World, visit: Visit) -> None:
    """However often the answer is opened, by GET or HEAD; and the form needs its token."""
    _know(world, visit)
    brought = world.fakes.directory.let_in(address_on(visit.post("/directory/sign-in").text), "nia")
    for _ in range(3):
        assert 200 == visit.get(return_path(brought)).status_code
        assert 200 == visit.client.head(return_path(brought)).status_code
    assert 400 == visit.post("/directory/return", csrf_token="made-up", **brought).status_code
    foreign = visit.client.post("/directory/return", data=brought, headers={"Sec-Fetch-Site": "cross-site"})
    assert 403 == foreign.status_code
    assert 303 == _finish(visit, brought).status_code


@pytest.mark.parametrize(
    ("status", "said", "roles", "change"),
    [
        (403, "Nobody has prepared an account for you", TEAM, {}),
        (403, "does not list you", frozenset(), {}),
        (403, "did not let you in", TEAM, {"code": "made-up"}),
        (403, "did not let you in", TEAM, {"code": "", "error": "access_denied"}),
        (403, "did not let you in", TEAM, {"iss": "https://other.example"}),
        (400, "Start again", TEAM, {"state": "made-up"}),
        (400, "Start again", TEAM, {"state": "x" * 5000}),
    ],
)
def test_whoever_is_turned_away_is_told_what_to_do(
    world: World, visit: Visit, status: int, said: str, roles: frozenset[Role], change: dict[str, str]
) -> None:
    """A plain page, no account, and no word of the directory's own."""
    world.fakes.directory.vouch("nia", roles)
    brought = _come_back(world, visit, visit.post("/directory/sign-in").text, "nia")
    people = len(rows(world.deps, Person))
    turned = _finish(visit, brought | change)
    assert (status, True) == (turned.status_code, said in words(turned))
    assert people == len(rows(world.deps, Person))
    assert 303 == visit.get("/team/").status_code


def test_a_directory_that_is_away_is_said_to_be(world: World, visit: Visit) -> None:
    """Before leaving and after; signing out then ends here alone."""
    _know(world, visit)
    page = visit.post("/directory/sign-in").text
    brought = _come_back(world, visit, page, "nia")
    world.fakes.directory.away = True
    for answer in (_finish(visit, brought), visit.post("/directory/sign-in")):
        assert (503, True) == (answer.status_code, "cannot be reached" in words(answer))
    assert "/sign-in?left=1" == visit.post("/sign-out").headers["Location"]


def test_removed_from_the_directory_is_out_at_the_next_request(world: World, visit: Visit) -> None:
    """Five minutes later at most, a form as well as a page."""
    _know(world, visit)
    world.fakes.clock.advance(timedelta(minutes=4))
    assert 200 == visit.get("/team/").status_code
    del world.fakes.directory.people["nia"]
    world.fakes.clock.advance(timedelta(minutes=4))
    page = visit.get("/team/")
    assert (303, "/sign-in?next=/team/") == (page.status_code, page.headers["Location"])
    assert 401 == visit.post("/directory/connection").status_code


def test_confirming_with_a_work_account_leads_on(world: World, visit: Visit) -> None:
    """From the page that asks, to the directory, which is asked to ask again, and on to what was wanted."""
    _know(world, visit)
    wanted = f"/team/inspections/{world.b.inspection}/bundle"
    asked = visit.get(wanted)
    assert 303 == asked.status_code
    shown = visit.get(asked.headers["Location"])
    assert "/directory/again?purpose=bundle" in shown.text
    again = visit.get(f"/directory/again?purpose=bundle&next={wanted}")
    assert "asks you for your password and second factor again" in words(again)
    page = visit.post("/directory/again", purpose="bundle", next=wanted).text
    assert "login" == query_of(address_on(page))["prompt"]
    done = _finish(visit, _come_back(world, visit, page, "nia"))
    assert (200, True) == (done.status_code, wanted in done.text)
    assert 200 == visit.get(wanted).status_code
    page = visit.post("/directory/again", purpose="roles", next="/stewards/people/search").text
    done = _finish(visit, _come_back(world, visit, page, "nia"))
    assert "Close this tab" in words(done)
    page = visit.post("/directory/again", purpose="roles", next="/team/").text
    world.fakes.directory.vouch("ivo")
    turned = _finish(visit, _come_back(world, visit, page, "ivo"))
    assert (403, True) == (turned.status_code, "belongs to another account" in words(turned))
    assert 404 == visit.get("/directory/again?purpose=made-up").status_code


def test_staff_connect_a_work_account(world: World) -> None:
    """From their own page, in the session in which they confirmed; from then on it signs them in."""
    app = make_app(world.deps)
    visit = Visit(app, sign_in(app, world.deps, world.inspector.id))
    world.fakes.directory.vouch("ivo")
    assert "Connect your work account" in words(visit.get("/directory/connection"))
    page = visit.post("/directory/connection").text
    done = _finish(visit, _come_back(world, visit, page, "ivo"))
    assert (303, "/directory/connection?done=1") == (done.status_code, done.headers["Location"])
    assert "Your work account is connected" in words(visit.get(done.headers["Location"]))
    other = Visit(app, sign_in(app, world.deps, None))
    page = other.post("/directory/sign-in", next="/team/").text
    assert 303 == _finish(other, _come_back(world, other, page, "ivo")).status_code
    assert 200 == other.get("/team/").status_code
    with app.app_context():
        rule = rule_of("directory.connect_now")
    assert (rule and rule.confirm) == "factors"


def test_staff_without_passwords(world: World) -> None:
    """Where the directory stands alone, an invitation to staff offers nothing else, and a leader's nothing of it."""
    deps = replace(world.deps, policy=replace(world.deps.policy, staff_by_directory=True))
    app = make_app(deps)
    visit = Visit(app, sign_in(app, deps, None))
    path, code = _invite(world)
    said = words(visit.get(path))
    assert (True, False) == ("Continue with your work account" in said, "Choose a password" in said)
    refused = visit.post(path, code=code, password="correct horse battery", confirm="correct horse battery")
    assert 422 == refused.status_code
    local = Visit(app, app.test_client())
    with local.client.session_transaction() as cookie:
        cookie["_user_id"] = session_for(deps, world.inspector.id)
    assert 404 == local.get(f"/team/inspections/{world.a.inspection}/").status_code


def test_without_a_directory_nothing_offers_it(world: World) -> None:
    """No button, no page, no way."""
    deps = replace(world.deps, directory=None)
    app = make_app(deps)
    visit = Visit(app, sign_in(app, deps, None))
    path, code = _invite(world)
    for page in ("/sign-in", path):
        assert "work account" not in words(visit.get(page))
    answers = [
        visit.post("/directory/sign-in"),
        visit.get("/directory/return?state=a"),
        visit.post("/directory/return", state="a"),
        visit.post(f"{path}/work-account", code=code),
    ]
    steward = Visit(app, sign_in(app, deps, world.dpo.id))
    answers += [steward.get("/directory/connection"), steward.get("/directory/again?purpose=bundle")]
    answers += [steward.post("/directory/connection"), steward.post("/directory/again", purpose="bundle")]
    assert [404] * 8 == [each.status_code for each in answers]


def test_no_answer_of_the_directory_is_kept(world: World, visit: Visit) -> None:
    """Neither code nor tokens are in the trail, nor in the rows of sessions."""
    _know(world, visit)
    tables = Base.metadata.tables
    with reading(world.deps.engine) as session:
        dump = repr([session.execute(tables[name].select()).all() for name in ("audit_entry", "web_session")])
    assert [] == [secret for secret in ("code-0", "refresh-nia") if secret in dump]
