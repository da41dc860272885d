"""The pages of confirmations and of what takes two people, in the states that people meet."""

from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from tests.e2e.gallery import Gallery
from tests.e2e.looking import View, press


def _at(who: str, page: Callable[[Gallery], str], act: Callable[[Page], None] | None = None) -> View:
    return View(who, lambda gallery: f"/stewards/{page(gallery)}", act)


def _officer(page: Callable[[Gallery], str], act: Callable[[Page], None] | None = None) -> View:
    return _at("data protection officer", page, act)


def _earlier(page: Page) -> None:
    page.fill("#published_year", "2021")
    press("Save the publication date")(page)


def _asked(state: str, act: Callable[[Page], None] | None = None) -> View:
    return View("lead", lambda gallery: f"/team/inspections/{gallery.inspections[state]}/readings/", act)


TWO: Mapping[str, View] = {
    "confirm": View("lead", lambda _: "/confirm?purpose=bundle&next=/team/"),
    "confirm, nothing entered": View("lead", lambda _: "/confirm?purpose=bundle&next=/team/", press("Confirm")),
    "overview, something waits": _at("administrator", lambda _: ""),
    "proposals": _officer(lambda _: "proposals/"),
    "proposal, to decide": _at("administrator", lambda made: f"proposals/{made.proposals['lift']}"),
    "proposal, nothing selected": _at(
        "administrator", lambda made: f"proposals/{made.proposals['lift']}", press("Continue")
    ),
    "proposal, own": _officer(lambda made: f"proposals/{made.proposals['lift']}"),
    "proposal, approved": _officer(lambda made: f"proposals/{made.proposals['read']}"),
    "holds": _at("administrator", lambda _: "holds/"),
    "hold": _officer(lambda made: f"holds/{made.holds['complete']}/"),
    "hold, another": _officer(lambda made: f"inspections/{made.inspections['complete']}/hold"),
    "hold, to review": _officer(lambda made: f"holds/{made.holds['complete']}/review"),
    "hold, nothing entered": _officer(lambda made: f"holds/{made.holds['complete']}/review", press("Save the review")),
    "hold, to lift": _officer(lambda made: f"holds/{made.holds['complete']}/lifting"),
    "hold, no reason": _officer(
        lambda made: f"holds/{made.holds['complete']}/lifting", press("Propose to lift the hold")
    ),
    "publication, earlier": _officer(lambda _: "programmes/RAA-2021/publication", _earlier),
    "early disposal": _officer(lambda made: f"inspections/{made.inspections['due']}/early-disposal"),
    "early disposal, no reason": _officer(
        lambda made: f"inspections/{made.inspections['due']}/early-disposal", press("Propose it")
    ),
    "ask to read": _at("administrator", lambda made: f"inspections/{made.inspections['half']}/reading"),
    "ask to read, no reason": _at(
        "administrator", lambda made: f"inspections/{made.inspections['half']}/reading", press("Ask to read it")
    ),
    "ask to read, may already": _officer(lambda made: f"inspections/{made.inspections['half']}/reading"),
    "reading": _officer(lambda made: f"readings/{made.inspections['half']}/"),
    "reading by stewards, asked": _asked("passed"),
    "reading by stewards, nothing selected": _asked("passed", press("Continue")),
    "reading by stewards, lasts": _asked("half"),
    "reading by stewards, none": _asked("closed"),
}
