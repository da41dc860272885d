"""The team's desk in a real browser: lists, downloads, announcing, conducting, the leader's replacement, letters."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.domain.actors import OPERATOR
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.registers import add_agency
from tests.e2e.chromium import Window, window
from tests.e2e.gallery import Earlier
from tests.e2e.installation import Installation, installation
from tests.e2e.looking import follow
from tests.e2e.scene import Scene, announced
from tests.e2e.steps import click, download, enter_date, heading, mistaken, newcomer, push, says
from tests.world import add_person, give_role, sample, upload

FRIDAY = datetime(2023, 10, 6, 18, 10, tzinfo=UTC)
"""Friday 6 October 2023, 7:10pm in London: "the day after" has two readings, and the hour is late (R2, R6)."""
LATE_HOUR = "It is after 6pm in London. Check that you want to announce this late."
READINGS = ["By 4pm on Saturday 7 October 2023", "By 4pm on Monday 9 October 2023"]
_numbers = count(1)


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Deps]]:
    """A running portal on a Friday evening."""
    with installation(tmp_path_factory.mktemp("team") / "portal") as portal:
        portal.set_clock(FRIDAY - datetime.now(UTC))
        _settings, deps = portal.connect()
        portal.serve()
        yield portal, deps
        deps.engine.dispose()


@pytest.fixture
def scene(place: tuple[Installation, Deps]) -> Scene:
    """An inspection of its own for each test, announced on the Monday before: its deadline has passed."""
    portal, deps = place
    earlier = replace(deps, clock=Earlier(deps.clock, timedelta(days=4, hours=10)))
    return replace(announced(portal, earlier, f"T{next(_numbers)}"), deps=deps)


def own(scene: Scene, page: str = "") -> str:
    """Return the address of one of the team's pages."""
    return f"/team/inspections/{scene.inspection}/{page}"


def member(scene: Scene, role: Role) -> Scene:
    """Return the scene with somebody else in the lead inspector's place: a new member of the team."""
    someone = add_person(scene.deps, f"{role}@{scene.reference}.example", "Max Member")
    give_role(scene.deps, someone.id, role, scene.inspection)
    return replace(scene, lead=someone.actor)


def names(path: Path) -> list[str]:
    """Return the names of the documents in a bundle."""
    with zipfile.ZipFile(path) as bag:
        assert bag.testzip() is None
        return sorted(name.rpartition("/")[2] for name in bag.namelist() if "/data/" in name)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_finding_and_downloading(browser: Browser, scene: Scene, scripts: bool, tmp_path: Path) -> None:
    """The list is filtered and sorted; one document, one item, everything, and only what is new are downloaded."""
    deps, leader, inspection = scene.deps, scene.leader, scene.inspection
    data = sample("pdf", 5_000)
    upload(deps, leader, inspection, data=data, name="Statement.pdf")
    upload(deps, leader, inspection, "annual-report", name="Report.pdf")
    with window(browser, scene.portal, deps, scene.lead.person, scripts=scripts) as lead:
        page = lead.page
        lead.go("/team/")
        page.fill("#programme", "NONE-SUCH")
        push(page, "Apply filters")
        says(page, "None of your inspections is like that. Remove a filter to see more.")
        click(page, "Remove the filter Programme NONE-SUCH")
        page.select_option("#state", "announced")
        push(page, "Apply filters")
        click(page, "Deadline")
        says(page, "Sort by: Newest first, Deadline", scene.reference, "4pm on Tuesday 3 October 2023", "2 late")
        click(page, scene.reference)
        says(page, "2 of 11 provided, 9 still to send", "Not declared.", "Received after the deadline")
        says(page, "does not scan files for malware")
        assert data == download(page, page.get_by_role("link", name="Download Statement.pdf"), tmp_path).read_bytes()
        item = page.get_by_role("link", name="Download Annual report of the agency", exact=True)
        assert ["Report.pdf"] == names(download(page, item, tmp_path))
        everything = page.get_by_role("button", name="Download everything")
        assert ["Report.pdf", "Statement.pdf"] == names(download(page, everything, tmp_path))
        lead.go(own(scene))
        says(page, "Nothing is new since your last download of")
        upload(deps, leader, inspection, "childrens-guide", name="Guide.pdf")
        lead.go(own(scene))
        says(page, "1 new since your last download")
        new = page.get_by_role("button", name="Download only what is new")
        assert ["Guide.pdf"] == names(download(page, new, tmp_path))
        assert [] == lead.faults


def _announce(opened: Window, scene: Scene, code: str) -> None:
    page = opened.page
    click(page, "Announce")
    heading(page, "Announce an inspection")
    page.select_option("#programme", scene.reference.rpartition("-")[0])
    page.select_option("#agency", code)
    page.fill("#leader_name", "Nora New")
    page.fill("#leader_email", "not an address")
    push(page, "Continue to the check")
    assert page.title().startswith("Error: ")
    page.fill("#leader_email", f"nora@{code}.example")
    page.fill("#lead_inspector_name", "Iris Inspector")
    page.fill("#lead_inspector_email", f"lead@{scene.reference.rpartition('-')[0]}.example")
    push(page, "Continue to the check")
    heading(page, "Check before you announce")
    assert READINGS == page.locator("[name=policy] + label").all_inner_texts()
    says(page, LATE_HOUR, "Friday 13 October 2023")
    for reading, letter in zip(READINGS, page.locator("details").all(), strict=True):
        expect(letter).to_contain_text(f"Send the information listed below b{reading[1:]}")
    push(page, "Announce the inspection now")
    mistaken(page, "Select the deadline")
    page.get_by_label(READINGS[1]).check()
    push(page, "Announce the inspection now")
    mistaken(page, "Confirm that you have read every warning")
    for box in page.get_by_role("checkbox").all():
        box.check()
    push(page, "Announce the inspection now")
    heading(page, "Inspection announced")
    says(page, "due by 4pm on Monday 9 October 2023", "Nora New", "What was sent to whom")
    assert [] == opened.faults


@pytest.mark.parametrize("role", [Role.lead_inspector, Role.administrator])
def test_announcing_on_a_friday_evening(browser: Browser, scene: Scene, role: Role) -> None:
    """Both readings of the deadline are shown and none is chosen; the late hour must be confirmed."""
    person, code = scene.lead.person, f"{scene.reference}-NEW"
    if role is Role.administrator:
        someone = add_person(scene.deps, f"admin@{code}.example", "Ada Administrator")
        give_role(scene.deps, someone.id, role)
        person = someone.id
    add_agency(scene.deps, OPERATOR, code, f"Agency {code}")
    with window(browser, scene.portal, scene.deps, person) as opened:
        opened.go("/")
        _announce(opened, scene, code)


def test_conducting_an_inspection(browser: Browser, scene: Scene) -> None:
    """A late item is accepted, the deadline moved, the inspection deferred, announced anew and closed."""
    upload(scene.deps, scene.leader, scene.inspection, "annual-report", name="Report.pdf")
    with window(browser, scene.portal, scene.deps, scene.lead.person) as lead:
        page = lead.page
        lead.go(own(scene))
        click(page, "Conduct this inspection")
        says(page, "1 document was received after the deadline and is not accepted yet.")
        _late_is_accepted(page)
        _the_deadline_is_moved(page)
        _deferred_and_announced_anew(page)
        click(page, "Close the inspection")
        says(page, "Still missing, with no reason given", "Statement of purpose")
        push(page, "Close the inspection")
        says(page, "The inspection is closed. It takes no more documents.")
        click(page, "Back to the inspection")
        says(page, "Closed.", "Report.pdf")
        assert [] == lead.faults


def _late_is_accepted(page: Page) -> None:
    click(page, "Accept late documents")
    push(page, "Accept what is selected")
    mistaken(page, "Select what you accept")
    page.get_by_label("Report.pdf").check()
    push(page, "Accept what is selected")
    says(page, "What you chose is accepted.")
    click(page, "Back to the inspection")
    says(page, "Received after the deadline, accepted on Friday 6 October 2023")
    click(page, "Conduct this inspection")


def _the_deadline_is_moved(page: Page) -> None:
    click(page, "Move the deadline")
    says(page, "4pm on Tuesday 3 October 2023", "It can only be moved later.")
    enter_date(page, "deadline", date(2023, 10, 2))
    page.fill("#reason", "The agency's server was down.")
    push(page, "Move the deadline")
    mistaken(page, "The new deadline must be later than 4pm on Tuesday 3 October 2023.")
    assert "The agency's server was down." == page.input_value("#reason")
    enter_date(page, "deadline", date(2023, 10, 10))
    push(page, "Move the deadline")
    says(page, "The deadline is moved, and everyone was told by mail.", "4pm on Tuesday 10 October 2023")


def _deferred_and_announced_anew(page: Page) -> None:
    click(page, "Defer the inspection")
    push(page, "Defer the inspection")
    assert page.title().startswith("Error: ")
    page.fill("#reason", "The agency asked for it.")
    push(page, "Defer the inspection")
    says(page, "The inspection is deferred, and everyone was told by mail.", "It has no deadline")
    click(page, "Announce it anew")
    push(page, "Continue to the check")
    page.get_by_label(READINGS[1]).check()
    for box in page.get_by_role("checkbox").all():
        box.check()
    push(page, "Announce the inspection now")
    says(page, "The inspection is announced anew, and everyone was told by mail.", "4pm on Monday 9 October 2023")


def test_asking_the_agency(browser: Browser, scene: Scene) -> None:
    """A question about an item and a request for something more reach the leader's own pages."""
    with window(browser, scene.portal, scene.deps, scene.lead.person) as lead:
        page = lead.page
        lead.go(own(scene))
        click(page, "Messages with the agency")
        page.fill("#words", "Which of the two is in force?")
        page.select_option("#item", "recruitment-strategy")
        page.get_by_role("checkbox", name="This is a question that needs an answer").check()
        push(page, "Send the message")
        says(page, "Question about Recruitment strategy Open", "Which of the two is in force?")
        click(page, "Back to the inspection")
        click(page, "Ask for something more")
        push(page, "Ask the agency")
        assert page.title().startswith("Error: ")
        page.fill("#label", "Duty rota")
        enter_date(page, "due", date(2023, 10, 11))
        page.fill("#due_time", "10am")
        push(page, "Ask the agency")
        says(page, "Duty rota", "Due by 10am on Wednesday 11 October 2023", "No documents sent.")
        assert [] == lead.faults
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        leader.go(f"/inspections/{scene.inspection}/")
        says(leader.page, "A question waits for your answer", "Duty rota Due by 10am on Wednesday 11 October 2023")


def test_the_leader_is_replaced(browser: Browser, scene: Scene) -> None:
    """The new leader signs in by the mailed link and finds the work; the old one finds nothing any more."""
    upload(scene.deps, scene.leader, scene.inspection, name="Statement.pdf")
    email = f"nora@{scene.reference}.example".casefold()
    with (
        window(browser, scene.portal, scene.deps, scene.lead.person) as lead,
        window(browser, scene.portal, scene.deps, scene.leader.person) as old,
    ):
        assert 200 == old.go(f"/inspections/{scene.inspection}/")
        page = lead.page
        lead.go(own(scene))
        click(page, "Replace the leader")
        says(page, "Lena Leader")
        page.fill("#email", email)
        push(page, "Replace the leader")
        mistaken(page, "Enter the person’s full name")
        page.fill("#name", "Nora New")
        push(page, "Replace the leader")
        says(page, email)
        assert 404 == old.go(f"/inspections/{scene.inspection}/")
        click(page, "Show the code to read out")
        code = page.locator(".portal-digest").inner_text()
        with newcomer(browser, scene.portal, scene.deps, email, code) as new:
            says(new.page, "Pre-inspection information from", "Statement.pdf", "1 provided, 10 still to send")
            expect(new.page.get_by_role("button", name="Check and declare")).to_be_visible()
        assert [] == lead.faults


def test_access_is_restored_on_two_channels(browser: Browser, scene: Scene) -> None:
    """The leader lost everything: one call later she is in again, and nobody but she knows a secret of hers."""
    email = f"leader@{scene.reference.rpartition('-')[0]}.example".casefold()
    quality = member(scene, Role.quality_assurance_officer).lead
    with (
        window(browser, scene.portal, scene.deps, quality.person) as officer,
        window(browser, scene.portal, scene.deps, scene.leader.person) as leader,
    ):
        page = officer.page
        officer.go(own(scene))
        click(page, "Restore somebody’s access")
        click(page, "Restore access of Lena Leader")
        push(page, "Restore access")
        mistaken(page, "Confirm that you have spoken to this person")
        page.get_by_role("checkbox").check()
        push(page, "Restore access")
        heading(page, "Read this code out")
        code = page.locator(".portal-digest").inner_text()
        says(page, email, " ".join(code[:1]))
        leader.go(f"/inspections/{scene.inspection}/")
        heading(leader.page, "Sign in")
        with newcomer(browser, scene.portal, scene.deps, email, code) as again:
            says(again.page, "Pre-inspection information from")
        page.reload()
        says(page, "There is no invitation that can be used now.")
        assert [] == officer.faults + leader.faults


def test_letters_are_read_and_downloaded(browser: Browser, scene: Scene, tmp_path: Path) -> None:
    """Each letter opens as a page and comes as a PDF and as a web page."""
    with window(browser, scene.portal, scene.deps, scene.lead.person) as lead:
        page = lead.page
        lead.go(own(scene))
        click(page, "Letters")
        says(page, "This inspection has no quality assurance officer.")
        follow(page, page.locator("tbody th a").first)
        says(page, "4pm on Tuesday 3 October 2023")
        letter = download(page, page.get_by_role("link", name="PDF", exact=True), tmp_path)
        assert (b"%PDF-", ".pdf") == (letter.read_bytes()[:5], letter.suffix)
        letter = download(page, page.get_by_role("link", name="web page", exact=True), tmp_path)
        assert "4pm on Tuesday 3 October 2023" in letter.read_text()
        assert [] == lead.faults


HEADS_ONLY = ("Ask for something more", "Conduct this inspection", "Replace the leader", "Announce")


@pytest.mark.parametrize("role", [Role.inspector, Role.quality_assurance_officer])
def test_what_a_role_cannot_do_is_not_offered(browser: Browser, scene: Scene, role: Role) -> None:
    """An inspector reads, writes and downloads, and is offered nothing else; a quality officer leads as well."""
    seen = member(scene, role)
    upload(scene.deps, scene.leader, scene.inspection, name="Statement.pdf")
    head = role is not Role.inspector
    with window(browser, scene.portal, scene.deps, seen.lead.person) as opened:
        page = opened.page
        opened.go("/team/")
        click(page, scene.reference)
        for name in ("Messages with the agency", "Download Statement.pdf"):
            assert 1 == page.get_by_role("link", name=name, exact=True).count()
        offered = [name for name in HEADS_ONLY if page.get_by_role("link", name=name, exact=True).count()]
        assert list(HEADS_ONLY) * head == offered
        refused = [opened.go(own(scene, path)) for path in ("conduct/", "conduct/deadline", "requests/", "leader")]
        assert [200 if head else 403] * 4 == refused
