"""The A1 form as CSV files, one for each sheet: UTF-8 with a byte order mark, CRLF (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from portal.domain.a1.recipe import SampleForm, Value
from portal.formats.index import FORMULA_STARTS, printable
from schemas.a1 import Definition

CSV = "text/csv"
_MARK = b"\xef\xbb\xbf"


def csv_templates(definition: Definition) -> dict[str, bytes]:
    """Return the files to fill in instead of the workbook, by name: their headings alone."""
    return {f"{sheet.slot}.csv": write_csv([[column.name for column in sheet.columns]]) for sheet in definition.sheets}


def csv_files(definition: Definition, form: SampleForm) -> dict[str, bytes]:
    """Return a form as CSV files, by name; dates as in ISO 8601. A cell stays as it is, whatever it begins with."""
    files = {}
    for sheet in definition.sheets:
        table = form.tables.get(sheet.code)
        if table is not None:
            lines = ([_plain(row.get(column)) for column in table.columns] for row in table.rows)
            files[f"{sheet.slot}.csv"] = write_csv([table.columns, *lines])
    return {name: data[: len(data) // 2] for name, data in files.items()} if form.damaged else files


def write_csv(lines: Iterable[Sequence[str]]) -> bytes:
    """Return these lines as a CSV file, quoted where they have to be."""
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerows(lines)
    return _MARK + target.getvalue().encode()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and that holds nothing but what can be read."""
    runs = cell.lstrip(" ").startswith(FORMULA_STARTS)
    return ("'" if runs else "") + printable(cell)


def _plain(value: Value) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
