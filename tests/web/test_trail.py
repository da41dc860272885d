"""The trail's pages: what happened, in words; files and spans for stewards; renewing the key that signs."""

import json

import pytest
from flask import Flask
from sqlalchemy import delete

from portal.db.credentials import StepUp
from portal.db.engine import writing
from portal.services.dispose import dispose
from portal.services.trail import checkpoint
from tests.services.ends import wait_until_due
from tests.services.looks import actions
from tests.web.clients import Visit, make_app, sign_in, words
from tests.web.steward_browser import Steward
from tests.world import World, upload


@pytest.fixture
def app(world: World) -> Flask:
    """The application over the world."""
    return make_app(world.deps)


def test_leader_and_team_read_what_happened(app: Flask, world: World) -> None:
    """From a link on their pages, in words and by roles; not an identifier of anybody."""
    upload(world.deps, world.contributor.actor, world.a.inspection)
    here = f"/inspections/{world.a.inspection}/trail"
    for person, start in ((world.leader, f"/inspections/{world.a.inspection}/"), (world.inspector, "")):
        visit = Visit(app, sign_in(app, world.deps, person.id))
        assert here in visit.get(start or f"/team/inspections/{world.a.inspection}/").text
        page = visit.get(here)
        assert "A document was received" in words(page)
        assert "The contributor" in words(page)
        assert [] == [each.name for each in world.everyone if str(each.id) in page.text]
    contributor = Visit(app, sign_in(app, world.deps, world.contributor.id))
    assert here not in contributor.get(f"/inspections/{world.a.inspection}/").text


def test_stewards_take_files_and_spans(app: Flask, world: World) -> None:
    """The data protection officer the whole trail; either steward the span, once a checkpoint follows."""
    officer, admin = Steward(app, world, world.dpo), Steward(app, world, world.administrator)
    assert "other" in words(officer.get("/stewards/trail-files"))
    lines = officer.get("/stewards/trail.jsonl")
    assert 'attachment; filename="audit-trail.jsonl"' in lines.headers["Content-Disposition"]
    numbers = [json.loads(each)["seq"] for each in lines.text.splitlines()]
    assert list(range(1, len(numbers) + 1)) == numbers
    rows = officer.get(f"/stewards/inspections/{world.a.inspection}/trail.csv")
    assert rows.text.startswith('\ufeff"seq"')
    assert ["trail.exported"] * 2 == [each for each in actions(world.deps) if each.startswith("trail")]
    wait_until_due(world)
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    path = f"/stewards/certificates/{world.a.inspection}/1/span.json"
    assert 409 == admin.get(path).status_code
    checkpoint(world.deps)
    assert "disposal.certified" == json.loads(admin.get(path).text)["disclosed"]["action"]
    assert 404 == admin.get(path.replace("/1/", "/9/")).status_code


def test_the_key_is_renewed_by_whoever_confirms_that_it_is_they(app: Flask, world: World) -> None:
    """Both stewards may, and have to say that they mean it; a checkpoint by the new key follows at once."""
    fresh = Visit(app, sign_in(app, world.deps, world.administrator.id))
    with writing(world.deps.engine) as session:
        session.execute(delete(StepUp))
    assert 307 == fresh.post("/stewards/signing-key", renew="yes").status_code
    assert 1 == len(world.deps.signer.public_keys())
    visit = Visit(app, sign_in(app, world.deps, world.administrator.id))
    assert "Renew the key" in words(visit.get("/stewards/"))
    wrong = visit.post("/stewards/signing-key")
    assert (422, True) == (wrong.status_code, 'href="#renew"' in wrong.text)
    done = visit.post("/stewards/signing-key", renew="yes")
    assert "A new key signs from now on." in words(visit.get(done.location))
    assert 2 == len(world.deps.signer.public_keys())
    assert "signing.rotated" == actions(world.deps)[-1]
    assert None is checkpoint(world.deps, at_once=True)
