"""Whether each row of Support fits together (R30 to R34)."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from portal.domain.a1.compare import DATES_FIX, age, by, hit, months_later, out_of_order, unread
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.registry import CHECK, ERROR, columns_of, rule
from schemas.texts import say

_SHEET: Final = "Support"
_of = partial(columns_of, _SHEET)


@rule("R30", ERROR, say("The dates do not follow each other."), DATES_FIX, *_of("referral_date"))
def dates_out_of_order(form: Form) -> Iterator[Hit]:
    """R30: the assessment follows the referral, and so does the support; blank days are left out."""
    table = form.table(_SHEET)
    for part in ("assessment", "support"):
        for at, column, before in out_of_order(table, ("referral_date", f"{part}_start", f"{part}_end")):
            yield hit(table, at, column, before)


@rule(
    "R31",
    ERROR,
    say("The status does not fit the dates of the support up to the end of the period."),
    say("ACTIVE needs a start, CLOSED an end, and REFERRED has no start. Put the status or the dates right."),
    *_of("status", "support_start", "support_end"),
)
def status_differs(form: Form) -> Iterator[Hit]:
    """R31: what came after the period does not count."""
    table, last = form.table(_SHEET), form.against.last_day
    unclear = unread(table, "support_start", "support_end")
    for at, status, start, end in table.each("status", "support_start", "support_end"):
        wrong = {"ACTIVE": not by(start, last), "CLOSED": not by(end, last), "REFERRED": by(start, last)}
        if wrong.get(status, False) and at not in unclear:
            yield hit(table, at, "status", "support_start", "support_end")


@rule(
    "R32",
    ERROR,
    say("The fund pays, but there is no date of the application, or the fund does not pay for birth relatives."),
    say("Give the day of the application, or put N where the fund does not pay."),
    *_of("asgsf_funded", "asgsf_applied_date", "person_type"),
)
def fund_differs(form: Form) -> Iterator[Hit]:
    """R32."""
    table = form.table(_SHEET)
    unclear = unread(table, "asgsf_applied_date")
    for at, funded, applied, person in table.each("asgsf_funded", "asgsf_applied_date", "person_type"):
        missing = applied is None and at not in unclear
        if funded == "Y" and (missing or person in ("BIRTH_PARENT", "BIRTH_RELATIVE")):
            yield hit(table, at, "asgsf_funded", "asgsf_applied_date", "person_type")


@rule(
    "R33",
    CHECK,
    say("The application to the fund was made more than three months after the assessment ended."),
    DATES_FIX,
    *_of("asgsf_applied_date", "assessment_end"),
)
def fund_late(form: Form) -> Iterator[Hit]:
    """R33: the fund's rule in 2023."""
    table = form.table(_SHEET)
    for at, applied, ended in table.each("asgsf_applied_date", "assessment_end"):
        if applied and ended and applied > months_later(ended, 3):
            yield hit(table, at, "asgsf_applied_date", "assessment_end")


@rule(
    "R34",
    CHECK,
    say("The age at the end of the period does not fit to who is supported."),
    say("Check the month of birth. From 18 on it is ADOPTED_ADULT, before that ADOPTED_CHILD."),
    *_of("birth_month", "person_type"),
)
def age_differs(form: Form) -> Iterator[Hit]:
    """R34."""
    table = form.table(_SHEET)
    for at, born, person in table.each("birth_month", "person_type"):
        if born:
            years = age(born, form.against.last_day)
            if (person == "ADOPTED_ADULT" and years < 18) or (person == "ADOPTED_CHILD" and years >= 18):
                yield hit(table, at, "birth_month", "person_type")
