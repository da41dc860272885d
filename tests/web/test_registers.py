"""The registers on pages: programmes, agencies with their members, bank holidays."""

import pytest
from sqlalchemy import event

from portal.services.registers import add_agency, add_member
from tests.web.clients import words
from tests.web.steward_browser import Steward
from tests.world import DUE, World

FROM = {"from_day": "1", "from_month": "4", "from_year": "2018"}


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


def test_an_agency_from_adding_to_a_membership_that_ended(admin: Steward) -> None:
    """Added, renamed, marked; an authority joins, is corrected and leaves."""
    added = admin.post("/stewards/new-agency", code="NORTH", name="Adopt North")
    assert "The agency is added." in words(admin.get(added.location))
    admin.post("/stewards/agencies/NORTH/name", name="Adopt Northmoor")
    admin.post("/stewards/agencies/NORTH/voluntary", voluntary="yes")
    worded = admin.post("/stewards/agencies/NORTH/words", words="leeds, adopt")
    assert 'value="ADOPT LEEDS"' in admin.get(worded.location).text
    joined = admin.post("/stewards/agencies/NORTH/members", authority="Eastcliff Council", number="383", **FROM)
    page = admin.get(joined.location)
    assert "Eastcliff Council (383) Since Sunday 1 April 2018 Member" in words(page)
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
        ("words", "agencies/agency-a/words", {"words": "no-good"}),
        ("number", "agencies/agency-a/members", {"authority": "Northmoor", "number": "38", **FROM}),
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
