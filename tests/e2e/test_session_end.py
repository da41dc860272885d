"""The end of a session in a real browser: announced, put off by keyboard, survived by what was typed, and final."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, select

from portal.db.engine import reading, writing
from portal.db.tables import Answer, Person, WebSession
from portal.ports import Deps
from portal.vault.factors import app_of, secret_of
from tests.e2e.apps import App
from tests.e2e.chromium import Window
from tests.e2e.installation import installation
from tests.e2e.scene import Scene, announced
from tests.e2e.steps import PASSWORD, heading, newcomer, push, says

TYPED = "We do not hold it, because <nobody> & nothing asked us to."
EMAIL = "leader@e1.example"


def _app(deps: Deps) -> App:
    """Return the leader's app, which has given its codes of now already."""
    with reading(deps.engine) as session:
        person = session.scalars(select(Person).where(Person.email == EMAIL)).one()
        row = app_of(session, person.id, confirmed=True)
        if row is None:
            raise AssertionError("The leader has no app.")
        app = App(secret_of(deps.secret, row))
    app.code(deps.clock.now())
    return app


def _sign_in(page: Page, deps: Deps, app: App) -> None:
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    push(page, "Sign in")
    page.fill("#code", app.code(deps.clock.now()))
    push(page, "Continue")


def test_the_end_of_a_session(browser: Browser, tmp_path: Path) -> None:
    """Warned of, put off by Escape and by a button, then over: signed in again in another tab, the form still goes."""
    with installation(tmp_path / "portal") as portal:
        _settings, deps = portal.connect()
        scene = announced(portal, deps, "E1")
        portal.serve()
        with newcomer(browser, portal, deps, EMAIL) as leader:
            leader.context.clock.install()
            _put_off(leader, scene)
            _over(leader, scene)
            _signed_out(leader, scene)
        deps.engine.dispose()


def _put_off(leader: Window, scene: Scene) -> None:
    page, dialog = leader.page, leader.page.locator("#session-end")
    leader.go(f"/inspections/{scene.inspection}/items/annual-report")
    page.get_by_role("radio", name="We do not hold it").check()
    page.fill("#words", TYPED)
    leader.context.clock.fast_forward("01:54:00")
    expect(dialog).not_to_be_visible()
    for key, later in (("Escape", "00:03:00"), ("Enter", "01:57:00")):
        leader.context.clock.fast_forward(later)
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("status")).to_contain_text("signed out in")
        assert [] == leader.faults_of_page()
        assert page.evaluate("document.activeElement.id") == "session-end"
        if key == "Enter":
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == "session-end-stay"
        page.keyboard.press(key)
        expect(dialog).not_to_be_visible()
        assert page.evaluate("document.activeElement.id") == "words"
        assert TYPED == page.input_value("#words")


def _over(leader: Window, scene: Scene) -> None:
    page, dialog, deps = leader.page, leader.page.locator("#session-end"), scene.deps
    app = _app(deps)
    with writing(deps.engine) as session:
        session.execute(delete(WebSession))
    leader.context.clock.fast_forward("02:01:00")
    expect(dialog).to_contain_text("You were signed out")
    assert [] == leader.faults_of_page()
    with leader.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in again (opens in a new tab)").click()
    _sign_in(opened.value, deps, app)
    expect(dialog).not_to_be_visible()
    opened.value.close()
    push(page, "Save the answer")
    says(page, "Your answer is saved.", "1 not held")
    with reading(deps.engine) as session:
        assert [scene.leader.person] == list(session.scalars(select(Answer.given_by)))


def _signed_out(leader: Window, scene: Scene) -> None:
    """Neither going back nor another tab shows anything once somebody has signed out."""
    page = leader.page
    leader.go(f"/inspections/{scene.inspection}/items/annual-report")
    assert "nothing asked us to" in page.content()
    push(page, "Sign out")
    says(page, "You are signed out.")
    page.go_back()
    heading(page, "Sign in")
    assert "nothing asked us to" not in page.content()
    leader.go(f"/inspections/{scene.inspection}/")
    heading(page, "Sign in")
    assert ["portal_device", "portal_session"] == sorted(each["name"] for each in leader.context.cookies())
