"""Routes of one's own account: addresses, requests, and what each role gets."""

from typing import Any
from uuid import UUID

NOWHERE = UUID(int=1)
OWN_PATHS = {
    "own.overview": "/account",
    "own.password": "/account/password",
    "own.app_removal": "/account/app/remove",
    "own.passkey_removal": f"/account/passkeys/{NOWHERE}/remove",
}
OWN_CHANGES: dict[str, Any] = {
    "own.stay": lambda _place, visit: visit.post("/account/stay"),
    "own.end": lambda _place, visit: visit.post(f"/account/sessions/{NOWHERE}/end"),
    "own.end_others": lambda _place, visit: visit.post("/account/sessions/end-others"),
    "own.change": lambda _place, visit: visit.post("/account/password", password="short"),
    "own.remove_app_now": lambda _place, visit: visit.post("/account/app/remove"),
    "own.remove_passkey_now": lambda _place, visit: visit.post(f"/account/passkeys/{NOWHERE}/remove"),
    "own.renew": lambda _place, visit: visit.post("/account/recovery-codes"),
}
OWN_EXPECTED = {
    "own.overview": (303, *(200,) * 8),
    "own.password": (303, *(200,) * 8),
    "own.app_removal": (303, *(404,) * 8),
    "own.passkey_removal": (303, *(404,) * 8),
    "own.stay": (401, *(200,) * 8),
    "own.end": (401, *(404,) * 8),
    "own.end_others": (401, *(303,) * 8),
    "own.change": (401, *(422,) * 8),
    "own.remove_app_now": (401, *(404,) * 8),
    "own.remove_passkey_now": (401, *(404,) * 8),
    "own.renew": (401, *(409,) * 8),
}
"""In the order of `tests.web.routes.ROLES`; these people have no second factor by their rows."""
