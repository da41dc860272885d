"""`portal retention hold`: placed and reviewed by the operator, listed without reasons, and never lifted."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.cli.conftest import Portal

OWNER = "dora@inspectorate.example"
REASON = "A complaint about canary"


def add_owner(portal: Portal) -> None:
    """Make somebody a steward who can answer for holds."""
    portal.says("account", "add-steward", OWNER, "Dora Protection", "data_protection_officer")


def terms(tmp_path: Path, review_on: str) -> tuple[str, ...]:
    """Return the options by which a hold is placed or reviewed."""
    (tmp_path / "reason.txt").write_text(REASON)
    return ("--owner", OWNER, "--review-on", review_on, "--reason", str(tmp_path / "reason.txt"))


def test_a_hold_is_placed_reviewed_and_not_lifted_by_the_operator(portal: Portal, tmp_path: Path) -> None:
    """On an inspection and on its programme; each refusal is a sentence; no reason is printed or in the trail."""
    reference = portal.announced()
    code, place = reference.rpartition("-")[0], ("retention", "hold", "place")
    on_it = (*place, "--inspection", reference)
    assert "Nothing is held." == portal.says("retention", "hold", "list")
    assert "There is no account" in portal.refuses(*place, "--programme", code, *terms(tmp_path, "2023-12-01"))
    add_owner(portal)
    assert f"{reference} is held: hold " in portal.says(*on_it, *terms(tmp_path, "2023-12-01"))
    made: dict[str, Any] = portal.json(*place, "--programme", code, *terms(tmp_path, "2024-01-08"))
    assert (code, []) == (made["on"], made["too late for"])
    held = [portal.json(each, "list")[0]["held"] for each in ("inspection", "programme")]
    assert ["yes", "yes"] == held
    rows = portal.json("retention", "hold", "list")
    assert [reference, code] == [each["on"] for each in rows]
    assert (made["hold"], "2024-01-08", False) == (rows[1]["hold"], rows[1]["review on"], rows[1]["to be reviewed now"])
    review = ("retention", "hold", "review", made["hold"])
    assert "must be after today" in portal.refuses(*review, *terms(tmp_path, "2023-10-09"))
    assert "within a year" in portal.refuses(*review, *terms(tmp_path, "2025-10-09"))
    assert "to be reviewed on 2024-03-01" in portal.says(*review, *terms(tmp_path, "2024-03-01"))
    assert "Lifting a hold takes two people." in portal.refuses("retention", "hold", "lift")
    assert "does not exist" in portal.refuses(*review[:-1], str(uuid4()), *terms(tmp_path, "2024-03-01"))
    assert "There is no inspection RAA-99." in portal.refuses(
        *place, "--inspection", "RAA-99", *terms(tmp_path, "2023-12-01")
    )
    for both in ((), ("--inspection", reference, "--programme", code)):
        assert 2 == portal.run(*place, *both, *terms(tmp_path, "2023-12-01")).exit_code
    said = portal.says("retention", "hold", "list") + portal.says("audit", "list")
    assert "canary" not in said
