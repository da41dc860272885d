"""Workbooks and CSV files as people really send them are read, and what cannot be read is said."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from portal.checking.a1 import check_a1, form_of
from portal.checking.a1_read import Unreadable
from portal.vault.check_keeping import of_sheet
from schemas.a1_result import A1Result
from schemas.checking import A1Ask
from tests.a1.forms import FORM, Book

ASK = A1Ask(
    definition=FORM.version,
    period=("2022-10-01", "2023-09-30"),
    raa_code="RAA-1",
    authorities={
        "301": [["2018-04-01", ""]],
        "302": [["2018-04-01", "2024-03-31"]],
        "303": [["2018-04-01", "2021-03-31"]],
    },
    today="2023-10-09",
)
CSV_ASK = A1Ask(**{**vars(ASK), "sheets": ("children", "Adopters")})
Touch = Callable[[Any, dict[str, Any]], object]


def cells(book: Book, sheet: str) -> list[list[Any]]:
    """Return a sheet with its headings."""
    columns = book.columns[sheet]
    return [columns, *([row.get(column) for column in columns] for row in book.rows[sheet])]


def workbook(book: Book | None = None, touch: Touch | None = None, **options: object) -> bytes:
    """Write a form by xlsxwriter; `touch` may change workbook and sheets."""
    book, out = book or Book(), io.BytesIO()
    written = xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False, **options})
    sheets = {"Cover": written.add_worksheet("Cover")}
    for place, value in (book.cover or {}).items():
        write(sheets["Cover"], int(place[1:]) - 1, 1, value)
    for name in book.rows:
        sheets[name] = written.add_worksheet(name)
        for at, row in enumerate(cells(book, name)):
            for column, value in enumerate(row):
                write(sheets[name], at, column, value)
    if touch:
        touch(written, sheets)
    written.close()
    return out.getvalue()


def write(sheet: Any, row: int, column: int, value: object) -> None:
    """Write one cell."""
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day))  # noqa: DTZ001
    elif value is not None:
        sheet.write(row, column, value)


def by_openpyxl(change: Callable[[Any], object] = lambda _: None) -> bytes:
    """Write a form by openpyxl."""
    book, out, written = Book(), io.BytesIO(), openpyxl.Workbook()
    cover = written.active
    cover.title = "Cover"
    for place, value in (book.cover or {}).items():
        cover[place] = value
    for name in book.rows:
        sheet = written.create_sheet(name)
        for row in cells(book, name):
            sheet.append(row)
    change(written)
    written.save(out)
    return out.getvalue()


def read(ask: A1Ask, bodies: list[bytes]) -> A1Result:
    """Return what is found."""
    return check_a1(ask, bodies)[0]


def codes(found: A1Result) -> set[str]:
    """Return what was found, but for the name of whoever wrote the workbook."""
    assert () == found.faults
    return {each.code for each in found.problems} - {"S13"}


def check(body: bytes) -> set[str]:
    """Return the codes of what is found in a workbook."""
    return codes(read(ASK, [body]))


def test_what_two_writers_write_is_read_alike() -> None:
    """A form without a fault has none, by two writers, with shared strings or without, in 1904 dates too."""
    bodies = [workbook(), workbook(constant_memory=True), workbook(date_1904=True), by_openpyxl()]
    assert [set()] * 4 == [check(body) for body in bodies]
    values = [form_of(ASK, [body]).table("Children").values("placed_date") for body in bodies]
    assert [[date(2022, 11, 12), None]] * 4 == values


def test_headings_in_any_order_and_by_other_names() -> None:
    """Order, capitals, spaces at the end and the titles of the old lists do not matter."""
    book = Book()
    book.columns["Children"].reverse()
    other = {
        "adoption_order_date": "Date of Adoption Order ",
        "sex": " GENDER",
        "placed_date": "date  placed for Adoption",
    }
    for row in book.rows["Children"]:
        row.update({spoken: row.get(column) for column, spoken in other.items()})
    book.columns["Children"] = [other.get(each, each) for each in book.columns["Children"]]
    found = read(ASK, [workbook(book)])
    assert set() == codes(found)
    book.rows["Children"][0][" GENDER"] = "X"
    (wrong,) = read(ASK, [workbook(book)]).problems
    assert ("sex", "V", 2) == (wrong.column, wrong.letter, wrong.cells[0].row)


def test_numbers_as_identifiers() -> None:
    """A number is the same identifier as its digits, whether Excel or a program added `.0`; zeros in front stay."""
    book = Book()
    book.rows["Children"][0]["child_id"] = 10414520
    book.rows["Children"][1]["child_id"] = "0017"
    book.rows["Support"][0]["person_id"] = "10414520.0"
    assert set() == check(workbook(book))
    assert ["10414520", "0017"] == form_of(ASK, [workbook(book)]).table("Children").values("child_id")
    book.rows["Children"][1].update(child_id="10414520.0")
    assert {"D03"} == check(workbook(book))


def hide(dimension: Any) -> None:
    """Hide a row or column."""
    dimension.hidden = True


def test_what_a_sheet_hides_and_more_sheets() -> None:
    """Merged cells, hidden rows, sheets and comments are asked about; hidden columns beyond the form are not."""
    assert set() == check(
        workbook(touch=lambda _, sheets: sheets["Support"].set_column("BZ:XFD", None, None, {"hidden": 1}))
    )
    touches: list[Touch] = [
        lambda _, sheets: sheets["Support"].merge_range("A5:B6", ""),
        lambda _, sheets: sheets["Support"].set_row(1, None, None, {"hidden": 1}),
        lambda _, sheets: sheets["Support"].hide(),
        lambda _, sheets: sheets["Support"].write_comment("A2", "Look"),
        lambda _, sheets: (sheets["Support"].autofilter("A1:T2"), sheets["Support"].filter_column("A", "x == 1")),
    ]
    touches += [
        lambda _, sheets: sheets["Support"].set_column("B:E", None, None, {"hidden": 1}),
    ]
    assert [{"S10"}] * 6 == [check(workbook(touch=touch)) for touch in touches]
    assert {"S10"} == check(by_openpyxl(lambda written: hide(written["Support"].column_dimensions["B"])))
    assert {"S10"} == check(by_openpyxl(lambda written: hide(written["Support"].row_dimensions[2])))
    assert {"S03c"} == check(workbook(touch=lambda written, _: written.add_worksheet("Notes")))


def test_errors_and_formulas() -> None:
    """An error, or a formula that was never worked out, is found where it is; what Excel worked out is read."""
    found = read(ASK, [by_openpyxl(lambda written: written["Support"].__setitem__("G2", "=TODAY()"))])
    assert [("S09", "G", 2)] == [(each.code, each.letter, each.cells[0].row) for each in found.problems]
    assert set() == check(by_openpyxl(lambda written: written["Support"].__setitem__("AA2", "=TODAY()")))
    for kind, codes_found in ((b't="str"', set[str]()), (b"", {"S09"})):
        cell = b'<c s="1" r="J2" %s><f>IF(B3=1,1,&quot;&quot;)</f><v></v></c></row></sheetData>' % kind
        form = inside(by_openpyxl(), lambda _, part: part.replace(b"</row></sheetData>", cell))  # noqa: B023
        assert codes_found == check(form)
    error: Touch = lambda _, sheets: sheets["Support"].write_formula("G2", "=NA()", None, "#N/A")  # noqa: E731
    assert {"S09"} == check(workbook(touch=error))
    worked: Touch = lambda _, sheets: sheets["Support"].write_formula("H2", "=G2+11", None, 44946)  # noqa: E731
    assert {"F03"} == check(workbook(touch=worked))


def test_who_wrote_it_is_asked_about() -> None:
    """A name among the workbook's properties is asked about, and not repeated."""
    found = read(ASK, [workbook(touch=lambda written, _: written.set_properties({"author": "Zaphod"}))])
    assert ["S13"] == [each.code for each in found.problems]
    assert "Zaphod" not in repr(found)


def inside(body: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Write a workbook's parts anew, changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


MAIN = b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def far(reference: str, what: str = "<v>1</v>") -> bytes:
    """Return a workbook with one more cell, far out."""
    row = "".join(filter(str.isdigit, reference))
    more = f'<row r="{row}"><c r="{reference}">{what}</c></row></sheetData>'.encode()
    return inside(workbook(), lambda name, part: part.replace(b"</sheetData>", more) if "sheet3" in name else part)


def stops(body: bytes) -> list[tuple[str, str]]:
    """Return the code and the place of all that is found in a workbook which could not be read."""
    found = read(ASK, [body])
    assert (False, {}) == (found.complete, found.rows)
    return [(each.code, f"{each.sheet}!{each.letter}{cell.row}") for each in found.problems for cell in each.cells]


def test_cells_far_out_do_not_reach_the_reader() -> None:
    """Cells at A1 and XFD1048576 are too much, in any spelling; a style there is nothing."""
    places = ("XFD1048576", "A30000", "A100000", "BI9", "CA1", "ZZ1", "AAA1", "A1048576")
    assert [[("S02f", f"Adopters!{each}")] for each in places] == [stops(far(each)) for each in places]
    assert [[("S02f", "Adopters!XFD9")], [("S02f", "Adopters!A1048576")]] == [
        stops(far("xfd9")),
        stops(far("A0001048576")),
    ]
    assert {"F01"} <= check(far("A9"))
    assert [{"S08c"}] * 2 == [{"S08c", "S02", "S02f"} & check(far(each)) for each in ("BH9", "BH29999")]
    assert set() == check(far("XFD1048576", ""))
    quoted = inside(far("XFD1048576"), lambda _, part: part.replace(b'r="XFD1048576"', b"r = 'XFD1048576'"))
    assert [("S02f", "Adopters!XFD1048576")] == stops(quoted)
    named = far("XFD1048576")
    for old, new in ((b"<c r=", b"<x:c r="), (b"</c>", b"</x:c>"), (b"<worksheet ", b"<worksheet xmlns:x=%s " % MAIN)):
        named = inside(named, lambda name, part: part.replace(old, new) if "sheet3" in name else part)  # noqa: B023
    assert {"S02f"} == check(named)


def test_stray_cells_are_named_and_blank_ones_count_nothing() -> None:
    """What stands far outside is told of all sheets, but no blank text, and no table that is itself too wide."""
    two = by_openpyxl(lambda book: (book["Support"].__setitem__("BZ3", 1), book["Children"].__setitem__("B30005", "x")))
    assert [("S02f", "Children!B30005"), ("S02f", "Support!BZ3")] == stops(two)
    many = by_openpyxl(lambda book: [book["Support"].cell(row, 90, "x") for row in range(2, 99)])
    assert [("S02f", f"Support!CL{row}") for row in range(2, 52)] == stops(many)
    for place in ("A30005", "BZ3", "XFD1"):
        assert set() == check(by_openpyxl(lambda book: book["Support"].__setitem__(place, " ")))  # noqa: B023
    worked = b'<row r="30005"><c r="A30005" t="str"><f>IF(1,"","")</f><v></v></c></row></sheetData>'
    assert set() == check(inside(workbook(), lambda name, part: part.replace(b"</sheetData>", worked)))
    assert set() == check(by_openpyxl(lambda book: book["Cover"].__setitem__("BZ3", "note")))
    # Too much for the reader even if it is blank: twenty million places up to there.
    assert [("S02f", "Support!A1048576")] == stops(
        by_openpyxl(lambda book: book["Support"].__setitem__("A1048576", " "))
    )
    wide = by_openpyxl(lambda book: [book["Support"].cell(1, at, f"extra {at}") for at in range(21, 70)])
    assert ["S02"] == [each.code for each in read(ASK, [wide]).problems if each.severity == "STOP"]


def test_too_large() -> None:
    """More rows, columns, bytes or expansion than the form can have is said, and stops."""
    book = Book()
    book.rows["Support"] = [{"support_id": "1"}] * 20_001
    book.columns["Support"] = ["support_id"]
    assert {"S02"} <= check(workbook(book))
    padded = inside(workbook(), lambda name, part: part + b" " * 60_000_000 if "sheet3" in name else part)
    assert {"S02"} == check(padded)
    assert {"S02"} == check(b"PK" + bytes(11 << 20))


BOMB = b"<!DOCTYPE a [<!ENTITY b 'c'>]>"


@pytest.mark.parametrize("body", [
    b"", b"PK\x03\x04", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), workbook()[:-400],
    inside(workbook(), lambda name, part: part.replace(b"sheet.main", b"sheet.macroEnabled.main")),
    inside(workbook(), lambda name, part: b"<worksheet>" if "sheet2" in name else part),
    inside(workbook(), lambda name, part: BOMB + part if name == "xl/workbook.xml" else part),
], ids=range(8))  # fmt: skip
def test_what_cannot_be_read_says_so(body: bytes) -> None:
    """Passwords, macros, old Excel, other types and damage are one finding, S01, and no crash."""
    found = read(ASK, [body])
    assert (["S01"], False, {}) == ([each.code for each in found.problems], found.complete, found.rows)
    with pytest.raises(Unreadable):
        form_of(ASK, [body])


def test_another_layout_is_named() -> None:
    """A workbook of another layout is not refused: what is missing and what was found is said."""
    out, other = io.BytesIO(), openpyxl.Workbook()
    other.active.title = "List 10"
    other.save(out)
    found = read(ASK, [out.getvalue()])
    by_code = {each.code: each for each in found.problems}
    assert {"S03", "S04"} <= set(by_code)
    assert {"missing": "Children, Adopters, Support", "found": "List 10"} == by_code["S03"].values


def as_csv(book: Book, sheet: str, between: str = ",") -> str:
    """Return a sheet as CSV."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in cells(book, sheet)]
    return "\r\n".join(between.join(row) for row in rows) + "\r\n"


def test_csv_files() -> None:
    """UTF-8 with and without a mark is read, sheets by name or slot; what is not sent is not checked."""
    children, adopters = (as_csv(Book(), name) for name in ("Children", "Adopters"))
    found = read(CSV_ASK, [children.encode("utf-8-sig"), adopters.encode()])
    assert (set(), {"Children": 2, "Adopters": 2}) == (codes(found), found.rows)
    assert {"S04", "S06", "R30", "D05"} <= set(found.not_run)
    wrong = read(CSV_ASK, [children.replace("WBRI", "?").encode(), adopters.encode()])
    assert [("F02", "E2")] == [(each.code, f"{each.letter}{each.cells[0].row}") for each in wrong.problems]


@pytest.mark.parametrize("body", [
    as_csv(Book(), "Children", ";").encode(), as_csv(Book(), "Children", "\t").encode(),
    as_csv(Book(), "Children").encode("utf-16"), "child_id,sex\r\nÉ,F".encode("latin-1"), b'child_id,sex\r\n"C-1"x,F',
    workbook(),
], ids=range(6))  # fmt: skip
def test_csv_that_cannot_be_read_fails_clearly(body: bytes) -> None:
    """Semicolons, tabs, other encodings and broken quotes are said of the sheet that has them."""
    found = read(CSV_ASK, [body, as_csv(Book(), "Adopters").encode()])
    assert [("S01", "Children")] == [(each.code, each.sheet) for each in found.problems]


def test_all_csv_files_that_cannot_be_read_are_told() -> None:
    """Each has its own stop, with the sheet, and on each one's page the others' stops stand too."""
    ask = A1Ask(**{**vars(ASK), "sheets": ("Children", "Adopters", "Support")})
    children, adopters, support = (as_csv(Book(), name, ";").encode() for name in ("Children", "Adopters", "Support"))
    far_down = as_csv(Book(), "Adopters").encode() + b"\r\n" * 30_000 + b"x\r\n"
    found = read(ask, [children, far_down, support])
    told = [("S01", "Children", ""), ("S02f", "Adopters", "A"), ("S01", "Support", "")]
    assert told == [(each.code, each.sheet, each.letter) for each in found.problems]
    assert [30_004] == [cell.row for cell in found.problems[1].cells]
    for sheet in ("Children", "Adopters", "Support"):
        assert (False, {}, found.problems) == (
            (one := of_sheet(found, sheet)).complete,
            one.rows,
            one.problems,
        )
    once = read(ask, [children, adopters, as_csv(Book(), "Support").encode()])
    assert ["Children", "Adopters"] == [each.sheet for each in once.problems]
