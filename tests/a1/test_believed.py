"""What honest rules say is believed, whatever they find; what a process that was taken over adds is not."""

import re
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

import schemas.a1
from portal.checking.a1 import check_a1
from portal.domain.a1.believed import answers
from portal.domain.a1.engine import check
from portal.domain.a1.faults import FAULTS, plant
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.recipe import Recipe
from portal.domain.a1.rules import RULES
from portal.domain.a1.sample import make_sample
from portal.formats.a1_findings import findings_csv
from portal.formats.a1_glance import glance_csv
from portal.formats.a1_workbook import workbook
from schemas.a1 import load_a1
from schemas.a1_glance import Glance, Median
from schemas.a1_result import LONGEST_GAP, LONGEST_REPEATED, MOST_CELLS, A1Result, Cell, Problem
from schemas.checking import Answer, Ask, OddAnswer, answer_line, read_answer
from tests.a1.forms import AGAINST, FORM, Book
from tests.a1.written import ASK

ASKED = Ask("xlsx", ("xlsx",), (1,), ASK)
CELLS = (Cell(2, "x"),)
PROBLEM = Problem("F02", "ERROR", "Children", "status", "C", 1, CELLS, {"allowed": "PLACED"})
GLANCE = Glance(FORM.version, {"Children": {"301": 2, "": 1}}, {"PLACED": 2, "": 1}, (Median("match-to-placed", 3, 0),))
RESULT = A1Result(FORM.version, True, {"Children": 3}, (PROBLEM,))


@pytest.mark.parametrize("groups", ["P", "FRXDT", ""])
def test_what_a_form_of_many_faults_gives_is_believed(groups: str) -> None:
    """As it is told, and as it is read from what is kept."""
    recipe = Recipe(FORM, 40, raa_code=ASK.raa_code, authorities=("301", "302"))
    codes = tuple(code for code in FAULTS if code[0] in groups)
    result, glance = check_a1(ASK, [workbook(FORM, plant(make_sample(recipe), recipe, codes))])
    answer = Answer("xlsx", a1=result, glance=glance)
    assert glance is not None
    assert answer == read_answer(answer_line(answer))
    assert answers(ASKED, answer)
    assert bool(codes) == bool(result.problems)


@pytest.mark.parametrize("changes", [{'"Children"': '"Young people"'}, {"status": "standing"}], ids=["sheet", "column"])
def test_a_definition_that_lacks_what_a_glance_counts_is_read_by(changes: dict[str, str], tmp_path: Path) -> None:
    """A deployment may name sheet and column otherwise: rows are counted, statuses are not."""
    text = (Path(schemas.a1.__file__).parent / f"a1.{FORM.version}.toml").read_text("utf-8")
    for old, new in {f'version = "{FORM.version}"': 'version = "ours"', **changes}.items():
        text = re.sub(rf"(?<![a-z_]){old}(?![a-z_])", new, text)
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    form, sheet = load_a1(str(own)), changes.get('"Children"', "Children").strip('"')
    row = [f"{column.name}-1" for column in form.sheet(sheet).columns]
    body = BytesIO()
    book = Workbook(body)
    page = book.add_worksheet(sheet)
    page.write_row(0, 0, [column.name for column in form.sheet(sheet).columns])
    page.write_row(1, 0, row)
    book.close()

    asked = replace(ASK, definition=str(own))
    result, glance = check_a1(asked, [body.getvalue()])
    answer = Answer("xlsx", a1=result, glance=glance)
    assert answers(replace(ASKED, a1=asked), answer)
    assert not result.faults
    assert glance is not None
    assert ({sheet: 1}, {}) == ({name: sum(counts.values()) for name, counts in glance.rows.items()}, glance.statuses)
    assert sheet in glance_csv(form, glance, {}).decode()


FORGED: dict[str, dict[str, Any]] = {
    "a sheet of its own": {"problems": {"sheet": "Jane Roe"}},
    "a column of its own": {"problems": {"column": "jane_roe"}},
    "another sheet's column": {"problems": {"column": "support_type"}},
    "a column of no sheet": {"problems": {"sheet": ""}},
    "worse than the rule is": {"problems": {"severity": "STOP"}},
    "a gap that the rule has not": {"problems": {"values": {"jane": "roe"}}},
    "rows of its own": {"rows": {"Children": 3, "Jane Roe": 1}},
    "an authority of its own": {"glance": {"rows": {"Children": {"Jane Roe": 1}}}},
    "Arabic digits": {"glance": {"rows": {"Children": {"٣٠١": 1}}}},
    "a sheet of its own, counted": {"glance": {"rows": {"Jane Roe": {"301": 1}}}},
    "a sheet that was not read": {"glance": {"rows": {"Adopters": {}}}},
    "more rows than there are": {"glance": {"rows": {"Children": {"301": 2, "": 2}}}},
    "a status of its own": {"glance": {"statuses": {"Jane Roe": 1}}},
    "more statuses than rows": {"glance": {"statuses": {"PLACED": 4}}},
    "a step twice": {"glance": {"medians": (*GLANCE.medians, *GLANCE.medians)}},
    "more spans than rows": {"glance": {"medians": (Median("match-to-placed", 4, 1),)}},
    "spans of a sheet that was not read": {"glance": {"medians": (Median("stage1", 1, 1),)}},
}


@pytest.mark.parametrize("name", FORGED)
def test_nothing_else_is_believed(name: str) -> None:
    """Words of a process that was taken over would stand in the trail, on pages and in what leaves the team."""
    forged = FORGED[name]
    problem = replace(PROBLEM, **forged.get("problems", {}))
    result = replace(RESULT, problems=(problem,), rows=forged.get("rows", RESULT.rows))
    answer = Answer("xlsx", a1=result, glance=replace(GLANCE, **forged.get("glance", {})))
    assert answers(ASKED, Answer("xlsx", a1=RESULT, glance=GLANCE))
    assert not answers(ASKED, answer)


def test_what_is_told_is_bounded_over_all() -> None:
    """Cells over all problems; gaps where they are repeated at each cell; no span ends before it begins."""
    many = replace(PROBLEM, cells=CELLS * (MOST_CELLS // 2), values={"allowed": "👶" * LONGEST_REPEATED})
    good = Answer("xlsx", a1=replace(RESULT, problems=(many, many)), glance=GLANCE)
    assert good == read_answer(answer_line(good))
    once = replace(PROBLEM, values={"allowed": "x" * LONGEST_GAP})
    assert read_answer(answer_line(replace(good, a1=replace(RESULT, problems=(once,))))).a1
    below = replace(GLANCE, medians=(Median("match-to-placed", 3, -1),))
    for odd in (
        replace(good, a1=replace(RESULT, problems=(many, many, PROBLEM))),
        replace(good, a1=replace(RESULT, problems=(replace(many, values={"allowed": "x" * (LONGEST_REPEATED + 1)}),))),
        replace(good, a1=replace(RESULT, problems=(replace(once, values={"allowed": "x" * (LONGEST_GAP + 1)}),))),
        replace(good, glance=below),
    ):
        with pytest.raises(OddAnswer):
            read_answer(answer_line(odd))
    assert len(findings_csv(good, FORM)) < 64 * 2**20


def test_honest_rules_stay_within_these_bounds() -> None:
    """However many places they find, and however long a definition's words are."""

    def find(places: int, _form: Form) -> list[Hit]:
        gaps = {"allowed": "w\x1b" * 5_000, "other": "is in no sentence"}
        return [Hit("Children", "sex", gaps=gaps, place=f"C{row}") for row in range(2, places + 2)]

    many = {code: replace(RULES["F02"], code=code, find=partial(find, 30_000)) for code in ("F02", "F03", "F04")}
    one = {"F05": replace(RULES["F02"], code="F05", find=partial(find, 1))}
    *found, last = check(Form(FORM, Book().raw(), AGAINST), many | one).problems
    assert MOST_CELLS - 50 < sum(len(each.cells) for each in (*found, last)) <= MOST_CELLS
    assert {"allowed": "w\ufffd" * 99 + "w…"} == found[0].values
    assert [LONGEST_REPEATED, *[LONGEST_GAP] * 3] == [len(each.values["allowed"]) for each in (*found, last)]
