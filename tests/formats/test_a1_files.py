"""The A1 form's files: templates that people fill in, made-up forms, and lists of what was found."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from portal.domain.a1.recipe import Recipe, SampleForm, Table
from portal.domain.a1.sample import make_sample
from portal.formats.a1_csv import csv_files, csv_templates, harmless
from portal.formats.a1_findings import findings_csv, findings_workbook
from portal.formats.a1_workbook import ILLUSTRATIVE, template, workbook
from schemas.a1 import Definition, load_a1
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer, Found


@pytest.fixture(scope="module")
def definition() -> Definition:
    """The definition that is packaged."""
    return load_a1("illustrative-2023")


@pytest.fixture(scope="module")
def book(definition: Definition) -> Workbook:
    """The template, as somebody else's program reads it."""
    return load_workbook(io.BytesIO(template(definition)))


def rules(book: Workbook, sheet: str) -> dict[str, Any]:
    """Return the data validations of a sheet by the heading of their column."""
    page = book[sheet]
    headings = {cell.column_letter: cell.value for cell in page[1]}
    return {headings[str(each.sqref).partition("2:")[0]]: each for each in page.data_validations.dataValidation}


def test_a_template_asks_for_what_the_definition_does(definition: Definition, book: Workbook) -> None:
    """Sheets, headings, cover, drop-downs, formats and frozen headings are the definition's, for all its rows."""
    assert ["Cover", "Children", "Adopters", "Support", "Guidance", "Lists"] == book.sheetnames
    assert ["visible"] * 6 == [page.sheet_state for page in book]
    told = {cell.cell: book["Cover"][cell.cell].value for cell in definition.cover}
    assert ["A1-RAA", "2023.1"] == list(told.values())[:2]
    assert [definition.first_day, definition.last_day] == [each.date() for each in list(told.values())[2:4]]
    assert {None} == set(list(told.values())[4:])
    assert ILLUSTRATIVE in [cell.value for cell in book["Cover"]["A"]]
    for sheet in definition.sheets:
        page, found = book[sheet.code], rules(book, sheet.code)
        assert [column.name for column in sheet.columns] == [cell.value for cell in page[1]]
        assert ("A2", 1) == (page.freeze_panes, page.max_row)
        assert [] == [cell.comment for cell in page[1] if cell.comment]
        assert {column.name for column in sheet.columns} == set(found)
        for column in sheet.columns:
            rule = found[column.name]
            assert str(rule.sqref).endswith("20001")
            assert rule.promptTitle is None or len(rule.promptTitle) <= 32
            assert column.title in rule.prompt
            if column.type in ("code", "yn", "ynu"):
                assert ("list", list(column.codes)) == (rule.type, _listed(book, rule.formula1))
            elif column.type == "date":
                assert ("date", "warning") == (rule.type, rule.errorStyle)
    assert "dd/mm/yyyy" == book["Children"].column_dimensions["K"].number_format
    assert "@" == book["Children"].column_dimensions["A"].number_format


def _listed(book: Workbook, formula: str) -> list[str]:
    sheet, _, cells = formula.partition("!")
    return [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]


def test_a_template_says_what_each_column_means(definition: Definition, book: Workbook) -> None:
    """Each column has a line of guidance with its values, and each code its meaning on the sheet of lists."""
    lines = {(line[0], line[1]): line for line in book["Guidance"].iter_rows(min_row=2, values_only=True) if line[1]}
    assert {(sheet.code, column.name) for sheet in definition.sheets for column in sheet.columns} == set(lines)
    sex = lines["Children", "sex"]
    assert ("Always", "One of the allowed values") == sex[3:5]
    assert "M: Male" in sex[5]
    assert "If the child is matched" == lines["Children", "match_date"][3]
    assert "White and Asian" in {cell for line in book["Lists"].iter_rows(values_only=True) for cell in line}


def test_templates_are_the_same_each_time_and_name_nobody(definition: Definition, book: Workbook) -> None:
    """The same definition gives the same bytes, without author, company or the day on which it was made."""
    assert template(definition) == template(definition)
    assert ("", "2023-01-01") == (book.properties.creator or "", f"{book.properties.created:%Y-%m-%d}")
    assert csv_templates(definition) == csv_templates(definition)


def test_csv_templates(definition: Definition) -> None:
    """Each sheet has a file with its headings, in UTF-8 with a byte order mark and CRLF."""
    files = csv_templates(definition)
    assert ["children.csv", "adopters.csv", "support.csv"] == list(files)
    for sheet, data in zip(definition.sheets, files.values(), strict=True):
        assert b"\xef\xbb\xbf" + ",".join(column.name for column in sheet.columns).encode() + b"\r\n" == data


def test_words_are_the_catalogue_s(definition: Definition) -> None:
    """What people read in a template is said by the catalogue; names of sheets, columns and codes are the form's."""
    said = load_workbook(io.BytesIO(template(definition, lambda text: f"[{text}]")))
    assert "[Template]" == said["Cover"]["A1"].value
    assert "child_id" == said["Children"]["A1"].value
    assert ("[Sheet]", "Children") == (said["Guidance"]["A1"].value, said["Guidance"]["A2"].value)


def test_a_form_is_written_as_it_is(definition: Definition) -> None:
    """Dates are dates, numbers numbers and everything else text, also what looks like a formula or a link."""
    form = SampleForm({}, {"Support": Table(["support_id", "referral_date", "odd"], [{"support_id": "007", "odd": 3}])})
    form.tables["Support"].rows += [{"support_id": "=1+1", "referral_date": definition.first_day, "odd": "http://x"}]
    page = load_workbook(io.BytesIO(workbook(definition, form)))["Support"]
    rows = [tuple(cell.value for cell in line) for line in page.iter_rows(min_row=2)]
    assert ("007", None, 3) == rows[0]
    assert ("=1+1", definition.first_day, "http://x") == (rows[1][0], rows[1][1].date(), rows[1][2])
    assert ("s", None) == (page["A3"].data_type, page["C3"].hyperlink)
    assert b"=1+1,2022-10-01,http://x\r\n" in csv_files(definition, form)["support.csv"]


def test_the_same_seed_gives_the_same_form(definition: Definition) -> None:
    """A made-up form is its recipe and nothing else: another seed gives other rows, as many as were asked for."""
    files = [workbook(definition, make_sample(Recipe(definition, 7, seed))) for seed in (1, 1, 2)]
    assert files[0] == files[1]
    assert files[0] != files[2]
    for rows in (1, 2, 40):
        assert {rows} == {len(table.rows) for table in make_sample(Recipe(definition, rows)).tables.values()}


HOSTILE = ("=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1")
RESULT = A1Result(
    "illustrative-2023",
    complete=True,
    rows={"Children": 3, "Adopters": 0, "Support": 1},
    problems=(
        Problem("S03", "CHECK", "", "", "", 1, values={"missing": "=cmd"}),
        Problem("F02", "ERROR", "Children", "sex", "D", 9, tuple(Cell(n, text) for n, text in enumerate(HOSTILE, 2))),
        Problem("P01", "STOP", "Children", "child_id", "A", 1, (Cell(9, "emma@example.org", "C-9"),)),
    ),
    not_run=("X01",),
    faults=("R07",),
)
ANSWER = Answer("xlsx", (Found("macros"),), 0, RESULT)


def test_lists_of_findings(definition: Definition) -> None:
    """Both files list each place, worst first, with what to do; the workbook has a summary and a line for each rule."""
    data = findings_csv(ANSWER, definition)
    lines = list(csv.reader(io.StringIO(data.removeprefix(b"\xef\xbb\xbf").decode(), newline="")))
    assert data.startswith(b"\xef\xbb\xbfKind,")
    assert data.count(b"\r\n") >= len(lines)
    assert ["Kind", "Rule", "Sheet", "Column", "Place", "Value"] == lines[0][:6]
    assert ["P01", *["F02"] * (len(HOSTILE) + 1), "S03"] == [line[1] for line in lines[1:]]
    assert ["Stops the check", "P01", "Children", "child_id", "Children!A9", ""] == lines[1][:6]
    assert "And 2 more places" == lines[9][4]
    assert "M: Male" in lines[2][8]
    book = load_workbook(io.BytesIO(findings_workbook(ANSWER, definition)))
    assert ["Summary", "Problems", "How to fix"] == book.sheetnames
    problems = [[cell or "" for cell in line] for line in book["Problems"].iter_rows(values_only=True)]
    assert [line[4] for line in lines] == [line[4] for line in problems]
    summary = [cell for line in book["Summary"].iter_rows(values_only=True) for cell in line if cell]
    assert {"1 thing that stops the check", "9 errors", "1 thing to check", "The file contains macros."} <= set(summary)
    assert "These rules failed, which is our fault and not yours: R07. All else was checked." in summary
    assert ILLUSTRATIVE == summary[1]
    assert ["P01", "F02", "S03"] == [line[1] for line in book["How to fix"].iter_rows(min_row=2, values_only=True)]
    assert findings_workbook(ANSWER, definition) == findings_workbook(ANSWER, definition)


def test_no_cell_of_a_list_is_a_formula_or_an_identifier(definition: Definition) -> None:
    """What begins as a formula is written behind an apostrophe, and no value of a column of identifiers anywhere."""
    assert {"'"} == {harmless(text)[0] for text in HOSTILE}
    assert ["1", "S-1", ""] == [harmless(text) for text in ("1", "S-1", "")]
    made = findings_csv(ANSWER, definition), findings_workbook(ANSWER, definition)
    lines = list(csv.reader(io.StringIO(made[0].decode("utf-8-sig"), newline="")))
    cells = [cell for line in lines for cell in line]
    assert [] == [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))]
    book = load_workbook(io.BytesIO(made[1]))
    values = [cell for page in book for line in page.iter_rows() for cell in line if cell.value is not None]
    assert {"s"} == {cell.data_type for cell in values}
    assert [] == [each.value for each in values if str(each.value).lstrip(" ").startswith(("=", "+", "-", "@"))]
    for text in (*cells, *(str(cell.value) for cell in values)):
        assert "emma" not in text
        assert "C-9" not in text


def test_a_column_that_is_none_shows_no_value(definition: Definition) -> None:
    """By a name almost that of identifiers a value of theirs could come along: only columns that we know show any."""
    odd = [replace(RESULT.problems[2], sheet=sheet, column=name, code="F02")
           for sheet, name in (("Children", "child_id "), ("children", "child_id"), ("", "x"))]  # fmt: skip
    forged = replace(ANSWER, a1=replace(RESULT, problems=tuple(odd)))
    assert b"emma" not in findings_csv(forged, definition)
