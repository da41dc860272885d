"""Single sign-on in a real browser, at a running OpenID Connect server: in by a work account, out once removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.db.credentials import DirectoryIdentity
from portal.db.engine import writing
from portal.ports import Deps
from tests.directories import CLIENT, SECRET, MockProvider, mock_provider
from tests.e2e.chromium import Window, tab_to, window
from tests.e2e.installation import Installation, installation
from tests.e2e.scene import announced


@dataclass
class Place:
    """A portal, and the directory that its staff come in by."""

    portal: Installation
    deps: Deps
    provider: MockProvider


@pytest.fixture
def place(browser: Browser, tmp_path: Path) -> Iterator[Place]:
    """A running portal with a running directory; not started where there is no browser."""
    with mock_provider() as provider:
        settings = {
            "PORTAL_OIDC_ISSUER": provider.issuer,
            "PORTAL_OIDC_CLIENT_ID": CLIENT,
            "PORTAL_OIDC_CLIENT_SECRET": SECRET,
            "PORTAL_OIDC_SCOPES": "openid",
            "PORTAL_OIDC_ROLES": "inspector=Inspect",
            "PORTAL_OIDC_AMR": "mfa",
        }
        with installation(tmp_path / "portal", settings) as portal:
            _settings, deps = portal.connect()
            portal.serve()
            yield Place(portal, deps, provider)
            deps.engine.dispose()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_in_by_the_work_account_and_out_when_it_is_removed(browser: Browser, place: Place, scripts: bool) -> None:
    """By keyboard alone: from the sign-in page to the team's desk; removed there, out here within five minutes."""
    scene = announced(place.portal, place.deps, "SSO")
    with writing(place.deps.engine) as session:
        row = DirectoryIdentity(
            id=uuid4(),
            person_id=scene.lead.person,
            issuer=place.provider.issuer,
            subject="ines",
            created_at=place.deps.clock.now(),
        )
        session.add(row)
    place.provider.tell("ines", roles=["Inspect"], amr=["pwd", "mfa"])
    with window(browser, place.portal, scripts=scripts) as team:
        page = team.page
        page.route("https://**", lambda route: route.abort())  # the server's own style sheet is somewhere else
        _come_in(team, "ines", scripts=scripts)
        expect(page.locator("main")).to_contain_text(scene.reference)
        for path in ("/directory/connection", "/directory/again?purpose=bundle", "/sign-in") if scripts else ():
            assert 200 == team.go(path)
            assert [] == team.keyboard_faults() + team.faults_of_page()
        assert [] == team.faults
        place.portal.set_clock(timedelta(minutes=4, seconds=1))
        assert 200 == team.go("/team/")
        expect(page.locator("main")).to_contain_text(scene.reference)
        place.provider.remove("ines")
        place.portal.set_clock(timedelta(minutes=9, seconds=2))
        team.go("/team/")
        expect(page.locator("h1")).to_have_text("Sign in")
        place.provider.tell("ines", roles=[], amr=["pwd", "mfa"])
        _come_in(team, "ines", scripts=scripts)
        expect(page.locator("h1")).to_have_text("This work account does not open this service")
        expect(page.locator("main")).to_contain_text("does not list you as a user of this service")
        assert [] == team.faults_of_page() if scripts else [] == team.faults


def _come_in(team: Window, subject: str, *, scripts: bool) -> None:
    """Go from the sign-in page to the directory, be somebody there, and come back."""
    page = team.page
    team.go("/sign-in?next=/team/")
    _press(page, "form[action='/directory/sign-in'] button")
    page.wait_for_url("**/oauth2/authorize**")
    page.fill("input[name=sub]", subject)
    page.get_by_role("button", name="Authorize").press("Enter")
    if not scripts:
        page.wait_for_url("**/directory/return**")
        _press(page, "form[action='/directory/return'] button")


def _press(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")
