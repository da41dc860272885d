"""The A1 form's own pages in the states that people meet."""

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from portal.domain.a1.faults import plant
from portal.domain.a1.recipe import Recipe
from portal.domain.a1.sample import make_sample
from portal.formats.a1_workbook import workbook
from schemas.a1 import load_a1
from tests.e2e.gallery import Gallery
from tests.e2e.looking import View, follow, press

_FORM = load_a1("illustrative-2023")
_CHECK = press("Check the form")


def _checked(*faults: str) -> Callable[[Page], None]:
    """Return the act of checking a made-up form with these faults."""

    def act(page: Page) -> None:
        recipe = Recipe(_FORM, 60, 4)
        data = workbook(_FORM, plant(make_sample(recipe), recipe, faults))
        page.set_input_files("#workbook", {"name": "form.xlsx", "mimeType": "", "buffer": data})
        _CHECK(page)

    return act


def _explained(page: Page) -> None:
    page.fill("#reason", "The adopters’ records are with another agency until Friday.")
    follow(page, page.get_by_role("button", name=re.compile("(Save|Change) the reason")))


def _sent(gallery: Gallery, page: str = "") -> str:
    return gallery.at("half", f"documents/{gallery.documents['form']}{page}")


A1: Mapping[str, View] = {
    "A1 form": View("", lambda _: "/a1-form"),
    "A1 form, signed in": View("half", lambda _: "/a1-form"),
    "A1 check": View("half", lambda _: "/a1-form/check"),
    "A1 check, of several": View("lead", lambda _: "/a1-form/check"),
    "A1 check, of none": View("administrator", lambda _: "/a1-form/check"),
    "A1 check, nothing chosen": View("half", lambda _: "/a1-form/check", _CHECK),
    "A1 findings": View("half", lambda _: "/a1-form/check", _checked("F02", "F03", "R04", "D01", "T02")),
    "A1 findings, stopped": View("half", lambda _: "/a1-form/check", _checked("P01", "S03")),
    "A1 form received, one of three": View("half", _sent),
    "A1 form received, what was found": View("half", lambda gallery: _sent(gallery, "/findings")),
    "A1 form received, no file chosen": View(
        "half", lambda gallery: _sent(gallery, "/findings"), press("Send the file and check it")
    ),
    "A1 form received, its reason saved": View("half", lambda gallery: _sent(gallery, "/findings"), _explained),
    "A1 form received, what the team sees": View("lead", lambda gallery: f"/team{_sent(gallery, '/check')}"),
}
