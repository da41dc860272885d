"""The journeys of leader and inspector in a real browser, as people make them."""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.ports import Deps
from portal.services.deliver import deliver
from tests.e2e.apps import App
from tests.e2e.chromium import tab_to, window
from tests.e2e.demo import invitation_link
from tests.e2e.gallery import cut_upload
from tests.e2e.installation import Installation, installation
from tests.e2e.looking import follow, press
from tests.e2e.scene import Scene, announced
from tests.e2e.steps import by_key, code_for
from tests.e2e.views import send
from tests.world import CHECKLIST, START, sample, upload

PASSWORD = "four words that differ"
BOARD = "The board approves it on Thursday."
_numbers = count(1)


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Deps]]:
    """A running portal; not started where there is no browser."""
    with installation(tmp_path_factory.mktemp("journeys") / "portal") as portal:
        portal.set_clock(START - datetime.now(UTC))
        _settings, deps = portal.connect()
        portal.serve()
        yield portal, deps
        deps.engine.dispose()


@pytest.fixture
def scene(place: tuple[Installation, Deps]) -> Scene:
    """An inspection of its own for each test, announced just now."""
    return announced(*place, f"J{next(_numbers)}")


def home(scene: Scene) -> str:
    """Return the address of the leader's list."""
    return f"/inspections/{scene.inspection}/"


def words(page: Page) -> str:
    """Return what the page says."""
    return " ".join(page.locator("main").inner_text().split())


def open_item(page: Page, label: str) -> None:
    """Go from the list to an item."""
    follow(page, page.get_by_role("link", name=label, exact=True))
    expect(page.locator("h1")).to_have_text(label)


def back_to_list(page: Page) -> None:
    """Go from a received document or an item to the list."""
    onwards = page.get_by_role("button", name="Continue to your list")
    follow(page, onwards.or_(page.get_by_role("link", name="Back to your list")))


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_leaders_whole_journey(browser: Browser, scene: Scene, scripts: bool) -> None:
    """From an empty list to a receipt, by way of mistakes, a replaced, a withdrawn and a missing document."""
    with window(browser, scene.portal, scene.deps, scene.leader.person, scripts=scripts) as leader:
        page = leader.page
        leader.go(home(scene))
        assert "11 still to send" in words(page)
        _mistakes_are_told_and_mended(page, scripts)
        _a_refused_file_loses_nothing(page)
        _a_document_is_replaced(page)
        _a_document_is_withdrawn(page)
        _a_gap_is_explained(page)
        _the_declaration_asks_and_is_sent(page)
        assert [] == leader.faults


def _mistakes_are_told_and_mended(page: Page, scripts: bool) -> None:
    open_item(page, "Statement of purpose")
    assert "Up to 500MB" in words(page)
    send(page, "file", "")
    assert page.title().startswith("Error: Statement of purpose")
    summary = page.locator(".govuk-error-summary")
    link = summary.get_by_role("link", name="Select a file")
    assert "#file-file" == link.get_attribute("href")
    if scripts:
        expect(summary).to_be_focused()
        link.click()
        expect(page.locator("#file-file")).to_be_focused()
    send(page, "file", "Statement.pdf")
    expect(page.locator("h1")).to_have_text("Document received")
    assert "On time" in words(page)
    assert "Still missing A1 form Recruitment strategy" in words(page)
    assert "Your declaration is not sent yet. This document counts without it." in words(page)
    back_to_list(page)
    assert "1 provided, 10 still to send" in words(page)


def _a_refused_file_loses_nothing(page: Page) -> None:
    open_item(page, "Adoption panel minutes")
    send(page, "latest", "Minutes.xlsx", day=("20", "9", "2023"))
    assert page.title().startswith("Error: ")
    assert "The selected file must be a PDF, Word document" in words(page)
    kept = [page.input_value(f"#meeting_{part}-latest") for part in ("day", "month", "year")]
    assert ["20", "9", "2023"] == kept
    send(page, "latest", "Minutes.pdf")
    assert "Still to send: Second latest panel meeting, Third latest panel meeting." in words(page)
    follow(page, page.get_by_role("button", name="Send the rest of this item"))
    assert "Date of the meeting Wednesday 20 September 2023" in words(page)
    assert "1 of 3 panel minutes sent." in words(page)


def _a_document_is_replaced(page: Page) -> None:
    follow(page, page.get_by_role("link", name="Replace Minutes.pdf"))
    assert ["20", "2023"] == [page.input_value("#meeting_day-latest"), page.input_value("#meeting_year-latest")]
    send(page, "latest", "Minutes signed.pdf", sample("pdf", seed=7))
    assert "Version 2" in words(page)
    follow(page, page.get_by_role("button", name="Send the rest of this item"))
    assert "Minutes signed.pdf" in words(page)
    assert "Minutes.pdf" not in words(page)


def _a_document_is_withdrawn(page: Page) -> None:
    follow(page, page.get_by_role("link", name="Withdraw Minutes signed.pdf"))
    expect(page.locator("h1")).to_have_text("Withdraw this document?")
    press("Withdraw the document")(page)
    assert "The document is withdrawn." in words(page)
    assert "Minutes signed.pdf" not in words(page)
    back_to_list(page)


def _a_gap_is_explained(page: Page) -> None:
    open_item(page, "Annual report of the agency")
    press("Save the answer")(page)
    assert page.title().startswith("Error: ")
    page.get_by_role("radio", name="It will follow").check()
    page.fill("#words", BOARD)
    press("Save the answer")(page)
    assert "Enter the date on which it follows" in words(page)
    for part, typed in (("day", "12"), ("month", "10"), ("year", "2023"), ("time", "midday")):
        page.fill(f"#by_{part}", typed)
    press("Save the answer")(page)
    assert "Your answer is saved." in words(page)
    assert "1 provided, 1 to follow by midday on Thursday 12 October 2023, 9 still to send" in words(page)


def _the_declaration_asks_and_is_sent(page: Page) -> None:
    follow(page, page.get_by_role("button", name="Check and declare"))
    assert BOARD in words(page)
    page.check("#kind_a1-form-2")
    page.fill("#gap_a1-form", "We keep none of this.")
    press("Declare and get a receipt")(page)
    assert page.title().startswith("Error: ")
    assert 8 == page.locator(".govuk-error-summary a").count()
    assert "We keep none of this." == page.input_value("#gap_a1-form")
    for item in CHECKLIST.items:
        if page.locator(f"#gap_{item.code}").count():
            page.check(f"#kind_{item.code}-2")
            page.fill(f"#gap_{item.code}", "We hold nothing of the kind.")
    press("Declare and get a receipt")(page)
    expect(page.locator("h1")).to_have_text("Declaration sent")
    assert "Statement.pdf" in words(page)
    follow(page, page.get_by_role("link", name="Back to your list"))
    assert "Declared by Lena Leader" in words(page)
    follow(page, page.get_by_role("link", name="See your receipt"))
    assert "What you could not send as asked" in words(page)


def test_an_upload_cut_at_99_per_cent_is_told(browser: Browser, scene: Scene) -> None:
    """The next page names the file that did not arrive and leads to where it is sent again; then it is forgotten."""
    item = f"{home(scene)}items/annual-report"
    assert scene.leader.person is not None
    cut_upload(scene.portal, scene.deps, scene.leader.person, item, "Annual report.pdf")
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        page = leader.page
        leader.go(home(scene))
        said = page.get_by_role("region", name="Not everything that you sent has arrived")
        expect(said).to_contain_text("Annual report.pdf: the upload did not finish, so nothing of it was kept.")
        follow(page, said.get_by_role("link", name="Annual report of the agency"))
        send(page, "file", "Annual report.pdf")
        back_to_list(page)
        assert "did not finish" not in words(page)


def test_a_file_on_its_way_is_said(browser: Browser, scene: Scene) -> None:
    """While a file is being sent the page says so, and what to wait for."""
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        page = leader.page
        leader.go(f"{home(scene)}items/statement-of-purpose")
        # An answer without content leaves the page as it is while the file is on its way.
        page.route("**/documents", lambda route: route.fulfill(status=204))
        page.set_input_files("#file-file", {"name": "Statement.pdf", "mimeType": "", "buffer": sample()})
        page.get_by_role("button", name="Send the file").click()
        expect(page.get_by_role("status")).to_have_text(re.compile("^Sending the file. Stay on this page until"))


def test_by_keyboard_from_the_invitation_to_the_receipt(browser: Browser, scene: Scene) -> None:
    """Tab, Space, Enter and typing are enough: mail, code, password, app, a file, every reason and the declaration."""
    deliver(scene.deps)
    email = f"leader@{scene.reference.rpartition('-')[0]}.example".casefold()
    link = invitation_link(scene.portal, email)
    with window(browser, scene.portal) as newcomer:
        page, keys = newcomer.page, newcomer.page.keyboard
        newcomer.go(link)
        keys.press("Tab")
        expect(page.locator(".govuk-skip-link")).to_be_focused()
        keys.press("Enter")
        tab_to(page, "#code")
        keys.type(code_for(scene.deps, email))
        for field in ("#password", "#confirm"):
            tab_to(page, field)
            keys.type(PASSWORD)
        keys.press("Enter")
        expect(page.locator("h1")).to_have_text("Set up a second step for signing in")
        tab_to(page, "form[action='/set-up/app'] button")
        keys.press("Enter")
        app = App(page.locator(".portal-digest").first.inner_text())
        tab_to(page, "#code")
        keys.type(app.code(scene.deps.clock.now()))
        keys.press("Enter")
        expect(page.locator("h1")).to_have_text("Your second step is set up")
        by_key(page, "a.govuk-button")
        expect(page.locator("h1")).to_contain_text("Pre-inspection information from")
        tab_to(page, "a[href$='/items/statement-of-purpose']")
        keys.press("Enter")
        expect(page.locator("h1")).to_have_text("Statement of purpose")
        tab_to(page, "#file-file")
        with page.expect_file_chooser() as chooser:
            keys.press("Space")
        chooser.value.set_files({"name": "Statement.pdf", "mimeType": "", "buffer": sample()})
        tab_to(page, "#send-file button")
        keys.press("Space")
        expect(page.locator("h1")).to_have_text("Document received")
        tab_to(page, ".govuk-button")
        keys.press("Enter")
        expect(page.locator("h1")).to_contain_text("Pre-inspection information from")
        _declare_by_keyboard(page)
        expect(page.locator("h1")).to_have_text("Declaration sent")
        assert [] == newcomer.faults


def _declare_by_keyboard(page: Page) -> None:
    tab_to(page, "a[href$='/declaration']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Check what you have sent before you declare")
    missing = [item.code for item in CHECKLIST.items if item.code != "statement-of-purpose"]
    for code in missing:
        tab_to(page, f"#kind_{code}")
        page.keyboard.press("ArrowDown")
        expect(page.locator(f"#kind_{code}-2")).to_be_checked()
        tab_to(page, f"#gap_{code}")
        page.keyboard.type("None.")
    tab_to(page, "main form button")
    page.keyboard.press("Enter")


def test_the_inspectors_journey(browser: Browser, scene: Scene, tmp_path: Path) -> None:
    """From the list to one inspection, its bundle and a single document, which is never shown in the browser."""
    data = sample("pdf", 5_000)
    upload(scene.deps, scene.leader, scene.inspection, data=data, name="Statement of purpose.pdf")
    announced(scene.portal, scene.deps, f"J{next(_numbers)}")
    with window(browser, scene.portal, scene.deps, scene.lead.person) as lead:
        page = lead.page
        lead.go("/team/")
        follow(page, page.get_by_role("link", name=scene.reference))
        assert "1 provided, 10 still to send" in words(page)
        with page.expect_download() as bundle:
            page.get_by_role("button", name="Download everything").click()
        bundle.value.save_as(tmp_path / "bundle.zip")
        with zipfile.ZipFile(tmp_path / "bundle.zip") as bag:
            assert bag.testzip() is None
            names = [name for name in bag.namelist() if "/data/" in name]
            assert [data] == [bag.read(name) for name in names]
        with page.expect_download() as document:
            page.get_by_role("link", name="Download Statement of purpose.pdf").click()
        document.value.save_as(tmp_path / "document.pdf")
        assert "Statement of purpose.pdf" == document.value.suggested_filename
        assert data == (tmp_path / "document.pdf").read_bytes()
        assert [] == lead.faults


def test_anothers_inspection_is_a_page_that_does_not_exist(browser: Browser, scene: Scene) -> None:
    """To another agency's leader, each page of an inspection is the same as that of an inspection that never was."""
    document = upload(scene.deps, scene.leader, scene.inspection).document
    other = announced(scene.portal, scene.deps, f"J{next(_numbers)}")
    unknown = uuid4()
    with window(browser, scene.portal, scene.deps, other.leader.person) as stranger:
        for path in ("", "items/a1-form", "declaration", "receipt", f"documents/{document}"):
            seen = []
            for inspection in (scene.inspection, unknown):
                assert 404 == stranger.go(f"/inspections/{inspection}/{path}")
                seen.append((stranger.page.title(), stranger.page.locator("body").inner_text()))
            assert seen[0] == seen[1]
            assert scene.reference not in seen[0][1]
        assert 404 == stranger.go(f"/team/inspections/{scene.inspection}/")
