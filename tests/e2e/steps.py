"""What people do on many pages, for the journeys in a real browser: read, fill in dates, download, accept a mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.tables import Invitation, Person
from portal.ports import Deps
from portal.services.deliver import deliver
from portal.vault.invitations import invitation_code
from tests.e2e.apps import App
from tests.e2e.chromium import Window, tab_to, window
from tests.e2e.demo import invitation_link
from tests.e2e.installation import Installation
from tests.e2e.looking import follow, press

PASSWORD = "four words that differ"


def words(page: Page) -> str:
    """Return what the page says."""
    return " ".join(page.locator("main").inner_text().split())


def says(page: Page, *phrases: str) -> None:
    """Check that the page says each of these; what it says instead is the failure's message."""
    said = words(page)
    assert [] == [each for each in phrases if each not in said], said


def heading(page: Page, text: str) -> None:
    """Check which page it is."""
    expect(page.locator("h1")).to_have_text(text)


def click(page: Page, name: str) -> None:
    """Follow the link of this name, or the one that looks like a button."""
    link = page.get_by_role("link", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True))
    follow(page, link.first)


def push(page: Page, name: str) -> None:
    """Press the button of this name."""
    press(name)(page)


def by_key(page: Page, selector: str, key: str = "Enter") -> None:
    """Tab to what leads to another page, press the key, and be there."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press(key)


def mistaken(page: Page, *messages: str) -> None:
    """Check that the page is shown again with exactly these mistakes."""
    assert page.title().startswith("Error: "), page.title()
    assert list(messages) == page.locator(".govuk-error-summary__list li").all_inner_texts()


def enter_date(page: Page, name: str, day: date, pattern: str = "{name}_{part}") -> None:
    """Type day, month and year into the fields whose ids follow the pattern."""
    for part in ("day", "month", "year"):
        page.fill(f"[id='{pattern.format(name=name, part=part)}']", str(getattr(day, part)))


def download(page: Page, way: Locator, folder: Path) -> Path:
    """Click what downloads a file, and return the file under the name that it was given."""
    with page.expect_download() as coming:
        way.click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def code_for(deps: Deps, email: str) -> str:
    """Return the code of somebody's newest invitation, as it is read out to them."""
    with reading(deps.engine) as session:
        newest = select(Invitation.id).join(Person, Person.id == Invitation.person_id).where(Person.email == email)
        found = session.scalars(newest.order_by(Invitation.created_at.desc())).first()
        if found is None:
            raise AssertionError(f"Nobody invited {email}.")
        return invitation_code(deps.secret, found)


@contextmanager
def newcomer(browser: Browser, portal: Installation, deps: Deps, email: str, code: str = "") -> Iterator[Window]:
    """Open a window for somebody who accepts the mailed invitation, and sets up a password and an authenticator app."""
    deliver(deps)
    with window(browser, portal) as opened:
        page = opened.page
        opened.go(invitation_link(portal, email))
        heading(page, "Accept your invitation")
        page.fill("#code", code or code_for(deps, email))
        page.fill("#password", PASSWORD)
        page.fill("#confirm", PASSWORD)
        push(page, "Accept and continue")
        set_up_app(page, deps)
        yield opened


def set_up_app(page: Page, deps: Deps) -> App:
    """Set an authenticator app up on the page that offers it, and go on past the recovery codes."""
    heading(page, "Set up a second step for signing in")
    push(page, "Set up an authenticator app")
    app = App(page.locator(".portal-digest").first.inner_text())
    page.fill("#code", app.code(deps.clock.now()))
    push(page, "Continue")
    heading(page, "Your second step is set up")
    click(page, "I have kept them: continue")
    return app
