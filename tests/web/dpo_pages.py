"""Representative data for the pages of the data protection officer's desk, and for the public one about requests."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from portal.domain.incidents import ALARM_KINDS
from portal.domain.policy import Owner
from portal.services.account_held import Held, Section
from portal.services.incidents import Incident
from portal.services.trail_search import Download, Line
from tests.web.steward_pages import BACK, LONG, PAGING, WHEN

DESK = {
    "desk": [
        {"href": "/desk", "text": "What is due when", "current": True, "here": True},
        {"href": "/desk/incidents", "text": "Incidents", "current": False, "here": True},
        {"href": "/desk/trail", "text": "Audit trail", "current": False, "here": False},
    ]
}
ABOUT = ALARM_KINDS["restored"]
STANDS = Incident(UUID(int=1), "restored", ABOUT, "It was restored.", "RAA-2023-04", "", WHEN, None, "")
OVER = Incident(UUID(int=2), "mail", ALARM_KINDS["mail"], "A mail.", "", "", WHEN, WHEN, "Dora Protection")
EVENT = {"day": "Thursday 27 March 2025", "what": "Disposal is due", "reference": "RAA-2023-04", "href": "/p/1"}
EVENT |= {"state": "Kept until disposal is due"}
LINE = Line(
    7,
    WHEN,
    "bundle.opened",
    "A download began",
    "Ines Inspector",
    "RAA-2023-04",
    [("scope", "all"), ("sha", "ab" * 32)],
)
TAKEN = Download(7, WHEN, "Ines Inspector", "RAA-2023-04", "One item, as a bundle", "panel-minutes", by_reading=True)
HELD = Held(
    UUID(int=3),
    LONG,
    (
        Section("account", "The account", (("name", "Name"), ("made", "Made")), [(LONG, WHEN), ("Another", None)]),
        Section("counts", "Numbers", (("code", "Kind"), ("what", "What"), ("number", "Number")), [("sent", "Sent", 3)]),
        Section("mails", "Mails", (("mail", "Mail"),), []),
    ),
)
SEARCH: dict[str, Any] = {"action": "/trail", "all_href": "/trail", "files_href": "/trail-files"} | {
    "acts": [{"value": "", "text": "Anything"}, {"value": "bundle.opened", "text": "A download began"}]
}

DPO_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "desk-timeline": (
        "dpo/timeline.html",
        DESK
        | {
            "months": [
                {"title": "March 2025", "events": [EVENT | {"held": True}, EVENT | {"held": False, "href": None}]},
                {"title": "No date yet", "events": [EVENT | {"day": "", "what": "", "held": False}]},
            ],
            "paging": PAGING,
            "retention_href": "/r",
        },
    ),
    "desk-timeline-empty": ("dpo/timeline.html", DESK | {"months": [], "paging": None, "retention_href": "/r"}),
    "desk-incidents": (
        "dpo/incidents.html",
        DESK
        | {
            "standing": [
                {"incident": STANDS, "settle_href": "/s", "act_href": None},
                {"incident": replace(STANDS, id=UUID(int=4)), "settle_href": None, "act_href": "/clock"},
                {"incident": OVER, "settle_href": None, "act_href": None},
            ],
            "cleared": [OVER],
            "paging": PAGING,
        },
    ),
    "desk-incidents-none": ("dpo/incidents.html", DESK | {"standing": [], "cleared": [], "paging": None}),
    "desk-downloads": (
        "dpo/downloads.html",
        DESK | {"downloads": [TAKEN], "older_href": "/older", "newest_href": "/newest", "values": {"reference": "RAA"}},
    ),
    "desk-downloads-none": (
        "dpo/downloads.html",
        DESK | {"downloads": [], "older_href": None, "newest_href": None, "values": {}},
    ),
    "desk-downloads-wrong": (
        "dpo/downloads.html",
        DESK
        | {"downloads": [], "older_href": None, "newest_href": None, "values": {"reference": "RAA"}}
        | {"errors": {"reference": "There is no such inspection"}},
    ),
    "desk-trail": ("dpo/trail.html", DESK | SEARCH | {"lines": [LINE], "older": 0, "sought": False, "values": {}}),
    "desk-trail-found": (
        "dpo/trail.html",
        DESK
        | SEARCH
        | {
            "lines": [LINE],
            "older": 6,
            "sought": True,
            "values": {"person": "Ines", "action": "bundle.opened", "before": 9},
        },
    ),
    "desk-trail-none": ("dpo/trail.html", DESK | SEARCH | {"lines": [], "older": 0, "sought": True, "values": {}}),
    "desk-trail-wrong": (
        "dpo/trail.html",
        DESK
        | SEARCH
        | {"lines": [], "older": 0, "sought": True, "values": {"first_day": "31"}}
        | {
            "errors": {
                "reference": "There is no such inspection",
                "person": "There is no such account",
                "first_day": "Enter a real date",
                "last_day": "Enter a later date",
            }
        },
    ),
    "desk-requests": (
        "dpo/requests.html",
        DESK
        | {"action": "/find", "public_href": "/data-requests", "trail_href": "/trail", "programmes_href": "/p"}
        | {"values": {"account": ""}, "errors": {"account": "Enter a name or an email address"}},
    ),
    "desk-accounts": (
        "dpo/accounts.html",
        DESK | {"accounts": [{"name": LONG, "email": "a@b.example", "href": "/a/1"}], "most": 25, "back": BACK},
    ),
    "desk-accounts-none": ("dpo/accounts.html", DESK | {"accounts": [], "most": None, "back": BACK}),
    "desk-account": ("dpo/account.html", DESK | {"held": HELD, "json_href": "/a/1.json", "back": BACK}),
    "desk-calendar": (
        "dpo/calendar.html",
        DESK | {"since_words": "9 October 2023 at 2:32pm", "make_href": "/make", "end_href": "/end"},
    ),
    "desk-calendar-none": ("dpo/calendar.html", DESK | {"since_words": "", "make_href": "/make", "end_href": "/end"}),
    "desk-calendar-made": (
        "dpo/calendar_made.html",
        DESK | {"address": f"https://evidence.example/calendar/{'x' * 43}.ics", "next_href": "/next"},
    ),
    "data-requests": ("pages/data_requests.html", {"owner": Owner(), "privacy_href": "/privacy"}),
}
"""Name -> template and what the view gives it."""
