"""The stewards' desks in a real browser: an administrator's registers and people, an officer's retention."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from portal.domain.actors import OPERATOR
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.heartbeat import beat
from portal.services.publish import publish
from portal.services.step_up import WRONG
from tests.e2e.chromium import window
from tests.e2e.gallery import Earlier
from tests.e2e.installation import Installation, installation
from tests.e2e.looking import follow
from tests.e2e.scene import Scene, announced
from tests.e2e.steps import PASSWORD, click, download, enter_date, heading, mistaken, newcomer, push, says
from tests.services.test_step_up import app_of
from tests.world import START, Someone, add_person, give_role, upload

PUBLISHED = date(2022, 9, 26)
_numbers = count(1)


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Deps]]:
    """A running portal; it is Monday 9 October 2023, 9:30am."""
    with installation(tmp_path_factory.mktemp("stewards") / "portal") as portal:
        portal.set_clock(START - datetime.now(UTC))
        _settings, deps = portal.connect()
        portal.serve()
        yield portal, deps
        deps.engine.dispose()


def ago(deps: Deps, days: int) -> Deps:
    """Return the portal's parts as they were so many days ago."""
    return replace(deps, clock=Earlier(deps.clock, timedelta(days=days)))


@pytest.fixture
def scene(place: tuple[Installation, Deps]) -> Scene:
    """An inspection of its own for each test, announced just now."""
    return announced(*place, f"S{next(_numbers)}")


@pytest.fixture
def over(place: tuple[Installation, Deps]) -> Scene:
    """An inspection that was announced in May 2022, with one document."""
    portal, deps = place
    made = announced(portal, ago(deps, 500), f"S{next(_numbers)}")
    upload(ago(deps, 499), made.leader, made.inspection, name="Statement.pdf")
    return replace(made, deps=deps)


def steward(scene: Scene, role: Role) -> Someone:
    """Return a new steward."""
    made = add_person(scene.deps, f"{role}@{scene.reference}.example".casefold(), "Stella Steward")
    give_role(scene.deps, made.id, role)
    return made


def own(page: Page, scene: Scene, words: str) -> Locator:
    """Return what an inspection's own row in a list leads to."""
    return page.get_by_role("row").filter(has_text=scene.reference).get_by_role("link", name=words)


def test_the_registers_are_kept(browser: Browser, scene: Scene) -> None:
    """A programme and an agency with its members are added; what is marked as voluntary cannot be chosen any more."""
    person, code = steward(scene, Role.administrator).id, scene.reference
    with window(browser, scene.portal, scene.deps, person) as opened:
        page = opened.page
        opened.go("/")
        _a_programme_is_added(page, f"{code}-P")
        _an_agency_is_added(page, f"{code}-A")
        click(page, "Announce")
        page.select_option("#programme", f"{code}-P")
        page.select_option("#agency", f"{code}-A")
        click(page, "Agencies")
        click(page, "Adopt Fenland")
        page.get_by_role("radio", name="Yes").check()
        push(page, "Save the answer")
        click(page, "Agencies")
        says(page, "No: registered as a voluntary adoption agency")
        click(page, "Announce")
        assert 0 == page.locator(f"#agency option[value='{code}-A']").count()
        assert [] == opened.faults


def _a_programme_is_added(page: Page, code: str) -> None:
    click(page, "Programmes")
    click(page, "Add a programme")
    page.fill("#code", "not a code")
    page.fill("#title", "Autumn programme")
    push(page, "Add the programme")
    assert page.title().startswith("Error: ")
    assert "Autumn programme" == page.input_value("#title")
    page.fill("#code", code)
    enter_date(page, "from", date(2023, 10, 1))
    enter_date(page, "until", date(2023, 12, 31))
    push(page, "Add the programme")
    heading(page, "Autumn programme")
    says(page, code, "Sunday 1 October 2023 to Sunday 31 December 2023", "Not yet")


def _an_agency_is_added(page: Page, code: str) -> None:
    click(page, "Agencies")
    click(page, "Add an agency")
    page.fill("#name", "Adopt Fenland")
    page.fill("#code", "not a code")
    push(page, "Add the agency")
    assert page.title().startswith("Error: ")
    page.fill("#code", code)
    push(page, "Add the agency")
    heading(page, "Adopt Fenland")
    push(page, "Add the authority")
    assert page.title().startswith("Error: ")
    for authority in ("Fenland", "Eastmarsh"):
        page.fill("#authority", authority)
        enter_date(page, "from", date(2018, 4, 1))
        push(page, "Add the authority")
        says(page, authority, "Since Sunday 1 April 2018")


def test_a_bank_holiday_is_proclaimed(browser: Browser, scene: Scene) -> None:
    """The inspections that it concerns are named, and nothing moves by itself."""
    with window(browser, scene.portal, scene.deps, steward(scene, Role.administrator).id) as opened:
        page = opened.page
        opened.go("/stewards/")
        click(page, "Bank holidays")
        push(page, "Add the bank holiday")
        assert page.title().startswith("Error: ")
        page.fill("#title", "A coronation")
        enter_date(page, "day", date(2023, 10, 12))
        push(page, "Add the bank holiday")
        heading(page, "Thursday 12 October 2023")
        says(page, "A coronation", "Nothing has moved by itself.", scene.reference)
        push(page, "Remove this bank holiday")
        assert "A coronation" not in page.locator("main").inner_text().partition("Add a proclaimed")[0]
        assert [] == opened.faults


def test_a_steward_is_added_and_disabled(browser: Browser, scene: Scene) -> None:
    """The invited officer signs in by the mailed link; once disabled, neither window nor password opens anything."""
    email = f"dora@{scene.reference}.example".casefold()
    steward(scene, Role.data_protection_officer)  # the last one cannot be disabled
    with window(browser, scene.portal, scene.deps, steward(scene, Role.administrator).id) as opened:
        page = opened.page
        opened.go("/stewards/")
        click(page, "People")
        click(page, "Add a steward")
        page.fill("#email", email)
        page.fill("#name", "Dora Data")
        push(page, "Add the steward")
        mistaken(page, "Select a role")
        page.get_by_role("radio", name="Data protection officer").check()
        push(page, "Add the steward")
        says(page, "The role is given, and the person is told by mail.", "Dora Data")
        with newcomer(browser, scene.portal, scene.deps, email) as officer:
            assert 1 == officer.page.get_by_role("link", name="Retention", exact=True).count()
            click(page, "People")
            page.fill("#search", "dora data")
            push(page, "Find")
            click(page, "Dora Data")
            click(page, "Disable the account")
            push(page, "Disable the account")
            says(page, "The account is disabled and signed out everywhere.")
            officer.go("/stewards/")
            heading(officer.page, "Sign in")
            officer.page.fill("#email", email)
            officer.page.fill("#password", PASSWORD)
            push(officer.page, "Sign in")
            assert officer.page.title().startswith("Error: ")
        assert [] == opened.faults


@pytest.mark.parametrize("role", [Role.administrator, Role.data_protection_officer])
def test_a_steward_reads_no_document(browser: Browser, scene: Scene, role: Role) -> None:
    """No page leads to what was sent, and no address gives it."""
    sent = upload(scene.deps, scene.leader, scene.inspection, name="Case notes.pdf").document
    agency, team = f"/inspections/{scene.inspection}", f"/team/inspections/{scene.inspection}"
    closed = (
        *(f"{agency}/", f"{agency}/receipt", f"{agency}/documents/{sent}", f"{agency}/documents/{sent}/download"),
        *(f"{agency}/messages/", f"{agency}/sent-in-error", f"{team}/", f"{team}/bundle", f"{team}/changes"),
        *(f"{team}/documents/{sent}", f"{team}/items/statement-of-purpose/bundle"),
    )
    with window(browser, scene.portal, scene.deps, steward(scene, role).id) as opened:
        page = opened.page
        opened.go("/stewards/")
        for place in page.locator(".govuk-service-navigation__link").all_inner_texts():
            click(page, place)
            assert 0 == page.locator(f"a[href*='{sent}'], a[href^='{team}/']").count()
            assert "Case notes" not in page.content()
        assert {403} == {opened.go(path) for path in closed}


def test_publication_and_holds(browser: Browser, over: Scene) -> None:
    """The date is entered with a slip mended; a hold is placed, its lifting proposed; the list says what is due."""
    steward(over, Role.administrator)
    with window(browser, over.portal, over.deps, steward(over, Role.data_protection_officer).id) as opened:
        page, code = opened.page, over.reference.rpartition("-")[0]
        opened.go("/stewards/")
        click(page, f"Programme {code} ({code})")
        click(page, "Enter the publication date")
        enter_date(page, "published", date(2023, 10, 10))
        push(page, "Save the publication date")
        assert page.title().startswith("Error: ")
        enter_date(page, "published", PUBLISHED)
        push(page, "Save the publication date")
        says(page, "Nothing is disposed of for 14 days after an entry or a change.", "In notice")
        click(page, "Programmes")
        click(page, f"Programme {code}")
        click(page, "Place a hold on the programme")
        _hold(page, "An inquiry")
        says(page, "The hold is placed.", "An inquiry")
        click(page, "Retention")
        says(page, "The whole programme is held")
        click(page, "Programmes")
        click(page, f"Programme {code}")
        says(page, "Held: nothing in it is disposed of", "Monday 26 September 2022")
        click(page, "Look at the holds on the programme")
        follow(page, page.get_by_role("row").filter(has_text="An inquiry").get_by_role("link"))
        click(page, "Propose to lift it")
        page.fill("#reason", "The inquiry is over.")
        push(page, "Propose to lift the hold")
        says(page, "The proposal is made.", "You proposed this, so another person decides.")
        click(page, "Retention")
        follow(page, own(page, over, "Hold it"))
        _hold(page, "A complaint")
        click(page, "Retention")
        assert (1, 0) == (own(page, over, "Look at the holds").count(), own(page, over, "Dispose of it now").count())
        assert [] == opened.faults


def _hold(page: Page, reason: str) -> None:
    """Place a hold, to be reviewed in December."""
    page.fill("#reason", reason)
    enter_date(page, "review", date(2023, 12, 1))
    push(page, "Hold it")


def test_disposal_and_its_certificate(browser: Browser, over: Scene, tmp_path: Path) -> None:
    """A hold stops what is due; lifted by two, it is disposed of by its reference; the proof is printed and kept."""
    deps, code = over.deps, over.reference.rpartition("-")[0]
    publish(ago(deps, 20), OPERATOR, code, PUBLISHED)
    beat(deps)
    with window(browser, over.portal, deps, steward(over, Role.data_protection_officer).id) as opened:
        page = opened.page
        opened.go("/stewards/")
        click(page, "See what is due for disposal, and when")
        follow(page, own(page, over, "Hold it"))
        _hold(page, "A complaint")
        click(page, "Retention")
        assert (1, 0) == (own(page, over, "Look at the holds").count(), own(page, over, "Dispose of it now").count())
        follow(page, own(page, over, "Look at the holds"))
        follow(page, page.get_by_role("row").filter(has_text="A complaint").get_by_role("link"))
        click(page, "Propose to lift it")
        says(page, "Disposal is due.")
        page.fill("#reason", "The complaint is settled.")
        push(page, "Propose to lift the hold")
        _another_steward_approves(browser, over)
        click(page, "Retention")
        follow(page, own(page, over, "Dispose of it now"))
        page.fill("#reference", "S0-01")
        push(page, "Dispose of it now")
        assert page.title().startswith("Error: ")
        page.fill("#reference", over.reference)
        push(page, "Dispose of it now")
        click(page, "Certificates")
        click(page, over.reference)
        heading(page, "Certificate of disposal")
        says(page, over.reference, "Monday 26 September 2022")
        page.emulate_media(media="print")
        expect(page.get_by_role("navigation", name="Pages of the service")).to_be_hidden()
        assert page.pdf().startswith(b"%PDF-")
        page.emulate_media(media="screen")
        file = download(page, page.get_by_role("link", name="Download the signed certificate (JSON)"), tmp_path)
        assert over.reference == json.loads(file.read_text())["body"]["reference"]
        assert [] == opened.faults
    with window(browser, over.portal, deps, over.leader.person) as leader:
        # Her account went with the only inspection that she had to do with.
        leader.go(f"/inspections/{over.inspection}/")
        heading(leader.page, "Sign in")


def _another_steward_approves(browser: Browser, scene: Scene) -> None:
    """By keyboard, and without JavaScript: from the overview; what was chosen waits while they confirm it is they."""
    person = steward(scene, Role.administrator)
    app, _codes = app_of(scene.deps, person)
    with window(browser, scene.portal, scene.deps, person.id, scripts=False, confirmed=False) as other:
        page = other.page
        other.go("/stewards/")
        says(page, "for your decision")
        click(page, "Proposals")
        follow(page, page.get_by_role("row").filter(has_text=scene.reference).get_by_role("link"))
        says(page, "Lift a hold", "The complaint is settled.", "Waits for a decision")
        page.get_by_label("Approve it").focus()
        page.keyboard.press("Space")
        _press_enter(page, "Continue")
        heading(page, "Confirm that it is you")
        says(page, "You are about to decide on what somebody else proposed.", "What you typed is kept")
        page.fill("#code", "000000")
        _press_enter(page, "Confirm")
        mistaken(page, str(WRONG))
        page.fill("#code", app.at(scene.deps.clock.now()))
        _press_enter(page, "Confirm")
        heading(page, "You have confirmed that it is you")
        _press_enter(page, "Continue")
        says(page, "You have approved the proposal, and it is done.", "Approved")
        assert [] == other.faults


def _press_enter(page: Page, button: str) -> None:
    """Press a button by keyboard, and be on the page that follows."""
    page.get_by_role("button", name=button, exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
