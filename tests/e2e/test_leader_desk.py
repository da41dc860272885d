"""The leader's desk in a real browser: answers, declaration, receipt, recalls, colleagues, messages and requests."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from portal.cli.receipt import receipt as receipt_commands
from portal.domain.actors import OPERATOR
from portal.ports import Deps
from portal.services.ask_more import ask_more
from portal.services.hand_over import download_document
from portal.services.registers import add_member
from portal.services.thread import write
from tests.e2e.chromium import tab_to, window
from tests.e2e.installation import Installation, installation
from tests.e2e.scene import Scene, announced
from tests.e2e.steps import by_key, click, download, enter_date, heading, mistaken, newcomer, push, says, words
from tests.e2e.views import send
from tests.world import CHECKLIST, START, upload

_numbers = count(1)


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Deps]]:
    """A running portal; it is Monday 9 October 2023, 9:30am."""
    with installation(tmp_path_factory.mktemp("leader") / "portal") as portal:
        portal.set_clock(START - datetime.now(UTC))
        _settings, deps = portal.connect()
        portal.serve()
        yield portal, deps
        deps.engine.dispose()


@pytest.fixture
def scene(place: tuple[Installation, Deps]) -> Scene:
    """An inspection of its own for each test; two authorities are members of the agency."""
    code = f"L{next(_numbers)}"
    made = announced(*place, code)
    for authority in ("Leeds", "Northmoor"):
        add_member(made.deps, OPERATOR, code, authority, date(2018, 4, 1))
    return made


def home(scene: Scene, page: str = "") -> str:
    """Return the address of one of the leader's pages."""
    return f"/inspections/{scene.inspection}/{page}"


def to_list(page: Page) -> None:
    """Go back from a received document or an item to the list."""
    back = page.get_by_role("button", name="Continue to your list").or_(page.get_by_role("link", name="to your list"))
    with page.expect_navigation():
        back.first.click()
    expect(page.locator("h1")).to_contain_text("Pre-inspection information from")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_answers_declaration_and_receipt(browser: Browser, scene: Scene, scripts: bool, tmp_path: Path) -> None:
    """Typed lists, every answer, two minutes of one date, the declaration with its gaps, a receipt to verify."""
    with window(browser, scene.portal, scene.deps, scene.leader.person, scripts=scripts) as leader:
        page = leader.page
        leader.go(home(scene))
        _contacts_are_typed(page)
        _meetings_are_typed(page)
        _something_equivalent_is_sent(page)
        _something_follows(page)
        _one_date_twice_is_questioned(page)
        _the_rest_is_explained_and_declared(page)
        _the_receipt_is_verified(page, tmp_path)
        assert [] == leader.faults


def _contacts_are_typed(page: Page) -> None:
    click(page, "Local authority link staff")
    click(page, "Fill in the list")
    says(page, "Leeds", "Northmoor")
    push(page, "Add another contact")
    for field, typed in (("authority-3", "Southdale"), ("name-3", "Sam Stranger"), ("telephone-3", "01632 960001")):
        page.fill(f"#{field}", typed)
    page.fill("#name-1", "Ada Adviser")
    push(page, "Send the list")
    mistaken(page, "Enter an email address or a telephone number of the contact for Leeds")
    assert "Ada Adviser" == page.input_value("#name-1")
    page.fill("#email-1", "ada@leeds.example")
    push(page, "Send the list")
    says(page, "Is this right?", "There is no contact for Northmoor.", "Southdale is not a member of your agency on")
    page.get_by_role("checkbox", name="Yes, this is right. Send it as it is").check()
    push(page, "Send the list")
    heading(page, "Document received")
    to_list(page)
    says(page, "1 provided")


def _meetings_are_typed(page: Page) -> None:
    click(page, "Meetings during the inspection")
    click(page, "Fill in the list")
    push(page, "Say that none is arranged")
    says(page, "Your answer is saved.", "None arranged")
    click(page, "Meetings during the inspection")
    click(page, "Fill in the list")
    says(page, "You have told the inspectors that none is arranged. A list that you send takes its place.")
    enter_date(page, "", date(2023, 10, 17), "{part}-1")
    page.fill("#title-1", "Adoption panel")
    push(page, "Send the list")
    mistaken(page, "Enter where it is, for meeting 1", "Select yes if meeting 1 may be observed")
    page.fill("#place-1", "Town hall, room 2")
    page.get_by_role("radio", name="Yes").check()
    push(page, "Send the list")
    heading(page, "Document received")
    to_list(page)
    says(page, "2 provided")


def _something_equivalent_is_sent(page: Page) -> None:
    click(page, "Board minutes")
    page.get_by_role("radio", name="equivalent").check()
    push(page, "Save the answer")
    mistaken(page, "Enter the name of what you have sent instead")
    page.fill("#name", "Yearbook of the board")
    push(page, "Save the answer")
    says(page, "Your answer is saved.", "Still to send as a file: Yearbook of the board")
    click(page, "Board minutes")
    says(page, "Equivalent still to send.")
    send(page, "latest", "Yearbook.pdf", day=("5", "9", "2023"))
    heading(page, "Document received")
    to_list(page)
    says(page, "Equivalent provided", "Sent instead: Yearbook of the board", "1 provided as an equivalent")


def _something_follows(page: Page) -> None:
    click(page, "Recruitment strategy")
    page.get_by_role("radio", name="It will follow").check()
    enter_date(page, "by", date(2023, 10, 11))
    page.fill("#by_time", "noon")
    push(page, "Save the answer")
    says(page, "Your answer is saved.", "1 to follow by midday on Wednesday 11 October 2023")


def _one_date_twice_is_questioned(page: Page) -> None:
    click(page, "Adoption panel minutes")
    for slot in ("latest", "second"):
        send(page, slot, f"Minutes {slot}.pdf", day=("20", "9", "2023"))
        heading(page, "Document received")
        if slot == "latest":
            click(page, "Send the rest of this item")
    says(page, "Check the dates")
    to_list(page)


def _the_rest_is_explained_and_declared(page: Page) -> None:
    click(page, "Check and declare")
    heading(page, "Check what you have sent before you declare")
    says(page, "Yearbook of the board", "midday on Wednesday 11 October 2023")
    push(page, "Declare and get a receipt")
    assert page.title().startswith("Error: ")
    for item in CHECKLIST.items:
        if page.locator(f"#gap_{item.code}").count():
            page.check(f"#kind_{item.code}-2")
            page.fill(f"#gap_{item.code}", "We hold nothing of the kind.")
    push(page, "Declare and get a receipt")
    heading(page, "Declaration sent")
    click(page, "Back to your list")
    says(page, "Declared by Lena Leader")
    click(page, "See your receipt")
    heading(page, "Declaration sent")
    says(page, "What you could not send as asked", "We hold nothing of the kind.", "link-staff-contacts.csv")
    assert "None arranged" not in words(page)  # said at first; then a list was sent


def _the_receipt_is_verified(page: Page, folder: Path) -> None:
    printed = page.locator(".portal-digest").last.inner_text()
    file = download(page, page.get_by_role("link", name="download the signed receipt (JSON)"), folder)
    good = CliRunner().invoke(receipt_commands, ["verify", str(file), "--fingerprint", printed])
    assert (0, "The signature is good.") == (good.exit_code, good.output.splitlines()[0])
    altered = json.loads(file.read_text())
    altered["body"]["number"] = 17
    file.write_text(json.dumps(altered))
    assert 1 == CliRunner().invoke(receipt_commands, ["verify", str(file), "--fingerprint", printed]).exit_code


def test_what_was_sent_in_error_is_recalled(browser: Browser, scene: Scene) -> None:
    """From the list to the recall: it says who had downloaded the document, which is gone; its neighbour stays."""
    wrong = upload(scene.deps, scene.leader, scene.inspection, "childrens-guide", name="Case notes.pdf").document
    upload(scene.deps, scene.leader, scene.inspection, "childrens-guide", name="Guide.pdf")
    assert b"".join(download_document(scene.deps, scene.lead, scene.inspection, wrong).chunks)
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        page = leader.page
        leader.go(home(scene))
        click(page, "Recall something that you sent in error")
        page.get_by_role("link", name="Recall Case notes.pdf").click()
        heading(page, "Recall a document that you sent in error?")
        says(page, "Case notes.pdf", "You cannot undo this.")
        push(page, "Recall the document")
        says(page, "The document is recalled. Nobody can open it any more.", "Deleted, and seen to be gone")
        says(page, "Iris Inspector")
        assert "Case notes.pdf" not in page.content()
        click(page, "All that you have sent or recalled")
        says(page, "Guide.pdf", "Recalled")
        assert 1 == page.get_by_role("link", name="Recall Guide.pdf").count()
        assert 410 == leader.go(home(scene, f"documents/{wrong}/download"))
        assert [] == leader.faults
    with window(browser, scene.portal, scene.deps, scene.lead.person) as lead:
        lead.go(f"/team/inspections/{scene.inspection}/")
        says(lead.page, "Delete every copy that you have.", "Iris Inspector", "Guide.pdf")


def test_a_colleague_comes_and_goes(browser: Browser, scene: Scene) -> None:
    """The leader invites; the colleague accepts the mail in another window and sends a file; then loses access."""
    email = f"colin@{scene.reference}.example".casefold()
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        page = leader.page
        leader.go(home(scene))
        click(page, "People who send information")
        push(page, "Send the invitation")
        mistaken(page, "Enter an email address", "Enter the person’s full name")
        page.fill("#email", email)
        page.fill("#name", "Colin Colleague")
        push(page, "Send the invitation")
        says(page, email)
        with newcomer(browser, scene.portal, scene.deps, email) as colleague:
            says(colleague.page, "Only the leader of your agency can send it.")
            assert 0 == colleague.page.get_by_role("link", name="People who send information").count()
            click(colleague.page, "Statement of purpose")
            send(colleague.page, "file", "Statement.pdf")
            heading(colleague.page, "Document received")
            leader.go(home(scene))
            says(page, "Colin Colleague")
            click(page, "People who send information")
            page.get_by_role("link", name=f"Remove {email}").click()
            push(page, "Remove this person")
            says(page, "Nobody else sends information yet.")
            assert 404 == colleague.go(home(scene))
        leader.go(home(scene))
        says(page, "1 provided")
        assert [] == leader.faults


def test_a_question_and_a_request_are_answered(browser: Browser, scene: Scene) -> None:
    """The leader answers a question on the page of messages, and sends what the team asked for beyond the list."""
    write(scene.deps, scene.lead, scene.inspection, "Which year is this?", item="annual-report", asks=True)
    due = scene.deps.clock.now() + timedelta(days=2)
    ask_more(scene.deps, scene.lead, scene.inspection, "Duty rota", "For the days on site.", due)
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        page = leader.page
        leader.go(home(scene))
        says(page, "A question waits for your answer")
        click(page, "Read what the inspection team asks")
        says(page, "1 question waits for your answer.", "Which year is this?", "Iris Inspector")
        push(page, "Answer the question")
        mistaken(page, "Enter your answer")
        page.get_by_label("Your answer").fill("It is of 2022 to 2023.")
        push(page, "Answer the question")
        says(page, "It is of 2022 to 2023.")
        assert 0 == page.get_by_label("Your answer").count()
        click(page, "Back to the inspection")
        click(page, "Duty rota")
        says(page, "For the days on site.", "Wednesday 11 October 2023")
        send(page, "file", "Rota.pdf")
        heading(page, "Document received")
        to_list(page)
        says(page, "11 still to send.", "Asked for later Duty rota Rota.pdf, sent by Lena Leader")
        assert [] == leader.faults


def test_contacts_and_answers_by_keyboard(browser: Browser, scene: Scene) -> None:
    """Tab, Space, Enter and typing are enough to type a list, confirm a doubt, say none, and answer a question."""
    write(scene.deps, scene.lead, scene.inspection, "Who chairs the panel?", asks=True)
    with window(browser, scene.portal, scene.deps, scene.leader.person) as leader:
        page, keys = leader.page, leader.page.keyboard
        leader.go(home(scene))
        by_key(page, "a[href$='/items/link-staff']")
        by_key(page, "a[href$='/list']")
        tab_to(page, "#name-1")
        keys.type("Ada Adviser")
        tab_to(page, "#telephone-1")
        keys.type("01632 960001")
        by_key(page, "button[value='send']")
        says(page, "There is no contact for Northmoor.")
        tab_to(page, "#confirmed")
        keys.press("Space")
        by_key(page, "button[value='send']", "Space")
        heading(page, "Document received")
        by_key(page, ".govuk-button")
        by_key(page, "a[href$='/messages/']")
        heading(page, "Messages")
        tab_to(page, "textarea[id^='answer-']")
        keys.type("The chair is independent.")
        by_key(page, "section form button", "Space")
        says(page, "The chair is independent.")
        assert [] == leader.faults
