"""Whether what happened lies in the period (T). Dates before it are valid history, T07, and never found fault with."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from portal.domain.a1.compare import by, hit, months_later, unread
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.lacking import none_of, not_all_dates
from portal.domain.a1.registry import CHECK, ERROR, rule
from schemas.texts import say

_OPEN: Final = 36
"""Months after which an open decision is asked about."""
_SCOPE_FIX = say("Take the row away if it does not belong to the period, or put the date right.")


def _days(form: Form, wrong: Callable[[date], bool], *types: str) -> Iterator[Hit]:
    for table in form.tables.values():
        for name, days in table.days(*types):
            found = {day for day in set(days) if day and wrong(day)}
            if found:
                yield from (hit(table, at, name) for at, day in enumerate(days) if day in found)


@rule(
    "T01",
    ERROR,
    say("The date is in the future."),
    say("Put the date right, or leave it blank until it has come."),
    lacks=none_of("date"),
)
def future(form: Form) -> Iterator[Hit]:
    """T01: after the London day of the upload."""
    return _days(form, lambda day: day > form.against.today, "date", "month")


@rule(
    "T02",
    CHECK,
    say("The date is after the end of the period."),
    say("You can keep it. Take the row away if it only belongs to what came after the period."),
    lacks=none_of("date"),
)
def after_period(form: Form) -> Iterator[Hit]:
    """T02; of a request for support T05 says it, which asks for more."""
    for found in _days(form, lambda day: form.against.last_day < day <= form.against.today):
        if (found.sheet, found.column) != ("Support", "referral_date"):
            yield found


@rule(
    "T03",
    ERROR,
    say("The child was adopted, or no longer to be placed, before the period began."),
    _SCOPE_FIX,
    "Children.adoption_order_date",
    "Children.reversal_date",
)
def child_before_period(form: Form) -> Iterator[Hit]:
    """T03."""
    table, first = form.table("Children"), form.against.first_day
    for name in ("adoption_order_date", "reversal_date"):
        yield from (hit(table, at, name) for at, day in table.each(name) if day and day < first)


@rule(
    "T04",
    ERROR,
    say("The adopter left, or adopted, before the period began, and nothing happened since."),
    _SCOPE_FIX,
    "Adopters.left_date",
    "Adopters.adoption_order_date",
)
def adopter_before_period(form: Form) -> Iterator[Hit]:
    """T04."""
    table, first = form.table("Adopters"), form.against.first_day
    names = [column.name for column in table.sheet.columns if column.type == "date"]
    unclear = unread(table, *names)
    latest = [max(filter(None, days), default=None) for days in zip(*map(table.values, names), strict=True)]
    for at, left, order in table.each("left_date", "adoption_order_date"):
        last = latest[at]
        if (left or order) and last and last < first and at not in unclear:
            yield hit(table, at, "left_date" if left else "adoption_order_date")


@rule(
    "T05",
    ERROR,
    say("The support ended before the period began, or was asked for after it ended."),
    _SCOPE_FIX,
    "Support.support_end",
    "Support.referral_date",
)
def support_outside_period(form: Form) -> Iterator[Hit]:
    """T05."""
    table, first, last = form.table("Support"), form.against.first_day, form.against.last_day
    for at, end, referral in table.each("support_end", "referral_date"):
        if end and end < first:
            yield hit(table, at, "support_end")
        if referral and referral > last:
            yield hit(table, at, "referral_date")


@rule(
    "T06",
    CHECK,
    say("The decision had been open for more than three years at the end of the period."),
    say("Check that it is still open. If it is, you need not do anything."),
    "Children.adm_decision_date",
    "Children.adoption_order_date",
    "Children.reversal_date",
)
def long_open(form: Form) -> Iterator[Hit]:
    """T06."""
    table, last = form.table("Children"), form.against.last_day
    unclear = unread(table, "adoption_order_date", "reversal_date")
    for at, decision, *ends in table.each("adm_decision_date", "adoption_order_date", "reversal_date"):
        open_still = not any(by(end, last) for end in ends) and at not in unclear
        if decision and open_still and months_later(decision, _OPEN) < last:
            yield hit(table, at, "adm_decision_date")


@rule(
    "T08",
    CHECK,
    say("No date of the sheet lies in the period, so it may not be the whole of the data."),
    say("Check that the data are of this period."),
    lacks=not_all_dates,
)
def nothing_in_period(form: Form) -> Iterator[Hit]:
    """T08."""
    first, last = form.against.first_day, form.against.last_day
    for name, table in form.tables.items():
        there = any(day and first <= day <= last for _, days in table.days() for day in set(days))
        dates = [column.name for column in table.present("date")]
        if len(table) and dates and not there and not unread(table, *dates):
            yield Hit(name)
