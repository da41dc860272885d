"""Routes of the data protection officer's desk: addresses, requests, and what each role gets."""

from typing import Any
from uuid import UUID

NOWHERE = UUID(int=1)
DPO_PATHS = {
    "desk.timeline": "/stewards/desk/",
    "desk.incidents": "/stewards/desk/incidents",
    "desk.downloads": "/stewards/desk/downloads",
    "desk.trail": "/stewards/desk/trail",
    "feeds.overview": "/stewards/desk/calendar",
    "feeds.feed": "/calendar/unknown.ics",
    "data_requests.public": "/data-requests",
    "data_requests.desk": "/stewards/desk/requests",
    "data_requests.account": "/stewards/desk/requests/accounts/{p.world.leader.id}",
    "data_requests.account_json": "/stewards/desk/requests/accounts/{p.world.leader.id}.json",
}
DPO_CHANGES: dict[str, Any] = {
    "desk.settle": lambda _place, visit: visit.post(f"/stewards/desk/incidents/{NOWHERE}/settled"),
    "desk.search_trail": lambda _place, visit: visit.post("/stewards/desk/trail", action="session.began"),
    "feeds.make": lambda _place, visit: visit.post("/stewards/desk/calendar"),
    "feeds.end": lambda _place, visit: visit.post("/stewards/desk/calendar/end"),
    "data_requests.find": lambda _place, visit: visit.post("/stewards/desk/requests/accounts", account="leader"),
}
_PAGE = (303, *(404,) * 7, 200)
DPO_EXPECTED = {
    "desk.timeline": _PAGE,
    "desk.incidents": _PAGE,
    "desk.downloads": _PAGE,
    "desk.trail": _PAGE,
    "feeds.overview": _PAGE,
    "feeds.feed": (404,) * 9,
    "data_requests.public": (200,) * 9,
    "data_requests.desk": _PAGE,
    "data_requests.account": _PAGE,
    "data_requests.account_json": _PAGE,
    "desk.settle": (401, *(404,) * 8),
    "desk.search_trail": (401, *(404,) * 7, 200),
    "feeds.make": (401, *(404,) * 7, 200),
    "feeds.end": (401, *(404,) * 7, 303),
    "data_requests.find": (401, *(404,) * 7, 200),
}
"""In the order of `tests.web.routes.ROLES`."""
