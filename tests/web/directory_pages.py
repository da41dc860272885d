"""Representative data for the pages of single sign-on."""

from typing import Any

_WHY = {"why": "You are about to decide on a disposal, which cannot be undone."}
_INVITED = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "role": "Inspector",
    "email": "ivo@directory.example",
}
_INVITED |= {"action": "/invitations/x", "directory_action": "/invitations/x/work-account"}
_ANSWER = {"state": "a-state", "code": "a-code", "error": "", "iss": ""}
_THERE = {"address": "https://directory.example/authorize?state=a&nonce=b"}

DIRECTORY_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "sign-in-directory": ("sign_in.html", {"action": "/sign-in", "person": None, "directory_sign_in_action": "/go"}),
    "invitation-staff": ("invitation.html", {**_INVITED, "by_password": True, "person": None}),
    "invitation-directory-alone": (
        "invitation.html",
        {**_INVITED, "by_password": False, "person": None, "errors": {"code": "Check the code"}},
    ),
    "directory-leaving": ("directory/leaving.html", {**_THERE, "out": False, "person": None}),
    "directory-leaving-out": ("directory/leaving.html", {**_THERE, "out": True, "person": None}),
    "directory-returning": ("directory/returning.html", {"action": "/go", "values": _ANSWER, "person": None}),
    "directory-again": (
        "directory/again.html",
        {**_WHY, "action": "/go", "values": {"purpose": "disposal", "next": "/stewards/"}},
    ),
    "directory-confirmed": ("directory/confirmed.html", {"home_href": "/"}),
    "directory-connection": ("directory/connection.html", {"connected": False, "done": False, "action": "/go"}),
    "directory-connected": ("directory/connection.html", {"connected": True, "done": True, "action": "/go"}),
    **{
        f"directory-{why}": ("directory/turned_away.html", {"why": why, "sign_in_href": "/sign-in", "person": None})
        for why in ("stray", "refused", "away", "no-role", "unknown", "other")
    },
}
