"""A small form without a fault, as rows, and changes to it."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from portal.domain.a1.engine import check
from portal.domain.a1.form import Against, Form, RawForm, RawSheet
from schemas.a1 import load_a1
from schemas.a1_result import A1Result, Problem

FORM = load_a1("illustrative-2023")
MEMBER = (date(2018, 4, 1), None)
AGAINST = Against(
    first_day=FORM.first_day,
    last_day=FORM.last_day,
    today=date(2023, 10, 9),
    raa_code="RAA-1",
    authorities={"301": (MEMBER,), "302": (MEMBER,), "303": ((date(2018, 4, 1), date(2021, 3, 31)),)},
    id_words=frozenset({"LEEDS"}),
)


def day(text: str) -> date:
    """Read 2023-10-09."""
    return date.fromisoformat(text)


PLACED = {
    "child_id": "C-0001",
    "family_id": "F-0001",
    "responsible_la": "301",
    "sex": "F",
    "ethnicity": "WBRI",
    "birth_month": "2019-05",
    "disability": "N",
    "sibling_group": "N",
    "early_permanence": "NONE",
    "entered_care_date": day("2020-02-03"),
    "adm_decision_date": day("2021-03-04"),
    "adopter_source": "OWN",
    "placement_order_date": day("2021-06-07"),
    "match_date": day("2022-10-11"),
    "placed_date": day("2022-11-12"),
    "status": "PLACED",
    "allocated_team": "Family Finding Team",
}
WAITING = {
    "child_id": "C-0002",
    "responsible_la": "302",
    "sex": "M",
    "ethnicity": "MWBC",
    "birth_month": "2021-01",
    "disability": "U",
    "sibling_group": "Y",
    "siblings_together": 1,
    "siblings_apart": 1,
    "early_permanence": "NONE",
    "entered_care_date": day("2022-01-05"),
    "adm_decision_date": day("2023-02-06"),
    "status": "AWAITING_PO",
}
ADOPTER = {
    "adopter_id": "A-0001",
    "family_id": "F-0001",
    "home_la": "999",
    "sex": "F",
    "ethnicity": "WBRI",
    "disability": "N",
    "household_legal_status": "L0",
    "route": "DOMESTIC",
    "enquiry_date": day("2021-10-01"),
    "stage1_start": day("2021-11-01"),
    "stage1_end": day("2022-01-10"),
    "stage2_start": day("2022-01-20"),
    "stage2_end": day("2022-05-01"),
    "panel_date": day("2022-05-20"),
    "approval_date": day("2022-06-01"),
    "match_date": day("2022-10-11"),
    "placed_date": day("2022-11-12"),
    "children_placed": 1,
    "status": "PLACED",
}
ENQUIRER = {
    "adopter_id": "A-0002",
    "family_id": "F-0002",
    "sex": "M",
    "ethnicity": "AIND",
    "disability": "N",
    "route": "FFA",
    "enquiry_date": day("2023-05-01"),
    "status": "ENQUIRY",
}
EPISODE = {
    "support_id": "S-0001",
    "person_id": "C-0001",
    "person_type": "CHILD_PRE_ORDER",
    "family_id": "F-0001",
    "responsible_la": "301",
    "birth_month": "2019-05",
    "referral_date": day("2023-01-09"),
    "status": "ACTIVE",
    "assessment_start": day("2023-01-20"),
    "assessment_end": day("2023-02-20"),
    "plan_date": day("2023-02-25"),
    "support_start": day("2023-03-01"),
    "support_type": "CONTACT; THERAPY",
    "provider_type": "IN_HOUSE",
    "asgsf_funded": "Y",
    "asgsf_applied_date": day("2023-03-05"),
    "complaint_open": "N",
}
Row = dict[str, Any]


def _rows() -> dict[str, list[Row]]:
    return deepcopy({"Children": [PLACED, WAITING], "Adopters": [ADOPTER, ENQUIRER], "Support": [EPISODE]})


@dataclass
class Book:
    """A form that tests change."""

    rows: dict[str, list[Row]] = field(default_factory=_rows)
    columns: dict[str, list[str]] = field(
        default_factory=lambda: {sheet.code: [each.name for each in sheet.columns] for sheet in FORM.sheets}
    )
    cover: dict[str, object] | None = field(
        default_factory=lambda: {
            "B1": "A1-RAA",
            "B2": 2023.1,
            "B3": FORM.first_day,
            "B4": "30/09/2023",
            "B5": "raa-1",
            "B7": "Data manager",
        }
    )
    more: tuple[str, ...] = ("Lists", "Guidance")
    odd: dict[str, dict[str, Any]] = field(default_factory=dict)
    above: dict[str, list[list[object]]] = field(default_factory=dict)
    """Rows above the headings."""
    csv: bool = False
    owned: bool = False

    def raw(self) -> RawForm:
        """Return the form as if it had been read."""
        sheets = {}
        for name, rows in self.rows.items():
            heads = self.columns[name]
            cells = [["" if row.get(column) is None else row[column] for column in heads] for row in rows]
            lines: list[Sequence[object]] = [*self.above.get(name, []), heads, *cells]
            sheets[name] = RawSheet(lines[0], lines[1:], **self.odd.get(name, {}))
        return RawForm(sheets, ("Cover", *sheets, *self.more), self.cover, self.csv, self.owned)


Change = Callable[[Book], object]


def put(sheet: str, row: int = 0, **values: Any) -> Change:
    """Change cells of a row."""
    return lambda book: book.rows[sheet][row].update(values)


def add(sheet: str, like: int = 0, **values: Any) -> Change:
    """Add a row like another."""
    return lambda book: book.rows[sheet].append({**book.rows[sheet][like], **values})


def tell(**cells: Any) -> Change:
    """Change what the cover tells."""
    return lambda book: (book.cover or {}).update(cells)


def be(**values: Any) -> Change:
    """Change the workbook itself."""
    return lambda book: vars(book).update(values)


def result(*changes: Change, against: Against = AGAINST) -> A1Result:
    """Return what is found after these changes."""
    book = Book()
    for change in changes:
        change(book)
    return check(Form(FORM, book.raw(), against))


def problem(code: str, *changes: Change) -> Problem:
    """Return the only problem of this rule after these changes."""
    (found,) = [each for each in result(*changes).problems if each.code == code]
    return found


def without(**changes: Any) -> Against:
    """Return what the form is read against, changed."""
    return replace(AGAINST, **changes)
