"""Every rule of the A1 form finds what it is for, and nothing in a row that is just right."""

import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from portal.domain.a1.believed import answers
from portal.domain.a1.engine import check
from portal.domain.a1.form import Form
from portal.domain.a1.registry import CHECK, ERROR, STOP
from portal.domain.a1.rules import MODULES, RULES
from portal.domain.a1.words import fix, sentence
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Ask
from tests.a1.cases import SECOND
from tests.a1.changes import Case, child, drop, head, no_sheet
from tests.a1.first_cases import FIRST
from tests.a1.forms import AGAINST, FORM, Book, be, day, result, without
from tests.a1.heading_cases import DATES, HEADINGS, called
from tests.a1.row_cases import ROWS
from tests.a1.table import rules_table
from tests.a1.written import ASK

CASES = {
    code: [*(FIRST | ROWS | SECOND).get(code, ()), *HEADINGS.get(code, ())]
    for code in [*FIRST, *ROWS, *SECOND, *HEADINGS]
}
"""Changes to a form without a fault that a rule finds, and changes that it must not find."""


def places(found: A1Result, code: str) -> str:
    """Return where a rule found something, as cases write it; no rule may fail."""
    assert () == found.faults
    return ", ".join(
        " ".join([f"{each.sheet}.{each.column}" if each.column else f"{each.sheet}!{each.letter}".rstrip("!"), *rows])
        for each in found.problems
        if each.code == code
        for rows in [[str(cell.row) for cell in each.cells if cell.row]]
    )


def test_the_form_that_the_cases_change_has_no_fault() -> None:
    """Nothing at all is found in it, and all rules could run."""
    found = result()
    assert ((), (), (), True) == (found.problems, found.not_run, found.faults, found.complete)
    assert {"Children": 2, "Adopters": 2, "Support": 1} == found.rows


def test_every_rule_has_its_cases() -> None:
    """Each rule that is registered has a case for and against it, but S01 and S02f, which are about files."""
    assert set(RULES) - {"S01", "S02f"} == set(CASES)


@pytest.mark.parametrize(
    ("code", "case"),
    [pytest.param(code, case, id=f"{code}-{at}") for code in sorted(CASES) for at, case in enumerate(CASES[code], 1)],
)
def test_a_rule_finds_what_it_is_for_and_no_more(code: str, case: Case) -> None:
    """The first changes are found by it where they are, with words that have no gap left; the second are not."""
    where, bad, good = case
    found = result(*bad)
    assert code in {each.code for each in found.problems}
    assert answers(Ask("xlsx", ("xlsx",), (1,), ASK), Answer("xlsx", a1=found))
    assert where == places(found, code)
    kept = result(*good)
    assert () == kept.faults
    assert code not in {each.code for each in kept.problems}
    for each in found.problems:
        for text in (sentence(each), fix(each)):
            assert "–" not in text
            assert "{" not in text


@pytest.mark.parametrize(("begun", "until", "code"), [
    ("2018-04-01", "2022-10-01", ""), ("2018-04-01", "2022-09-30", "F07c"),
    ("2023-09-30", None, ""), ("2023-10-01", None, "F07"),
])  # fmt: skip
def test_a_membership_counts_on_its_first_and_last_day(begun: str, until: str | None, code: str) -> None:
    """Who was a member for one day of the period may be named, and is missed (X09) if nobody names it."""
    span = ((day(begun), until and day(until)),)
    against = without(authorities={**AGAINST.authorities, "304": span})
    found = [(each.code, each.column) for each in result(child(responsible_la="304"), against=against).problems]
    missed = [("X09c", "responsible_la")]
    assert ([(code, "responsible_la")] if code else []) == [each for each in found if each not in missed]
    assert ([] if code else missed) == [(each.code, each.column) for each in result(against=against).problems]


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


PRIVATE = {code for code in RULES if code[:3] in {f"P0{number}" for number in range(1, 9)}}


def test_what_did_not_run_on_every_sheet_is_said() -> None:
    """Rules that look at columns of all sheets are named where one that is there lacks them, and no others are."""
    for said in ("Child ID ref", "Number"):
        assert PRIVATE | {"D01", "D02", "D03", "X06", "X07"} == set(
            result(called("Children", "child_id", said)).not_run
        )
    family = set(result(drop("Children", "family_id")).not_run)
    assert family >= PRIVATE
    assert {"D01", "D02", "D03", "T08"}.isdisjoint(family)
    twice = set(result(head("Children", "CHILD_ID")).not_run)
    assert (set(), {"D01", "D02", "D03"}) == (twice & PRIVATE, twice & {"D01", "D02", "D03", "T08"})
    undated = set(result(drop("Children", *DATES)).not_run)
    assert {"F03", "T01", "T02", "T08"} <= undated
    assert {"F03m", "F06", "F07", "P11", "D01"}.isdisjoint(undated)
    assert {"T08"} == {"T01", "T08"} & set(result(drop("Adopters", "enquiry_date")).not_run)
    unborn, uncounted = result(drop("Support", "birth_month")), result(drop("Adopters", "children_placed"))
    assert {"F03m", "P11"} <= set(unborn.not_run)
    assert "F06" in uncounted.not_run
    assert {"F07", "F07c"} <= set(result(drop("Children", "responsible_la")).not_run)
    assert () == result(drop("Adopters", "home_la"), drop("Children", "allocated_team")).not_run


def test_what_is_too_much_to_be_looked_at_is_said() -> None:
    """Of a sheet without identifiers the columns with the least text are looked at; if more are there, that is said."""

    def notes(book: Book) -> None:
        book.columns["Children"] = ["note", "worker", *book.columns["Children"]]
        like = book.rows["Children"].pop()
        texts = (f"{number} " + "x" * 190 for number in range(5_400))
        book.rows["Children"] = [{**like, "note": text, "worker": "Jane Smith"} for text in texts]

    known = result(notes)
    assert ({"D01"}, set()) == ({"D01", "P09"} & {each.code for each in known.problems}, {"P09"} & set(known.not_run))
    found = result(notes, drop("Children", "child_id"))
    assert {"P09", "P10"} <= set(found.not_run)
    assert ["B"] == [each.letter for each in found.problems if each.code == "P10"]


def test_adopters_sent_as_children_are_not_taken_for_checked() -> None:
    """Of a file of another sheet the rules that found none of their columns are named, and nothing is said of dates."""
    other = Book()
    raw = replace(other.raw(), sheets={"Children": other.raw().sheets["Adopters"]}, csv=True, cover=None)
    found = check(Form(FORM, raw, AGAINST))
    assert PRIVATE | {"D01", "D02", "D03", "T08", "F06"} <= set(found.not_run)
    assert "T08" not in {each.code for each in found.problems}


def test_a_rule_that_raises_costs_nothing_else() -> None:
    """It is named for the operator, and what the others find is there."""

    def broken(_form: object) -> list[object]:
        raise ZeroDivisionError

    rules = {**RULES, "R01": replace(RULES["R01"], find=broken)}  # type: ignore[arg-type]
    book = Book()
    child(sex="X")(book)
    found = check(Form(FORM, book.raw(), AGAINST), rules)
    assert (("R01",), ["F02"]) == (found.faults, [each.code for each in found.problems])


def test_the_rules_in_the_docs_are_those_that_run() -> None:
    """docs/a1-form.md has the table that is made from the registry."""
    text = (Path(__file__).parents[2] / "docs" / "a1-form.md").read_text("utf-8")
    assert rules_table() in text
