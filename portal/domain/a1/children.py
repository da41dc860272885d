"""Whether each row of Children fits together (R01 to R17)."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Final

from portal.domain.a1.compare import DATES_FIX, age, by, earlier, hit, one_alone, unread
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.registry import CHECK, ERROR, columns_of, rule
from schemas.texts import say

_SHEET: Final = "Children"
_of = partial(columns_of, _SHEET)
_RESIDENCE: Final = timedelta(days=70)
"""A child lives with its adopters for ten weeks before they apply."""

_CARE, _DECISION, _ORDER = "entered_care_date", "adm_decision_date", "adoption_order_date"
_MATCH, _PLACED, _REVERSAL = "match_date", "placed_date", "reversal_date"
_COURT, _EARLY, _EARLY_DATE = "placement_order_date", "early_permanence", "early_permanence_date"
_STEPS: Final = (_COURT, _MATCH, _PLACED, _ORDER, _REVERSAL)


@rule("R01", ERROR, say("The decision is dated before the child entered care."), DATES_FIX, *_of(_DECISION, _CARE))
def decision_before_care(form: Form) -> Iterator[Hit]:
    """R01."""
    return earlier(form, _SHEET, _DECISION, _CARE)


@rule("R02", ERROR, say("The date is before the child was born."), DATES_FIX, *_of("birth_month"))
def before_birth(form: Form) -> Iterator[Hit]:
    """R02."""
    for column in form.table(_SHEET).present("date"):
        yield from earlier(form, _SHEET, column.name, "birth_month")


@rule(
    "R03",
    ERROR,
    say("The placement order is dated before the decision that needs it."),
    DATES_FIX,
    *_of(_COURT, _DECISION),
)
def court_before_decision(form: Form) -> Iterator[Hit]:
    """R03."""
    return earlier(form, _SHEET, _COURT, _DECISION)


@rule(
    "R04",
    ERROR,
    say("The match is dated before the decision, or after the child was placed."),
    DATES_FIX,
    *_of(_MATCH, _DECISION, _PLACED),
)
def match_out_of_order(form: Form) -> Iterator[Hit]:
    """R04."""
    table = form.table(_SHEET)
    for at, match, decision, placed in table.each(_MATCH, _DECISION, _PLACED):
        if match and ((decision and match < decision) or (placed and match > placed)):
            yield hit(table, at, _MATCH, _DECISION, _PLACED)


@rule("R05", ERROR, say("The child was placed before the decision."), DATES_FIX, *_of(_PLACED, _DECISION))
def placed_before_decision(form: Form) -> Iterator[Hit]:
    """R05."""
    return earlier(form, _SHEET, _PLACED, _DECISION)


@rule(
    "R06",
    ERROR,
    say("The adoption order is dated before the child was placed, or the child was never placed."),
    say("Give the day on which the child was placed, and check both dates."),
    *_of(_ORDER, _PLACED),
)
def order_before_placed(form: Form) -> Iterator[Hit]:
    """R06."""
    table = form.table(_SHEET)
    unclear = unread(table, _PLACED)
    for at, order, placed in table.each(_ORDER, _PLACED):
        if order and at not in unclear and (placed is None or order < placed):
            yield hit(table, at, _ORDER, _PLACED)


@rule(
    "R07",
    CHECK,
    say("The adoption order is dated on the day of the match, or within ten weeks of the placement."),
    DATES_FIX,
    *_of(_ORDER, _MATCH, _PLACED),
)
def order_soon(form: Form) -> Iterator[Hit]:
    """R07."""
    table = form.table(_SHEET)
    for at, order, match, placed in table.each(_ORDER, _MATCH, _PLACED):
        if order and (order == match or (placed and placed <= order < placed + _RESIDENCE)):
            yield hit(table, at, _ORDER, _MATCH, _PLACED)


@rule(
    "R08",
    ERROR,
    say("There is a date on which the child was no longer to be placed without a reason, or a reason without a date."),
    say("Fill in both, or neither."),
    *_of(_REVERSAL, "reversal_reason"),
)
def reversal_half(form: Form) -> Iterator[Hit]:
    """R08."""
    return one_alone(form, _SHEET, _REVERSAL, "reversal_reason")


@rule(
    "R09",
    ERROR,
    say("The child was no longer to be placed before it was to be placed."),
    DATES_FIX,
    *_of(_REVERSAL, _DECISION),
)
def reversal_before_decision(form: Form) -> Iterator[Hit]:
    """R09."""
    return earlier(form, _SHEET, _REVERSAL, _DECISION)


@rule(
    "R10",
    ERROR,
    say("The child was adopted, and was also no longer to be placed."),
    say("Take away the date that is wrong."),
    *_of(_REVERSAL, _ORDER),
)
def reversal_and_order(form: Form) -> Iterator[Hit]:
    """R10."""
    table = form.table(_SHEET)
    for at, reversal, order in table.each(_REVERSAL, _ORDER):
        if reversal and order:
            yield hit(table, at, _REVERSAL, _ORDER)


@rule(
    "R11",
    ERROR,
    say("The kind of early permanence and its date do not fit together."),
    say("With early permanence give the day on which it began, no later than the placement. Without, leave it blank."),
    *_of(_EARLY, _EARLY_DATE),
)
def early_permanence_half(form: Form) -> Iterator[Hit]:
    """R11."""
    table = form.table(_SHEET)
    for at, kind, begun, placed in table.each(_EARLY, _EARLY_DATE, _PLACED):
        if kind and ((kind == "NONE") == (begun is not None) or (begun and placed and begun > placed)):
            yield hit(table, at, _EARLY_DATE, _EARLY, _PLACED)


@rule(
    "R12",
    ERROR,
    say("The numbers of siblings do not fit to whether the child is part of a sibling group."),
    say(
        "In a group of siblings give how many are placed together, this child among them, at least two with those "
        "apart. Without one leave both blank."
    ),
    *_of("sibling_group", "siblings_together"),
)
def siblings_differ(form: Form) -> Iterator[Hit]:
    """R12."""
    table = form.table(_SHEET)
    unclear = unread(table, "siblings_together", "siblings_apart")
    for at, group, together, apart in table.each("sibling_group", "siblings_together", "siblings_apart"):
        alone = together in (None, 1) and apart in (None, 0)
        enough = together is not None and together >= 1 and together + (apart or 0) >= 2
        if at not in unclear and ((group == "N" and not alone) or (group == "Y" and not enough)):
            yield hit(table, at, "siblings_together", "sibling_group", "siblings_apart")


@rule(
    "R13",
    ERROR,
    say("The status does not fit the dates up to the end of the period."),
    say(
        "ADOPTED has an adoption order, REVERSED a date of that decision, PLACED a placement without an order, MATCHED "
        "a match without a placement, and AWAITING_PO no placement order. Put the status or the dates right."
    ),
    *_of("status", *_STEPS),
)
def status_differs(form: Form) -> Iterator[Hit]:
    """R13: what came after the period does not count; a row that R10 names is left to it."""
    table, last = form.table(_SHEET), form.against.last_day
    unclear = unread(table, *_STEPS)
    for at, status, *days in table.each("status", *_STEPS):
        court, match, placed, order, reversal = (by(day, last) for day in days)
        wrong = {
            "ADOPTED": not order,
            "REVERSED": not reversal,
            "PLACED": not placed,
            "MATCHED": not match or placed,
            "AWAITING_PO": court,
        }
        over = (order and status != "ADOPTED") or (reversal and status != "REVERSED")
        if status and at not in unclear and not (order and reversal) and (wrong.get(status, False) or over):
            yield hit(table, at, "status", *_beside(days))


def _beside(days: list[date | None]) -> list[str]:
    return [name for name, day in zip(_STEPS, days, strict=True) if day]


@rule(
    "R14",
    ERROR,
    say("The child is matched or placed, and its adoptive family is not named."),
    say("Give the same number of the family as in Adopters."),
    *_of("family_id", _MATCH, _PLACED),
)
def family_missing(form: Form) -> Iterator[Hit]:
    """R14."""
    table = form.table(_SHEET)
    for at, family, match, placed in table.each("family_id", _MATCH, _PLACED):
        if family is None and (match or placed):
            yield hit(table, at, "family_id")


@rule(
    "R15",
    CHECK,
    say("The placement broke down before it began, or never began."),
    DATES_FIX,
    *_of("disruption_date", _PLACED),
)
def disruption_alone(form: Form) -> Iterator[Hit]:
    """R15."""
    table = form.table(_SHEET)
    unclear = unread(table, _PLACED)
    for at, disruption, placed in table.each("disruption_date", _PLACED):
        if disruption and at not in unclear and (placed is None or disruption < placed):
            yield hit(table, at, "disruption_date", _PLACED)


@rule(
    "R16",
    CHECK,
    say(
        "Whether a foster carer adopted the child does not fit to who approved the adopters, or is not "
        "given though an adoption order was made."
    ),
    say("Check both columns."),
    *_of("adopted_by_foster_carer", "adopter_source", _ORDER),
)
def foster_carer_differs(form: Form) -> Iterator[Hit]:
    """R16."""
    table = form.table(_SHEET)
    unclear = unread(table, "adopted_by_foster_carer", "adopter_source")
    for at, carer, source, order in table.each("adopted_by_foster_carer", "adopter_source", _ORDER):
        if at not in unclear and ((carer == "Y" and source != "FC") or (order and carer is None)):
            yield hit(table, at, "adopted_by_foster_carer", "adopter_source")


@rule(
    "R17",
    CHECK,
    say("The child is 18 or older at the end of the period, and is neither adopted nor no longer to be placed."),
    say("Check the month of birth, and whether the row belongs here."),
    *_of("birth_month", _ORDER, _REVERSAL),
)
def grown_up(form: Form) -> Iterator[Hit]:
    """R17."""
    table = form.table(_SHEET)
    unclear = unread(table, _ORDER, _REVERSAL)
    for at, born, *ends in table.each("birth_month", _ORDER, _REVERSAL):
        if born and not any(ends) and age(born, form.against.last_day) >= 18 and at not in unclear:
            yield hit(table, at, "birth_month")
