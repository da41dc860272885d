"""A1 forms as files: written by two programs or as CSV, changed inside, and what is found in them."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import xlsxwriter

from portal.checking.a1 import check_a1
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
MAIN = b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


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


def inside(body: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Write a workbook's parts anew, changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def as_csv(book: Book, sheet: str, between: str = ",") -> str:
    """Return a sheet as CSV."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in cells(book, sheet)]
    return "\r\n".join(between.join(row) for row in rows) + "\r\n"


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
