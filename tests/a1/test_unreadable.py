"""What cannot be read as an A1 form is said: what it is, and in which sheet or cell."""

import io

import openpyxl
import pytest

from portal.checking.a1 import form_of
from portal.checking.a1_read import Unreadable
from portal.vault.check_keeping import of_sheet
from schemas.checking import A1Ask
from tests.a1.forms import Book
from tests.a1.written import ASK, CSV_ASK, MAIN, as_csv, by_openpyxl, check, inside, read, workbook


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
