"""Representative data for every page template, and the little app that renders them."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, render_template
from markupsafe import Markup

from portal.web import templating
from schemas.texts import Catalogue
from tests.web.a1_pages import A1_PAGES
from tests.web.check_pages import CHECK_PAGES, FLAGGED, FOUND
from tests.web.directory_pages import DIRECTORY_PAGES
from tests.web.dpo_pages import DPO_PAGES
from tests.web.glance_pages import GLANCE_PAGES
from tests.web.hold_pages import HOLD_PAGES
from tests.web.long_stop_pages import LONG_STOP_PAGES
from tests.web.own_pages import OWN_PAGES
from tests.web.people_pages import PEOPLE_PAGES
from tests.web.plan_pages import PLAN_PAGES
from tests.web.proposal_pages import PROPOSAL_PAGES
from tests.web.steward_pages import STEWARD_PAGES
from tests.web.team_pages import TEAM_PAGES
from tests.web.token_pages import TOKEN_PAGES
from tests.web.trail_pages import TRAIL_PAGES

NONCE = "a-nonce-for-this-answer"
LONG_NAME = "Minutes_of_the_adoption_panel_of_the_fictional_agency_final_FINAL_version_2_signed_and_scanned.pdf"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
WHEN = datetime(2023, 10, 9, 13, 32, tzinfo=UTC)


WAYS = {"app": True, "passkey": True, "recovery_codes": 9}
PASSKEY = {"passkey_way": {"options_href": "/passkey/options", "action": "/passkey"}}


def make_app(catalogue: Catalogue | None = None) -> Flask:
    """Return an app that has our templates and nothing else of the portal."""
    app = Flask("portal.web")
    app.config.update(SECRET_KEY="only for rendering in tests", SERVER_NAME="localhost")
    templating.install(app, catalogue or Catalogue())
    return app


def render(app: Flask, template: str, **context: Any) -> str:
    """Render one page as a signed-in person would get it."""
    person = {"name": "leader@north.example", "left": 7200, "sign_out_href": "/sign-out"}
    person |= {"account_href": "/account", "stay_href": "/account/stay"}
    with app.test_request_context("/"):
        return render_template(template, **{"csp_nonce": NONCE, "person": person, **context})


def document(name: str = "Annual report.pdf", **changes: Any) -> dict[str, Any]:
    """Return a document with every field that any page shows."""
    return {
        "id": "d1",
        "item_label": "Most recent annual report",
        "name": name,
        "size_words": "1.2MB",
        "version": 1,
        "sha256": DIGEST,
        "started_words": "9 October 2023 at 2:31pm",
        "received_words": "9 October 2023 at 2:32pm",
        "on_time": True,
        "on_time_words": "On time",
        "state": "clear",
        "check_words": "Nothing was found",
        "problem": False,
        "explained": "",
        "findings": [],
        "a1_href": None,
        "slot_label": None,
        "meeting_words": "",
        "meeting_on": "",
        "sender": "leader@north.example",
        "download_href": "/documents/d1",
        "replace_href": "?replace=d1",
        "withdraw_href": "/documents/d1/withdraw",
        **changes,
    }


def slot(code: str, **changes: Any) -> dict[str, Any]:
    """Return an empty slot that takes a document."""
    blank = {"code": code, "label": "Set 1", "dated": True, "can_add": True, "upload_id": f"u-{code}"}
    blank |= {"page": 1, "pages": 1, "page_hrefs": []}
    blank |= {
        "accepts_words": "PDF or Word",
        "accept": ".pdf,.docx",
        "way": None,
        "many": False,
        "met": {"day": "", "month": "", "year": ""},
    }
    return {**blank, "replacing": None, "documents": [], **changes}


GAP_OPTIONS = [
    {"value": "equivalent", "text": "We have sent something equivalent"},
    {"value": "not_held", "text": "We do not hold it"},
    {"value": "to_follow", "text": "It will follow"},
    {"value": "none", "text": "None arranged"},
]

AROUND = {"messages_href": "/messages", "letters_href": "/letters", "people_href": None, "tokens_href": None}
AROUND |= {"recall_href": "/recall", "trail_href": "/trail"}
"""The other pages of an inspection that a contributor's list leads to."""
DESK: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "deadline_words": "4pm on Tuesday 10 October 2023",
    "time_left_words": "3 hours and 20 minutes left",
    "passed": False,
    "open": True,
    "server_time_words": "10 October 2023 at 12:40pm",
    "summary": "7 of 11 items received",
    "declared": None,
    "missing": ["Panel minutes: 2 of 3 sets", "Recruitment strategy"],
    "overdue": ["Annual report: Was to follow by midday on Tuesday 10 October 2023, and has not come"],
    "deferred": False,
    "cancelled": False,
    "waiting": 2,
    "interrupted": [{"item_label": "A1 form", "href": "/items/a1-form", "words": "the upload did not finish"}],
    "groups": [
        {
            "title": "About the agency",
            "items": [
                {"code": "a1-form", "label": "A1 form", "href": "/items/a1-form", "status_words": "Completed"}
                | {"tag_class": None, "hints": []},
                {
                    "code": "panel-minutes",
                    "label": "Minutes of the last 3 adoption panels",
                    "href": "/items/panel-minutes",
                }
                | {"status_words": "In progress", "tag_class": "govuk-tag--light-blue"}
                | {
                    "hints": ["1 of 3 panel minutes sent", f"{LONG_NAME}, sent by Lena Leader on 9 October 2023 at 2pm"]
                },
            ],
        },
        {
            "title": "Services",
            "items": [
                {"code": "meetings", "label": "Meetings already arranged", "href": "/items/meetings"}
                | {"status_words": "Not yet started", "tag_class": "govuk-tag--blue", "hints": []},
            ],
        },
    ],
}

MET = {"meeting_words": "Wednesday 27 September 2023"}
ITEM: dict[str, Any] = {
    "label": "Minutes of the last 3 adoption panels",
    "guidance": "Send the minutes of the last three panels, the newest first.",
    "interrupted": [{"words": "Minutes.pdf: the upload did not finish"}],
    "limit_words": "Up to 500MB",
    "scans": False,
    "open": True,
    "status_words": "1 of 3 panel minutes sent",
    "rest": "Set 2, Set 3",
    "gap": None,
    "gap_words": None,
    "overdue": "",
    "due_words": "Due by 4pm on Thursday 12 October 2023",
    "other_way": True,
    "questions": ["Two sets of panel minutes have the same meeting date, Monday 4 September 2023. Is that right?"],
    "deferred": False,
    "cancelled": False,
    "gap_options": GAP_OPTIONS,
    "slots": [
        slot("panel-1", can_add=False, documents=[document(LONG_NAME, version=2, **MET, problem=True, findings=FOUND)]),
        slot("panel-2", label="Set 2"),
        slot(
            "panel-3", label="Set 3", can_add=False, replacing={"id": "d1", "name": LONG_NAME}, documents=[document()]
        ),
        slot("panel-4", can_add=False, documents=[document(findings=FOUND, check_words="Released")]),
    ],
}

RECEIPT: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "number": "3",
    "made_words": "10 October 2023 at 3:10pm",
    "newest": 4,
    "cause": "document recalled",
    "summary": "10 provided, 1 to follow",
    "key_id": "0a1b2c3d4e5f6071",
    "fingerprint": " ".join(["0a1b"] * 16),
    "contacts": ["Ines Inspector, ines@inspectorate.example"],
    "declared": True,
    "passed": False,
    "deadline_words": "4pm on Tuesday 10 October 2023",
    "declared_words": "Declared by leader@north.example on 10 October 2023 at 3:10pm",
    "documents": [document(), document(LONG_NAME, version=2, on_time_words="Received after the deadline")],
    "gaps": [{"item_label": "Recruitment strategy", "kind_words": "It will follow", "words": "By Friday 13 October."}],
}

LIST: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "label": "Local authority link staff",
    "file_name": "link-staff-contacts.csv",
    "open": True,
    "deferred": False,
    "upload_id": "u-list",
    "current": None,
    "none": False,
    "days_words": "Monday 16 October 2023 to Thursday 19 October 2023",
}
LIST_HREFS = {"action": "/list", "add_action": "/list#row-3", "none_action": "/gap", "item_href": "/item", "mark": "m"}
CONTACT: dict[str, Any] = {
    "number": 1,
    "fixed": "Northmoor",
    "authority": "",
    "name": "Ann Example",
    "role": "",
    "email": "",
    "telephone": "",
}
MEETING: dict[str, Any] = {"number": 1, "fixed": None, "day": "16", "month": "10", "year": "2023", "time": "14:00"} | {
    "title": "Adoption panel",
    "place": "Town hall",
    "observe": "yes",
}

BACK = {"href": "/", "text": "Back to your list"}
_FOUND = {"problem": True, "found": "The data in the A1 form has 8 errors.", "withheld": None, "a1_href": "/findings"}
SENT = [
    document("a1.xlsx", words="On time, 9 October 2023 at 2:31pm", href="/d1"),
    document(LONG_NAME, words="On time", href="/d2", **_FOUND, explained="9 October 2023 at 3:02pm"),
    document("a1.csv", words="On time", href="/d3", **_FOUND),
    document("a.docx", words="On time", href="/d4", **{**_FOUND, "withheld": "quarantined", "a1_href": None}),
]
NOTHING = {"documents": [], "more": 0, "rest": "", "gap_words": None}
ROWS: list[dict[str, Any]] = [
    {**NOTHING, "label": "A1 form", "href": "/items/a1", "documents": SENT, "more": 3, "rest": "Set 3"},
    {**NOTHING, "label": "Recruitment strategy", "href": "/items/r"},
    {**NOTHING, "label": "Meetings", "href": "/items/m", "gap_words": "We do not hold it: none arranged"},
]
GAP = {"code": "recruitment", "label": "Recruitment strategy", "kind": "", "words": "", "options": GAP_OPTIONS}
FINGERPRINT = " ".join(["0a1b"] * 16)
TOMBSTONE = {
    "item_label": "Panel minutes: Set 1",
    "version": 2,
    "size_words": "1.2MB",
    "received_words": "9 October 2023 at 2:31pm",
    "recalled_words": "Recalled by Ann Leader on 9 October 2023 at 3:02pm",
    "deleted": False,
    "readers": [{"name": "Ida Inspector", "words": "2 times, first 9 October 2023 at 2:40pm, last 2:50pm"}],
}
RECEIVED: dict[str, Any] = {
    "document": document(LONG_NAME, on_time=False, on_time_words="Received after the deadline"),
    "receipt_number": "2",
    "rest": "Set 2, Set 3",
    "questions": ["Two sets of panel minutes have the same meeting date. Is that right?"],
    "missing": ["Panel minutes: 2 of 3 sets"],
    "declared": False,
    "recallable": True,
    "recall_href": "/documents/d1/recall",
    "desk_href": "/desk",
    "item_href": "/items/panel-minutes",
    "json_href": "/documents/d1/receipt",
    "receipt_href": "/receipts/2",
    "check": FLAGGED,
    "form": None,
    "reload_href": "/documents/d1",
    "replace_href": "/items/panel-minutes?replace=d1",
    "a1_href": "/documents/d1/findings",
    "same_words": "This is the same file as the one that was received on 9 October 2023 at 9:30am for A1 form.",
}
THREE = {
    "files": [
        {**SENT[2], "label": "Children", "this": False},
        {**SENT[0], "label": "Adopters", "found": "", "this": True},
        {**SENT[1], "label": "Adoption support", "this": False},
    ],
    "missing": ["Adoption support"],
    "elsewhere": True,
}
GONE = {"title": "Page not found", "happened": "There is no such page.", "to_do": "Start again.", "lead": None}
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "error": ("error.html", GONE),
    "error-leads": ("error.html", {**GONE, "to_do": "", "lead": {"href": "/check", "text": "See how it was checked"}}),
    "sign-in": ("sign_in.html", {"action": "/sign-in", "person": None}),
    "sign-in-wrong": (
        "sign_in.html",
        {"action": "/sign-in", "person": None, "values": {"email": "a@b.example", "next": "/items"}}
        | {"errors": {"email": "Enter an email address", "password": "Enter your password"}},
    ),
    "invitation": (
        "invitation.html",
        {"reference": "RAA-2023-04", "agency": "Adopt Northmoor", "role": "Leader", "email": "leader@north.example"}
        | {"action": "/invitations/x", "person": None, "directory_action": None, "by_password": True}
        | {"errors": {"password": "Use 15 characters or more", "confirm": "Type the same password again"}},
    ),
    "second-code": (
        "second/challenge.html",
        {"ways": WAYS, "action": "/sign-in/code", "recovery_href": "/sign-in/recovery-code", **PASSKEY},
    ),
    "second-code-wrong": (
        "second/challenge.html",
        {
            "ways": WAYS,
            "action": "/sign-in/code",
            "recovery_href": "/sign-in/recovery-code",
            "values": {"next": "/items"},
            "errors": {"code": "Check the code and try again."},
            **PASSKEY,
        },
    ),
    "second-passkey-wrong": (
        "second/challenge.html",
        {
            "ways": {**WAYS, "app": False},
            "action": "/sign-in/code",
            "recovery_href": "/sign-in/recovery-code",
            "errors": {"passkey": "The passkey was not accepted."},
            **PASSKEY,
        },
    ),
    "second-recovery": ("second/recovery.html", {"action": "/sign-in/recovery-code", "back_href": "/sign-in/code"}),
    "second-choose": (
        "second/choose.html",
        {"ways": {"app": False, "passkey": False}, "app_action": "/set-up/app", **PASSKEY},
    ),
    "second-choose-wrong": (
        "second/choose.html",
        {
            "ways": WAYS,
            "app_action": "/set-up/app",
            "values": {"label": "Work laptop"},
            "errors": {"label": "Use letters and digits", "passkey": "The passkey was not accepted."},
            **PASSKEY,
        },
    ),
    "second-app": (
        "second/app.html",
        {"code": Markup("<svg></svg>"), "secret": "ABCD EFGH 2345", "action": "/set-up/app/code"},
    ),
    "second-codes": ("second/codes.html", {"codes": ["K7QM-2XBD-9RFT-W3HC"] * 10, "next_href": "/"}),
    "invitation-gone": ("invitation_gone.html", {"sign_in_href": "/sign-in", "person": None}),
    "choose": (
        "choose.html",
        {"inspections": [{"href": "/i/1", "reference": "RAA-2023-04", "agency": "Adopt Northmoor", "hint": "Leader"}]},
    ),
    "choose-none": ("choose.html", {"inspections": []}),
    "task-list": ("provider/task_list.html", {"desk": DESK, "declare_href": "/declare", "receipt_href": None} | AROUND),
    "task-list-declared": (
        "provider/task_list.html",
        {
            "desk": {**DESK, "declared": "Sent on 10 October 2023 at 3:10pm", "passed": True, "missing": []}
            | {"interrupted": []},
            "declare_href": "/declare",
            "receipt_href": "/receipts/3",
            "banner": {"text": "Your declaration was sent.", "success": True},
        }
        | AROUND,
    ),
    "item": (
        "provider/item.html",
        {
            "item": ITEM,
            "reference": "RAA-2023-04",
            "upload_href": "/up",
            "gap_href": "/gap",
            "take_back_href": "/back",
            "item_href": "/item",
        }
        | {"back": BACK, "list_href": "/items/panel-minutes/list"},
    ),
    "item-wrong": (
        "provider/item.html",
        {
            "item": {
                **ITEM,
                "gap": {"kind": "not_held", "words": "There were only two."},
                "gap_words": "We do not hold it: There were only two.",
                "overdue": "Was to follow by midday on Tuesday 10 October 2023, and has not come",
                "slots": [
                    slot("panel-2"),
                    slot("many", many=True, page=2, pages=3, page_hrefs=[("?page=1", "Earlier")]),
                ],
            },
            "reference": "RAA-2023-04",
            "upload_href": "/up",
            "gap_href": "/gap",
            "take_back_href": "/back",
            "item_href": "/item",
            "list_href": None,
            "back": BACK,
            "values": {"meeting_day-panel-2": "31", "meeting_month-panel-2": "2", "meeting_year-panel-2": "2023"},
            "errors": {
                "meeting_day-panel-2": "Enter a real date for the meeting",
                "file-panel-2": "The selected file is empty",
                "kind": "Select a reason",
                "words": "Enter the reason",
                "name": "Enter the name of what you have sent instead",
                "by_day": "Enter the date on which it follows",
                "by_time": "Enter a time such as 4pm or 4:30pm",
            },
        },
    ),
    "contacts": (
        "provider/contacts.html",
        {"list": {**LIST, "current": {"id": "d1", "name": LONG_NAME, "typed": False}}, "questions": (), "back": BACK}
        | {"rows": [CONTACT, {**CONTACT, "number": 2, "fixed": None, "authority": "Southdale"}], **LIST_HREFS}
        | {"errors": {"email-1": "Enter an email address", "authority-2": "Enter the local authority"}},
    ),
    "contacts-asked": (
        "provider/contacts.html",
        {"list": {**LIST, "current": {"id": "d1", "name": "link-staff-contacts.csv", "typed": True}}, "back": BACK}
        | {"rows": [CONTACT], "questions": ["There is no contact for Southdale."], **LIST_HREFS}
        | {"errors": {"confirmed": "Is that right?"}},
    ),
    "meetings": (
        "provider/meetings.html",
        {"list": LIST, "rows": [MEETING], "questions": (), "back": BACK, **LIST_HREFS},
    ),
    "meetings-wrong": (
        "provider/meetings.html",
        {"list": LIST | {"none": True}, "rows": [MEETING | {"observe": ""}], "questions": (), **LIST_HREFS}
        | {"errors": {f"{field}-1": f"Mend the {field}." for field in ("day", "time", "title", "place", "observe")}},
    ),
    "meetings-closed": (
        "provider/meetings.html",
        {"list": {**LIST, "open": False}, "rows": [MEETING], "questions": (), **LIST_HREFS},
    ),
    "withdraw": (
        "provider/withdraw.html",
        {"document": document(), "item_label": "Annual report", "action": "/w", "recall_href": "/r"}
        | {"cancel_href": "/items/annual"},
    ),
    "declare": (
        "provider/declare.html",
        {
            "reference": "RAA-2023-04",
            "agency": "Adopt Northmoor",
            "action": "/declare",
            "back": BACK,
            "recall_href": "/sent-in-error",
            "summary": "1 provided, 1 not held, 1 still to send",
            "passed": False,
            "deadline_words": "4pm on Tuesday 10 October 2023",
            "gaps": 1,
            "problems": 3,
            "unexplained": 2,
            "groups": [{"title": "Plans", "rows": ROWS, "gaps": [GAP]}],
            "errors": {
                "kind_recruitment": "Select why the recruitment strategy is missing",
                "gap_recruitment": "Say why the recruitment strategy is missing",
            },
        },
    ),
    "receipt": (
        "provider/receipt.html",
        {
            "receipt": RECEIPT,
            "json_href": "/r.json",
            "keys_href": "/signing-keys",
            "before_href": "/receipts/2",
            "newest_href": "/receipts/4",
            "desk_href": "/desk",
        },
    ),
    "document-received": ("provider/document_received.html", RECEIVED),
    "document-received-explained": (
        "provider/document_received.html",
        {**RECEIVED, "check": {**FLAGGED, "explained": "9 October 2023 at 3:02pm"}, "receipt_href": None},
    ),
    "document-received-of-three": (
        "provider/document_received.html",
        {**RECEIVED, "check": {**FLAGGED, "problem": False, "findings": [], "state": "clear"}, "form": THREE},
    ),
    "recall": (
        "provider/recall.html",
        {
            "reference": "RAA-2023-04",
            "document": {**document(LONG_NAME), "state_words": "Replaced"},
            "declared": True,
            "action": "/recall",
            "cancel_href": "/sent-in-error",
        },
    ),
    "recalled": (
        "provider/recalled.html",
        {
            "reference": "RAA-2023-04",
            "tombstone": TOMBSTONE,
            "item_href": "/items/panel-minutes",
            "list_href": "/sent-in-error",
            "receipt_href": "/receipt",
            "banner": {"text": "The document is recalled.", "success": True},
        },
    ),
    "sent-in-error": (
        "provider/sent_in_error.html",
        {
            "sent": {"reference": "RAA-2023-04", "open": True},
            "documents": [{**document(LONG_NAME), "state_words": "Withdrawn", "href": "/documents/d1/recall"}],
            "tombstones": [TOMBSTONE, {**TOMBSTONE, "deleted": True, "readers": []}],
            "pages": {"next": {"href": "/sent-in-error?page=2", "labelText": "2 of 2"}},
            "back": BACK,
        },
    ),
    "signing-keys": (
        "signing_keys.html",
        {
            "keys": [{"key_id": "0a1b2c3d4e5f6071", "fingerprint": FINGERPRINT, "public_key": DIGEST}],
            "json_href": "/signing-keys.json",
        },
    ),
    **A1_PAGES,
    **STEWARD_PAGES,
    **DPO_PAGES,
    **LONG_STOP_PAGES,
    **CHECK_PAGES,
    **GLANCE_PAGES,
    **HOLD_PAGES,
    **PEOPLE_PAGES,
    **PLAN_PAGES,
    **TRAIL_PAGES,
    **PROPOSAL_PAGES,
    **OWN_PAGES,
    **DIRECTORY_PAGES,
    **TEAM_PAGES,
    **TOKEN_PAGES,
}
"""Name -> template and what the view gives it."""
