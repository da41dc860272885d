"""What the check of an A1 form found, as pages show it (`templates/a1/findings.html`)."""

from typing import Any

from portal.domain.a1.findings import Finding, about_the_file, findings, totals
from portal.domain.checks import has_errors
from schemas.a1 import Definition
from schemas.a1_result import SEVERITIES, A1Result
from schemas.checking import Answer
from schemas.texts import Text, say, say_count

View = dict[str, Any]
SHOWN = 50
"""Cells of one finding that a page lists; a download has more."""
_GROUPS = {
    "STOP": say("Put these right first"),
    "ERROR": say("Errors to put right or explain"),
    "CHECK": say("May be right: check these"),
    "INFO": say("For information"),
}


def findings_view(answer: Answer, definition: Definition) -> View:
    """Return what a page shows of a checked A1 form: totals, rows of each sheet, and groups of findings, worst first.

    No value of a column of identifiers is in it.
    """
    result = answer.a1
    found = findings(result, definition) if result else ()
    file = [{"title": check.title, "fix": check.fix} for check in about_the_file(answer)]
    groups = [
        {
            "id": severity.lower(),
            "title": _GROUPS[severity],
            "problems": [_problem(each, number) for number, each in enumerate(found, 1) if each.severity == severity],
        }
        for severity in SEVERITIES
    ]
    return {
        "illustrative": definition.illustrative,
        "file": file,
        "read": result is not None,
        "stopped": result is not None and not result.complete,
        "good": result is not None and not file and not has_errors(result),
        "totals": totals(result) if result else (),
        "rows": [
            {"sheet": sheet.code, "words": say_count(result.rows[sheet.code], "{count} row", "{count} rows")}
            for sheet in definition.sheets
            if result and sheet.code in result.rows
        ],
        "groups": [group for group in groups if group["problems"]],
        "asides": _asides(result) if result else [],
    }


def _problem(finding: Finding, number: int) -> View:
    more = finding.count - min(len(finding.places), SHOWN)
    return {
        "id": f"finding-{number}",
        "code": finding.code,
        "where": finding.where,
        "message": finding.message,
        "fix": finding.fix,
        "allowed": list(finding.allowed),
        "places": [{"ref": place.ref, "value": place.value} for place in finding.places[:SHOWN]],
        "more": _more(more) if finding.places and more > 0 else "",
    }


def _asides(result: A1Result) -> list[Text]:
    """Say what was not looked at, and whose fault that is."""
    said = []
    if result.not_run:
        gaps = {"codes": ", ".join(result.not_run)}
        missing = say("These rules could not be tried, because something that they need is missing: {codes}.", **gaps)
        said.append(missing)
    if result.faults:
        gaps = {"codes": ", ".join(result.faults)}
        said.append(say("These rules failed, which is our fault and not yours: {codes}. All else was checked.", **gaps))
    return said


def _more(count: int) -> Text:
    return say_count(count, "And {count} more place.", "And {count} more places.")
