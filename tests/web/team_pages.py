"""Representative data for the team's pages."""

from typing import Any

LONG_NAME = "Minutes_of_the_adoption_panel_of_the_fictional_agency_final_FINAL_version_2_signed_and_scanned.pdf"
SENT: dict[str, Any] = {
    "item_label": "Most recent annual report",
    "slot_label": None,
    "meeting_words": "",
    "name": "Annual report.pdf",
    "size_words": "1.2MB",
    "version": 1,
    "received_words": "9 October 2023 at 2:32pm",
    "sender": "leader@north.example",
    "on_time": True,
    "on_time_words": "On time",
    "check_words": "Not flagged",
    "found": "",
    "problem": False,
    "reason": None,
    "check_href": "/documents/d1/check",
    "new": False,
    "download_href": "/documents/d1",
}
ASKED: dict[str, Any] = {
    "tag_class": None,
    "count": 1,
    "older_words": None,
    "rest": None,
    "late_words": "On time",
    "new": 0,
    "flagged": 0,
    "withheld": 0,
    "said": None,
    "settled": True,
    "show_href": "?item=a1-form#documents",
    "download_href": "/items/a1-form/bundle",
}
ITEMS = [
    {**ASKED, "label": "A1 form", "status_words": "Provided"},
    {**ASKED, "label": "Panel minutes", "status_words": "1 of 3 panel minutes sent", "new": 1, "late_words": "1 late"}
    | {"flagged": 2, "withheld": 1}
    | {
        "tag_class": "govuk-tag--light-blue",
        "rest": "Set 3",
        "older_words": "2 earlier or withdrawn",
        "settled": False,
    },
    {**ASKED, "label": "Recruitment strategy", "status_words": "To follow", "count": 0, "late_words": None}
    | {"said": "It will follow: By 4pm on Friday 13 October 2023"},
    {**ASKED, "label": "Meetings", "status_words": "Not yet started", "count": 0, "late_words": None}
    | {"tag_class": "govuk-tag--blue", "settled": False},
]
INSPECTION: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "programme": "Regional adoption agencies",
    "state_words": "Open",
    "open": True,
    "deadline_words": "4pm on Tuesday 10 October 2023",
    "left_words": "1 day to go",
    "summary": "9 of 11 provided, 1 to follow, 1 still to send",
    "late_words": "1 late",
    "declared": None,
    "count": 2,
    "new": 1,
    "taken_words": "9 October 2023 at 2:31pm",
    "broken_words": "9 October 2023 at 2:40pm",
    "items": ITEMS,
    "item": {"code": "panel-minutes", "label": "Panel minutes"},
    "documents": [
        SENT,
        {**SENT, "name": "A1 form.xlsx", "problem": True, "check_words": "Flagged: something was found"}
        | {"found": "The data in the A1 form has 3 errors.", "reason": {"words": "They are <right>."}},
        {**SENT, "name": LONG_NAME, "version": 2, "slot_label": "Set 1", "meeting_words": "Friday 1 September 2023"}
        | {"on_time": False, "on_time_words": "Received after the deadline", "new": True}
        | {"check_words": "Withheld: malware", "found": "The file contains a virus.", "download_href": None},
    ],
    "withheld": 1,
    "flagged": 1,
    "scans": True,
    "recalled": [
        {"item_label": "Annual report", "version": 1, "readers": "Ivo Inspector"}
        | {"words": "Recalled by Lena Leader on 9 October 2023 at 3pm"}
    ],
    "recalled_count": 2,
}
BLANK: dict[str, Any] = {
    "count": 0,
    "new": 0,
    "taken_words": None,
    "broken_words": None,
    "documents": [],
    "recalled": [],
    "item": None,
    "withheld": 0,
    "flagged": 0,
    "scans": False,
}
BACK = {"href": "/team/", "text": "Back to your inspections"}
NEXT = {"next": {"href": "?page=2", "labelText": "2 of 2"}}
LISTED: dict[str, Any] = {
    "href": "/i/1",
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "programme": "RAA-2023",
    "programme_href": "?programme=RAA-2023",
    "state_words": "Open",
    "deadline_words": "4pm on Tuesday 10 October 2023",
    "left_words": "1 day to go",
    "summary": "9 of 11 provided, 2 to follow",
    "late": 2,
    "late_words": "2 late, 1 of them accepted",
    "new": 3,
    "declared": True,
    "last_activity_words": "9 October 2023 at 2:32pm",
}
LIST: dict[str, Any] = {
    "inspections": [
        LISTED,
        {**LISTED, "href": "/i/2", "reference": "RAA-2023-05", "declared": False, "new": 0, "late": 0}
        | {"late_words": "None", "left_words": None, "last_activity_words": None},
    ],
    "filters": {"state": "announced", "programme": "", "sort": "newest"},
    "states": [{"value": "announced", "text": "Open"}, {"value": "closed", "text": "Closed"}],
    "removable": [{"text": "Open", "href": "/team/"}],
    "sorts": [
        {"text": "Newest first", "href": "?sort=newest", "current": True},
        {"text": "Deadline", "href": "?sort=deadline", "current": False},
    ],
    "count_words": "27 inspections, page 1 of 2",
    "pages": NEXT,
}
HREFS: dict[str, Any] = {
    "size_words": "2.4MB",
    "bundle_href": "/bundle",
    "changes_href": "/changes",
    "all_href": "#documents",
    "acts": [{"href": "/messages", "text": "Messages with the agency"}],
    "pages": NEXT,
    "back": BACK,
}
TEAM_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "team-inspections": ("team/inspections.html", LIST),
    "team-inspections-none": ("team/inspections.html", {**LIST, "inspections": [], "pages": None}),
    "team-inspections-nobody": ("team/inspections.html", {**LIST, "inspections": [], "removable": [], "pages": None}),
    "team-inspection": ("team/inspection.html", {"inspection": INSPECTION, **HREFS}),
    "team-inspection-empty": (
        "team/inspection.html",
        {"inspection": {**INSPECTION, **BLANK}, **HREFS, "bundle_href": None, "changes_href": None, "pages": None},
    ),
}
"""Name -> template and what the view gives it."""
