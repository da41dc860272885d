"""Representative data for the pages on which somebody confirms, and for those of what takes two people."""

from typing import Any

from portal.domain.proposals import TERMS, Kind
from portal.domain.step_up import WORDS, Purpose
from portal.web.step_up import Wish
from tests.web.steward_pages import BACK, LONG, PAGING, STANDING

TYPED = [("reason", "It was settled <b>"), ("owner", "1")]
CONFIRM: dict[str, Any] = {
    "why": WORDS[Purpose.hold],
    "minutes": 10,
    "ways": {"app": True, "passkey": True, "recovery_codes": 9},
    "directory_href": "/directory",
    "action": "/confirm",
    "passkey_way": {"options_href": "/options", "action": "/confirm/passkey"},
    "wish": Wish(Purpose.hold, "/hold", TYPED),
    "values": {"purpose": "hold", "next": "/hold", "carried": "[]"},
}
FORM = Wish(Purpose.hold, "/hold", TYPED)
PAGE = Wish(Purpose.bundle, "/bundle", None)
VIEW: dict[str, Any] = {
    "id": "p1",
    "kind": Kind.earlier_publication,
    "title": TERMS[Kind.earlier_publication].title,
    "follows": TERMS[Kind.earlier_publication].follows,
    "about": f"Programme RAA-2023, {LONG}",
    "change": "From Tuesday 26 March 2024 to Tuesday 19 March 2024",
    "proposed_words": "Dora Protection, 9 October 2023 at 2:32pm",
    "reason": LONG,
    "outcome_words": "Waits for a decision",
    "decided_words": None,
    "until_words": "16 October 2023 at 2:32pm",
    "waits": True,
    "lasts": False,
    "own": False,
    "decides": True,
    "withdraws": False,
}
OWN = {**VIEW, "own": True, "decides": False, "withdraws": True, "change": ""}
OVER = {**VIEW, "waits": False, "decides": False, "until_words": None, "reason": None} | {
    "outcome_words": "Approved",
    "decided_words": "Ada Administrator, 10 October 2023 at 9am",
}
LASTS = {**OVER, "own": True, "lasts": True, "withdraws": True, "until_words": "10 October 2023 at 10am"}
ACTS = {"action": "/decide", "withdraw_href": "/withdraw", "read_href": None, "hold_href": None, "back": BACK}
TEAMS = {"action": "/decide", "end_href": "/end"}
DOCUMENT = {
    "name": LONG,
    "item_label": "Most recent annual report",
    "size_words": "1.2MB",
    "check_words": "Not flagged",
    "found": "",
    "received_words": "9 October 2023 at 2:32pm",
    "download_href": "/d/1",
}
PROPOSAL_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "confirm": ("step_up/confirm.html", CONFIRM),
    "confirm-wrong": (
        "step_up/confirm.html",
        CONFIRM
        | {"ways": {"app": False, "passkey": False, "recovery_codes": 1}, "wish": PAGE}
        | {"errors": {"code": "Check the code and try again"}},
    ),
    "confirmed-form": ("step_up/confirmed.html", {"wish": FORM, "minutes": 10, "home_href": "/"}),
    "confirmed-download": ("step_up/confirmed.html", {"wish": PAGE, "minutes": 10, "home_href": "/"}),
    "proposals": ("proposals/list.html", {"proposals": [{**VIEW, "href": "/p/1"}], "paging": PAGING}),
    "proposals-none": ("proposals/list.html", {"proposals": [], "paging": None}),
    "proposal": ("proposals/proposal.html", {"view": VIEW, **ACTS, "errors": {"decision": "Select whether"}}),
    "proposal-own": ("proposals/proposal.html", {"view": OWN, **ACTS, "hold_href": "/h/1"}),
    "proposal-over": ("proposals/proposal.html", {"view": OVER, **ACTS}),
    "proposal-reading": ("proposals/proposal.html", {"view": LASTS, **ACTS, "read_href": "/read"}),
    "proposal-teams": ("proposals/proposal.html", {"view": {**VIEW, "decides": False}, **ACTS}),
    "early": (
        "proposals/early.html",
        {"standing": STANDING, "action": "/early", "back": BACK, "errors": {"reason": "Enter the reason"}},
    ),
    "reading-ask": (
        "readings/ask.html",
        {"view": {"reference": "RAA-2023-04", "agency": LONG, "until_words": None}, "action": "/ask"}
        | {"read_href": None, "errors": {"reason": "Enter the reason"}},
    ),
    "reading-lasts": (
        "readings/ask.html",
        {"view": {"reference": "RAA-2023-04", "agency": LONG, "until_words": "10am"}, "action": "/ask"}
        | {"read_href": "/read"},
    ),
    "reading": (
        "readings/read.html",
        {"view": {"reference": "RAA-2023-04", "agency": LONG}, "until_words": "10 October 2023 at 10am"}
        | {"documents": [DOCUMENT], "pages": PAGING, "end_href": "/end"},
    ),
    "reading-none": (
        "readings/read.html",
        {"view": {"reference": "RAA-2023-04", "agency": LONG}, "until_words": "10 October 2023 at 10am"}
        | {"documents": [], "pages": None, "end_href": "/end"},
    ),
    "readings-asked": (
        "readings/asked.html",
        {"asked": [{**VIEW, **TEAMS}, {**LASTS, **TEAMS, "id": "p2"}], "errors": {"decision-p1": "Select whether"}},
    ),
    "readings-none": ("readings/asked.html", {"asked": []}),
}
"""Name -> template and what the view gives it."""
