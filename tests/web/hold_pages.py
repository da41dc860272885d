"""Representative data for the pages of holds."""

from typing import Any

from portal.services.hold_list import Held
from tests.web.steward_pages import BACK, LONG, PAGING

VIEW: dict[str, Any] = {
    "id": "h1",
    "about": f"Inspection RAA-2023-04, {LONG}",
    "reason": LONG,
    "placed_words": "Dora Protection, 9 October 2023 at 2:32pm",
    "owner_words": "Ada Administrator",
    "review_words": "Monday 8 January 2024",
    "now_words": "To be reviewed now: its date has passed",
    "lifted_words": None,
    "past": [],
    "due": True,
    "earlier": [{"words": LONG, "said_words": "Dora Protection, 9 October 2023 at 2:32pm"}],
}
PLAIN = {**VIEW, "about": f"Programme RAA-2023, {LONG}", "now_words": "", "earlier": [], "due": False}
LIFTED = {**PLAIN, "lifted_words": "10 October 2023 at 9am"}
OWNERS = [{"value": "1", "text": "Ada Administrator", "selected": True}, {"value": "2", "text": LONG}]
FAULTS = {
    "values": {"reason": "", "owner": "1", "review_day": "1", "review_month": "1", "review_year": "2020"},
    "errors": {
        "reason": "Enter why it is held",
        "owner": "Choose the steward",
        "review_day": "The review date must be after today",
    },
}
ROW = {**VIEW, "href": "/h/1"}
HELD = Held(LONG, "RAA-2023", programme=True, begun=False, holds=[], stewards=[])
FORM = {"owners": OWNERS, "action": "/h", "back": BACK}
HOLD_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "holds": ("holds/list.html", {"holds": [ROW, {**PLAIN, "href": "/h/2"}], "paging": PAGING}),
    "holds-none": ("holds/list.html", {"holds": [], "paging": None}),
    "hold": ("holds/hold.html", {"view": VIEW, "review_href": "/r", "lift_href": "/l", "back": BACK}),
    "hold-past": (
        "holds/hold.html",
        {"view": {**PLAIN, "past": ["RAA-2023-01"]}, "review_href": None, "lift_href": None, "back": BACK},
    ),
    "hold-lifted": ("holds/hold.html", {"view": LIFTED, "review_href": None, "lift_href": None, "back": BACK}),
    "hold-place": ("holds/place.html", {"held": HELD, "holds": [], **FORM}),
    "hold-place-another": (
        "holds/place.html",
        {"held": Held(LONG, "RAA-2023-04", programme=False, begun=False, holds=[], stewards=[]), "holds": [ROW]}
        | {**FORM, **FAULTS},
    ),
    "hold-too-late": (
        "holds/place.html",
        {"held": Held(LONG, "RAA-2023-04", programme=False, begun=True, holds=[], stewards=[]), "holds": []} | FORM,
    ),
    "hold-review": ("holds/review.html", {"view": VIEW, **FORM, **FAULTS}),
    "hold-lift": (
        "holds/lift.html",
        {"view": VIEW, "action": "/h", "back": BACK, "values": {"reason": ""}, "errors": {"reason": "Enter it"}},
    ),
    "hold-lift-early": ("holds/lift.html", {"view": PLAIN, "action": "/h", "back": BACK}),
}
"""Name -> template and what the view gives it."""
