"""Representative data for the stewards' pages."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from portal.domain.lifecycle import InspectionState
from portal.domain.retention import Verdict
from portal.services.holidays import Moved
from portal.services.registers import AgencyPage
from portal.services.retention import Standing

WHEN = datetime(2023, 10, 9, 13, 32, tzinfo=UTC)
DUE = datetime(2025, 3, 27, tzinfo=UTC)
LONG = "A_thematic_exercise_with_a_title_that_has_no_spaces_in_which_a_line_could_be_broken_anywhere_at_all"
BACK = {"href": "/stewards/", "text": "Back"}
PAGING = {
    "previous": {"href": "?page=1", "labelText": "1 of 3"},
    "next": {"href": "?page=3", "labelText": "3 of 3"},
}
ALARM = {"kind": "clock", "words": "The clock has leapt more than 24 hours.", "raised_at": WHEN}
PROGRAMME: dict[str, Any] = {
    "title": LONG,
    "code": "RAA-2023",
    "policy_words": "4pm on the next day",
    "checklist": "2023",
    "window_words": "Monday 2 October 2023 to Friday 22 December 2023",
    "data_words": "Saturday 1 October 2022 to Saturday 30 September 2023",
    "published_words": "Tuesday 26 March 2024",
    "held": True,
    "warnings": ["The programme has 7 inspections. Paragraph 12 has up to 6."],
    "inspections": [
        {
            "reference": "RAA-2023-04",
            "agency": "Adopt Northmoor",
            "state_words": "Closed, held",
            "announced_words": "9 October 2023 at 9:30am",
            "deadline_words": "4pm on Tuesday 10 October 2023",
            "on_site_words": "Monday 16 October 2023 to Thursday 19 October 2023",
            "read_href": "/read",
        }
    ],
}
DAYS_WRONG = {"from_day": "Enter the first day", "until_day": "The last day must be a real date, such as 27 3 2023"}
POLICIES = [
    {"value": "next_day", "text": "4pm on the next day"},
    {"value": "next_working_day", "text": "4pm on the next working day"},
]
STANDING = Standing(
    inspection=UUID(int=1),
    reference="RAA-2023-04",
    agency="Adopt Northmoor",
    programme="RAA-2023",
    state=InspectionState.closed,
    verdict=Verdict("due", DUE, DUE),
    held=False,
    programme_held=False,
    published_words="Tuesday 26 March 2024",
)
AGENCY = AgencyPage("NORTH", "Adopt Northmoor", False, (), ("Eastcliff is also a member of Adopt South.",))
ENDED = "Sunday 1 April 2018 to Monday 1 April 2019"
MEMBERS = [
    {"authority": "Eastcliff City Council", "words": "since Sunday 1 April 2018", "now": True, "href": "/m/1"}
    | {"days": "Since Sunday 1 April 2018", "number": "383"},
    {"authority": LONG, "words": ENDED, "days": ENDED, "now": False, "href": "/m/2", "number": ""},
]

STEWARD_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "steward": (
        "steward/overview.html",
        {
            "alarms": [ALARM],
            "waiting": 2,
            "proposals_href": "/proposals",
            "programmes": [{"title": LONG, "href": "/p/1", "published_words": "Not yet", "held": True}],
            "paging": PAGING,
            "retention_href": "/r",
            "desk_href": "/desk",
            "clock_href": "/clock",
            "key_href": "/key",
            "add_href": None,
        },
    ),
    "steward-empty": (
        "steward/overview.html",
        {
            "alarms": [],
            "waiting": 0,
            "proposals_href": "/proposals",
            "programmes": [],
            "paging": None,
            "retention_href": None,
            "desk_href": None,
            "clock_href": None,
            "key_href": "/key",
            "add_href": "/new",
        },
    ),
    "programmes": (
        "steward/programmes.html",
        {
            "programmes": [
                {
                    "title": LONG,
                    "code": "RAA-2023",
                    "href": "/p/1",
                    "window_words": "None",
                    "published_words": "Not yet",
                }
            ],
            "paging": PAGING,
            "add_href": "/new",
        },
    ),
    "programme": (
        "steward/programme.html",
        {"programme": PROGRAMME, "paging": PAGING, "edit_href": "/e", "publication_href": "/p", "hold_href": "/h"}
        | {"long_stop_href": "/l", "approval_href": "/a"}
        | {"back": BACK},
    ),
    "programme-empty": (
        "steward/programme.html",
        {"programme": {**PROGRAMME, "inspections": [], "warnings": [], "held": False}, "paging": None}
        | {"edit_href": None, "publication_href": None, "hold_href": None, "long_stop_href": None}
        | {"approval_href": None},
    ),
    "programme-form": (
        "steward/programme_form.html",
        {"code": "", "policies": POLICIES, "policy_words": None, "action": "/new", "values": {"policy": "next_day"}},
    ),
    "programme-form-wrong": (
        "steward/programme_form.html",
        {"code": "", "policies": POLICIES, "policy_words": None, "action": "/new", "back": BACK}
        | {"values": {"from_day": "31"}}
        | {
            "errors": {
                "code": "Give a code",
                "title": "Enter a title",
                "policy": "Select how it is read",
                "from_day": "Enter the first day of the window",
                "until_day": "Enter the last day of the window",
            }
        },
    ),
    "programme-form-announced": (
        "steward/programme_form.html",
        {"code": "RAA-2023", "policies": POLICIES, "policy_words": "4pm on the next day", "action": "/e"}
        | {"values": {"policy": "next_day"}, "errors": {"policy": "It can no longer change."}},
    ),
    "agencies": (
        "steward/agencies.html",
        {
            "agencies": [
                {"name": LONG, "code": "NORTH", "href": "/a/1", "members": 6, "voluntary": False},
                {"name": "Adopt South", "code": "SOUTH", "href": "/a/2", "members": 0, "voluntary": True},
            ],
            "paging": PAGING,
            "add_href": "/new",
        },
    ),
    "agency-form": (
        "steward/agency_form.html",
        {"action": "/new", "values": {}, "errors": {"code": "Give a code", "name": "Give a name"}},
    ),
    "agency": (
        "steward/agency.html",
        {"agency": AGENCY, "members": MEMBERS, "rename_href": "/n", "mark_href": "/v", "member_href": "/m"}
        | {
            "words_href": "/w",
            "values": {"name": "Adopt Northmoor", "voluntary": "no", "words": "LEEDS"},
            "back": BACK,
        },
    ),
    "agency-wrong": (
        "steward/agency.html",
        {"agency": replace(AGENCY, warnings=()), "members": [], "rename_href": "/n", "mark_href": "/v"}
        | {"member_href": "/m", "words_href": "/w", "values": {"name": "", "voluntary": "x"}}
        | {
            "errors": {
                "authority": "Enter the name",
                "name": "Give a name",
                "voluntary": "Select yes or no",
                "number": "The code must be 3 digits",
                "words": "Enter up to 20 words",
                **DAYS_WRONG,
            }
        },
    ),
    "member": (
        "steward/member.html",
        {"agency": "Adopt Northmoor", "authority": LONG, "action": "/m", "values": {"authority": LONG}}
        | {"errors": DAYS_WRONG},
    ),
    "holidays": (
        "steward/holidays.html",
        {
            "year": 2023,
            "last_year": 2028,
            "years": [{"year": 2022, "href": "?year=2022"}, {"year": 2024, "href": "?year=2024"}],
            "holidays": [
                {"words": "Monday 25 December 2023", "title": "Christmas Day", "href": None},
                {"words": "Wednesday 8 November 2023", "title": LONG, "href": "/h/1"},
            ],
            "action": "/h",
            "errors": {"title": "Enter what it is for", "day_day": "Enter the date"},
        },
    ),
    "holidays-unknown": (
        "steward/holidays.html",
        {"year": 2030, "last_year": 2028, "years": [], "holidays": [], "action": "/h"},
    ),
    "holiday": (
        "steward/holiday.html",
        {
            "day_words": "Tuesday 10 October 2023",
            "title": LONG,
            "moved": [Moved("RAA-2023-04", "Adopt Northmoor", ("The deadline is on it.", "The team comes on it."))],
            "more": True,
            "remove_href": "/r",
        },
    ),
    "holiday-past": (
        "steward/holiday.html",
        {"day_words": "Tuesday 10 October 2023", "title": "A day", "moved": [], "more": False, "remove_href": None},
    ),
    "retention": (
        "steward/retention.html",
        {
            "standings": [
                {"standing": STANDING, "hold_href": "/h", "dispose_href": "/d", "early_href": None},
                {
                    "standing": replace(STANDING, held=True, verdict=Verdict("unpublished", None, None)),
                    "hold_href": "/h",
                }
                | {"dispose_href": None, "early_href": "/e"},
                {
                    "standing": replace(STANDING, state=InspectionState.disposing),
                    "hold_href": None,
                    "dispose_href": "/d",
                    "early_href": None,
                },
            ],
            "paging": PAGING,
            "alarms": [ALARM],
            "clock_href": "/clock",
            "programmes_href": "/p",
        },
    ),
    "retention-empty": (
        "steward/retention.html",
        {"standings": [], "paging": None, "alarms": [], "clock_href": "/clock", "programmes_href": "/p"},
    ),
    "publication": (
        "steward/publication.html",
        {"code": "RAA-2023", "title": LONG, "published_words": "Tuesday 26 March 2024", "retracted_words": None}
        | {"action": "/p", "asks": True}
        | {"values": {"published_day": "1"}, "errors": {"published_day": "It takes two", "reason": "Enter the reason"}},
    ),
    "publication-first": (
        "steward/publication.html",
        {"code": "RAA-2023", "title": LONG, "published_words": None, "action": "/p", "asks": False}
        | {"retracted_words": "Tuesday 26 March 2024"},
    ),
    "dispose": ("steward/dispose.html", {"standing": STANDING, "action": "/d", "cancel_href": "/r"}),
    "dispose-wrong": (
        "steward/dispose.html",
        {"standing": STANDING, "action": "/d", "cancel_href": "/r", "values": {"reference": "RAA"}}
        | {"errors": {"reference": "Enter the right reference"}},
    ),
    "certificates": (
        "steward/certificates.html",
        {
            "certificates": [
                {"certificate": str(UUID(int=7)), "reference": "RAA-2023-04", "made_at": WHEN, "href": "/c/1"}
                | {"number": number, "final": number == 2}
                for number in (2, 1)
            ],
            "paging": PAGING,
        },
    ),
    "certificate": (
        "steward/certificate.html",
        {
            "reference": "RAA-2023-04",
            "rows": [("Certificate", str(UUID(int=7))), ("Rule", f"Published on {date(2024, 3, 26)}")],
            "key_id": "0123456789abcdef",
            "signature": "ab" * 64,
            "status": "This certificate is provisional.",
            "final": False,
            "superseded": True,
            "others": [{"href": "/c/2", "text": "Certificate number 2 of this disposal"}],
            "json_href": "/c/1.json",
            "schema_href": "/schema.json",
            "script_href": "/script.py",
            "span_href": "/span.json",
            "keys_href": "/keys",
            "back": BACK,
        },
    ),
    "clock": (
        "steward/clock.html",
        {"alarms": [ALARM], "now_words": "9 October 2023 at 2:32pm", "action": "/clock"}
        | {"errors": {"checked": "Confirm that you have checked the clock"}},
    ),
}
"""Name -> template and what the view gives it."""
