"""Whether each row of Adopters fits together (R20 to R26)."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final

from portal.domain.a1.compare import DATES_FIX, by, earlier, hit, one_alone, out_of_order, unread
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.registry import CHECK, ERROR, columns_of, rule
from schemas.texts import say

_SHEET: Final = "Adopters"
_of = partial(columns_of, _SHEET)
_FAST: Final = frozenset({"FFA", "CP", "FOSTER_CARER"})
"""Routes on which stages may overlap."""
_EARLY: Final = frozenset({"FFA", "CP"})
"""Routes on which a child may be matched before its carers are approved as adopters."""
_STEPS: Final = ("enquiry_date", "stage1_start", "stage1_end", "stage2_start", "stage2_end", "approval_date")
_REACHED: Final = (
    ("left_date", "LEFT"),
    ("adoption_order_date", "ORDER_MADE"),
    ("placed_date", "PLACED"),
    ("match_date", "MATCHED"),
    ("approval_date", "APPROVED_WAITING"),
    ("stage2_start", "STAGE2"),
    ("stage1_start", "STAGE1"),
)
"""The status that follows from the furthest date."""


def _steps(form: Form, *, fast: bool) -> Iterator[Hit]:
    table = form.table(_SHEET)
    routes = table.values("route")
    for at, column, before in out_of_order(table, _STEPS):
        if (routes[at] in _FAST) == fast:
            yield hit(table, at, column, before)


@rule("R20", ERROR, say("The steps to approval are not dated in their order."), DATES_FIX, *_of("enquiry_date"))
def steps_out_of_order(form: Form) -> Iterator[Hit]:
    """R20."""
    return _steps(form, fast=False)


@rule(
    "R20c",
    CHECK,
    say("The steps to approval are not dated in their order, which may be right on this route."),
    DATES_FIX,
    *_of("enquiry_date", "route"),
)
def fast_steps_out_of_order(form: Form) -> Iterator[Hit]:
    """R20: early permanence and foster carers."""
    return _steps(form, fast=True)


def _matches(form: Form, *, early: bool) -> Iterator[Hit]:
    routes = form.table(_SHEET).values("route")
    for found in earlier(form, _SHEET, "match_date", "approval_date"):
        if (routes[found.at] in _EARLY) == early:
            yield found


@rule(
    "R21",
    ERROR,
    say("The match is dated before the approval, or after the placement."),
    DATES_FIX,
    *_of("match_date", "approval_date", "placed_date"),
)
def match_out_of_order(form: Form) -> Iterator[Hit]:
    """R21."""
    yield from _matches(form, early=False)
    yield from earlier(form, _SHEET, "placed_date", "match_date")


@rule(
    "R21c",
    CHECK,
    say("The match is dated before the approval, which may be right on this route."),
    DATES_FIX,
    *_of("match_date", "approval_date", "route"),
)
def early_match(form: Form) -> Iterator[Hit]:
    """R21: fostering for adoption and concurrent planning."""
    return _matches(form, early=True)


@rule(
    "R22",
    ERROR,
    say("The number of children placed does not fit to the date on which a child was placed."),
    say("Fill in both, or leave the date blank and the number blank or 0."),
    *_of("children_placed", "placed_date"),
)
def children_without_date(form: Form) -> Iterator[Hit]:
    """R22."""
    table = form.table(_SHEET)
    unclear = unread(table, "children_placed", "placed_date")
    for at, children, placed in table.each("children_placed", "placed_date"):
        if bool(children) != (placed is not None) and at not in unclear:
            yield hit(table, at, "children_placed", "placed_date")


@rule(
    "R23",
    ERROR,
    say("There is a date of leaving without a reason, a reason without a date, or a date before the enquiry."),
    say("Fill in both date and reason, or neither, and check the date."),
    *_of("left_date", "left_reason", "enquiry_date"),
)
def left_half(form: Form) -> Iterator[Hit]:
    """R23."""
    yield from one_alone(form, _SHEET, "left_date", "left_reason")
    yield from earlier(form, _SHEET, "left_date", "enquiry_date")


@rule(
    "R24",
    ERROR,
    say("The status does not fit the furthest date up to the end of the period."),
    say("Put the status right, or the dates. The status that follows from the dates stands in brackets."),
    *_of("status", *(column for column, _ in _REACHED)),
)
def status_differs(form: Form) -> Iterator[Hit]:
    """R24."""
    table, last = form.table(_SHEET), form.against.last_day
    steps = [column for column, _ in _REACHED]
    unclear = unread(table, *steps)
    for at, status, *days in table.each("status", *steps):
        reached = [name for day, (_, name) in zip(days, _REACHED, strict=True) if by(day, last)]
        expected = reached[0] if reached else "ENQUIRY"
        if status and status != expected and at not in unclear:
            yield Hit(_SHEET, "status", at, f"{table.shown(at, 'status')} ({expected})")


@rule(
    "R25",
    CHECK,
    say("Adopters were refused without a panel, or referred to the Independent Review Mechanism before it."),
    say("Check the day of the panel."),
    *_of("panel_date", "left_reason", "irm_referral_date"),
)
def panel_missing(form: Form) -> Iterator[Hit]:
    """R25."""
    table = form.table(_SHEET)
    for at, panel, reason, referral in table.each("panel_date", "left_reason", "irm_referral_date"):
        if (reason == "REFUSED" and not panel) or (referral and panel and referral < panel):
            yield hit(table, at, "panel_date", "left_reason", "irm_referral_date")


@rule(
    "R26",
    CHECK,
    say("The legal status of the household does not fit to how many adopters it has, or to their sex."),
    say("Check the legal status, the sex of both, and whether they belong to one household."),
    *_of("household_legal_status", "family_id", "sex"),
)
def legal_status_differs(form: Form) -> Iterator[Hit]:
    """R26."""
    table = form.table(_SHEET)
    homes: dict[str, list[str | None]] = defaultdict(list)
    keys, sexes = table.keys("family_id"), table.values("sex")
    for key, sex in zip(keys, sexes, strict=True):
        if key:
            homes[key].append(sex)
    for at, status in table.each("household_legal_status"):
        home = homes.get(keys[at] or "", [])
        known = len(home) == 2 and set(home) <= {"M", "F"}
        same = known and home[0] == home[1]
        wrong = (status == "L0" and len(home) > 1) or (
            known and ((status in ("L11", "L3") and same) or (status in ("L12", "L4") and not same))
        )
        if wrong:
            yield hit(table, at, "household_legal_status", "sex")
