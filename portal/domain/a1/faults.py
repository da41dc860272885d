"""Faults that can be planted in a synthetic A1 form, by the code of the rule that has to find them.

Each changes as little as it can, and in a place on which few other rules look.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from portal.domain.a1.recipe import Recipe, Row, SampleForm, Value

Fault = Callable[[SampleForm, Recipe], None]
LEAST_ROWS = 12
"""So many rows on each sheet have what every fault needs."""
_DAY = timedelta(days=1)
_FUTURE = date(2999, 1, 1)


class UnknownFault(ValueError):
    """No fault can be planted by this code. The message names it and those that can."""


def plant(form: SampleForm, recipe: Recipe, codes: tuple[str, ...]) -> SampleForm:
    """Plant faults in the form, and return it. Raises UnknownFault, ValueError (too few rows for one)."""
    for code in codes:
        if code not in FAULTS:
            raise UnknownFault(f"No fault is called {code}. There are: {', '.join(sorted(FAULTS))}.")
    if codes and recipe.rows < LEAST_ROWS:
        raise ValueError(f"Faults need at least {LEAST_ROWS} rows on each sheet.")
    for code in codes:
        FAULTS[code](form, recipe)
    return form


def _rows(form: SampleForm, sheet: str, **wanted: Value) -> Iterator[Row]:
    """Yield the rows in which each of these columns has this value."""
    for row in form.tables[sheet].rows:
        if all(row.get(column) == value for column, value in wanted.items()):
            yield row


def _child(form: SampleForm, status: str, **wanted: Value) -> Row:
    return next(_rows(form, "Children", status=status, **wanted))


def _put(sheet: str, column: str, value: Value, **wanted: Value) -> Fault:
    """Return the fault of one cell: this value, in the first row that has these."""

    def change(form: SampleForm, _recipe: Recipe) -> None:
        next(_rows(form, sheet, **wanted))[column] = value

    return change


def _cover(name: str, value: Value) -> Fault:
    def change(form: SampleForm, _recipe: Recipe) -> None:
        form.cover[name] = value

    return change


def _moved(sheet: str, column: str, than: str, days: int, **wanted: Value) -> Fault:
    """Return the fault of a date that lies `days` after another of its row."""

    def change(form: SampleForm, _recipe: Recipe) -> None:
        row = next(_rows(form, sheet, **wanted))
        row[column] = _day(row, than) + timedelta(days=days)

    return change


def _day(row: Row, column: str) -> date:
    value = row[column]
    if not isinstance(value, date):
        raise TypeError(column)
    return value


def _damaged(form: SampleForm, _recipe: Recipe) -> None:
    form.damaged = True


def _too_wide(form: SampleForm, _recipe: Recipe) -> None:
    form.tables["Children"].columns += [f"extra_{number}" for number in range(1, 62)]


def _no_sheet(form: SampleForm, _recipe: Recipe) -> None:
    del form.tables["Support"]


def _no_column(form: SampleForm, _recipe: Recipe) -> None:
    form.tables["Children"].columns.remove("disability")


def _column_twice(form: SampleForm, _recipe: Recipe) -> None:
    form.tables["Children"].columns.append("disability")


def _no_rows(form: SampleForm, _recipe: Recipe) -> None:
    form.tables["Support"].rows.clear()


def _not_a_member(form: SampleForm, recipe: Recipe) -> None:
    unknown = next(f"{number}" for number in range(998, 100, -1) if f"{number}" not in recipe.authorities)
    next(_rows(form, "Support"))["responsible_la"] = unknown


def _reversed_early(form: SampleForm, _recipe: Recipe) -> None:
    row = _child(form, "REVERSED")
    row["adm_decision_date"] = _day(row, "reversal_date") + _DAY


def _reversed_and_adopted(form: SampleForm, _recipe: Recipe) -> None:
    row = _child(form, "ADOPTED", adopter_source="VAA")
    row |= {"reversal_date": row["adoption_order_date"], "reversal_reason": "RD1"}


def _placed_early(form: SampleForm, _recipe: Recipe) -> None:
    """A child who is placed no longer needs no match, whose date would be wrong too."""
    row = _child(form, "REVERSED")
    row |= {"placed_date": _day(row, "adm_decision_date") - _DAY, "adopter_source": "VAA", "family_id": "V-1"}


def _one_too_many(form: SampleForm, _recipe: Recipe) -> None:
    """Place another child with a family that tells of fewer."""
    like, (*_, row) = _child(form, "PLACED", adopter_source="OWN"), _rows(form, "Children", status="AWAITING_PO")
    own = {name: row[name] for name in ("child_id", "responsible_la")}
    row |= like | own | {"sex": "F" if like["sex"] == "M" else "M"}


def _another_match(form: SampleForm, _recipe: Recipe) -> None:
    row = _child(form, "MATCHED", adopter_source="OWN")
    row["match_date"] = _day(row, "match_date") + _DAY


def _two_stories(form: SampleForm, _recipe: Recipe) -> None:
    """The two rows of the first household differ in when they were approved; no other date of it is after."""
    seen: dict[Value, Row] = {}
    for row in _rows(form, "Adopters"):
        if row["family_id"] in seen and row.get("approval_date"):
            row["approval_date"] = _day(row, "approval_date") + _DAY
            return
        seen[row["family_id"]] = row


def _same_id(form: SampleForm, _recipe: Recipe) -> None:
    first, second = form.tables["Support"].rows[:2]
    second["support_id"] = first["support_id"]


def _nearly_same_id(form: SampleForm, _recipe: Recipe) -> None:
    first, second = form.tables["Support"].rows[2:4]
    second["support_id"] = str(first["support_id"]).lower()


def _long_ago(form: SampleForm, recipe: Recipe) -> None:
    row = _child(form, "ADOPTED", adopter_source="VAA")
    back = _day(row, "adoption_order_date") - recipe.first + _DAY
    for column, value in row.items():
        if isinstance(value, date):
            row[column] = value - back


def _after_the_period(form: SampleForm, recipe: Recipe) -> None:
    next(_rows(form, "Support", status="ACTIVE"))["last_review_date"] = recipe.last + _DAY


FAULTS: dict[str, Fault] = {
    "S01": _damaged,
    "S02": _too_wide,
    "S03": _no_sheet,
    "S04": _cover("template_id", "ANOTHER-FORM"),
    "S05": _cover("period_start", date(2001, 1, 1)),
    "S06": _cover("raa_code", "ANOTHER"),
    "S07": _no_column,
    "S08": _column_twice,
    "S11": _no_rows,
    "P01": _put("Support", "support_id", "a@b.example"),
    "P02": _put("Support", "support_id", "943 476 5919"),
    "P03": _put("Support", "support_id", "LS1 4AP"),
    "P04": _put("Support", "support_id", "Emma Example"),
    "P05": _put("Support", "support_id", "AB123456C"),
    "P08": _put("Support", "support_id", "S-0000000000000000001"),
    "F01": _put("Children", "sex", None),
    "F02": _put("Children", "ethnicity", "X"),
    "F03": _put("Support", "last_review_date", "31/02/2023", status="ACTIVE"),
    "F04": _put("Support", "last_review_date", date(1900, 1, 1), status="ACTIVE"),
    "F06": _put("Children", "siblings_apart", "two", sibling_group="N"),
    "F07": _not_a_member,
    "R01": _moved("Children", "entered_care_date", "adm_decision_date", 1, status="FAMILY_FINDING"),
    "R03": _moved("Children", "placement_order_date", "adm_decision_date", -1, status="FAMILY_FINDING"),
    "R04": _moved("Children", "match_date", "placed_date", 1, status="PLACED", adopter_source="VAA"),
    "R05": _placed_early,
    "R06": _moved("Children", "placed_date", "adoption_order_date", 1, status="ADOPTED", adopter_source="VAA"),
    "R08": _put("Children", "reversal_reason", None, status="REVERSED"),
    "R09": _reversed_early,
    "R10": _reversed_and_adopted,
    "R13": _put("Children", "status", "AWAITING_PO", status="FAMILY_FINDING"),
    "R14": _put("Children", "family_id", None, status="MATCHED", adopter_source="VAA"),
    "R20": _moved("Adopters", "enquiry_date", "stage1_start", 1, status="STAGE2"),
    "R22": _put("Adopters", "children_placed", 1, status="APPROVED_WAITING"),
    "R23": _put("Adopters", "left_reason", None, status="LEFT"),
    "R30": _moved("Support", "assessment_start", "assessment_end", 1, status="CLOSED"),
    "R31": _put("Support", "support_start", None, status="ACTIVE"),
    "X01": _put("Children", "adopter_source", "OWN", status="MATCHED", adopter_source="VAA"),
    "X03": _another_match,
    "X04": _one_too_many,
    "X05": _two_stories,
    "D01": _same_id,
    "D03": _nearly_same_id,
    "T01": _put("Support", "last_review_date", _FUTURE, status="ACTIVE"),
    "T02": _after_the_period,
    "T03": _long_ago,
}
"""What can be planted, by the code of the rule that finds it."""
