"""The data protection officer's desk: its own navigation, the same on each of its pages."""

from typing import Final

from flask import current_app, request, url_for

from schemas.texts import say

_PAGES: Final = (
    ("desk.timeline", say("What is due when")),
    ("desk.incidents", say("Incidents")),
    ("holds.standing", say("Holds")),
    ("steward.certificates", say("Certificates")),
    ("desk.downloads", say("Downloads")),
    ("desk.trail", say("Audit trail")),
    ("data_requests.desk", say("Requests by people")),
    ("feeds.overview", say("Calendar")),
)
"""In the order in which they stand; a link is shown once its route exists."""


def desk_links() -> list[dict[str, object]]:
    """Return the links of the desk; the one of this page is current, and of a page below it active."""
    links = [(url_for(endpoint), text) for endpoint, text in _PAGES if endpoint in current_app.view_functions]
    here = max((href for href, _text in links if request.path.startswith(href)), key=len, default="")
    return [{"href": href, "text": text, "current": request.path == href, "here": href == here} for href, text in links]
