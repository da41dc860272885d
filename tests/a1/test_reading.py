"""Workbooks and CSV files as people really send them are read."""

from datetime import date
from typing import Any

from portal.checking.a1 import form_of
from tests.a1.forms import Book
from tests.a1.written import ASK, CSV_ASK, Touch, as_csv, by_openpyxl, check, codes, inside, read, workbook


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


def test_csv_files() -> None:
    """UTF-8 with and without a mark is read, sheets by name or slot; what is not sent is not checked."""
    children, adopters = (as_csv(Book(), name) for name in ("Children", "Adopters"))
    found = read(CSV_ASK, [children.encode("utf-8-sig"), adopters.encode()])
    assert (set(), {"Children": 2, "Adopters": 2}) == (codes(found), found.rows)
    assert {"S04", "S06", "R30", "D05"} <= set(found.not_run)
    wrong = read(CSV_ASK, [children.replace("WBRI", "?").encode(), adopters.encode()])
    assert [("F02", "E2")] == [(each.code, f"{each.letter}{each.cells[0].row}") for each in wrong.problems]
