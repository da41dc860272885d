"""Representative data for the templates about people."""

from typing import Any

LONG_ADDRESS = "philippa.montgomery-featherstonehaugh@adoption-services.northmoor-and-southdale.example"
INVITED = "Invited; the invitation can be used until 9:30am on Thursday 12 October 2023"
HREFS = {name: f"/{name}" for name in ("resend", "revoke", "disabling", "enable", "correction")}
COLLEAGUES: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "leaders": [{"name": "Lena Leader", "email": LONG_ADDRESS}],
    "contributors": [
        {"name": "Colin Colleague", "email": "colin@north.example", "state_words": "Accepted", "accepted": True}
        | {"resend_href": "/p/1/resend", "remove_href": "/p/1/remove", "code_href": None},
        {"name": "", "email": LONG_ADDRESS, "state_words": INVITED, "accepted": False}
        | {"resend_href": "/p/2/resend", "remove_href": "/p/2/remove", "code_href": "/p/2/code"},
    ],
    "open": True,
    "room": True,
    "most": 20,
    "action": "/people",
}
LEADER: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "leaders": [
        {"name": "Lena Leader", "email": LONG_ADDRESS, "since_words": "9 October 2023 at 9:30am"}
        | {"code_href": "/code", "code_waits": True}
    ],
    "open": True,
    "resend_href": "/leader/resend",
    "action": "/leader",
}
PERSON: dict[str, Any] = {
    "name": "Iris Inspector",
    "email": LONG_ADDRESS,
    "state_words": "Invited, no password yet",
    "disabled": False,
    "own": False,
    "more": False,
    "roles": [
        {"role_words": "inspector", "inspection": "i1", "reference": "RAA-2023-04", "may_resend": True}
        | {"role_title": "Inspector"}
        | {"since_words": "9 October 2023 at 9:30am", "may_revoke": True, "href": "/teams/i1", "code_href": "/code"}
        | {"invitation_words": "Can be used until 9:30am on Thursday 12 October 2023"},
        {"role_words": "administrator", "inspection": None, "reference": "", "may_resend": True}
        | {"role_title": "Administrator"}
        | {"since_words": "9 October 2023 at 9:30am", "may_revoke": False, "href": "/end", "code_href": None}
        | {"invitation_words": "None"},
    ],
}
MEMBERS = [
    {"role": role, "role_title": title, "name": "Some One", "email": LONG_ADDRESS, "may_leave": may_leave}
    | {
        "state_words": "Can sign in",
        "href": f"/people/{role}",
        "remove_href": f"/people/{role}/remove",
        "code_href": "/c",
    }
    for role, title, may_leave in (
        ("leader", "Leader", False),
        ("lead_inspector", "Lead inspector", False),
        ("inspector", "Inspector", True),
    )
]
TEAM: dict[str, Any] = {
    "view": {"reference": "RAA-2023-04", "agency": "Adopt Northmoor", "open": True, "people": MEMBERS},
    "action": "/teams/i1",
    "leader_href": "/leader",
    "letters_href": "/letters",
    "conduct_href": "/conduct",
    "options": [{"value": "lead_inspector", "text": "Lead inspector"}, {"value": "inspector", "text": "Inspector"}],
    "asks": False,
}
LIST: dict[str, Any] = {
    "people": [
        {"name": "Iris Inspector", "email": LONG_ADDRESS, "roles_words": "Inspector in 2 inspections"}
        | {"state_words": "Can sign in", "href": "/people/1"}
    ],
    "search": "",
    "paging": {"next": {"href": "/people/?page=2", "labelText": "2 of 2"}},
    "pages": None,
    "action": "/people/search",
    "add_href": "/people/add-steward",
    "teams_href": "/teams/",
    "all_href": "/people/",
}
SLIPS = {"email": "Enter an email address", "name": "Enter the person’s full name"}
TYPED = {"email": "nobody", "name": "N", "role": "inspector", "confirmed": "yes", "keep": "yes"}
CODE: dict[str, Any] = {
    "view": {"code": "K7Q-M2X", "name": "Lena Leader", "email": LONG_ADDRESS, "role_words": "Leader"}
    | {"reference": "RAA-2023-04", "until_words": "9:30am on Thursday 12 October 2023"},
    "spelt": [("K", "Kilo"), ("7", "seven"), ("Q", "Quebec"), ("M", "Mike"), ("2", "two"), ("X", "X-ray")],
}
RESTORING: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "open": True,
    "people": [
        {"role_words": "Leader", "name": "Lena Leader", "email": LONG_ADDRESS, "state_words": "Can sign in"}
        | {"href": "/people/1/restore", "code_href": None},
        {
            "role_words": "Inspector",
            "name": "Ivo",
            "email": "ivo@x.example",
            "state_words": "Has not set a password yet",
        }
        | {"href": "/people/2/restore", "code_href": "/people/2/code"},
        {"role_words": "Quality assurance officer", "name": "Quinn", "email": "q@x.example"}
        | {"state_words": "Can sign in", "href": None, "code_href": None},
    ],
}
RESTORE: dict[str, Any] = {
    "view": {"reference": "RAA-2023-04", "agency": "Adopt Northmoor", "role_words": "Leader", "name": "Lena Leader"}
    | {"email": LONG_ADDRESS},
    "action": "/restore",
    "values": {},
}
PEOPLE_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "colleagues": ("people/colleagues.html", COLLEAGUES),
    "colleagues-wrong": ("people/colleagues.html", {**COLLEAGUES, "values": TYPED, "errors": SLIPS}),
    "colleagues-none": ("people/colleagues.html", {**COLLEAGUES, "contributors": []}),
    "colleagues-full": ("people/colleagues.html", {**COLLEAGUES, "room": False}),
    "colleagues-over": ("people/colleagues.html", {**COLLEAGUES, "open": False}),
    "leader": ("people/leader.html", LEADER),
    "leader-wrong": ("people/leader.html", {**LEADER, "values": TYPED, "errors": SLIPS}),
    "leader-over": ("people/leader.html", {**LEADER, "open": False}),
    "people": ("people/people.html", LIST),
    "people-found": (
        "people/people.html",
        {**LIST, "search": "iris", "paging": None, "pages": {"page": 2, "pages": 3}},
    ),
    "people-none": ("people/people.html", {**LIST, "people": [], "search": "nobody", "paging": None}),
    "person": ("people/person.html", {"view": PERSON, "hrefs": HREFS}),
    "person-disabled": (
        "people/person.html",
        {"view": {**PERSON, "disabled": True, "roles": []}, "hrefs": HREFS},
    ),
    "person-correct": ("people/correct.html", {"action": "/correct", "values": TYPED}),
    "person-correct-wrong": (
        "people/correct.html",
        {"action": "/correct", "values": {}, "errors": SLIPS | {"confirmed": "Confirm that this is the same person"}},
    ),
    "person-confirm": (
        "people/confirm.html",
        {"heading": "Remove this person?", "caption": "RAA-2023-04", "who": LONG_ADDRESS, "action": "/remove"}
        | {"paragraphs": ["They lose access at once."], "button": "Remove this person"}
        | {"cancel": {"href": "/people", "text": "Keep them"}},
    ),
    "steward-add": ("people/add_steward.html", {"action": "/add", "options": TEAM["options"]}),
    "steward-add-wrong": (
        "people/add_steward.html",
        {"action": "/add", "options": TEAM["options"], "values": TYPED, "errors": SLIPS | {"role": "Select a role"}},
    ),
    "teams": (
        "people/teams.html",
        {
            "inspections": [
                {"reference": "RAA-2023-04", "agency": "Adopt Northmoor", "leader": "Lena", "lead_inspector": "Iris"}
                | {"href": "/teams/i1"}
            ],
            "paging": None,
        },
    ),
    "teams-none": ("people/teams.html", {"inspections": [], "paging": None}),
    "members": ("people/team.html", TEAM),
    "members-asks": (
        "people/team.html",
        {**TEAM, "asks": True, "values": TYPED, "errors": {"confirmed": "Confirm that you want this."}},
    ),
    "code": ("people/code.html", CODE),
    "code-of-a-steward": ("people/code.html", {**CODE, "view": {**CODE["view"], "name": "", "reference": ""}}),
    "restoring": ("people/restoring.html", {"view": RESTORING}),
    "restoring-over": ("people/restoring.html", {"view": {**RESTORING, "open": False}}),
    "restore": ("people/restore.html", RESTORE),
    "restore-wrong": (
        "people/restore.html",
        {**RESTORE, "errors": {"confirmed": "Confirm that you have spoken to this person"}},
    ),
    "members-over": ("people/team.html", {**TEAM, "view": {**TEAM["view"], "open": False}}),
}
"""Name -> template and what the view gives it."""
