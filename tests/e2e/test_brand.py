"""The look of GOV.UK in a real browser: as fit for everyone as our own, and its fonts do load."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from portal.domain.roles import Role
from portal.ports import Deps
from tests.e2e.chromium import Window, window
from tests.e2e.installation import Installation, installation
from tests.world import add_person, give_role

LOADED = """async () => {
  await document.fonts.ready
  const loaded = [...document.fonts].filter(each => each.status === 'loaded').map(each => each.weight)
  return [getComputedStyle(document.querySelector('h1')).fontFamily, loaded.includes('700') || loaded.includes('bold')]
}"""


@pytest.fixture(scope="module")
def branded(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Deps]]:
    """A portal that looks as GOV.UK does; not made where there is no browser."""
    with installation(tmp_path_factory.mktemp("brand") / "portal", {"PORTAL_BRAND": "govuk"}) as portal:
        _settings, deps = portal.connect()
        try:
            portal.serve()
            yield portal, deps
        finally:
            deps.engine.dispose()


def looked_at(opened: Window, path: str) -> tuple[int, list[str], list[str]]:
    """Return the page's status, and what is wrong by keyboard and by sight, wide and at 320 px."""
    return opened.go(path), opened.keyboard_faults(), opened.faults_of_page()


def test_the_brand_is_fit_for_everyone(browser: Browser, branded: tuple[Installation, Deps]) -> None:
    """Signed out and signed in, Tab reaches all, nothing is found against WCAG 2.2 AA, and all fits into 320 px."""
    portal, deps = branded
    steward = add_person(deps, "administrator@inspectorate.example", "Ada Administrator")
    give_role(deps, steward.id, Role.administrator)
    with window(browser, portal) as stranger:
        assert (200, [], []) == looked_at(stranger, "/sign-in")
        assert (404, [], []) == looked_at(stranger, "/nowhere")
    with window(browser, portal, deps, steward.id) as opened:
        assert (200, [], []) == looked_at(opened, "/stewards/")
        family, loaded = opened.page.evaluate(LOADED)
        assert (True, True) == (family.startswith('"GDS Transport"'), loaded)
        opened.page.get_by_role("button", name="Menu").click()
        opened.page.get_by_role("link", name="Programmes", exact=True).wait_for()
        assert [] == opened.faults_of_page()
