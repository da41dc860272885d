"""Announcing on pages: two steps, nothing stored before the second, nothing typed lost."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal.db.engine import writing
from portal.db.tables import Agency, Inspection, OutboxMail, Person, Programme
from portal.services.announce import announcement_told
from tests.services.looks import count, rows
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import PROGRAMME, Someone, World

FRIDAY = datetime(2023, 10, 13, 9, tzinfo=UTC)
TYPED = {
    "programme": PROGRAMME,
    "agency": "agency-c",
    "leader_name": "Nora New",
    "leader_email": "nora@agency.example",
    "lead_inspector_name": "Nils New",
    "lead_inspector_email": "nils@inspectorate.example",
    "start_day": "16",
    "start_month": "10",
    "start_year": "2023",
    "days_on_site": "4",
}


@pytest.fixture
def registered(world: World) -> World:
    """A world in whose register there are two agencies more, one of them a voluntary adoption agency."""
    with writing(world.deps.engine) as session:
        session.add(Agency(code="agency-c", name="Adopt <Cranberry>"))
        session.add(Agency(code="agency-v", name="Voluntary V", voluntary=True))
    return world


def visit(world: World, person: Someone | None = None) -> Visit:
    """Return a browser in which the person, or the administrator, is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, (person or world.administrator).id))


def fields(page: TestResponse) -> dict[str, str]:
    """Return what the page's form would send as it stands: hidden fields, and boxes and radios that are chosen."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") in ("checkbox", "radio") and not re.search(r"\schecked", tag):
            continue
        found[given.get("name", "")] = unescape(given.get("value", ""))
    return {name: value for name, value in found.items() if name and name != "csrf_token"}


def boxes(page: TestResponse) -> dict[str, str]:
    """Return the warnings that the page asks to confirm."""
    return {name: unescape(value) for name, value in re.findall(r'name="(warning_\d+)"[^>]*value="([^"]*)"', page.text)}


def check(browser: Visit, **changes: str) -> TestResponse:
    """Send the first step."""
    return browser.post("/announce", **(TYPED | {"step": "check"} | changes))


def test_the_usual_monday(registered: World) -> None:
    """Typed, checked, announced: the deadline in words, the letter, and what was sent to whom."""
    browser = visit(registered)
    first = browser.get("/announce")
    assert {"16", "10", "2023", "4"} <= set(fields(first).values())
    assert "Adopt <Cranberry>" in words(first)
    assert "Voluntary V" not in words(first)
    checked = check(browser)
    assert (200, {}) == (checked.status_code, boxes(checked))
    assert "due by 4pm on Tuesday 10 October 2023" in words(checked)
    assert "Preview of the letter of notice" in words(checked)
    assert (2, 0) == (count(registered.deps, Inspection), count(registered.deps, Person, Person.name == "Nora New"))
    answer = browser.post("/announce", **(fields(checked) | {"step": "announce"}))
    assert 303 == answer.status_code
    said = words(browser.get(answer.location))
    assert "RAA-2023-03: Adopt <Cranberry>" in said
    assert "Nora New nora@agency.example Leader Mail waits to be sent" in said
    assert "Nils New nils@inspectorate.example Lead inspector Mail waits to be sent" in said
    [row] = rows(registered.deps, Inspection, Inspection.reference == "RAA-2023-03")
    assert (datetime(2023, 10, 10, 15, tzinfo=UTC), "next_day") == (row.deadline_at, row.deadline_policy)


def test_a_mail_that_was_sent_is_told(registered: World) -> None:
    """The page says of each mail what became of it."""
    with writing(registered.deps.engine) as session:
        sent = update(OutboxMail).where(OutboxMail.person_id == registered.leader.id)
        session.execute(sent.values(sent_at=registered.deps.clock.now()))
        failed = update(OutboxMail).where(OutboxMail.person_id == registered.inspector.id)
        session.execute(failed.values(failure="OSError"))
    told = announcement_told(registered.deps, registered.qa_officer.actor, registered.a.inspection)
    said = {each["name"]: each["mail_words"] for each in told["people"]}
    assert "Mail sent on 9 October 2023 at 9:30am" == said["Lena Leader"]
    assert "Mail failed, and is tried again" == said["Ivo Inspector"]
    assert "No mail" == said["Conrad Contributor"]


def test_who_takes_part_is_told_to_its_own_head_and_to_who_announced_it(registered: World) -> None:
    """Whoever heads another team of the programme finds no such page (rule 5), as for an unknown inspection."""
    announcer = visit(registered, registered.lead_inspector)
    answer = announcer.post("/announce", **(fields(check(announcer)) | {"step": "announce"}))
    assert 200 == announcer.get(answer.location).status_code
    assert 404 == visit(registered, registered.qa_officer).get(answer.location).status_code
    [row] = rows(registered.deps, Person, Person.name == "Nils New")
    head = visit(registered, Someone(row.id, row.email, row.name))
    assert 200 == head.get(answer.location).status_code
    assert 404 == head.get(f"/announce/{registered.a.inspection}").status_code


def test_two_readings_are_both_shown_and_none_is_chosen(registered: World) -> None:
    """On a Friday there is no default; the choice that was made is the deadline (R2)."""
    registered.fakes.clock.set(FRIDAY)
    browser = visit(registered, registered.lead_inspector)
    checked = check(browser, start_day="20")
    assert "By 4pm on Saturday 14 October 2023" in words(checked)
    assert "By 4pm on Monday 16 October 2023" in words(checked)
    assert "letter of notice, due by 4pm on Saturday 14 October 2023" in words(checked)
    assert "policy" not in fields(checked)
    refused = browser.post("/announce", **(fields(checked) | {"step": "announce"}))
    assert (422, True) == (refused.status_code, "Select the deadline" in words(refused))
    assert 'href="#policy"' in refused.text
    chosen = fields(refused) | {"step": "announce", "policy": "next_working_day"}
    assert 303 == browser.post("/announce", **chosen).status_code
    [row] = rows(registered.deps, Inspection, Inspection.reference == "RAA-2023-03")
    assert (datetime(2023, 10, 16, 15, tzinfo=UTC), "next_working_day") == (row.deadline_at, row.deadline_policy)


def test_every_warning_has_a_box_of_its_own(registered: World) -> None:
    """An odd hour, a short notice, a fourth inspector and a fifth day: each is confirmed, or nothing is announced."""
    registered.fakes.clock.set(datetime(2023, 10, 9, 17, 30, tzinfo=UTC))
    browser = visit(registered)
    more = {f"inspector_{n}_{part}": f"n{n}@x.example" for n in (1, 2, 3) for part in ("name", "email")}
    checked = check(browser, start_day="13", days_on_site="5", **more)
    asked = boxes(checked)
    for word in ("after 6pm", "4 working days after the notice", "4 inspectors", "5 days"):
        assert 1 == sum(word in each for each in asked.values())
    assert 4 == len(asked)
    sent = fields(checked) | {"step": "announce"}
    for some in ({}, dict(list(asked.items())[:3])):
        refused = browser.post("/announce", **(sent | some))
        assert (422, True) == (refused.status_code, "Confirm that you have read every warning" in words(refused))
        assert some == {name: value for name, value in fields(refused).items() if name in asked}
    assert 2 == count(registered.deps, Inspection)
    assert 303 == browser.post("/announce", **(sent | asked)).status_code


def test_a_warning_that_nobody_saw_is_not_confirmed(registered: World) -> None:
    """Six in the evening passes between the steps: the second shows what is new."""
    registered.fakes.clock.set(datetime(2023, 10, 9, 16, 59, tzinfo=UTC))
    browser = visit(registered)
    checked = check(browser)
    assert {} == boxes(checked)
    registered.fakes.clock.advance(timedelta(minutes=2))
    refused = browser.post("/announce", **(fields(checked) | {"step": "announce", "warning_0": "something else"}))
    assert (422, 1) == (refused.status_code, len(boxes(refused)))
    assert {} == {name: value for name, value in fields(refused).items() if name.startswith("warning_")}


def test_midnight_between_the_steps(registered: World) -> None:
    """The deadline that was shown is the one that is frozen, or nothing is: the new one is shown first."""
    registered.fakes.clock.set(datetime(2023, 10, 9, 22, 59, tzinfo=UTC))
    browser = visit(registered)
    checked = check(browser)
    sent = fields(checked) | boxes(checked) | {"step": "announce"}
    registered.fakes.clock.advance(timedelta(minutes=2))
    refused = browser.post("/announce", **sent)
    assert 422 == refused.status_code
    assert "The dates have changed" in words(refused)
    assert "4pm on Wednesday 11 October 2023" in words(refused)
    assert 2 == count(registered.deps, Inspection)
    again = fields(refused) | boxes(refused) | {"step": "announce"}
    assert 303 == browser.post("/announce", **again).status_code
    [row] = rows(registered.deps, Inspection, Inspection.reference == "RAA-2023-03")
    assert datetime(2023, 10, 11, 15, tzinfo=UTC) == row.deadline_at


@pytest.mark.parametrize("shown", ["", "nonsense", "2023-10-10T15:00:00.000Z", "2023-10-10T15:00 2023-10-10T15:00"])
def test_a_page_that_showed_nothing_announces_all_the_same_what_it_should(registered: World, shown: str) -> None:
    """Readings that are none were never shown, so that there is nothing for them to differ from."""
    answer = visit(registered).post("/announce", **(TYPED | {"step": "announce", "shown": shown}))
    assert 303 == answer.status_code


def test_going_back_keeps_what_was_typed(registered: World) -> None:
    """Change what you entered: every field is as it was, whatever is wrong with it."""
    browser = visit(registered)
    typed = {"leader_name": 'Näme "O\'Quoted" <b>', "quality_email": "not an address", "days_on_site": ""}
    page = browser.post("/announce", **(TYPED | typed | {"step": "change"}))
    assert 200 == page.status_code
    assert TYPED | typed == {
        **{name: value for name, value in fields(page).items() if name in TYPED | typed},
        "programme": PROGRAMME,
        "agency": "agency-c",
    }
    assert 2 == page.text.count(" selected")


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"programme": ""}, "programme", "Select the programme"),
        ({"agency": ""}, "agency", "Select the agency"),
        ({"agency": "agency-v"}, "agency", "voluntary adoption agency"),
        ({"agency": "agency-x"}, "agency", "Select an agency from the register"),
        ({"leader_name": " "}, "leader_name", "Enter the name of the leader"),
        ({"leader_name": "x" * 101}, "leader_name", "1 to 100 characters"),
        ({"leader_email": "nobody"}, "leader_email", "correct format"),
        ({"quality_name": "Q"}, "quality_email", "correct format"),
        ({"inspector_1_email": "NORA@agency.example", "inspector_1_name": "N"}, "inspector_1_email", "another person"),
        ({"start_day": "31", "start_month": "2"}, "start_day", "real date"),
        ({"start_year": ""}, "start_day", "real date"),
        ({"start_day": "6"}, "start_day", "today or later"),
        ({"days_on_site": "0"}, "days_on_site", "from 1 to 20"),
        ({"days_on_site": "21"}, "days_on_site", "from 1 to 20"),
        ({"days_on_site": "four"}, "days_on_site", "from 1 to 20"),
    ],
)
@pytest.mark.parametrize("step", ["check", "announce"])
def test_what_is_wrong_is_said_beside_its_field(
    registered: World, changes: dict[str, str], field: str, message: str, step: str
) -> None:
    """In either step the first page comes back with an error summary and all that was typed."""
    page = visit(registered).post("/announce", **(TYPED | {"step": step} | changes))
    assert 422 == page.status_code
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    assert message in words(page)
    assert "nils@inspectorate.example" in page.text
    assert 2 == count(registered.deps, Inspection)


def test_an_agency_is_inspected_once_at_a_time(registered: World) -> None:
    """Who announces it a second time is told which inspection is open, and loses nothing."""
    page = check(visit(registered), agency="agency-a")
    assert (409, True) == (page.status_code, "RAA-2023-01" in words(page))
    assert "nils@inspectorate.example" in page.text


def test_where_nobody_may_announce_there_is_no_page(registered: World) -> None:
    """Neither for other roles, nor in a programme of others, nor once every report is published."""
    for person in (registered.leader, registered.contributor, registered.inspector, registered.dpo):
        assert 404 == visit(registered, person).get("/announce").status_code
    with writing(registered.deps.engine) as session:
        session.add(
            Programme(
                code="RAA-2024", title="Other", deadline_policy="next_day", checklist_version="2023",
                created_at=registered.deps.clock.now(),
            )
        )  # fmt: skip
    browser = visit(registered, registered.lead_inspector)
    assert "RAA-2024" not in browser.get("/announce").text
    assert 404 == check(browser, programme="RAA-2024").status_code
    with writing(registered.deps.engine) as session:
        session.execute(update(Programme).values(published_on=datetime(2023, 10, 1, tzinfo=UTC).date()))
    assert 404 == browser.get("/announce").status_code


def test_a_field_that_no_page_has_is_refused(registered: World) -> None:
    """The form is ours, or it is nobody's."""
    assert 400 == check(visit(registered), confirmed="yes").status_code
