"""A browser, and a portal to look at, for the modules that walk through pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import chromium
from tests.e2e.gallery import Gallery, gallery


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, for one module."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def shown(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """A portal with an inspection in every state, for one module; not made where there is no browser."""
    with gallery(tmp_path_factory.mktemp("gallery") / "portal") as made:
        yield made
