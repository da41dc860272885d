"""The stewards' journeys: registers for the administrator, the end of life for the data protection officer."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.domain.roles import Role
from portal.services.heartbeat import beat
from portal.services.registers import add_agency, add_member
from portal.vault.records import signed_well
from tests.services.ends import publish_report, wait_until_due
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import DUE, Someone, World, give_role, upload

CANARY = "canary-of-a-file.pdf"
FROM = {"from_day": "1", "from_month": "4", "from_year": "2018"}


@pytest.fixture
def pages(world: World) -> Flask:
    """The pages, after a document was sent whose name no steward may see."""
    upload(world.deps, world.leader.actor, world.a.inspection, name=CANARY)
    return make_app(world.deps)


@dataclass
class Steward:
    """A steward's browser, signed in anew for every request: years pass in these tests, and no session lasts one."""

    pages: Flask
    world: World
    person: Someone

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self._visit().get(path)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form with its token."""
        return self._visit().post(path, **fields)

    def _visit(self) -> Visit:
        return Visit(self.pages, sign_in(self.pages, self.world.deps, self.person.id))


@pytest.fixture
def admin(pages: Flask, world: World) -> Steward:
    """An administrator's browser."""
    return Steward(pages, world, world.administrator)


@pytest.fixture
def officer(pages: Flask, world: World) -> Steward:
    """A data protection officer's browser."""
    return Steward(pages, world, world.dpo)


def test_a_programme_from_adding_to_changing(admin: Steward) -> None:
    """The form leads to the programme's page; a change is there again; no GET changed anything."""
    added = admin.post("/stewards/new-programme", code="NEXT", title="The next one", policy="next_working_day", **FROM)
    assert (422, True) == (added.status_code, "Enter the last day of the window" in words(added))
    assert 'value="The next one"' in added.text
    window = {**FROM, "until_day": "30", "until_month": "6", "until_year": "2018"}
    added = admin.post("/stewards/new-programme", code="NEXT", title="The next one", policy="next_day", **window)
    page = words(admin.get(added.location))
    assert "The programme is added." in page
    assert "Sunday 1 April 2018 to Saturday 30 June 2018" in page
    saved = admin.post("/stewards/programmes/NEXT/edit", title="Another", policy="next_working_day")
    page = words(admin.get(saved.location))
    assert "Another" in page
    assert "4pm on the next working day" in page
    assert "Another" in words(admin.get("/stewards/programmes/"))
    assert 'value="Another"' in admin.get("/stewards/programmes/NEXT/edit").text


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("code", {"code": "no spaces please"}),
        ("code", {"code": "RAA-2023"}),
        ("title", {"title": " "}),
        ("policy", {"policy": "whenever"}),
        ("from_day", {"from_day": "31", "from_month": "2", "from_year": "2023"}),
        ("from_day", {"until_day": "1", "until_month": "2", "until_year": "2023"}),
    ],
)
def test_a_programme_that_cannot_be_keeps_what_was_typed(admin: Steward, field: str, changes: dict[str, str]) -> None:
    """The summary links the field, and every value is there again."""
    typed = {"code": "NEXT", "title": "A title to keep", "policy": "next_day", **changes}
    answer = admin.post("/stewards/new-programme", **typed)
    assert 422 == answer.status_code
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert all(f'value="{value}"' in answer.text for value in typed.values() if value != "whenever")


def test_the_policy_stands_once_something_was_announced(admin: Steward) -> None:
    """The form does not offer it, and a request for it is refused."""
    assert "can no longer be changed" in words(admin.get("/stewards/programmes/RAA-2023/edit"))
    answer = admin.post("/stewards/programmes/RAA-2023/edit", title="x", policy="next_working_day")
    assert (422, True) == (answer.status_code, "can no longer change" in words(answer))


def test_a_programme_shows_its_inspections_without_documents(admin: Steward, officer: Steward) -> None:
    """References, agencies, dates and states; no name of a file, and no link to one."""
    for visit in (admin, officer):
        page = visit.get("/stewards/programmes/RAA-2023/")
        assert "RAA-2023-01 Adoption A Announced 9 October 2023 at 9:30am" in words(page)
        assert "/inspections/" not in page.text.replace("/stewards/inspections/", "")
    assert "Change" in words(admin.get("/stewards/programmes/RAA-2023/"))
    assert "Change" not in words(officer.get("/stewards/programmes/RAA-2023/"))


def test_no_stewards_page_names_a_document(admin: Steward, officer: Steward, world: World) -> None:
    """The canary, sealed in a document's name, is on none of them."""
    wait_until_due(world)
    paths = ["/stewards/", "/stewards/programmes/", "/stewards/programmes/RAA-2023/", "/stewards/certificates/"]
    mine = ["/stewards/retention/", f"/stewards/inspections/{world.a.inspection}/disposal"]
    answers = [visit.get(path) for visit in (admin, officer) for path in paths] + [officer.get(path) for path in mine]
    assert {200} == {each.status_code for each in answers}
    assert [] == [each.request.path for each in answers if "canary" in each.text]


def test_an_agency_from_adding_to_a_membership_that_ended(admin: Steward) -> None:
    """Added, renamed, marked; an authority joins, is corrected and leaves."""
    added = admin.post("/stewards/new-agency", code="NORTH", name="Adopt North")
    assert "The agency is added." in words(admin.get(added.location))
    admin.post("/stewards/agencies/NORTH/name", name="Adopt Northmoor")
    admin.post("/stewards/agencies/NORTH/voluntary", voluntary="yes")
    joined = admin.post("/stewards/agencies/NORTH/members", authority="Eastcliff Council", **FROM)
    page = admin.get(joined.location)
    assert "Eastcliff Council Since Sunday 1 April 2018 Member" in words(page)
    member = page.text.split("/members/")[1].split('"')[0]
    form = admin.get(f"/stewards/agencies/NORTH/members/{member}")
    assert 'value="Eastcliff Council"' in form.text
    ended = {**FROM, "until_day": "31", "until_month": "3", "until_year": "2023"}
    left = admin.post(f"/stewards/agencies/NORTH/members/{member}", authority="Eastcliff Council", **ended)
    assert "Friday 31 March 2023 Not a member" in words(admin.get(left.location))
    assert "Adopt Northmoor NORTH 0 No: registered as a voluntary adoption agency" in words(
        admin.get("/stewards/agencies/")
    )


@pytest.mark.parametrize(
    ("field", "path", "typed"),
    [
        ("code", "new-agency", {"code": "agency-a", "name": "Another"}),
        ("code", "new-agency", {"code": "no good", "name": "Another"}),
        ("name", "new-agency", {"code": "NEW", "name": ""}),
        ("name", "agencies/agency-a/name", {"name": "x" * 101}),
        ("voluntary", "agencies/agency-a/voluntary", {"voluntary": "maybe"}),
        ("voluntary", "agencies/agency-a/voluntary", {}),
        ("authority", "agencies/agency-a/members", {"authority": "", **FROM}),
        ("from_day", "agencies/agency-a/members", {"authority": "Northmoor"}),
        ("from_day", "agencies/agency-a/members", {"authority": "Eastcliff", **FROM}),
        ("until_day", "agencies/agency-a/members", {"authority": "Northmoor", **FROM, "until_year": "2017"}),
    ],
)
def test_a_wrong_entry_points_at_its_field(
    admin: Steward, world: World, field: str, path: str, typed: dict[str, str]
) -> None:
    """422, with the error beside the field and linked from the summary; what was typed stays."""
    made = FROM | {"from_year": "2010"}
    admin.post("/stewards/agencies/agency-a/members", authority="Eastcliff", **made)
    answer = admin.post(f"/stewards/{path}", **typed)
    assert 422 == answer.status_code
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert world.administrator.name in answer.text


def test_an_authority_in_two_agencies_is_warned_of_on_the_page(admin: Steward, world: World) -> None:
    """Entered all the same: the days may be what has to be mended."""
    add_member(world.deps, world.administrator.actor, "agency-b", "Eastcliff", DUE.date())
    answer = admin.post("/stewards/agencies/agency-a/members", authority="Eastcliff", **FROM)
    assert "Eastcliff is also a member of Adoption B" in words(admin.get(answer.location))


def test_lists_are_paginated(admin: Steward, world: World) -> None:
    """25 to a page in as many queries as for two, with links to the pages around."""
    asked: list[str] = []
    event.listen(world.deps.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    admin.get("/stewards/agencies/")
    few = len(asked)
    for number in range(60):
        add_agency(world.deps, world.administrator.actor, f"code-{number}", f"Agency {number:02d}")
    asked.clear()
    page = admin.get("/stewards/agencies/?page=2")
    assert few == len(asked)
    assert 'href="/stewards/agencies/?page=1"' in page.text
    assert 'href="/stewards/agencies/?page=3"' in page.text
    assert words(admin.get("/stewards/agencies/?page=99")) == words(admin.get("/stewards/agencies/?page=3"))
    assert words(admin.get("/stewards/agencies/?page=x")) == words(admin.get("/stewards/agencies/"))


def test_a_proclaimed_holiday_lists_what_it_concerns_and_can_be_taken_back(admin: Steward) -> None:
    """The inspections whose dates it would have moved are named; nothing else has changed."""
    day = {"day_day": "16", "day_month": "10", "day_year": "2023"}
    added = admin.post("/stewards/holidays/", title="A coronation", **day)
    page = words(admin.get(added.location))
    assert "RAA-2023-01, Adoption A The team comes on Monday 16 October 2023." in page
    again = admin.post("/stewards/holidays/", title="A coronation", **day)
    assert (422, True) == (again.status_code, "is a bank holiday already" in words(again))
    assert "A coronation Added here" in words(admin.get("/stewards/holidays/?year=2023"))
    assert "A coronation" not in words(admin.get("/stewards/holidays/?year=2024"))
    assert 303 == admin.post("/stewards/holidays/2023-10-16/remove").status_code
    assert 404 == admin.get("/stewards/holidays/2023-10-16/").status_code


@pytest.mark.parametrize("day", ["2023-12-25", "2023-02-31", "tomorrow", "20231225", "2023-W01-1"])
def test_a_day_that_was_not_added_has_no_page(admin: Steward, day: str) -> None:
    """A published holiday, an impossible day and no day at all are the same."""
    assert 404 == admin.get(f"/stewards/holidays/{day}/").status_code
    assert 404 == admin.post(f"/stewards/holidays/{day}/remove").status_code


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
    assert 1 == len(list(world.fakes.anchor.kept()))
    page = words(officer.get(done.location))
    assert "Certificate of disposal" in page
    assert "Documents disposed of 1" in page
    for visit in (admin, officer):
        listed = visit.get("/stewards/certificates/")
        assert f"{done.location}" in listed.text
        file = visit.get(f"{done.location}.json")
        signed = json.loads(file.data)
        assert signed_well(world.fakes.signer.public_keys()[signed["key_id"]], signed)
        assert 'attachment; filename="certificate-RAA-2023-01.json"' in file.headers["Content-Disposition"]
    assert "RAA-2023-01" not in words(officer.get("/stewards/retention/"))
    assert 409 == officer.post(path, reference="RAA-2023-01").status_code


def test_a_hold_stops_disposal_until_it_is_lifted(officer: Steward, world: World) -> None:
    """On one inspection and on a programme; lifting it when disposal is due is warned of."""
    wait_until_due(world)
    one, all_of_it = f"/stewards/inspections/{world.a.inspection}/hold", "/stewards/programmes/RAA-2023/hold"
    assert "Nothing of it is disposed of until the hold is lifted" in words(officer.get(one))
    assert "The hold is placed." in words(officer.get(officer.post(one, held="yes").location))
    assert 409 == officer.get(f"/stewards/inspections/{world.a.inspection}/disposal").status_code
    assert "within minutes once the hold is lifted" in words(officer.get(one))
    assert "The hold is lifted." in words(officer.get(officer.post(one, held="no").location))
    officer.post(all_of_it, held="yes")
    assert "The whole programme is held" in words(officer.get("/stewards/retention/"))
    officer.post(all_of_it, held="no")
    assert 200 == officer.get(f"/stewards/inspections/{world.a.inspection}/disposal").status_code
    assert [422, 422] == [officer.post(path, held="perhaps").status_code for path in (one, all_of_it)]


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
    "administrator": ["Overview", "Announce", "Programmes", "Agencies", "Bank holidays", "Certificates"],
    "dpo": ["Overview", "Programmes", "Retention", "Certificates"],
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
