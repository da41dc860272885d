"""Representative data for the audit trail's pages."""

from datetime import UTC, datetime
from typing import Any

from portal.services.inspection_trail import Act

WHEN = datetime(2023, 10, 9, 13, 32, tzinfo=UTC)
BACK = {"href": "/", "text": "Back"}
ACTS = [
    Act(1204, WHEN, "A document was received", "The contributor"),
    Act(1190, WHEN, "The disposal began: nobody can open anything from here on", "The data protection officer"),
]
KEYS = [{"key_id": "0123456789abcdef", "fingerprint": " ".join(["0a1b"] * 16)}]
PAGING = {"next": {"href": "?page=2", "labelText": "2 of 3"}}
TRAIL_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "trail-files": (
        "trail/files.html",
        {
            "anchors": [
                {"anchor": "folder", "kept": 1204, "waiting": 0, "failure": ""},
                {"anchor": "bucket", "kept": 1200, "waiting": 4, "failure": "StoreUnavailable"},
            ],
            "files": [{"kind": "jsonl", "href": "/trail.jsonl"}, {"kind": "csv", "href": "/trail.csv"}],
        },
    ),
    "trail-inspection": (
        "trail/inspection.html",
        {"reference": "RAA-2023-04", "acts": ACTS, "paging": PAGING, "back": BACK},
    ),
    "trail-pruned": ("trail/inspection.html", {"reference": "RAA-2023-04", "acts": [], "paging": None, "back": BACK}),
    "signing-key": ("trail/rotate.html", {"keys": KEYS, "action": "/signing-key", "errors": {}, "back": BACK}),
    "signing-key-wrong": (
        "trail/rotate.html",
        {"keys": KEYS, "action": "/signing-key", "errors": {"renew": "Tick the box"}, "back": BACK},
    ),
}
