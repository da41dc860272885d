"""Who is signed in, as the header of every page says it, and until when."""

from datetime import timedelta
from typing import Final

from flask import Flask, g, url_for

from portal.web.access import Visitor

_HREFS: Final = {"sign_out_href": "account.leave", "account_href": "own.overview", "stay_href": "own.stay"}


def install(app: Flask) -> None:
    """Give every page its `person`."""
    app.context_processor(_person)


def _person() -> dict[str, object]:
    # What is known of the visitor already: an error page must not ask the database again.
    found: Visitor | None = g.get("visitor")
    if found is None:
        return {"person": None}
    hrefs = {name: url_for(endpoint) for name, endpoint in _HREFS.items()}
    return {"person": {"name": found.who.name, "left": seconds_left(found), **hrefs}}


def seconds_left(found: Visitor) -> int:
    """Return in how many seconds a session ends if nothing more is heard from it."""
    return found.who.left // timedelta(seconds=1)
