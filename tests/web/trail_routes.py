"""Routes of the audit trail's pages: addresses, requests, and what each role gets."""

from typing import Any

TRAIL_PATHS = {
    "trail.files": "/stewards/trail-files",
    "trail.file": "/stewards/trail.jsonl",
    "trail.inspection_file": "/stewards/inspections/{p.inspection}/trail.csv",
    "trail.span": "/stewards/certificates/{p.inspection}/span.json",
    "trail.renewing": "/stewards/signing-key",
    "inspection_trail.entries": "{i}/trail",
}
TRAIL_CHANGES: dict[str, Any] = {
    "trail.renew_now": lambda _place, visit: visit.post("/stewards/signing-key"),
}
TRAIL_EXPECTED = {
    "trail.files": (303, *(404,) * 7, 200),
    "trail.file": (303, *(404,) * 7, 200),
    "trail.inspection_file": (303, *(404,) * 7, 200),
    "trail.span": (303, *(404,) * 6, 409, 409),
    "trail.renewing": (303, *(404,) * 6, 200, 200),
    "trail.renew_now": (401, *(404,) * 6, 422, 422),
    "inspection_trail.entries": (303, 200, 403, 404, 200, 200, 200, 403, 403),
}
"""In the order of `tests.web.routes.ROLES`."""
