"""Made-up A1 forms: whatever their size they keep every rule, and a fault that is planted is what the rules find."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.domain.a1.engine import check
from portal.domain.a1.faults import FAULTS, LEAST_ROWS, UnknownFault, plant
from portal.domain.a1.findings import findings, rules_by_group
from portal.domain.a1.form import Against, Form, RawForm, RawSheet
from portal.domain.a1.guide import guide
from portal.domain.a1.recipe import AUTHORITIES, RAA_CODE, Recipe, SampleForm
from portal.domain.a1.rules import RULES
from portal.domain.a1.sample import make_sample
from schemas.a1 import load_a1
from schemas.a1_result import A1Result, Cell, Problem

FORM = load_a1("illustrative-2023")
AGAINST = Against(
    FORM.first_day,
    FORM.last_day,
    date(2023, 10, 9),
    RAA_CODE,
    {code: [(date(2018, 4, 1), None)] for code in AUTHORITIES},
)
CORE = (
    *(f"S{number:02}" for number in (*range(1, 9), 11)),
    *(f"P{number:02}" for number in (1, 2, 3, 4, 5, 8)),
    *(f"F{number:02}" for number in (1, 2, 3, 4, 6, 7)),
    *(f"R{number:02}" for number in (1, 3, 4, 5, 6, 8, 9, 10, 13, 14, 20, 22, 23, 30, 31)),
    *(f"X{number:02}" for number in (1, 3, 4, 5)),
    *("D01", "D03", "T01", "T02", "T03"),
)
"""The 45 rules that are asked for."""
BESIDE = {"S02": ("S08c",), "R22": ("X04c",)}
"""What a fault cannot but break too, to check: columns that are too many are not known, a child that is not there."""


def checked(form: SampleForm, against: Against = AGAINST) -> A1Result:
    """Return what the rules find in a form."""
    sheets = {
        name: RawSheet(
            table.columns,
            [["" if (cell := row.get(name)) is None else cell for name in table.columns] for row in table.rows],
        )
        for name, table in form.tables.items()
    }
    cover = {FORM.cover_cell(name): value for name, value in form.cover.items()}
    return check(Form(FORM, RawForm(sheets, ("Cover", *sheets, *FORM.also), cover), against))


def serious(result: A1Result) -> set[str]:
    """Return the codes of what has to be put right."""
    return {each.code for each in result.problems if each.severity in ("STOP", "ERROR")}


@settings(max_examples=60)
@given(rows=st.integers(1, 60), seed=st.integers(0, 2**31))
@example(rows=4, seed=1)  # one who is adopted is supported, and none is in the sheet Children
def test_a_made_up_form_keeps_every_rule(rows: int, seed: int) -> None:
    """In a clean form of any size nothing is found, and every rule could be tried.

    But for what lies in its size: few rows may leave out a member, and one row may have no date in the period.
    """
    result = checked(make_sample(Recipe(FORM, rows, seed)))
    assert ((), ()) == (result.faults, result.not_run)
    assert {each.code for each in result.problems} <= {"X09c"} | ({"T08"} if rows == 1 else set())
    assert {sheet.code: rows for sheet in FORM.sheets} == result.rows


def test_a_made_up_form_goes_by_its_recipe() -> None:
    """Period, agency, authorities and seed are those asked for; there are siblings, and households of every kind."""
    first, last = date(2020, 4, 1), date(2021, 3, 31)
    recipe = Recipe(FORM, 40, 5, first, last, "ANOTHER", ("301", "302"))
    form = make_sample(recipe)
    assert (first, last, "ANOTHER") == tuple(form.cover[name] for name in ("period_start", "period_end", "raa_code"))
    against = replace(AGAINST, first_day=first, last_day=last, today=last, raa_code="ANOTHER")
    members = dict.fromkeys(recipe.authorities, AGAINST.authorities["901"])
    assert () == checked(form, replace(against, authorities=members)).problems
    assert {"301", "302", "999"} == {row["home_la"] for row in form.tables["Adopters"].rows}
    assert {"Y", "N"} == {row["sibling_group"] for row in form.tables["Children"].rows}
    adopters, codes = form.tables["Adopters"], {value.code for value in FORM.sheet("Adopters").column("status").values}
    assert codes == {row["status"] for row in adopters.rows}
    assert form == make_sample(recipe) != make_sample(replace(recipe, seed=6))


@pytest.mark.parametrize("code", sorted(set(FAULTS) - {"S01"}))
def test_a_planted_fault_is_what_is_found(code: str) -> None:
    """Each fault is found by its own rule, in small forms and larger ones, and by no other that need not find it too.

    In the form of seed 137 a household's first stage begins on the last day of the period.
    """
    for rows, seed in ((LEAST_ROWS, 1), (LEAST_ROWS, 2), (LEAST_ROWS, 137), (40, 3)):
        recipe = Recipe(FORM, rows, seed)
        result = checked(plant(make_sample(recipe), recipe, (code,)))
        assert {code} <= {each.code for each in result.problems} <= {code, "X09c", *BESIDE.get(code, ())}


def test_the_least_form_has_what_faults_need() -> None:
    """Households without a child are of every kind, whatever the seed."""
    for seed in range(50):
        statuses = {row["status"] for row in make_sample(Recipe(FORM, LEAST_ROWS, seed)).tables["Adopters"].rows}
        assert {"APPROVED_WAITING", "STAGE2", "LEFT", "STAGE1", "ENQUIRY"} <= statuses


def test_every_core_rule_can_be_planted() -> None:
    """The 45 rules that are asked for are there, and for each there is a fault; several can be planted together."""
    assert 45 == len(CORE)
    assert set(CORE) == set(FAULTS)
    assert set(CORE) <= set(RULES)
    recipe = Recipe(FORM, 40, 5)
    together = ("F02", "R01", "R20", "R30", "D01")
    assert set(together) == serious(checked(plant(make_sample(recipe), recipe, together)))


def test_what_cannot_be_planted() -> None:
    """An unknown code and too few rows are refused, and the form stays as it was."""
    recipe = Recipe(FORM, LEAST_ROWS - 1)
    form = make_sample(recipe)
    with pytest.raises(UnknownFault, match="Q99"):
        plant(form, recipe, ("R01", "Q99"))
    with pytest.raises(ValueError, match=str(LEAST_ROWS)):
        plant(form, recipe, ("R01",))
    assert make_sample(recipe) == form


def test_findings_say_where_and_what_to_do() -> None:
    """A finding names cells as Excel does, what may stand there and how to fix it; never an identifier."""
    cells = (Cell(17, "12/13/2023", "C-9"), Cell(18, "x", ""))
    result = A1Result(
        FORM.version,
        complete=True,
        rows={},
        problems=(
            Problem("S10", "CHECK", "Support", "", "", 1),
            Problem("F03", "ERROR", "Children", "adm_decision_date", "L", 2, cells),
            Problem("D01", "ERROR", "Children", "child_id", "A", 2, (Cell(4, "Emma"), Cell(9, "4, 12"))),
            Problem("S03", "STOP", "", "", "", 1, values={"missing": "Support", "found": "Cover"}),
        ),
    )
    found = findings(result, FORM)
    assert ["S03", "D01", "F03", "S10"] == [each.code for each in found]
    assert ["The whole form", "Support, the whole sheet"] == [found[0].where, found[3].where]
    assert "Children, column L (adm_decision_date)" == found[2].where
    assert [("Children!L17", "12/13/2023"), ("Children!L18", "x")] == [(p.ref, p.value) for p in found[2].places]
    assert ("A date, such as 27/03/2023 or 2023-03-27",) == found[2].allowed
    assert [("Children!A4", ""), ("Children!A9", "also in row 4, 12")] == [(p.ref, p.value) for p in found[1].places]
    assert "Support" in found[0].message
    assert all(each.fix for each in found)


def test_the_guide_has_every_column_and_every_rule() -> None:
    """What the guidance page shows is the definition's and the rules', whole and without a gap."""
    columns = [column["name"] for sheet in guide(FORM)["sheets"] for column in sheet["columns"]]
    assert [column.name for sheet in FORM.sheets for column in sheet.columns] == columns
    rules = [rule for group in rules_by_group(FORM) for rule in group["rules"]]
    assert sorted(RULES) == sorted(rule["code"] for rule in rules)
    assert [] == [rule["code"] for rule in rules if "{" in rule["words"] + rule["fix"]]
    words = {rule["code"]: rule["words"] for rule in rules}
    assert "Required columns are missing: …." == words["S07"]
    assert all(": …." in words[code] for code in ("S07c", "S08", "S08c"))
    assert "20,000 rows in a sheet, 60 columns" in words["S02"]
    assert "200 characters" in words["S02t"]
