"""Representative data for the pages of what no date decides: a cancelled inspection, and a programme's long-stop."""

from datetime import date
from typing import Any

from portal.services.long_stop import LongStop

VIEW = {"reference": "RAA-2023-04", "agency": "Adopt Northmoor", "state": "closed", "cancelled": False}
STOP = LongStop("Regional adoption agencies", date(2025, 4, 19), suggested=True, passed=False, published=False)
ASKED = {"code": "RAA-2023", "day_words": "Saturday 19 April 2025", "action": "/l", "retention_href": "/r"}
BACK = {"href": "/", "text": "Back to the programme"}

LONG_STOP_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "cancel": ("conduct/cancel.html", {"view": VIEW, "action": "/c", "cancel_href": "/o", "back": BACK}),
    "cancel-wrong": (
        "conduct/cancel.html",
        {"view": VIEW, "action": "/c", "cancel_href": "/o", "values": {"reference": "RAA"}}
        | {"errors": {"reference": "Enter RAA-2023-04"}},
    ),
    "cancel-cancelled": ("conduct/cancel.html", {"view": VIEW | {"cancelled": True}}),
    "long-stop": ("steward/long_stop.html", {"long_stop": STOP, "back": BACK, **ASKED}),
    "long-stop-passed": (
        "steward/long_stop.html",
        {"long_stop": LongStop("A programme", date(2025, 4, 19), suggested=False, passed=True, published=False)}
        | ASKED
        | {"values": {"long_stop_day": "31"}, "errors": {"long_stop_day": "Enter the date of the long-stop"}},
    ),
    "long-stop-none": (
        "steward/long_stop.html",
        {"long_stop": LongStop("A programme", None, suggested=True, passed=False, published=False)}
        | ASKED
        | {"day_words": None},
    ),
    "long-stop-published": (
        "steward/long_stop.html",
        {"long_stop": LongStop("A programme", None, suggested=True, passed=False, published=True), **ASKED},
    ),
}
"""Name -> template and what the view gives it."""
