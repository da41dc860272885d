"""Contacts and meetings typed on a page: kept as documents, checked against the agency's members, sealed."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from portal.db.engine import reading, writing
from portal.db.registers import AgencyMember
from portal.db.tables import Base, Document
from portal.domain.lists import MOST_ROWS
from portal.domain.times import london_date
from portal.services.conduct import close
from tests.services.looks import actions, content, inspection_row, rows, trail_text
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import DUE, World, upload

MEMBERS = ("Leeds", "York")
MOST = MOST_ROWS["contacts"]
ANN = {"name-1": "Ann Lee", "role-1": "Manager", "email-1": "ann@leeds.example", "telephone-1": ""}
BO = {"name-2": "Bo York", "role-2": "", "email-2": "", "telephone-2": "+44 20 7946 0000"}
PANEL = {"day-1": "17", "month-1": "10", "year-1": "2023", "time-1": "2pm"} | {
    "title-1": "=HYPERLINK(1)",
    "place-1": "Town hall",
    "observe-1": "yes",
}


@pytest.fixture
def browser(world: World) -> Visit:
    """The leader's browser; her agency has two members."""
    inspection = inspection_row(world.deps, world.a.inspection)
    with writing(world.deps.engine) as session:
        for authority in MEMBERS:
            since = london_date(inspection.announced_at)
            session.add(AgencyMember(agency_id=inspection.agency_id, authority=authority, from_on=since))
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, world.leader.id))


def path(world: World, item: str = "link-staff") -> str:
    """Return the address of a list."""
    return f"/inspections/{world.a.inspection}/items/{item}/list"


def send(browser: Visit, world: World, item: str = "link-staff", **fields: str) -> TestResponse:
    """Send the form as it stands on the page, with these fields filled in."""
    page = browser.get(path(world, item)).text
    [replaces] = re.findall(r'name="replaces" value="([^"]*)"', page)
    given = {"upload_id": uuid4().hex, "replaces": replaces, "action": "send", **fields}
    return browser.post(path(world, item), **given)


def kept(world: World) -> bytes:
    """Return the one document that counts."""
    [document] = rows(world.deps, Document, Document.state == "received")
    return content(world.deps, world.leader.actor, world.a.inspection, document.id)


def test_contacts_become_a_document(world: World, browser: Visit) -> None:
    """One row a member; what was typed is received as a file is, and completes the item."""
    page = browser.get(path(world))
    assert 200 == page.status_code
    assert all(f">{authority}</legend>" in page.text for authority in MEMBERS)
    sent = send(browser, world, **ANN, **BO)
    assert 303 == sent.status_code
    received = words(browser.get(sent.location))
    assert "Document received On time" in received
    assert "link-staff-contacts.csv" in received
    assert (
        '\ufeff"Local authority","Name","Role","Email address","Telephone number"\r\n'
        '"Leeds","Ann Lee","Manager","ann@leeds.example",""\r\n'
        '"York","Bo York","","","\'+44 20 7946 0000"\r\n'
    ) == kept(world).decode()
    home = words(browser.get(f"/inspections/{world.a.inspection}/"))
    assert "1 provided, 10 still to send" in home
    assert "link-staff-contacts.csv, sent by Lena Leader on 9 October 2023 at 9:30am" in home


def test_a_list_is_changed_and_replaces_the_one_before(world: World, browser: Visit) -> None:
    """The form is filled with what was sent, which is told in the trail; sent again it is version 2."""
    send(browser, world, **ANN, **BO)
    page = browser.get(path(world))
    assert 'value="Bo York"' in page.text
    assert 'value="+44 20 7946 0000"' in page.text
    assert "document.opened" == actions(world.deps, world.a.inspection)[-1]
    sent = send(browser, world, **ANN | {"name-1": "Ann Changed"}, **BO)
    assert "Version 2" in words(browser.get(sent.location))
    assert ["received", "replaced"] == sorted(each.state for each in rows(world.deps, Document))
    assert b"Ann Changed" in kept(world)


def test_a_row_is_added_and_nothing_typed_is_lost(world: World, browser: Visit) -> None:
    """Without scripts: the page comes again with one row more; nothing is kept of it yet."""
    page = browser.get(path(world))
    assert f'formaction="{path(world)}#row-3"' in page.text
    more = browser.post(path(world), action="add", upload_id=uuid4().hex, replaces="", **ANN)
    assert (200, True, True) == (more.status_code, 'value="Ann Lee"' in more.text, 'id="authority-3"' in more.text)
    assert "Error:" not in more.text
    assert [] == rows(world.deps, Document)
    third = {"authority-3": "Leeds", "name-3": "Cy", "email-3": "cy@leeds.example", "role-3": "", "telephone-3": ""}
    assert 303 == send(browser, world, **ANN, **BO, **third).status_code
    again = browser.get(path(world)).text
    assert 'value="Cy"' in again


def test_a_list_has_an_end(world: World, browser: Visit) -> None:
    """At the last row the button is gone, and a row beyond it no page has."""
    last = {f"name-{MOST}": "Ann", f"authority-{MOST}": "Leeds"}
    page = browser.post(path(world), action="add", upload_id="x", replaces="", **last)
    assert (200, False) == (page.status_code, "Add another contact" in words(page))
    for field in (f"name-{MOST + 1}", "name-0", "title-1", "name-100"):
        assert 400 == browser.post(path(world), action="send", **{field: "Ann"}).status_code


@pytest.mark.parametrize(("item", "form"), [("link-staff", "contacts"), ("prearranged-meetings", "meetings")])
def test_the_longest_page_is_light(world: World, browser: Visit, item: str, form: str) -> None:
    """With as many rows as there can be it stays under 100 KB."""
    field = "name" if form == "contacts" else "title"
    rows = {f"{field}-{number}": "Somebody or something" for number in range(1, MOST_ROWS[form] + 1)}
    page = browser.post(path(world, item), action="add", **rows)
    assert (200, True) == (page.status_code, f"{field}-{MOST_ROWS[form]}" in page.text)
    assert 100 * 1024 > len(page.data)


def test_a_missing_authority_is_asked_about_and_may_stay_missing(world: World, browser: Visit) -> None:
    """The page names it and asks; a confirmation of other questions confirms nothing."""
    asked = send(browser, world, **ANN)
    assert (422, True) == (asked.status_code, "There is no contact for York." in words(asked))
    assert '<a href="#confirmed">' in asked.text
    assert 'value="Ann Lee"' in asked.text
    [mark] = re.findall(r'name="confirmed" type="checkbox" value="([^"]+)"', asked.text)
    strange = {"authority-3": "Exeter", "name-3": "Cy", "email-3": "cy@exeter.example"}
    other = send(browser, world, **ANN, **strange, confirmed=mark)
    assert 422 == other.status_code
    assert "Exeter is not a member of your agency on Monday 9 October 2023, as far as we know." in words(other)
    assert [] == rows(world.deps, Document)
    assert 303 == send(browser, world, **ANN, confirmed=mark).status_code
    assert b"Leeds" in kept(world)


def test_without_known_members_every_row_is_free(world: World) -> None:
    """Where nobody has entered the members there is nothing to compare with."""
    app = make_app(world.deps)
    browser = Visit(app, sign_in(app, world.deps, world.contributor.id))
    assert 'id="authority-1"' in browser.get(path(world)).text
    assert 303 == send(browser, world, **ANN, **{"authority-1": "Leeds"}).status_code


def test_what_is_wrong_is_said_at_its_field(world: World, browser: Visit) -> None:
    """With a summary, all at once, and what was typed stays."""
    wrong = send(browser, world, **{"name-1": "", "email-1": "nobody", "role-1": "Kept <words>"})
    assert 422 == wrong.status_code
    assert wrong.text.count("Enter the name of the contact for Leeds") == 2
    assert '<a href="#email-1">' in wrong.text
    assert "Kept &lt;words&gt;" in wrong.text
    empty = send(browser, world)
    assert (422, True) == (empty.status_code, "Enter at least one contact" in words(empty))
    assert [] == rows(world.deps, Document)


def test_a_file_that_was_sent_is_replaced_knowingly(world: World, browser: Visit) -> None:
    """The page names the file; a form that was opened before the file came replaces nothing."""
    file = upload(world.deps, world.leader.actor, world.a.inspection, "link-staff", name="Contacts.pdf").document
    page = words(browser.get(path(world)))
    assert "You have sent a file, Contacts.pdf . If you send this form, it replaces that file." in page
    stale = browser.post(path(world), action="send", upload_id=uuid4().hex, replaces="", **ANN, **BO)
    assert (409, True) == (stale.status_code, 'value="Ann Lee"' in stale.text)
    assert f'name="replaces" value="{file}"' in stale.text
    assert 303 == send(browser, world, **ANN, **BO).status_code
    assert b"Ann Lee" in kept(world)


def test_meetings_become_a_document(world: World, browser: Visit) -> None:
    """Date, place and whether they may be observed; a cell that a spreadsheet might run is made harmless."""
    assert "Monday 16 October 2023 to Thursday 19 October 2023" in words(
        browser.get(path(world, "prearranged-meetings"))
    )
    sent = send(browser, world, "prearranged-meetings", **PANEL)
    assert 303 == sent.status_code
    assert kept(world).decode().splitlines()[1] == '"2023-10-17","14:00","\'=HYPERLINK(1)","Town hall","Yes"'
    again = browser.get(path(world, "prearranged-meetings")).text
    assert 'value="=HYPERLINK(1)"' in again
    assert re.search(r'value="yes" checked', again)


def test_a_meeting_outside_the_inspection_is_asked_about(world: World, browser: Visit) -> None:
    """It is sent once that is confirmed."""
    asked = send(browser, world, "prearranged-meetings", **PANEL | {"month-1": "11"})
    assert (422, True) == (asked.status_code, "Friday 17 November 2023 is not a day of the inspection" in words(asked))
    [mark] = re.findall(r'name="confirmed" type="checkbox" value="([^"]+)"', asked.text)
    assert 303 == send(browser, world, "prearranged-meetings", **PANEL | {"month-1": "11"}, confirmed=mark).status_code


def test_a_wrong_meeting_keeps_what_was_typed(world: World, browser: Visit) -> None:
    """Whatever is wrong with it."""
    wrong = send(browser, world, "prearranged-meetings", **PANEL | {"day-1": "32", "time-1": "late", "observe-1": ""})
    assert 422 == wrong.status_code
    for field, typed in (("day-1", "32"), ("time-1", "late"), ("place-1", "Town hall")):
        assert re.search(rf'id="{field}"[^>]* value="{typed}"', wrong.text)
    for field in ("day-1", "time-1", "observe-1"):
        assert f'<a href="#{field}">' in wrong.text


def test_none_is_said_with_one_button(world: World, browser: Visit) -> None:
    """No meeting is arranged: an answer of its own, on the list's page and on the item's."""
    item = f"/inspections/{world.a.inspection}/items/prearranged-meetings"
    assert "Say that none is arranged" in words(browser.get(path(world, "prearranged-meetings")))
    assert 303 == browser.post(f"{item}/gap", kind="none").status_code
    assert "1 none to report, 10 still to send" in words(browser.get(f"/inspections/{world.a.inspection}/"))
    assert "None arranged" in words(browser.get(item))
    assert "You have told the inspectors that none is arranged." in words(
        browser.get(path(world, "prearranged-meetings"))
    )


def test_late_is_late_for_what_is_typed_too(world: World, browser: Visit) -> None:
    """It counts from when it was sent."""
    world.fakes.clock.set(DUE + timedelta(milliseconds=1))
    browser = Visit(browser.app, sign_in(browser.app, world.deps, world.contributor.id))
    assert "Received after the deadline" in words(browser.get(send(browser, world, **ANN, **BO).location))


def test_a_closed_inspection_takes_no_list(world: World, browser: Visit) -> None:
    """The page says so and has no form; what is sent all the same is refused."""
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    page = browser.get(path(world))
    assert ("Nothing can be added or changed now" in words(page), 'name="upload_id"' in page.text) == (True, False)
    refused = browser.post(path(world), action="send", upload_id=uuid4().hex, replaces="", **ANN, **BO)
    assert 409 == refused.status_code
    assert [] == rows(world.deps, Document)


def test_only_what_can_be_typed_has_a_form(world: World, browser: Visit) -> None:
    """Another item, an unknown one and another agency's are not there."""
    for item in ("annual-report", "nothing"):
        assert 404 == browser.get(path(world, item)).status_code
    theirs = f"/inspections/{world.b.inspection}/items/link-staff/list"
    assert (404, 404) == (browser.get(theirs).status_code, browser.post(theirs, action="add").status_code)


def test_what_is_typed_is_sealed(world: World, browser: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    """No contact and no place stands in a table, the outbox, the trail, the log or the store."""
    canary = {"name-1": "Canary-contact", "email-1": "canary@leeds.example", "role-1": "", "telephone-1": ""}
    assert 303 == send(browser, world, **canary, **BO).status_code
    meeting = PANEL | {"title-1": "Canary-title", "place-1": "Canary-place"}
    assert 303 == send(browser, world, "prearranged-meetings", **meeting).status_code
    assert 422 == send(browser, world, "prearranged-meetings", **meeting | {"day-1": "canary"}).status_code
    gap = {"by_day": "canary", "name": "Canary-name", "words": "Canary-reason"}
    item = f"/inspections/{world.a.inspection}/items/annual-report"
    assert 422 == browser.post(f"{item}/gap", kind="to_follow", **gap).status_code
    assert 303 == browser.post(f"{item}/gap", kind="equivalent", **gap).status_code
    with reading(world.deps.engine) as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(table.select()):
                assert "canary" not in repr(row).lower(), table.name
    assert "canary" not in trail_text(world.deps).lower()
    assert "canary" not in repr(world.fakes.store._versions).lower()
    assert "canary" not in "".join(capsys.readouterr()).lower()
