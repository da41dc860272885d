"""The pages on which the result of a check stands, in the states that people meet."""

from collections.abc import Mapping

from tests.e2e.gallery import Gallery
from tests.e2e.looking import View, press


def _team(gallery: Gallery, state: str) -> str:
    return f"/team/inspections/{gallery.inspections[state]}/documents/{gallery.documents[state]}/check"


CHECKS: Mapping[str, View] = {
    "document, withheld": View("lead", lambda gallery: _team(gallery, "half")),
    "document, released for no reason": View(
        "lead", lambda gallery: _team(gallery, "half"), press("Release the document")
    ),
    "document, not checked": View("lead", lambda gallery: _team(gallery, "complete")),
    "document, withheld, by its own address": View(
        "lead", lambda gallery: _team(gallery, "half").removesuffix("/check"), status=409
    ),
    "A1 form at a glance, nothing counted": View(
        "lead", lambda gallery: f"/team/inspections/{gallery.inspections['half']}/a1-form/"
    ),
    "document, in which nothing was found": View("lead", lambda gallery: _team(gallery, "passed")),
}
