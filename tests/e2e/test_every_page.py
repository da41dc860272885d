"""Every page for every role that may see it: accessible, reached by Tab alone, whole at 320 px, and light."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser

from portal.ports import Deps
from portal.services.holidays import add_holiday
from tests.e2e.chromium import window
from tests.e2e.every_page import FILES, PAGE, pages, with_table
from tests.e2e.installation import Installation, installation
from tests.fakes import FakeClock
from tests.web.routes import PATHS, ROLES, Place, make_place
from tests.world import START, build_world, make_fakes

HEAVIEST = 100_000
"""Bytes of a page's HTML, without what all pages share."""


@dataclass(frozen=True)
class Shown:
    """A served portal in which all was sent and declared."""

    portal: Installation
    deps: Deps
    place: Place


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Serve the world that routes are tried on."""
    with installation(tmp_path_factory.mktemp("pages") / "portal") as portal:
        portal.set_clock(START - datetime.now(UTC))
        _settings, deps = portal.connect()
        try:
            place = make_place(build_world(deps, make_fakes(FakeClock(START))))
            # The table of routes opens this holiday's page after it was added.
            add_holiday(deps, place.world.administrator.actor, date(2024, 5, 8), "A coronation")
            portal.serve()
            yield Shown(portal, deps, place)
        finally:
            deps.engine.dispose()


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_fit_for_everyone(browser: Browser, served: Shown, role: str) -> None:
    """No page of any role fails WCAG 2.2 AA as far as axe sees, hides a control from the keyboard, or is heavy."""
    person = None if role == "anonymous" else getattr(served.place.world, role).id
    wrong = {}
    with window(browser, served.portal, served.deps, person) as made:
        for endpoint, roles in pages().items():
            if role not in roles or endpoint in FILES:
                continue
            made.faults.clear()
            path = served.place.path(PATHS[endpoint])
            status = made.go(path)
            faults = [] if status == 200 else [f"answered with {status}"]
            faults += [*made.keyboard_faults(), *made.faults_of_page()]
            weight = len(made.context.request.get(made.base + path).body())
            faults += [f"weighs {weight} bytes"] if weight > HEAVIEST else []
            if faults:
                wrong[endpoint] = faults
    assert {} == wrong


def test_what_is_left_out_is_no_page(browser: Browser, served: Shown) -> None:
    """Everything that is not looked at is a file or data, never a page."""
    found = []
    for endpoint in sorted(FILES):
        role = pages()[endpoint][0]
        person = None if role == "anonymous" else getattr(served.place.world, role).id
        with window(browser, served.portal, served.deps, person) as made:
            answer = made.context.request.get(made.base + served.place.path(PATHS[endpoint]))
            if answer.headers.get("content-type", "").startswith("text/html") and (
                "attachment" not in answer.headers.get("content-disposition", "")
            ):
                found.append(endpoint)
    assert [] == found


def test_the_table_says_what_is_looked_at() -> None:
    """The accessibility page lists exactly these; `python -m tests.e2e.every_page` writes it."""
    text = PAGE.read_text()
    assert with_table(text) == text
