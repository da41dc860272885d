"""Representative data for the templates of one's own account."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from portal.domain.browsers import say_browser
from portal.services.own_account import OwnAccount, OwnApp, OwnPasskey, Place

WHEN = datetime(2023, 10, 9, 13, 32, tzinfo=UTC)
FULL = OwnAccount(
    "Philippa Montgomery-Featherstonehaugh",
    "philippa.montgomery-featherstonehaugh@adoption-services.northmoor-and-southdale.example",
    has_password=True,
    places=[
        Place(UUID(int=1), say_browser("Firefox/Windows"), WHEN, WHEN, full=True, here=True),
        Place(UUID(int=2), say_browser(""), WHEN, WHEN, full=False, here=False),
    ],
    app=OwnApp(WHEN),
    passkeys=[OwnPasskey(UUID(int=3), "Security key in the drawer", WHEN, None)],
    recovery_codes=9,
)
BY_DIRECTORY = OwnAccount("Iris Inspector", "iris@inspectorate.example", False, FULL.places[:1], None, [], 0)
PAGE: dict[str, Any] = {
    "hrefs": {name: f"/account/{name}" for name in ("password", "add", "app", "codes", "others", "work")},
    "end_href": "/account/sessions/{}/end".format,
    "passkey_href": "/account/passkeys/{}/remove".format,
}
BACK = {"href": "/account", "text": "Back to your account"}
SLIPS = {"current_password": "Enter your current password", "password": "Enter a new password"}
OWN_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "own-account": ("own/account.html", {"account": FULL, **PAGE}),
    "own-account-directory": ("own/account.html", {"account": BY_DIRECTORY, **PAGE}),
    "own-password": ("own/password.html", {"action": "/account/password", "back": BACK}),
    "own-password-wrong": (
        "own/password.html",
        {"action": "/account/password", "back": BACK, "errors": SLIPS | {"again_password": "They are not the same"}},
    ),
    "own-remove": (
        "own/remove.html",
        {"label": "Key", "last": False, "action": "/r", "add_href": "/set-up", "back": BACK},
    ),
    "own-remove-last": (
        "own/remove.html",
        {"label": "", "last": True, "action": "/r", "add_href": "/set-up", "back": BACK},
    ),
    "own-codes": ("own/codes.html", {"codes": ["K7QM-2XBD-9RFT-W3HC"] * 10, "next_href": "/account"}),
    "own-again": (
        "own/again.html",
        {
            "fields": [("csrf_token", "t"), ("words", "<b>We do not hold it.</b>")],
            "action": "/gap",
            "sign_in_href": "/",
        },
    ),
}
"""Name -> template and what the view gives it."""
