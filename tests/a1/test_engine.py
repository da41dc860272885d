"""What the rules find is put together so that a person can act on it, whatever the order of rows and columns."""

import json
from dataclasses import asdict
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.a1.faults import FAULTS, plant
from portal.domain.a1.findings import findings
from portal.domain.a1.recipe import AUTHORITIES, Recipe, SampleForm
from portal.domain.a1.sample import make_sample
from schemas.a1_result import LONGEST_VALUE, MOST_CELLS, A1Result, A1ResultSchema, Cell, Problem
from tests.a1.changes import CHILDLESS, ORDERED, REVERSED
from tests.a1.forms import FORM, MEMBER, Book, Change, add, be, problem, put, result, tell, without
from tests.a1.test_rules import CASES

PLANTED = sorted(set(FAULTS) - {"S01"})
NAMES_PLACES = {"D01", "D02", "D03", "D04", "S08", "S08c", "X05"}
"""Rules that tell rows or columns instead of values."""
SAMPLE = without(raa_code="RAA-SAMPLE", authorities=dict.fromkeys(AUTHORITIES, (MEMBER,)))


def test_cells_are_named_as_excel_names_them() -> None:
    """A finding has the column's letters in the file and Excel's row, blank ones counted, and what is compared."""
    found = problem("R01", put("Children", 1, adm_decision_date=date(2022, 1, 4)), blank_row)
    assert ("Children", "adm_decision_date", "L", 1) == (found.sheet, found.column, found.letter, found.count)
    (cell,) = found.cells
    assert (4, "C-0002") == (cell.row, cell.id)
    assert "04/01/2022 (entered_care_date 05/01/2022)" == cell.value
    assert ("Cover", "B", (3,)) == at(problem("S05", tell(B3="x")))
    assert ("Support", "B", (2,)) == at(problem("S09", be(odd={"Support": {"odd_cells": ("B2",)}})))


def blank_row(book: Book) -> None:
    """Put a blank row between the children."""
    book.rows["Children"].insert(1, {"allocated_team": "  "})


def at(found: Problem) -> tuple[str, str, tuple[int, ...]]:
    """Return where a problem is."""
    return found.sheet, found.letter, tuple(cell.row for cell in found.cells)


def test_grouped_and_worst_first() -> None:
    """Equal rules at one column are one problem; ERROR comes before CHECK, then sheet, then row."""
    changes = [put("Children", row, sex="X") for row in (0, 1)]
    found = result(
        *changes,
        put("Adopters", sex="X"),
        put("Children", allocated_team="Jane Smith"),
        put("Children", 1, ethnicity="?"),
    )
    listed = [(each.code, each.sheet, each.column, [cell.row for cell in each.cells]) for each in found.problems]
    assert [
        ("F02", "Children", "sex", [2, 3]),
        ("F02", "Children", "ethnicity", [3]),
        ("F02", "Adopters", "sex", [2]),
        ("P10", "Children", "allocated_team", [2]),
    ] == listed
    assert (4, 1) == (found.count("ERROR"), found.count("CHECK"))
    assert "M, F, U, N" == found.problems[0].values["allowed"]
    assert found == A1ResultSchema().load(json.loads(json.dumps(asdict(found))))


def test_structure_and_privacy_come_first_of_what_is_equally_bad() -> None:
    """Of the errors those of the form's structure and of privacy stand before those of cells, rows and other sheets."""
    found = result(
        put("Children", sex="X", adm_decision_date=date(2020, 2, 2), allocated_team="Ring 0113 496 0000"),
        lambda book: book.rows["Adopters"].clear(),
        be(odd={"Support": {"odd_cells": ("B2",)}}, owned=True),
        put("Support", asgsf_funded="f) Y", last_review_date="n/a"),
    )
    errors = [(each.code, each.sheet) for each in found.problems if each.severity == "ERROR"]
    assert [("P09", "Children"), ("S11", "Adopters"), ("S09", "Support")] == errors[:3]
    assert set("FRX") == {code[0] for code, _ in errors[3:]}
    assert [each.code for each in found.problems] == [each.code for each in findings(found, FORM)]
    checks = [each.code for each in found.problems if each.severity == "CHECK"]
    assert ("S12", "S13") == (checks[0], checks[-1])


def test_a_stop_ends_the_check() -> None:
    """With what stops, structure and privacy are all that is said."""
    found = result(put("Support", person_id="Smith"), put("Children", sex="X", allocated_team="Jane Smith"))
    assert (False, ["P04", "P10"]) == (found.complete, [each.code for each in found.problems])


def test_a_blank_cell_has_no_other_finding() -> None:
    """Of a required date that is a word for nothing only its absence is said."""
    found = result(put("Children", adm_decision_date="n/a"))
    assert [("F01", "adm_decision_date")] == [(each.code, each.column) for each in found.problems]


TWO: dict[str, Any] = {"adopter_id": "A-0003", "household_legal_status": "L12", "disability": "Y"}


def all_of(*changes: Change) -> Change:
    """Make several changes one."""
    return lambda book: [change(book) for change in changes]


UNREAD: tuple[tuple[str, str, Change], ...] = (
    ("F03", "placed_date", put("Children", placed_date="12.11.2022", adopter_source="VAA", **ORDERED)),
    ("F04", "adoption_order_date", put("Children", **ORDERED | {"adoption_order_date": date(1900, 1, 1)})),
    ("F03", "reversal_date", put("Children", 1, **REVERSED | {"reversal_date": "6 May 23"})),
    ("F02", "reversal_reason", put("Children", 1, **REVERSED | {"reversal_reason": "zz"})),
    ("F05", "placed_date", put("Children", placed_date=date(1922, 11, 12), disruption_date=date(2023, 1, 1))),
    ("F06", "siblings_apart", put("Children", 1, siblings_apart="one")),
    ("F03", "early_permanence_date", put("Children", early_permanence="FFA", early_permanence_date="12/10/22")),
    ("F02", "adopter_source", put("Children", adopter_source="FOSTER", adopted_by_foster_carer="Y")),
    ("F03", "reversal_date", put("Children", birth_month="2004-04", reversal_date="6/5/23")),
    ("F03", "adoption_order_date", put("Children", adm_decision_date=date(2020, 2, 4), adoption_order_date="6.5.23")),
    ("F02", "responsible_la", put("Children", 1, responsible_la="Leeds")),
    ("F03", "left_date", put("Adopters", 1, left_date="6 May 23", left_reason="OTHER", status="LEFT")),
    ("F03", "placed_date", put("Adopters", placed_date="12.11.22")),
    ("F06", "children_placed", put("Adopters", children_placed="one")),
    ("F03", "panel_date", put("Adopters", 1, panel_date="1.5.23", left_date=date(2023, 6, 1), left_reason="REFUSED",
                              status="LEFT")),
    ("F03", "match_date", put("Adopters", 1, enquiry_date=date(2022, 5, 1), left_date=date(2022, 6, 1), match_date="?",
                              left_reason="OTHER", status="LEFT")),
    ("F03", "disruption_date", all_of(put("Children", disruption_date="6.5.23"), put("Adopters", **CHILDLESS))),
    ("F03", "adoption_order_date", all_of(put("Children", **ORDERED), add("Adopters", **TWO),
                                          put("Adopters", household_legal_status="L12", adoption_order_date="6.5.23"))),
    ("F02", "household_legal_status", all_of(add("Adopters", **TWO), put("Adopters", household_legal_status="?"))),
    ("F03", "support_start", put("Support", support_start="1.3.23")),
    ("F03", "support_end", put("Support", support_end="1.6.23", status="CLOSED")),
    ("F03", "asgsf_applied_date", put("Support", asgsf_applied_date="1.3.23")),
)  # fmt: skip


@pytest.mark.parametrize(("code", "column", "change"), UNREAD)
def test_what_cannot_be_read_is_not_missing(code: str, column: str, change: Change) -> None:
    """Of a cell that holds something else only that is said, and no rule says that nothing stands there."""
    assert [(code, column)] == [(each.code, each.column) for each in result(change).problems]


def test_duplicates_name_the_other_rows() -> None:
    """Beside each repeated identifier stand the rows of the others, and never the identifier as a value."""
    found = problem("D01", *[add("Support", complaint_open="Y")] * 7)
    assert 8 == found.count
    assert "3, 4, 5, 6, 7, …" == found.cells[0].value
    assert "2, 3, 4, 5, 6, …" == found.cells[-1].value


@pytest.mark.parametrize(("first", "second", "code"), [
    ("0012", "12", "D03"), ("0012", 12.0, "D03"), ("0", "000", "D03"), ("12.0", 12.0, "D03"), ("s-1", "S-1", "D03"),
    ("S-1 ", "S-1", "D03"), (12.0, "12", "D01"), ("012", "012", "D01"), ("S-1", "S-1", "D01"), ("120", "12", ""),
    ("S-01", "S-1", ""), ("0", "1", ""),
])  # fmt: skip
def test_identifiers_are_the_same_or_nearly(first: object, second: object, code: str) -> None:
    """Repeated is what is written alike; nearly so what differs by zeros before it, capitals, spaces or “.0” alone."""
    found = result(put("Support", support_id=first), add("Support", support_id=second, support_type="GROUP"))
    doubles = [(each.code, [(cell.row, cell.value) for cell in each.cells]) for each in found.problems]
    assert ([(code, [(2, "3"), (3, "2")])] if code else []) == doubles


def test_answers_stay_within_their_shape() -> None:
    """However much is wrong, at most so many cells are listed, each problem some; long values are cut."""

    def many(book: Book) -> None:
        like = {
            **book.rows["Support"][0],
            "status": "?" * 150,
            "provider_type": "?",
            "plan_date": "?",
            "asgsf_funded": "?",
        }
        book.rows["Support"] = [{**like, "support_id": f"S-{number:05}"} for number in range(5_100)]

    found = result(many)
    listed = [len(each.cells) for each in found.problems]
    assert 50 <= min(listed)
    assert MOST_CELLS >= sum(listed)
    assert {5_100} == {each.count for each in found.problems if each.code in ("F02", "F03")}
    assert LONGEST_VALUE == max(len(cell.value) for each in found.problems for cell in each.cells)


def told(found: A1Result) -> set[tuple[object, ...]]:
    """Return findings, with values, without rows and letters."""
    return {
        (each.code, each.sheet, each.column, each.count, *sorted((cell.id, *values(each, cell)) for cell in each.cells))
        for each in found.problems
    } | {(each.code, *sorted(each.values.items())) for each in found.problems if each.code not in NAMES_PLACES}


def values(found: Problem, cell: Cell) -> tuple[str, ...]:
    """Return what a cell shows, but for other places."""
    return () if found.code in NAMES_PLACES else (cell.value,)


def test_a_column_that_is_there_twice_is_read_nowhere() -> None:
    """Whichever stands first, only that it is there twice is said, and rules that need it could not run."""

    def doubled(sheet: str, column: str, alias: str, value: object) -> list[A1Result]:
        def change(book: Book) -> None:
            for row in book.rows[sheet]:
                row[alias] = value

        others = [each.name for each in FORM.sheet(sheet).columns if each.name != column]
        orders = ([column, alias, *others], [alias, *others, column], [*others, alias, column])
        return [result(change, be(columns={**Book().columns, sheet: order})) for order in orders]

    for found in doubled("Children", "sex", "Gender", "X"):
        assert ["S08"] == [each.code for each in found.problems]
    assert ["A1, B1", "A1, Z1", "Y1, Z1"] == [
        each.problems[0].values["columns"] for each in doubled("Children", "sex", "Gender", "")
    ]
    for found in doubled("Children", "match_date", "Date of Matching Child and Prospective Adopters", date(1900, 1, 1)):
        assert ["S08"] == [each.code for each in found.problems]
        assert {"R04", "R13"} <= set(found.not_run)
    for found in doubled("Support", "person_id", "PERSON_ID ", "Emma Example"):
        assert {("P04", "person_id", 1), ("S08", "", 1)} == {(e.code, e.column, e.count) for e in found.problems}
    for found in doubled("Children", "child_id", "Child Unique ID", "c-1"):
        assert {"S08", "X07"} >= {each.code for each in found.problems}


@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), codes=st.lists(st.sampled_from(PLANTED), max_size=4, unique=True))
def test_order_of_rows_and_columns_changes_nothing(seed: int, codes: list[str]) -> None:
    """Shuffled rows and columns give the same findings and values, but for the numbers of rows."""
    if {"D01", "D03"} <= set(codes):  # both make the same row that of another
        codes.remove("D01")
    straight = shuffled(seed, *sorted(codes, key="S11".__eq__))  # which takes the rows away
    assert set(codes) <= {each[0] for each in straight} or any(code[0] in "SP" for code in codes)


def test_no_fault_depends_on_the_order() -> None:
    """What is found of each fault that can be planted is the same in any order of rows and columns."""
    for seed, code in enumerate(PLANTED):
        assert code in {each[0] for each in shuffled(seed, code)}


def test_no_rule_depends_on_the_order() -> None:
    """What is found in each case for or against a rule is the same in any order of rows and columns."""
    draw = Random(6)

    def shuffle(book: Book) -> None:
        for sheet, rows in book.rows.items():
            draw.shuffle(rows)
            draw.shuffle(book.columns[sheet])

    for changes in (each for cases in CASES.values() for _where, *both in cases for each in both):
        straight, mixed = result(*changes), result(*changes, shuffle)
        assert told(straight) == told(mixed)
        assert straight.not_run == mixed.not_run


def test_what_is_found_without_headings_does_not_depend_on_the_order() -> None:
    """Names under a heading that is not known, and words beside them, are the same in any order of rows and columns."""
    people = [f"{first} {last}" for first in ("Jane", "Emma", "Zoe", "Ali", "Omar") for last in ("Lee", "Hall", "Khan")]

    def names(at: int, order: Random) -> Change:
        def change(book: Book) -> None:
            rows = book.rows["Children"] = [
                {**book.rows["Children"][1], "child_id": None, "who": each, "worker": people[number % 3]}
                for number, each in enumerate(people[:at] + [f"C-{number}" for number in range(15 - at)])
            ]
            book.columns["Children"] = ["worker", "who", *book.columns["Children"][1:]]
            order.shuffle(rows)
            order.shuffle(book.columns["Children"])

        return change

    for at, expected in ((15, {("P04", "child_id", 15), ("P10", "", 15)}), (5, {("P10", "", 5), ("P10", "", 15)})):
        for seed in range(3):
            found = result(names(at, Random(seed)))
            assert expected == {(e.code, e.column, e.count) for e in found.problems if e.code[0] == "P"}


def shuffled(seed: int, *codes: str) -> set[tuple[object, ...]]:
    """Return what is found of faults in a synthetic form, having seen that shuffling it changes nothing."""
    recipe = Recipe(FORM, 30, seed)
    form = plant(make_sample(recipe), recipe, codes)
    straight = told(result(copied(form), against=SAMPLE))
    draw = Random(seed)
    for table in form.tables.values():
        draw.shuffle(table.rows)
        draw.shuffle(table.columns)
    assert straight == told(result(copied(form), against=SAMPLE))
    return straight


def copied(form: SampleForm) -> Change:
    """Let the book be a synthetic form."""

    def change(book: Book) -> None:
        book.rows = {name: list(table.rows) for name, table in form.tables.items()}
        book.columns = {name: list(table.columns) for name, table in form.tables.items()}
        book.cover = {FORM.cover_cell(name): value for name, value in form.cover.items()}

    return change
