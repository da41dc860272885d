"""Whoever is refused leaves a record that says who and what, by ids alone (ASVS V16.3.2, V16.3.3)."""

import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import portal.web
from tests.web.clients import token
from tests.web.routes import Place, make_place
from tests.world import World

ODD = "canary-of-what-was-typed"


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def test_every_refusal_is_logged_once(place: Place) -> None:
    """A role's, another agency's, another site's, a forged form's, another kind of body's: one record each."""
    leader, mine = place.visit("leader"), str(place.inspection)
    theirs = str(place.world.b.inspection)
    gap, good = place.path("{i}/items/childrens-guide/gap"), token(place.app)
    said: list[tuple[str, object, str, str]] = []
    with capture_logs() as records:
        leader.get(place.path("{t}/bundle"))
        leader.get(f"/inspections/{theirs}/")
        leader.get("/stewards/people/")
        leader.client.post(gap, data={"csrf_token": good, "words": ODD}, headers={"Sec-Fetch-Site": "cross-site"})
        leader.post(gap, csrf_token="forged", words=ODD)
        leader.client.post(gap, json={"words": ODD})
        leader.get(f"/nowhere/{ODD}")
        leader.get(place.path("{i}/"))
    for each in records:
        assert str(place.world.leader.id) == each["person"]
        said.append((each["event"], each.get("fault", each.get("status")), each["endpoint"], each["inspection"]))
    assert [
        ("request.refused", "NotAllowed", "team.bundle", mine),
        ("request.refused", "NotFound", "provider.task_list", theirs),
        ("request.refused", "NotFound", "people.people", ""),
        ("request.unacceptable", 403, "provider.gap", mine),
        ("request.unacceptable", 400, "provider.gap", mine),
        ("request.unacceptable", 415, "provider.gap", mine),
    ] == said
    assert ODD not in repr(records)
    assert place.world.leader.name not in repr(records)


def test_a_field_given_twice_is_read_once(place: Place) -> None:
    """Of a field that comes twice the same one counts for every check, whichever it is (V15.3.7)."""
    leader = place.visit("leader")
    path = place.path("{i}/messages/")
    fields = [("csrf_token", token(place.app)), ("words", "First words."), ("words", "Second words.")]
    body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in fields)
    kind = "application/x-www-form-urlencoded"
    assert 303 == leader.client.post(path, data=body, content_type=kind).status_code
    page = leader.get(path).text
    assert ["First words."] == [words for words in ("First words.", "Second words.") if words in page]
    twice = [("csrf_token", "forged"), ("csrf_token", token(place.app)), ("words", "Third words.")]
    body = "&".join(f"{name}={value}" for name, value in twice)
    assert 400 == leader.client.post(path, data=body, content_type=kind).status_code
    assert "Third+words." not in leader.get(path).text


def test_passwords_are_hidden_and_may_be_pasted(place: Place) -> None:
    """Each field for a password hides it, names itself to managers, and nothing hinders pasting (V6.2.6, V6.2.7)."""
    pages = {"anonymous": ("/sign-in", f"/invitations/{place.invitation}"), "leader": ("/account/password",)}
    found = []
    for role, paths in pages.items():
        visit = place.visit(role)
        for path in paths:
            found += [tag for tag in re.findall(r"<input[^>]*>", visit.get(path).text) if 'name="password' in tag]
    assert len(found) >= 3
    assert [] == [tag for tag in found if 'type="password"' not in tag]
    assert [] == [tag for tag in found if not re.search(r'autocomplete="(current|new)-password"', tag)]
    scripts = Path(portal.web.__file__).parent.glob("static/*.js")
    assert [] == [path.name for path in scripts if "paste" in path.read_text("utf-8")]
