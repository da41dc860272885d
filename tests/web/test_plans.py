"""Plans and their approval, copies to delete, and what stands above a page until it is dealt with."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.forewarning import LATE_AFTER
from portal.services.dispose import begin_one, dispose
from portal.services.forewarn import forewarn
from portal.services.hand_over import make_bundle
from portal.services.plans import set_policy
from portal.services.watch_disposals import watch_disposals
from tests.services.ends import DUE_AT, MOMENT, fill, publish_report
from tests.web.clients import RAW_TOKEN, Visit, make_app, words
from tests.web.steward_browser import Steward
from tests.world import PROGRAMME, Someone, World, session_for

PLAN = "/stewards/inspections/{}/plan"


@pytest.fixture
def app(world: World) -> Flask:
    """An app over a world in which the lead inspector took a bundle, and disposal is due in 14 days."""
    fill(world)
    list(make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)[1])
    publish_report(world)
    world.fakes.clock.set(DUE_AT - timedelta(days=14))
    return make_app(world.deps)


def browser(app: Flask, world: World, person: Someone) -> Steward:
    """Return somebody's browser."""
    return Steward(app, world, person)


def test_a_plan_is_read_in_full_and_approved_as_it_was_read(app: Flask, world: World) -> None:
    """There is none before; it has every figure; another than was read, or a second time, it is not approved."""
    dpo, path = browser(app, world, world.dpo), PLAN.format(world.a.inspection)
    assert "There is no plan yet." in words(dpo.get(path))
    assert 409 == dpo.post(path, plan="0" * 64, read="yes").status_code
    forewarn(world.deps)
    page = words(dpo.get(path))
    for said in (
        "Disposed of after 11:59pm on Wednesday 26 March 2025", "Documents 17", "Receipts 1", "Messages 0",
        "Approved By the programme’s policy, once it is due", "1 download: 0 confirmed as deleted, 1 outstanding.",
        "1 person was asked.", "You do not have to",
    ):  # fmt: skip
        assert said in page
    policy = "/stewards/programmes/RAA-2023/approval"
    assert 422 == dpo.post(policy).status_code
    assert "It is saved" in words(dpo.get(dpo.post(policy, approval="each").location))
    assert "Approved Not yet" in words(dpo.get(path))
    digest = dpo.get(path).text.split('name="plan" value="')[1][:64]
    for typed, said in (
        ({"read": "yes"}, "Read the plan as it is now"),
        ({"plan": digest}, "Confirm that you have read"),
    ):
        wrong = dpo.post(path, **typed)
        assert (422, True) == (wrong.status_code, said in words(wrong))
    done = dpo.post(path, plan=digest, read="yes")
    assert "The plan is approved." in words(dpo.get(done.location))
    assert f"by the person with the identifier {world.dpo.id}" in words(dpo.get(path))
    again = dpo.post(path, plan=digest, read="yes")
    assert (409, True) == (again.status_code, "This plan was approved already." in words(again))
    assert path in dpo.get("/stewards/retention/").text
    assert policy in dpo.get("/stewards/programmes/RAA-2023/").text


def test_a_plan_leads_on_to_the_disposal_and_then_to_its_certificate(app: Flask, world: World) -> None:
    """Once it is due and approved; never a page from which nothing leads on."""
    dpo, path = browser(app, world, world.dpo), PLAN.format(world.a.inspection)
    forewarn(world.deps)
    now = path.replace("plan", "disposal")
    assert now not in dpo.get(path).text
    world.fakes.clock.set(DUE_AT)
    assert f'href="{now}">Dispose of it now' in dpo.get(path).text
    assert f'href="{path}"' in dpo.get("/stewards/desk/").text
    set_policy(world.deps, world.dpo.actor, PROGRAMME, standing=False)
    assert now not in dpo.get(path).text
    set_policy(world.deps, world.dpo.actor, PROGRAMME, standing=True)
    begin_one(world.deps, world.dpo.actor, world.a.inspection)
    assert "Disposal of this inspection has begun." in words(dpo.get(path))
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    assert "This inspection is disposed of. See its certificate" in words(dpo.get(path))
    assert f'href="/stewards/certificates/{world.a.inspection}"' in dpo.get(path).text


def test_approving_asks_to_confirm_that_it_is_they(app: Flask, world: World) -> None:
    """As disposing does: a session that has not confirmed is led there first."""
    forewarn(world.deps)
    client = app.test_client()
    with client.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
        session["_user_id"] = session_for(world.deps, world.dpo.id, confirmed=())
    visit = Visit(app, client)
    for path in (PLAN.format(world.a.inspection), "/stewards/programmes/RAA-2023/approval"):
        answer = visit.post(path, plan="0" * 64)
        assert (307, True) == (answer.status_code, "purpose=disposal" in answer.location)


def test_whoever_downloaded_sees_it_on_their_first_page_until_they_confirm(app: Flask, world: World) -> None:
    """The banner leads to the page, the button ends it; another's notice is as unknown as any."""
    forewarn(world.deps)
    lead, other = browser(app, world, world.lead_inspector), browser(app, world, world.inspector)
    first = f"/team/inspections/{world.a.inspection}/"
    asked = "You were asked to delete your copies of RAA-2023-01."
    assert (True, False) == (asked in words(lead.get(first)), asked in words(other.get(first)))
    assert 'href="/copies/"' in lead.get(first).text
    page = lead.get("/copies/")
    assert "You downloaded from it 1 time. Delete them by 11:59pm on Wednesday 26 March 2025." in words(page)
    action = page.text.split('action="/copies/')[1][:36]
    assert "You have not been asked" in words(other.get("/copies/"))
    assert 404 == other.post(f"/copies/{action}").status_code
    done = lead.post(f"/copies/{action}")
    assert "It is recorded that you deleted your copies." in words(lead.get(done.location))
    assert "You confirmed on 13 March 2025" in words(lead.get("/copies/"))
    assert asked not in words(lead.get(first))


def test_a_late_disposal_stands_on_every_stewards_page(app: Flask, world: World) -> None:
    """Above each of them, errors included, and on nobody else's."""
    set_policy(world.deps, world.dpo.actor, PROGRAMME, standing=False)
    world.fakes.clock.set(DUE_AT + LATE_AFTER + MOMENT)
    watch_disposals(world.deps)
    said = "RAA-2023-01, RAA-2023-02 should have been disposed of more than 24 hours ago, and are not certified."
    dpo, admin = browser(app, world, world.dpo), browser(app, world, world.administrator)
    pages = ["/stewards/retention/", "/stewards/proposals/", "/stewards/certificates/", "/stewards/"]
    assert [True] * 4 == [said in words(dpo.get(path)) for path in pages]
    assert [True] * 3 == [said in words(admin.get(path)) for path in pages[1:]]
    assert said in words(dpo.post(PLAN.format(world.a.inspection), plan="0" * 64))
    lead = browser(app, world, world.lead_inspector)
    assert said not in words(lead.get(f"/team/inspections/{world.a.inspection}/"))
