"""Representative data for an A1 form that was sent: what was found in it, and the form at a glance."""

from typing import Any

from portal.services.a1_findings import findings_view
from schemas.a1 import load_a1
from schemas.checking import Answer
from tests.web.a1_pages import STOPPED
from tests.web.a1_routes import WRONG
from tests.web.steward_pages import BACK, LONG

COUNT = {"label": "Children", "count": 1_240, "width": 100.0}
FILE = {
    "name": f"{LONG}.csv",
    "href": "/c",
    "received_words": "9 October 2023 at 2:32pm",
    "check_words": "Flagged: something was found",
    "found": "The data in the A1 form has 3 errors.",
    "reason": {"by": LONG, "moment": "9 October 2023 at 3pm", "words": LONG},
    "counted": "Adopters",
}
HEAD = {"reference": "RAA-2023-04", "agency": LONG, "files": [FILE, {**FILE, "found": "", "reason": None}]}
STEP = {**COUNT, "label": LONG, "sheet": "Children", "spans": 1_234, "days_words": "12.5 days"}
FULL = {
    **HEAD,
    "seen": True,
    "illustrative": True,
    "lacking": ["Children was sent, but it could not be counted.", "Support was not sent."],
    "sheets": ["Children", "Adopters"],
    "authorities": [
        {"label": f"301 {LONG}", "counts": [COUNT, {"label": "Adopters", "count": 0, "width": 0.0}]},
        {"label": "Not stated", "counts": [COUNT, COUNT]},
    ],
    "totals": [COUNT, {**COUNT, "label": "Adopters"}],
    "statuses": [{**COUNT, "label": LONG}],
    "steps": [STEP, {**STEP, "days_words": None, "spans": 0, "width": 0.0}],
}
DEFINITION = load_a1("illustrative-2023")
DOCUMENT: dict[str, Any] = {
    "head": {
        "reference": "RAA-2023-04",
        "name": f"{LONG}.xlsx",
        "received_words": "9 October 2023 at 2:32pm",
        "own": True,
        "withheld": False,
    },
    "found": findings_view(Answer(kind="xlsx", a1=WRONG), DEFINITION),
    "reason": {"by": LONG, "moment": "9 October 2023 at 2:40pm", "words": LONG},
    "action": "/f",
    "upload": {"action": "/up", "upload_id": "u", "slot": "workbook", "replaces": "d1", "beside": "findings"}
    | {"accepts_words": "An Excel workbook (.xlsx)", "limit_words": "Up to 10MB", "accept": ".xlsx"},
    "file_hrefs": {"xlsx": "/x", "csv": "/c"},
    "guidance_href": "/a1-form",
    "rules_href": "/a1-form/rules",
    "back": BACK,
    "values": {"reason": LONG},
    "errors": {"reason": "Enter why the errors stay as they are", "file": "The selected file is empty"},
}
TEAMS: dict[str, Any] = {
    **DOCUMENT,
    "head": {**DOCUMENT["head"], "own": False},
    "action": None,
    "upload": None,
    "errors": {},
    "values": {},
}
GLANCE_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a1-document": ("a1/document.html", DOCUMENT),
    "a1-document-team": ("a1/document.html", TEAMS),
    "a1-document-withheld": ("a1/document.html", {**TEAMS, "head": {**TEAMS["head"], "withheld": True}}),
    "a1-document-unexplained": ("a1/document.html", {**TEAMS, "reason": None}),
    "a1-document-stopped": (
        "a1/document.html",
        {**DOCUMENT, "found": findings_view(Answer(kind="xlsx", a1=STOPPED), DEFINITION), "reason": None, "errors": {}},
    ),
    "a1-glance": ("a1/glance.html", {"view": FULL, "file_href": "/f", "back": BACK}),
    "a1-glance-none": (
        "a1/glance.html",
        {"view": {**HEAD, "files": [], "seen": False, "why": "None was received"}, "file_href": "/f", "back": BACK},
    ),
    "a1-glance-uncounted": (
        "a1/glance.html",
        {"view": {**HEAD, "seen": False, "why": "Nothing in it was counted"}, "file_href": "/f", "back": BACK},
    ),
    "a1-glance-no-status": (
        "a1/glance.html",
        {"view": {**FULL, "lacking": [], "statuses": []}, "file_href": "/f", "back": BACK},
    ),
}
