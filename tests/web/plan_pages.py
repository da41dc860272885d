"""Representative data for the pages of what comes before a disposal, and for what stands above other pages."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from portal.services.copies import Notice
from portal.services.plans import PlanPage, PolicyPage
from portal.vault.copies import Copies
from portal.vault.plans import Approval

WHEN = datetime(2025, 3, 13, 9, 32, tzinfo=UTC)
LONG = "A_thematic_exercise_with_a_title_that_has_no_spaces_in_which_a_line_could_be_broken_anywhere_at_all"
BACK = {"href": "/stewards/", "text": "Back"}
SHA256 = "0123456789abcdef" * 4
PLAN = PlanPage(
    reference="RAA-2023-04",
    agency=LONG,
    programme="RAA-2023",
    plan={"kind": "disposal-plan"},
    digest=SHA256,
    approval=None,
    standing=False,
    begun=False,
    current=True,
    copies=Copies(3, 2, 1, 2),
)
ROWS = [("Rule", "Held for one year, then disposed of"), ("Documents", "1,204"), ("SHA-256 of the plan", SHA256)]
_HREFS: dict[str, Any] = {"action": "/plan", "policy_href": "/policy", "back": BACK}
_HREFS |= {"certificate_href": None, "dispose_href": None}
_ABOVE = {"references": ["RAA-2023-04", LONG], "href": "/more"}
NOTICE = Notice(UUID(int=1), "RAA-2023-04", LONG, 1, WHEN, None, WHEN, gone=False, waits=False)
CONFIRMED = Notice(UUID(int=2), "RAA-2023-05", "Adopt Northmoor", 12, WHEN, WHEN, None, gone=True, waits=False)

PLAN_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "plan": ("plans/plan.html", {"view": PLAN, "rows": ROWS, "copies": "3 downloads", **_HREFS}),
    "plan-wrong": (
        "plans/plan.html",
        {"view": PLAN, "rows": ROWS, "copies": "3 downloads", "errors": {"read": "The plan has changed."}, **_HREFS},
    ),
    "plan-none": (
        "plans/plan.html",
        {"view": PlanPage(**{**vars(PLAN), "plan": None, "current": False}), "rows": [], "copies": "None.", **_HREFS},
    ),
    "plan-old": (
        "plans/plan.html",
        {"view": PlanPage(**{**vars(PLAN), "current": False}), "rows": ROWS, "copies": "None.", **_HREFS},
    ),
    "plan-standing": (
        "plans/plan.html",
        {"view": PlanPage(**{**vars(PLAN), "standing": True}), "rows": ROWS, "copies": "None.", **_HREFS},
    ),
    "plan-begun": (
        "plans/plan.html",
        {
            "view": PlanPage(**{**vars(PLAN), "begun": True, "approval": Approval(WHEN, SHA256, WHEN, "operator")}),
            "rows": ROWS,
            "copies": "None.",
            **_HREFS,
        },
    ),
    "plan-due": (
        "plans/plan.html",
        {"view": PLAN, "rows": ROWS, "copies": "None.", **_HREFS, "dispose_href": "/disposal"},
    ),
    "plan-disposed": (
        "plans/plan.html",
        {
            "view": PlanPage(**{**vars(PLAN), "begun": True, "certified": True}),
            "rows": ROWS,
            "copies": "None.",
            **_HREFS,
            "certificate_href": "/certificate",
        },
    ),
    "approval-policy": (
        "plans/policy.html",
        {"view": PolicyPage("RAA-2023", LONG, True), "action": "/p", "back": BACK},
    ),
    "approval-policy-wrong": (
        "plans/policy.html",
        {"view": PolicyPage("RAA-2023", LONG, False), "action": "/p", "errors": {"approval": "Choose"}},
    ),
    "copies": (
        "copies/mine.html",
        {
            "notices": [
                {"notice": NOTICE, "words": "Delete them by 11:59pm.", "action": "/c/1"},
                {"notice": CONFIRMED, "words": "You confirmed.", "action": "/c/2"},
            ],
            "banner": {"text": "Thank you.", "success": True},
        },
    ),
    "copies-none": ("copies/mine.html", {"notices": [], "back": BACK}),
    "warnings": (
        "copies/mine.html",
        {"notices": [], "late": _ABOVE, "copies_asked": _ABOVE, "back": BACK},
    ),
}
