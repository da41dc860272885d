"""The routes of single sign-on, each with a request that is right for it, and what each role gets from it."""

from collections.abc import Callable
from typing import Any

DIRECTORY_PATHS = {
    "directory.returning": "/directory/return?state=made-up",
    "directory.again": "/directory/again?purpose=disposal&next=/stewards/",
    "directory.connecting": "/directory/connection",
}
DIRECTORY_CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "directory.leave": lambda _place, visit: visit.post("/directory/sign-in", next="/team/"),
    "directory.returned": lambda _place, visit: visit.post("/directory/return", state="made-up", code="made-up"),
    "directory.leave_again": lambda _place, visit: visit.post("/directory/again", purpose="disposal"),
    "directory.connect_now": lambda _place, visit: visit.post("/directory/connection"),
    "account.accept_by_directory": lambda place, visit: visit.post(
        place.path("/invitations/{p.invitation}/work-account"), code="K7QM2X"
    ),
}
# In the order of ROLES: anonymous, leader, contributor, leader B, lead inspector, inspector, QA, administrator, DPO.
DIRECTORY_EXPECTED = {
    "directory.returning": (400,) * 9,
    "directory.again": (303, *(200,) * 8),
    "directory.connecting": (303, 404, 404, 404, 200, 200, 200, 200, 200),
    "directory.leave": (200,) * 9,
    "directory.returned": (400,) * 9,
    "directory.leave_again": (401, *(200,) * 8),
    "directory.connect_now": (401, 404, 404, 404, 200, 200, 200, 200, 200),
    # A contributor's invitation: none that a work account accepts.
    "account.accept_by_directory": (404,) * 9,
}
