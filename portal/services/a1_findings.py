"""What the check of an A1 form found, as pages show it (`templates/a1/findings.html`)."""

from typing import Any

from portal.domain.a1.findings import Finding, about_the_file, findings, say_failed, totals
from portal.domain.checks import has_errors
from schemas.a1 import Definition
from schemas.a1_result import SEVERITIES
from schemas.checking import Answer
from schemas.texts import Text, say, say_count

View = dict[str, Any]
SHOWN = 50
"""Cells of one finding that a page lists; a download has more."""
_GROUPS = {
    "STOP": say("Put these right first"),
    "ERROR": say("Errors to put right or explain"),
    "CHECK": say("May be right: check these"),
}
_OF_COVER = frozenset({"S04", "S05", "S06"})
"""Rules about the sheet Cover, which no CSV file can keep."""
_NO_COVER = say(
    "CSV files have no sheet Cover, so nothing that would stand there was checked. "
    "If a sheet has no rows, say why beside the list once you have sent the files."
)


def findings_view(answer: Answer, definition: Definition) -> View:
    """Return what a page shows of a checked A1 form: totals, rows of each sheet, and groups of findings, worst first.

    No value of a column of identifiers is in it.
    """
    result = answer.a1
    found = findings(result, definition) if result else ()
    errors = result is not None and has_errors(result)
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
        "errors": errors,
        "good": result is not None and not file and not errors and not result.faults,
        "totals": totals(result) if result else (),
        "rows": [
            {"sheet": sheet.code, "words": say_count(result.rows[sheet.code], "{count} row", "{count} rows")}
            for sheet in definition.sheets
            if result and sheet.code in result.rows
        ],
        "groups": [group for group in groups if group["problems"]],
        "not_run": _not_run(answer),
        "asides": _asides(answer),
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


def _not_run(answer: Answer) -> list[str]:
    """Return the rules that could not be tried; of CSV files not those that nobody can keep in them."""
    rules = answer.a1.not_run if answer.a1 else ()
    return [each for each in rules if answer.kind != "csv" or each not in _OF_COVER]


def _asides(answer: Answer) -> list[Text]:
    """Say what else was not looked at, and whose fault that is."""
    said, result = [], answer.a1
    if result is not None and answer.kind == "csv" and _OF_COVER & set(result.not_run):
        said.append(_NO_COVER)
    if result is not None and (failed := say_failed(result)):
        said.append(failed)
    return said


def _more(count: int) -> Text:
    return say_count(count, "And {count} more place.", "And {count} more places.")
