"""Representative data for the pages on which the result of a check stands."""

from typing import Any

from tests.web.team_pages import LONG_NAME, SENT

FOUND: list[dict[str, Any]] = [
    {
        "title": "The file contains macros.",
        "fix": "Save it without macros.",
        "of_a_kind": False,
        "where": ["word/vbaProject.bin"],
        "more": 2,
    },
    {
        "title": "The file is not what its ending says.",
        "fix": "Save it again.",
        "where": ["a program (.exe)"],
        "more": 0,
    }
    | {"of_a_kind": True},
]
FLAGGED: dict[str, Any] = {
    "state": "flagged",
    "scan": "clean",
    "tried": False,
    "withheld": None,
    "problem": True,
    "explained": "",
    "findings": FOUND,
    "scans": True,
}
_TEAM: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "document": {**SENT, "name": LONG_NAME, "state": "quarantined", "check_words": "Withheld: something was found"}
    | {"sha256": "0a" * 32},
    "findings": FOUND,
    "withheld_words": "This document is withheld because of what was found in it.",
    "checked_words": "9 October 2023 at 2:32pm",
    "scans": True,
    "reason": {"by": "Lena Leader", "moment": "9 October 2023 at 2:40pm", "words": "They are <right>."},
    "released": None,
    "download_href": None,
    "action": "/release",
    "lead_alone": False,
    "a1_href": "/documents/d1/findings",
    "reload_href": "/check",
    "shown": "flagged clean 2023-10-09T08:30:00.000Z",
    "back": {"href": "/team/inspections/1/", "text": "Back to the inspection"},
}
CHECK_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "team-document": ("team/document.html", _TEAM),
    "team-document-wrong": ("team/document.html", {**_TEAM, "errors": {"reason": "Enter why you release it"}}),
    "team-document-waiting": (
        "team/document.html",
        {**_TEAM, "document": {**_TEAM["document"], "state": "waiting"}, "findings": [], "withheld_words": None}
        | {"checked_words": None, "scans": False, "download_href": "/d1", "action": None, "lead_alone": True},
    ),
    "team-document-flagged": (
        "team/document.html",
        {**_TEAM, "document": {**_TEAM["document"], "state": "flagged", "problem": True}, "withheld_words": None}
        | {"download_href": "/d1"},
    ),
    "team-document-released": (
        "team/document.html",
        {**_TEAM, "document": {**_TEAM["document"], "state": "unchecked"}, "withheld_words": None, "action": None}
        | {"released": {"by": "Ines Inspector", "moment": "9 October 2023 at 3pm", "words": "A known form."}}
        | {"download_href": "/d1", "banner": {"text": "The document is released.", "success": True}},
    ),
}
"""Name -> template and what the view gives it."""
