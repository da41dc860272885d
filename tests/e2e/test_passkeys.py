"""A passkey in a real browser, by Chromium's virtual authenticator: set up, signed in with, refused from elsewhere."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Person
from portal.services.passkeys import WRONG
from portal.vault.passwords import hash_password
from tests.e2e.chromium import Window, window
from tests.e2e.installation import installation
from tests.e2e.scene import Scene, announced
from tests.e2e.steps import PASSWORD, by_key, click, heading, mistaken, push, says
from tests.world import START

PRESS = ".portal-passkey button"
ELSEWHERE = "http://localhost:9/"
"""Another origin of the same host, so that the browser itself lets it ask for the passkey."""
ASSERT = """async options => {
  const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
  const known = options.allowCredentials.map(each => ({...each, id: bytes(each.id)}))
  const asked = {...options, challenge: bytes(options.challenge), allowCredentials: known}
  return JSON.stringify((await navigator.credentials.get({publicKey: asked})).toJSON())
}"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A running portal with an inspection, whose leader has accepted the invitation: she has a password alone."""
    with installation(tmp_path_factory.mktemp("passkeys") / "portal") as portal:
        portal.set_clock(START - datetime.now(UTC))
        _settings, deps = portal.connect()
        made = announced(portal, deps, "K1")
        with writing(deps.engine) as session:
            hers = update(Person).where(Person.id == made.leader.person)
            session.execute(hers.values(password_hash=hash_password(PASSWORD)))
        portal.serve()
        yield made
        deps.engine.dispose()


def add_authenticator(leader: Window) -> tuple[CDPSession, str]:
    """Give the window a device that makes passkeys and always knows its owner."""
    chrome = leader.context.new_cdp_session(leader.page)
    chrome.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    options |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    return chrome, chrome.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def give_password(page: Page) -> None:
    """Fill in and send the sign-in page."""
    page.fill("#email", "leader@k1.example")
    page.fill("#password", PASSWORD)
    push(page, "Sign in")


def test_a_passkey_from_set_up_to_the_task_list(browser: Browser, scene: Scene) -> None:
    """By keyboard; then in again with it, though not without its owner, nor from elsewhere; and without JavaScript."""
    with window(browser, scene.portal) as leader:
        page = leader.page
        chrome, device = add_authenticator(leader)
        leader.go("/sign-in")
        give_password(page)
        heading(page, "Set up a second step for signing in")
        expect(page.locator(PRESS)).to_be_visible()
        expect(page.get_by_text("A passkey cannot be set up here")).to_be_hidden()
        assert [] == [*leader.keyboard_faults(), *leader.faults_of_page()]
        by_key(page, PRESS)
        heading(page, "Your second step is set up")
        click(page, "I have kept them: continue")
        says(page, "Pre-inspection information from")
        push(page, "Sign out")
        give_password(page)
        heading(page, "Show that it is you")
        assert [] == [*leader.keyboard_faults(), *leader.faults_of_page()]
        _owner_is_away(page, chrome, device)
        _from_elsewhere(leader)
        by_key(page, PRESS, "Space")
        says(page, "Pre-inspection information from")
        assert [] == leader.faults
    with window(browser, scene.portal, scripts=False) as plain:
        plain.go("/sign-in")
        give_password(plain.page)
        says(plain.page, "Your passkey cannot be used here", "Use a recovery code")
        expect(plain.page.locator(PRESS)).to_be_hidden()


def _owner_is_away(page: Page, chrome: CDPSession, device: str) -> None:
    """A device that does not know who holds it gives nothing: the page says so, and nothing is sent."""
    chrome.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.locator(PRESS).click()
    expect(page.get_by_role("alert")).to_have_text("No passkey was used. Try again, or use another way.")
    chrome.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})


def _from_elsewhere(leader: Window) -> None:
    """What another origin of the same host had signed is refused; it opens nothing."""
    page = leader.page
    token = page.locator(".portal-passkey [name=csrf_token]").input_value()
    asked = leader.context.request.post(f"{leader.base}/sign-in/passkey/options", form={"csrf_token": token})
    page.route(ELSEWHERE, lambda route: route.fulfill(body="<p>Elsewhere</p>", content_type="text/html"))
    page.goto(ELSEWHERE)
    answer: str = page.evaluate(ASSERT, asked.json())
    leader.go("/sign-in/code")
    with page.expect_navigation():
        page.evaluate(
            "answer => { const form = document.querySelector('.portal-passkey form')\n"
            "form.elements.namedItem('passkey').value = answer; form.submit() }",
            answer,
        )
    mistaken(page, WRONG)
