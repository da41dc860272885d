"""Representative data for the A1 form at a glance."""

from typing import Any

from tests.web.steward_pages import BACK, LONG

COUNT = {"label": "Children", "count": 1_240, "width": 100.0}
HEAD = {"reference": "RAA-2023-04", "agency": LONG}
STEP = {**COUNT, "label": LONG, "sheet": "Children", "spans": 1_234, "days_words": "12.5 days"}
FULL = {
    **HEAD,
    "seen": True,
    "illustrative": True,
    "received_words": "9 October 2023 at 2:32pm",
    "sheets": ["Children", "Adopters"],
    "authorities": [
        {"label": f"301 {LONG}", "counts": [COUNT, {"label": "Adopters", "count": 0, "width": 0.0}]},
        {"label": "Not stated", "counts": [COUNT, COUNT]},
    ],
    "statuses": [{**COUNT, "label": LONG}],
    "steps": [STEP, {**STEP, "days_words": None, "spans": 0, "width": 0.0}],
}
GLANCE_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a1-glance": ("a1/glance.html", {"view": FULL, "file_href": "/f", "back": BACK}),
    "a1-glance-none": (
        "a1/glance.html",
        {"view": {**HEAD, "seen": False, "why": "There is no A1 form yet"}, "file_href": "/f", "back": BACK},
    ),
}
