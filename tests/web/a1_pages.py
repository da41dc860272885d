"""Representative data for the templates about the A1 form."""

from typing import Any

from portal.domain.a1.findings import rules_by_group
from portal.domain.a1.guide import guide
from portal.services.a1_findings import findings_view
from schemas.a1 import load_a1
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer, Found

_DEFINITION = load_a1("illustrative-2023")
_CELLS = tuple(Cell(row, "31/02/2023") for row in range(2, 60))
_RESULT = A1Result(
    _DEFINITION.version,
    complete=True,
    rows={"Children": 1_200, "Adopters": 1, "Support": 0},
    problems=(
        Problem("F02", "ERROR", "Children", "ethnicity", "E", 1, (Cell(17, "BRIT"),), {"allowed": "WBRI, WIRI"}),
        Problem("F03", "ERROR", "Children", "placed_date", "Q", 58, _CELLS),
        Problem("S10", "CHECK", "Support", "", "", 1),
    ),
    not_run=("X01", "X03"),
    faults=("R07",),
)
STOPPED = A1Result(
    _DEFINITION.version,
    complete=False,
    rows={},
    problems=(Problem("S03", "STOP", "", "", "", 1, values={"missing": "Support", "found": "Cover, Children"}),),
)
CHECK: dict[str, Any] = {
    "found": None,
    "sheets": [{"slot": sheet.slot, "title": sheet.title} for sheet in _DEFINITION.sheets],
    "agencies": [
        {"id": "i1", "reference": "RAA-2023-04", "agency": "Adopt Northmoor"},
        {"id": "i2", "reference": "RAA-2023-05", "agency": "Adopt Shoreline"},
    ],
    "chosen": "i1",
    "general": "none",
    "most_words": "10MB",
    "illustrative": True,
    "action": "/a1-form/check",
    "guidance_href": "/a1-form",
    "rules_href": "/a1-form/rules",
    "home_href": "/",
    "back": {"href": "/a1-form", "text": "Back to the A1 form"},
}
_GUIDANCE: dict[str, Any] = {
    "form": guide(_DEFINITION),
    "rules_href": "/a1-form/rules",
    "back": {"href": "/", "text": "Back to your start page"},
    "template_href": "/a1-form/template.xlsx",
    "csv_hrefs": [("/a1-form/children.csv", "Children")],
    "check_href": "/a1-form/check",
}
_FOUND = findings_view(Answer("xlsx", (Found("macros"),), 0, _RESULT), _DEFINITION)
_WRONG = {"inspection": "Select whose form it is", "workbook": "Choose either of them", "support": "Choose this too"}
A1_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a1-guidance": ("a1/guidance.html", _GUIDANCE),
    "a1-guidance-public": (
        "a1/guidance.html",
        {**_GUIDANCE, "form": {**_GUIDANCE["form"], "illustrative": False}, "check_href": None, "person": None},
    ),
    "a1-rules": (
        "a1/rules.html",
        {"title": _DEFINITION.title, "rules": rules_by_group(_DEFINITION), "back": {"href": "/b", "text": "Back"}},
    ),
    "a1-check": ("a1/check.html", CHECK),
    "a1-check-wrong": ("a1/check.html", {**CHECK, "errors": _WRONG}),
    "a1-check-no-agency": ("a1/check.html", {**CHECK, "agencies": [], "illustrative": False}),
    "a1-found": ("a1/check.html", {**CHECK, "found": _FOUND}),
    "a1-found-stopped": (
        "a1/check.html",
        {**CHECK, "found": findings_view(Answer("xlsx", (), 0, STOPPED), _DEFINITION)},
    ),
    "a1-found-nothing": (
        "a1/check.html",
        {
            **CHECK,
            "found": findings_view(
                Answer("xlsx", (), 0, A1Result(_DEFINITION.version, True, {"Children": 1})), _DEFINITION
            ),
        },
    ),
    "a1-unreadable": ("a1/check.html", {**CHECK, "found": findings_view(Answer("xlsx"), _DEFINITION)}),
}
