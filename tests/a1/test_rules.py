"""Every rule of the A1 form finds what it is for, and nothing in a row that is just right."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from portal.domain.a1.engine import check
from portal.domain.a1.registry import CHECK, ERROR, STOP
from portal.domain.a1.rules import MODULES, RULES
from portal.domain.a1.words import fix, sentence
from schemas.a1_result import Problem
from tests.a1.forms import AGAINST, FORM, Book, Change, add, be, put, result, tell, without
from tests.a1.table import rules_table

BORN_OLD, BORN_ADULT = "1997-08", "2005-08"
MATCHED = {"placed_date": None, "status": "MATCHED", "children_placed": None}
ORDERED = {"adoption_order_date": date(2023, 5, 6), "status": "ADOPTED", "adopted_by_foster_carer": "N"}
REVERSED = {"reversal_date": date(2023, 5, 6), "reversal_reason": "RD1", "status": "REVERSED"}


def child(**values: Any) -> Change:
    """Change the child that is placed."""
    return put("Children", **values)


def adopter(**values: Any) -> Change:
    """Change its adopter."""
    return put("Adopters", **values)


def episode(**values: Any) -> Change:
    """Change its support."""
    return put("Support", **values)


def person(**values: Any) -> Change:
    """Let somebody else be supported."""
    return episode(person_id="P-1", **values)


def second(**values: Any) -> Change:
    """Add a second adopter to the household."""
    return add("Adopters", **{"adopter_id": "A-0003", **values})


def drop(sheet: str, *columns: str) -> Change:
    """Leave columns out."""
    return lambda book: book.columns.update({sheet: [each for each in book.columns[sheet] if each not in columns]})


def head(sheet: str, *more: str) -> Change:
    """Put columns before the others."""
    return lambda book: book.columns[sheet].extend(more)


def no_rows(sheet: str) -> Change:
    """Take all rows away."""
    return lambda book: book.rows[sheet].clear()


def no_sheet(sheet: str) -> Change:
    """Take a sheet away."""
    return lambda book: book.rows.pop(sheet)


def several(count: int, make: Callable[[int], str], sheet: str = "Support", column: str = "person_id") -> Change:
    """Add rows with identifiers made from their number."""

    def change(book: Book) -> None:
        like = book.rows[sheet][0]
        for number in range(count):
            book.rows[sheet].append({**like, "support_id": f"S-{number + 2:04}", column: make(number)})

    return change


def odd(sheet: str, **values: Any) -> Change:
    """Let a sheet show less than it has."""
    return lambda book: book.odd.update({sheet: values})


NHS = ("9434765919", "9434765870", "4010232137")
CASES: dict[str, tuple[list[Change], list[Change]]] = {
    "S02": ([child(allocated_team="x" * 201)], [child(allocated_team="x" * 200)]),
    "S03": ([no_sheet("Support")], [be(csv=True, cover=None), no_sheet("Support")]),
    "S03c": ([be(more=("Sheet1",))], [be(more=(" lists ",))]),
    "S04": ([tell(B2="2019.1")], [tell(B1=" a1-raa ")]),
    "S05": ([tell(B3="01/10/2021")], [tell(B3="2022-10-01")]),
    "S06": ([tell(B5="RAA-2")], [tell(B5="RAA-1 ")]),
    "S07": ([drop("Children", "sex", "status")], [drop("Children", "match_date")]),
    "S07c": ([drop("Children", "match_date")], [drop("Children", "disruption_date")]),
    "S08": ([head("Children", "Gender")], [drop("Children", "sex"), head("Children", " GENDER  ")]),
    "S08c": ([head("Children", "shoe_size")], [head("Children", "")]),
    "S09": ([odd("Support", odd_cells=("B2",))], [odd("Support", odd_cells=())]),
    "S10": ([odd("Support", hidden=True)], [odd("Support", hidden=False)]),
    "S11": ([no_rows("Support")], [no_rows("Support"), tell(B10="None in the period")]),
    "S12": ([child(disruption_date="n/a")], [child(disruption_date="")]),
    "S13": ([be(owned=True)], [be(owned=False)]),
    "P01": ([episode(person_id="j@x.uk")], [episode(person_id="j-x.uk")]),
    "P02": ([episode(person_id="943 476 5919")], [episode(person_id="943-476-5918")]),
    "P02c": ([episode(person_id=9434765919.0)], [several(2, lambda n: NHS[n + 1]), episode(person_id=NHS[0])]),
    "P03": ([episode(person_id="LS1 4AP")], [episode(person_id="QX1-4CP")]),
    "P03c": ([several(30, lambda n: f"{n:06}"), episode(person_id="LS14AP")], [episode(person_id="LS14AP")]),
    "P04": ([episode(person_id="SMITH-1")], [episode(person_id="LEEDS-0012")]),
    "P04c": ([several(12, lambda n: f"YORK-{n}")], [several(3, lambda n: f"YORK-{n}")]),
    "P05": ([episode(person_id="QQ123456C".replace("QQ", "AB"))], [episode(person_id="BG123456C")]),
    "P06": ([episode(person_id="0113 496 0000")], [episode(person_id="01134960000")]),
    "P07": ([episode(person_id="E/12.03.19")], [episode(person_id="E/42.03.19")]),
    "P08": ([episode(person_id="1" * 21)], [episode(person_id="1" * 20)]),
    "P09": ([child(allocated_team="Ring 0113 496 0000")], [child(allocated_team="Team 0113")]),
    "P10": ([tell(B7="Jane Smith")], [tell(B7="Service Manager")]),
    "P11": ([child(birth_month=date(2019, 5, 6))], [child(birth_month="05/2019")]),
    "F01": ([child(sex=" ")], [child(family_id=None, match_date=None)]),
    "F02": ([child(sex="X")], [child(sex="m")]),
    "F03": ([child(placed_date="31/02/2022")], [child(placed_date="12/11/2022")]),
    "F04": ([child(disruption_date=date(1900, 1, 1))], [child(disruption_date=date(1900, 1, 2))]),
    "F05": ([child(birth_month=BORN_OLD)], [child(birth_month="1998-09")]),
    "F06": ([adopter(children_placed=1.5)], [adopter(children_placed="1.0")]),
    "F07": ([child(responsible_la="304")], [child(responsible_la=301.0)]),
    "F07c": ([child(responsible_la="303")], [child(responsible_la="304")]),
    "F08": ([child(ethnicity="f) MWBC")], [child(ethnicity="mwbc")]),
    "F09": ([child(placed_date="2022-11-12")], [be(csv=True), child(placed_date="2022-11-12")]),
    "R01": ([child(adm_decision_date=date(2020, 2, 2))], [child(adm_decision_date=date(2020, 2, 3))]),
    "R02": ([child(birth_month="2020-03")], [child(birth_month="2020-02")]),
    "R03": ([child(placement_order_date=date(2021, 3, 3))], [child(placement_order_date=date(2021, 3, 4))]),
    "R04": ([child(match_date=date(2022, 11, 13))], [child(match_date=date(2022, 11, 12))]),
    "R05": ([child(placed_date=date(2021, 3, 3))], [child(placed_date=date(2021, 3, 4))]),
    "R06": ([child(placed_date=None, **ORDERED)], [child(**ORDERED)]),
    "R07": ([child(**ORDERED | {"adoption_order_date": date(2023, 1, 20)})],
            [child(**ORDERED | {"adoption_order_date": date(2023, 1, 21)})]),
    "R08": ([child(reversal_reason="RD1")], [child(**REVERSED)]),
    "R09": ([child(**REVERSED | {"reversal_date": date(2021, 3, 3)})],
            [child(**REVERSED | {"reversal_date": date(2021, 3, 4)})]),
    "R10": ([child(**{**REVERSED, **ORDERED})],
            [child(**ORDERED)]),
    "R11": ([child(early_permanence="FFA")], [child(early_permanence="FFA", early_permanence_date=date(2022, 11, 12))]),
    "R12": ([put("Children", 1, siblings_apart=0)], [put("Children", 1, siblings_apart=0, siblings_together=2)]),
    "R13": ([child(status="MATCHED")], [child(status="ADOPTED", adoption_order_date=date(2023, 9, 30))]),
    "R14": ([child(family_id=None)], [child(family_id=None, match_date=None, placed_date=None)]),
    "R15": ([child(disruption_date=date(2022, 11, 11))], [child(disruption_date=date(2022, 11, 12))]),
    "R16": ([child(adopted_by_foster_carer="Y")], [child(adopted_by_foster_carer="Y", adopter_source="FC")]),
    "R17": ([child(birth_month=BORN_ADULT)], [child(birth_month="2005-10")]),
    "R20": ([adopter(stage1_end=date(2022, 1, 21))], [adopter(stage1_end=date(2022, 1, 20))]),
    "R20c": ([adopter(route="FFA", stage1_end=date(2022, 1, 21))], [adopter(stage1_end=date(2022, 1, 21))]),
    "R21": ([adopter(match_date=date(2022, 5, 31))], [adopter(match_date=date(2022, 6, 1))]),
    "R21c": ([adopter(route="CP", match_date=date(2022, 5, 31))], [adopter(match_date=date(2022, 5, 31))]),
    "R22": ([adopter(children_placed=0)], [put("Adopters", 1, children_placed=0)]),
    "R23": ([put("Adopters", 1, left_reason="WITHDREW")],
            [put("Adopters", 1, left_reason="WITHDREW", left_date=date(2023, 5, 1), status="LEFT")]),
    "R24": ([adopter(status="MATCHED")], [adopter(status="PLACED", left_date=date(2023, 10, 2), left_reason="OTHER")]),
    "R25": ([adopter(left_reason="REFUSED", panel_date=None)], [adopter(left_reason="REFUSED")]),
    "R26": ([second()], [second(), *(put("Adopters", row, household_legal_status="L4") for row in (0, 2))]),
    "R30": ([episode(support_end=date(2023, 2, 28))], [episode(support_end=date(2023, 3, 1))]),
    "R31": ([episode(status="REFERRED")], [episode(status="REFERRED", support_start=None)]),
    "R32": ([episode(asgsf_applied_date=None)], [episode(asgsf_funded="N", asgsf_applied_date=None)]),
    "R33": ([episode(asgsf_applied_date=date(2023, 5, 21))], [episode(asgsf_applied_date=date(2023, 5, 20))]),
    "R34": ([person(person_type="ADOPTED_CHILD", birth_month="2005-09")],
            [person(person_type="ADOPTED_CHILD", birth_month="2005-10")]),
    "X01": ([child(family_id="F-9")], [child(family_id="F-9", adopter_source="VAA")]),
    "X02": ([child(family_id="F-9", adopter_source="VAA")], [child(family_id="f-0001")]),
    "X03": ([adopter(placed_date=date(2022, 11, 13))],
            [add("Children", child_id="C-0003"), child(placed_date=date(2022, 11, 14))]),
    "X03c": ([add("Children", child_id="C-0003"), adopter(placed_date=date(2022, 11, 13))],
             [adopter(placed_date=date(2022, 11, 13))]),
    "X04": ([adopter(children_placed=2)], [add("Children", child_id="C-0003"), adopter(children_placed=2)]),
    "X04c": ([child(family_id="F-9", adopter_source="VAA")], [adopter(children_placed=2)]),
    "X05": ([second(approval_date=date(2022, 6, 2))], [second(disability="Y")]),
    "X06": ([episode(person_id="a-0001")], [episode(person_id="A-0001", person_type="ADOPTER")]),
    "X07": ([episode(person_id="C-9")], [episode(person_id="c-0001")]),
    "X09c": ([put("Children", 1, responsible_la="301")], [put("Children", 1, responsible_la="302")]),
    "D01": ([add("Support", status="WAITING", support_start=None)], [add("Support", support_id="s-0001")]),
    "D02": ([add("Support", support_id="S-0002")], [add("Support", support_id="S-0002", complaint_open="Y")]),
    "D03": ([add("Support", support_id="s-0001")], [add("Support")]),
    "D04": ([second(), second(adopter_id="A-0004")], [second()]),
    "D05": ([add("Support", support_id="S-0002", support_type="THERAPY;CONTACT")],
            [add("Support", support_id="S-0002", support_type="THERAPY")]),
    "T01": ([episode(plan_date=date(2023, 10, 10))], [episode(plan_date=date(2023, 10, 9))]),
    "T02": ([episode(plan_date=date(2023, 10, 9))], [episode(plan_date=date(2023, 9, 30))]),
    "T03": ([child(**REVERSED | {"reversal_date": date(2022, 9, 30)})],
            [child(**REVERSED | {"reversal_date": date(2022, 10, 1)})]),
    "T04": ([put("Adopters", 1, enquiry_date=date(2022, 1, 1), left_date=date(2022, 9, 30))],
            [put("Adopters", 1, enquiry_date=date(2022, 1, 1), left_date=date(2022, 10, 1))]),
    "T05": ([episode(referral_date=date(2023, 10, 1))], [episode(referral_date=date(2023, 9, 30))]),
    "T06": ([child(adm_decision_date=date(2020, 9, 29))], [child(adm_decision_date=date(2020, 9, 30))]),
    "T08": ([put("Adopters", 1, enquiry_date=date(2022, 9, 1)), no_sheet("Support"), be(csv=True),
             child(match_date=None, placed_date=None), put("Children", 1, adm_decision_date=date(2022, 9, 1))],
            [episode(referral_date=date(2022, 9, 1))]),
}  # fmt: skip
"""Changes to a form without a fault that a rule finds, and changes that it must not find."""


def codes(changes: list[Change]) -> set[str]:
    """Return the codes of what is found; no rule may fail."""
    found = result(*changes)
    assert () == found.faults
    return {each.code for each in found.problems}


def test_the_form_that_the_cases_change_has_no_fault() -> None:
    """Nothing at all is found in it, and all rules could run."""
    found = result()
    assert ((), (), (), True) == (found.problems, found.not_run, found.faults, found.complete)
    assert {"Children": 2, "Adopters": 2, "Support": 1} == found.rows


def test_every_rule_has_its_cases() -> None:
    """Each rule that is registered has a case for and against it, but S01, which is about files."""
    assert set(RULES) - {"S01"} == set(CASES)


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_rule_finds_what_it_is_for_and_no_more(code: str) -> None:
    """The first changes are found by it, with words that have no gap left; the second are not."""
    bad, good = CASES[code]
    assert code in codes(bad)
    assert code not in codes(good)
    for found in result(*bad).problems:
        for text in (sentence(found), fix(found)):
            assert "–" not in text
            assert "{" not in text


def test_rules_are_worded_and_named() -> None:
    """Each has two sentences, a severity and a docstring with its code; a small letter is a milder case of the rule."""
    for code, rule in RULES.items():
        assert rule.severity in {STOP, ERROR, CHECK}
        assert re.search(rf"\b{code[:3]}\b", rule.find.__doc__ or ""), code
        assert all(text.endswith((".", "{allowed}.")) for text in (rule.message, rule.fix)), code
        assert code[-1] != "c" or rule.severity == CHECK
    assert {module.__name__ for module in MODULES} == {rule.find.__module__ for rule in RULES.values()}


def test_words_do_without_what_the_process_leaves_out() -> None:
    """A gap that is not filled in shows a dash, and an unknown code has a sentence too."""
    assert "The workbook has no sheet –. Its sheets are: –." == sentence(Problem("S03", STOP, "", "", "", 1))
    stray = Problem("Z99", STOP, "", "", "", 1, values={"code": "x"})
    assert "Z99" in sentence(stray)
    assert fix(stray)
    gaps = {name for rule in RULES.values() for text in (rule.message, rule.fix) for _, name, _, _ in parse(text)}
    assert "allowed" in gaps


def parse(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """Take a sentence with gaps apart."""
    return list(Formatter().parse(getattr(text, "message", text)))


def test_what_cannot_run_is_said() -> None:
    """Without members, agency, column or sheet the rules that need them are named, and the others run."""
    nothing = result(against=without(authorities={}, raa_code=""))
    assert {"F07", "F07c", "S06", "X09c"} == set(nothing.not_run)
    short = result(drop("Children", "reversal_date"))
    assert {"R08", "R09", "R10", "R13", "R17", "T03", "T06"} == set(short.not_run)
    alone = result(be(csv=True, cover=None), no_sheet("Adopters"), no_sheet("Support"))
    assert alone.complete
    assert {"S04", "S05", "S06", "R20", "R30", "X01", "D04"} <= set(alone.not_run)
    assert {"R01", "F01", "D01"}.isdisjoint(alone.not_run)


def test_a_rule_that_raises_costs_nothing_else() -> None:
    """It is named for the operator, and what the others find is there."""

    def broken(_form: object) -> list[object]:
        raise ZeroDivisionError

    rules = {**RULES, "R01": replace(RULES["R01"], find=broken)}  # type: ignore[arg-type]
    book = Book()
    child(sex="X")(book)
    found = check(FORM, book.raw(), AGAINST, rules)
    assert (("R01",), ["F02"]) == (found.faults, [each.code for each in found.problems])


def test_the_rules_in_the_docs_are_those_that_run() -> None:
    """docs/a1-form.md has the table that is made from the registry."""
    text = (Path(__file__).parents[2] / "docs" / "a1-form.md").read_text("utf-8")
    assert rules_table() in text
