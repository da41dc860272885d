import json
from typing import Any

import pytest

from portal.domain.receipts import document_receipt, inspection_receipt
from tests.domain.common import naive, utc

UPLOAD: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "document_id": "6f1d",
    "item": "a1-form",
    "slot": "workbook",
    "version": 2,
    "sha256": "ab" * 32,
    "size": 12,
    "began_at": utc("2023-10-10T14:59:00"),
    "received_at": utc("2023-10-10T15:07:00.5"),
    "on_time": True,
    "replaces": "5e0c",
}


def test_document_receipt() -> None:
    """The receipt of an upload keeps both times and says which version it replaced."""
    assert {
        "kind": "document-receipt",
        "format": 1,
        "inspection": "RAA-2023-04",
        "document": "6f1d",
        "item": "a1-form",
        "slot": "workbook",
        "version": 2,
        "sha256": "ab" * 32,
        "size": 12,
        "began_at": "2023-10-10T14:59:00.000Z",
        "received_at": "2023-10-10T15:07:00.500Z",
        "on_time": True,
        "replaces": "5e0c",
    } == document_receipt(**UPLOAD)


@pytest.mark.parametrize("declared", [False, True])
def test_inspection_receipt(declared: bool) -> None:
    """The receipt of an inspection is JSON-ready and stands before as after the declaration."""
    receipt = inspection_receipt(
        number=3,
        cause="document replaced",
        reference="RAA-2023-04",
        made_at=utc("2023-10-10T15:07:01"),
        deadline_at=utc("2023-10-10T15:00:00"),
        declared_at=utc("2023-10-10T14:00:00") if declared else None,
        declared_by_role="leader" if declared else None,
        documents=[document_receipt(**UPLOAD)],
        gaps=[{"item": "link-staff", "kind": "to_follow"}],
        summary="1 provided, 1 to follow, 9 still to send",
    )
    assert {
        "kind": "inspection-receipt",
        "format": 1,
        "number": 3,
        "cause": "document replaced",
        "inspection": "RAA-2023-04",
        "made_at": "2023-10-10T15:07:01.000Z",
        "deadline_at": "2023-10-10T15:00:00.000Z",
        "declared_at": "2023-10-10T14:00:00.000Z" if declared else None,
        "declared_by_role": "leader" if declared else None,
        "documents": [document_receipt(**UPLOAD)],
        "gaps": [{"item": "link-staff", "kind": "to_follow"}],
        "summary": "1 provided, 1 to follow, 9 still to send",
    } == receipt
    assert receipt == json.loads(json.dumps(receipt))


def test_naive_times_are_refused() -> None:
    """No receipt states a time that belongs to no zone."""
    with pytest.raises(ValueError, match="zone"):
        document_receipt(**{**UPLOAD, "began_at": naive("2023-10-10T14:59:00")})
