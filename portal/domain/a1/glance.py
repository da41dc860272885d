"""An A1 form at a glance, as inspectors prepare by it: how many rows, where, and how long each step took."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final

from schemas.a1 import Definition
from schemas.a1_glance import AUTHORITY, NOT_STATED, Glance, Median
from schemas.texts import Text, say

Column = Callable[[str, str], Sequence[object]]
"""The values of one column of one sheet, in order of the rows; empty where sheet or column is not there."""


@dataclass(frozen=True)
class Step:
    """A span between two dates of one row."""

    code: str
    sheet: str
    begins: str
    ends: str
    words: Text


STEPS: Final = (
    Step("care-to-decision", "Children", "entered_care_date", "adm_decision_date",
         say("Entering care to the decision that the child should be placed for adoption")),
    Step("decision-to-order", "Children", "adm_decision_date", "placement_order_date",
         say("Decision to the placement order")),
    Step("order-to-match", "Children", "placement_order_date", "match_date", say("Placement order to the match")),
    Step("match-to-placed", "Children", "match_date", "placed_date", say("Match to moving in")),
    Step("care-to-placed", "Children", "entered_care_date", "placed_date", say("Entering care to moving in")),
    Step("placed-to-adopted", "Children", "placed_date", "adoption_order_date", say("Moving in to the adoption order")),
    Step("stage1", "Adopters", "stage1_start", "stage1_end", say("Stage 1, from start to end")),
    Step("stage2", "Adopters", "stage2_start", "stage2_end", say("Stage 2, from start to end")),
    Step("enquiry-to-approval", "Adopters", "enquiry_date", "approval_date", say("Enquiry to approval")),
    Step("approval-to-match", "Adopters", "approval_date", "match_date", say("Approval to the match")),
    Step("referral-to-assessed", "Support", "referral_date", "assessment_end",
         say("Referral to the end of the assessment")),
    Step("referral-to-support", "Support", "referral_date", "support_start", say("Referral to the start of support")),
)  # fmt: skip
_SHEETS: Final[Mapping[str, str]] = {each.code: each.sheet for each in STEPS}
AUTHORITIES: Final[Mapping[str, str]] = {
    "Children": "responsible_la",
    "Adopters": "home_la",
    "Support": "responsible_la",
}
"""The column that says to which authority a row belongs."""


def at_a_glance(definition: Definition, rows: Mapping[str, int], column: Column) -> Glance:
    """Return the form at a glance; `rows` has the number of rows of each sheet that is there."""
    return Glance(
        definition=definition.version,
        rows={sheet: _by_authority(count, column(sheet, AUTHORITIES.get(sheet, ""))) for sheet, count in rows.items()},
        statuses=_statuses(definition, column("Children", "status")),
        medians=tuple(_median(step, column) for step in STEPS if step.sheet in rows),
    )


def status_words(definition: Definition) -> dict[str, Text]:
    """Return the statuses of children, in order, with what each means; a deployment's own definition may have none."""
    column = definition.find("Children", "status")
    return {each.code: each.meaning for each in column.values} if column is not None else {}


def part_of(glance: Glance, sheets: Collection[str]) -> Glance:
    """Return what a glance says of these sheets alone; statuses only where any row of Children has one."""
    counted = "Children" in sheets and "Children" in glance.rows and any(glance.statuses.values())
    return Glance(
        definition=glance.definition,
        rows={sheet: counts for sheet, counts in glance.rows.items() if sheet in sheets},
        statuses=glance.statuses if counted else {},
        medians=tuple(each for each in glance.medians if _SHEETS.get(each.step) in sheets),
    )


def joined(glances: Sequence[Glance], sheets: Sequence[str]) -> Glance | None:
    """Return glances of different sheets as one, in the order of `sheets`; None where there is none."""
    if not glances:
        return None
    rows = {sheet: counts for each in glances for sheet, counts in each.rows.items()}
    medians = [median for each in glances for median in each.medians]
    return Glance(
        definition=glances[0].definition,
        rows={sheet: rows[sheet] for sheet in sorted(rows, key=lambda each: _place(sheets, each))},
        statuses=next((each.statuses for each in glances if each.statuses), {}),
        medians=tuple(sorted(medians, key=lambda each: _place(sheets, _SHEETS.get(each.step, "")))),
    )


def _place(sheets: Sequence[str], sheet: str) -> int:
    return sheets.index(sheet) if sheet in sheets else len(sheets)


def _by_authority(count: int, authorities: Sequence[object]) -> dict[str, int]:
    known = (each if isinstance(each, str) and AUTHORITY.fullmatch(each) else NOT_STATED for each in authorities)
    counts = Counter(known)
    if missing := count - counts.total():
        counts[NOT_STATED] += missing
    return dict(sorted(counts.items()))


def _statuses(definition: Definition, statuses: Sequence[object]) -> dict[str, int]:
    """Count the children by status, in the order of the definition; what is no status is not stated."""
    counts = Counter(statuses)
    known = {code: counts[code] for code in status_words(definition)}
    rest = len(statuses) - sum(known.values())
    return {**known, NOT_STATED: rest} if rest else known


def _median(step: Step, column: Column) -> Median:
    pairs = zip(column(step.sheet, step.begins), column(step.sheet, step.ends), strict=False)
    spans = [(end - begin).days for begin, end in pairs if isinstance(begin, date) and isinstance(end, date)]
    days = [each for each in spans if each >= 0]  # one that ends before it begins is a fault of the form
    return Median(step.code, len(days), round(float(median(days)), 1) if days else None)
