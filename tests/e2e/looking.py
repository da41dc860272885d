"""How a page is looked at: who looks, where, and what they did just before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from playwright.sync_api import Locator, Page

from tests.e2e.gallery import Gallery
from tests.world import Someone


@dataclass(frozen=True)
class View:
    """One page in one state. `who` is a leader by the state of their inspection, or one of `people`; "" is nobody."""

    who: str
    path: Callable[[Gallery], str]
    act: Callable[[Page], None] | None = None
    status: int = 200
    """What the first request is answered with, before `act`."""

    def person(self, gallery: Gallery) -> UUID | None:
        """Return who looks at it."""
        return people(gallery)[self.who].id if self.who else None


def people(gallery: Gallery) -> Mapping[str, Someone]:
    """Return everyone by the name that views know them by."""
    return gallery.leaders | {
        "colleague": gallery.colleague,
        "lead": gallery.lead,
        "quality": gallery.quality,
        "data protection officer": gallery.data_protection,
        "administrator": gallery.administrator,
    }


def follow(page: Page, way: Locator) -> None:
    """Click what leads to another page, and be there."""
    with page.expect_navigation():
        way.click()


def press(name: str) -> Callable[[Page], None]:
    """Return the act of pressing a button by its words."""
    return lambda page: follow(page, page.get_by_role("button", name=name, exact=True))
