"""The stewards' pages: the end of life for the data protection officer, and the navigation by role."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.db.tables import Person
from portal.domain.roles import Role
from portal.services.anchor import anchor_statements
from portal.services.heartbeat import beat
from portal.vault.records import signed_well
from tests.services.ends import publish_report, wait_until_due
from tests.services.looks import rows
from tests.web.clients import Visit, sign_in, words
from tests.web.steward_browser import Steward
from tests.world import World, give_role


def test_no_stewards_page_names_a_document(admin: Steward, officer: Steward, world: World) -> None:
    """The canary, sealed in a document's name, is on none of them."""
    wait_until_due(world)
    paths = ["/stewards/", "/stewards/programmes/", "/stewards/programmes/RAA-2023/", "/stewards/certificates/"]
    mine = ["/stewards/retention/", f"/stewards/inspections/{world.a.inspection}/disposal"]
    answers = [visit.get(path) for visit in (admin, officer) for path in paths] + [officer.get(path) for path in mine]
    assert {200} == {each.status_code for each in answers}
    assert [] == [each.request.path for each in answers if "canary" in each.text]


def test_publication_is_entered_and_never_made_earlier(officer: Steward, world: World) -> None:
    """A future date and an earlier one are refused at the field; the right one starts the clock."""
    publish_report(world)
    path = "/stewards/programmes/RAA-2023/publication"
    assert 'value="2024"' in officer.get(path).text
    for day, sentence in (("27", "today or in the past"), ("25", "takes two people"), ("", "takes two people")):
        typed = {"published_month": "3", "published_year": "2024"} if day else {}
        answer = officer.post(path, published_day=day, **typed)
        assert (422, True) == (answer.status_code, sentence in words(answer))
        assert 'href="#published_day"' in answer.text
    assert "After 11:59pm on Wednesday 26 March 2025" in words(officer.get("/stewards/retention/"))
    entered = officer.post(path, published_day="26", published_month="3", published_year="2024")
    assert "The publication date is saved." in words(officer.get(entered.location))


def test_disposal_needs_the_reference_and_ends_with_a_certificate(
    officer: Steward, admin: Steward, world: World
) -> None:
    """Typed wrongly nothing happens; typed rightly the certificate follows, to read, to print and as a file."""
    path = f"/stewards/inspections/{world.a.inspection}/disposal"
    assert 409 == officer.get(path).status_code
    wait_until_due(world)
    assert "Dispose of it now" in words(officer.get("/stewards/retention/"))
    wrong = officer.post(path, reference="RAA-2023-02")
    assert (422, True) == (wrong.status_code, "Enter RAA-2023-01" in words(wrong))
    assert "present" == world.fakes.custodian.state(world.a.inspection)
    done = officer.post(path, reference="RAA-2023-01")
    assert "removed" == world.fakes.custodian.state(world.a.inspection)
    # In time: with the disposal went her account, which had nothing else here.
    told = [each.to for each in world.fakes.mailer.handed_over if "disposal of what you sent" in each.subject]
    assert ([world.leader.email], 0) == (told, len(rows(world.deps, Person, Person.email == world.leader.email)))
    assert 4 == anchor_statements(world.deps), "a checkpoint and the certificate, in two places"
    page = words(officer.get(done.location))
    assert "Certificate of disposal" in page
    assert "Documents disposed of 1" in page
    for visit in (admin, officer):
        listed = visit.get("/stewards/certificates/")
        assert f"{done.location}" in listed.text
        file = visit.get(f"{done.location}.json")
        signed = json.loads(file.data)
        assert signed_well(world.fakes.signer.public_keys()[signed["key_id"]], signed)
        assert 'attachment; filename="certificate-RAA-2023-01-1.json"' in file.headers["Content-Disposition"]
    assert "RAA-2023-01" not in words(officer.get("/stewards/retention/"))
    assert 409 == officer.post(path, reference="RAA-2023-01").status_code


def test_a_hold_stops_disposal_until_two_people_lift_it(officer: Steward, admin: Steward, world: World) -> None:
    """On one inspection and on a programme; lifting it when disposal is due is warned of."""
    wait_until_due(world)
    one, all_of_it = f"/stewards/inspections/{world.a.inspection}/hold", "/stewards/programmes/RAA-2023/hold"
    filled = {"owner": str(world.administrator.id), "review_day": "1", "review_month": "7", "review_year": "2025"}
    assert "until every hold on it is lifted" in words(officer.get(one))
    placed = officer.post(one, reason="A complaint <b>", **filled).location
    page = words(officer.get(placed))
    for said in ("The hold is placed.", "A complaint <b>", "Ada Administrator", "Tuesday 1 July 2025"):
        assert said in page
    assert 409 == officer.get(f"/stewards/inspections/{world.a.inspection}/disposal").status_code
    lifting = f"{placed.partition('?')[0]}lifting"
    assert "Disposal is due." in words(officer.get(lifting))
    blank = officer.post(lifting)
    assert (422, True) == (blank.status_code, 'href="#reason"' in blank.text)
    proposed = officer.post(lifting, reason="It is settled.").location
    shown = admin.get(proposed)
    assert "the hold placed on 27 March 2025 at 12am" in words(shown)
    assert f'href="{placed.partition("?")[0]}"' in shown.text
    assert 409 == officer.get(f"/stewards/inspections/{world.a.inspection}/disposal").status_code
    assert 303 == admin.post(f"{proposed.partition('?')[0]}/decision", decision="approve").status_code
    assert "Hold, lifted" in words(admin.get(placed))
    assert [409, 409] == [officer.get(f"{placed.partition('?')[0]}{act}").status_code for act in ("lifting", "review")]
    placed = officer.post(all_of_it, reason="An inquiry", **filled).location
    assert "The whole programme is held" in words(officer.get("/stewards/retention/"))
    proposed = officer.post(f"{placed.partition('?')[0]}lifting", reason="It is over.").location
    admin.post(f"{proposed.partition('?')[0]}/decision", decision="approve")
    assert 200 == officer.get(f"/stewards/inspections/{world.a.inspection}/disposal").status_code


def test_what_is_typed_of_a_hold_is_kept_with_every_fault(officer: Steward, admin: Steward, world: World) -> None:
    """Each fault at its field, nothing placed; a review keeps what was said before; administrators only look."""
    one, all_of_it = f"/stewards/inspections/{world.a.inspection}/hold", "/stewards/programmes/RAA-2023/hold"
    for path in (one, all_of_it):
        empty = officer.post(path)
        assert [422, *[True] * 3] == [
            empty.status_code, *(f'href="#{each}"' in empty.text for each in ("reason", "owner", "review_day"))
        ]  # fmt: skip
        wrong = officer.post(path, reason="Kept words", owner="nobody", review_day="31", review_month="2",
                             review_year="2024")  # fmt: skip
        assert (422, True, True) == (wrong.status_code, "Kept words" in wrong.text, 'href="#review_day"' in wrong.text)
        past = officer.post(path, reason="Kept", owner=str(world.leader.id), review_day="9", review_month="10",
                            review_year="2023")  # fmt: skip
        assert (422, True) == (past.status_code, "must be after today" in words(past))
    filled = {"reason": "First words", "owner": str(world.dpo.id), "review_day": "10", "review_month": "10",
              "review_year": "2023"}  # fmt: skip
    refused = officer.post(one, **filled | {"owner": str(world.leader.id)})
    assert (422, True) == (refused.status_code, "Choose a steward" in words(refused))
    assert "Nothing is held." in words(admin.get("/stewards/holds/"))
    placed = officer.post(one, **filled).location.partition("?")[0]
    assert "First words" in words(admin.get("/stewards/holds/"))
    world.fakes.clock.advance(timedelta(days=1))
    assert "today is its date" in words(admin.get("/stewards/holds/"))
    world.fakes.clock.advance(timedelta(days=1))
    assert "its date has passed" in words(admin.get("/stewards/holds/"))
    assert "Review it" not in words(admin.get(placed))
    assert 422 == officer.post(f"{placed}review", **filled).status_code
    reviewed = officer.post(f"{placed}review", **filled | {"reason": "Second words", "review_day": "20"}).location
    page = words(officer.get(reviewed))
    for said in ("The review is saved.", "Second words", "What was said before", "First words", "20 October 2023"):
        assert said in page


def test_the_clocks_alarm_is_cleared_by_a_person(officer: Steward, admin: Steward, world: World) -> None:
    """While it stands nothing is disposed of, and the page says so; a tick and a button clear it."""
    beat(world.deps)
    wait_until_due(world)
    beat(world.deps)
    for visit in (officer, admin):
        assert "The clock has leapt" in words(visit.get("/stewards/"))
    assert "/stewards/clock" not in admin.get("/stewards/").text
    path = f"/stewards/inspections/{world.a.inspection}/disposal"
    refused = officer.post(path, reference="RAA-2023-01")
    assert (422, True) == (refused.status_code, "Nothing is disposed of: the clock" in words(refused))
    assert "The service's clock says 27 March 2025" in words(officer.get("/stewards/clock"))
    unticked = officer.post("/stewards/clock")
    assert (422, True) == (unticked.status_code, "Confirm that you have checked the clock" in words(unticked))
    assert "The alarm is cleared." in words(officer.get(officer.post("/stewards/clock", checked="yes").location))
    again = officer.post("/stewards/clock", checked="yes")
    assert (422, True) == (again.status_code, "no clock alarm" in words(again))
    assert 303 == officer.post(path, reference="RAA-2023-01").status_code


def test_a_field_that_no_page_has_is_refused(admin: Steward, officer: Steward) -> None:
    """Nothing is taken that was not asked for."""
    answers = [
        admin.post("/stewards/new-agency", code="NEW", name="New", voluntary="yes"),
        admin.post("/stewards/holidays/2023-10-16/remove", force="yes"),
        officer.post("/stewards/clock", checked="yes", force="yes"),
    ]
    assert [400] * 3 == [each.status_code for each in answers]


NAVIGATION = {
    "leader": [],
    "contributor": [],
    "inspector": ["Inspections"],
    "lead_inspector": ["Inspections", "Announce"],
    "administrator": [
        "Overview",
        "Announce",
        "Programmes",
        "Agencies",
        "Bank holidays",
        "Holds",
        "Proposals",
        "Certificates",
    ],
    "dpo": ["Overview", "Programmes", "Retention", "Desk", "Holds", "Proposals", "Certificates"],
}


@pytest.mark.parametrize("role", NAVIGATION)
def test_the_navigation_follows_the_role(pages: Flask, world: World, role: str) -> None:
    """Each person sees the places that their roles open, and each link opens; an agency's people see none."""
    visit = Visit(pages, sign_in(pages, world.deps, getattr(world, role).id))
    links = _links(visit.get("/help"))
    assert NAVIGATION[role] == [text for text in links if text != "People"]
    assert {200} >= {visit.get(href).status_code for href in links.values()}


def _links(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'service-navigation__link" href="([^"]+)"[^>]*>(.*?)</a>', page.text, re.DOTALL)
    return {" ".join(re.sub("<[^>]+>", "", text).split()): href for href, text in found}


def test_the_navigation_marks_where_one_is(admin: Steward, world: World) -> None:
    """The page itself as the page, one below it as its section; both roles together see both kinds."""
    assert admin.get("/stewards/programmes/").text.count('aria-current="page"') == 1
    below = admin.get("/stewards/programmes/RAA-2023/").text
    assert (0, 1) == (below.count('aria-current="page"'), below.count('aria-current="true"'))
    give_role(world.deps, world.administrator.id, Role.inspector, world.b.inspection)
    assert "Inspections" in _links(admin.get("/stewards/"))
    world.fakes.clock.advance(timedelta(minutes=1))
    assert "Overview" in _links(admin.get("/team/"))
