"""The A1 form as a workbook: the template that people fill in, and forms with rows in them.

Bytes out, the same each time: no author, fixed dates. Drop-downs and formats come from the definition; what a column
means stands on a sheet and not in notes, which the check of a form would ask about (S10).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from portal.domain.a1.guide import format_words, meaning_words, need_words, value_words
from portal.domain.a1.recipe import Row, SampleForm, Table, Value
from schemas.a1 import COVER, Column, Definition, Sheet
from schemas.a1 import Value as Allowed
from schemas.texts import say

Words = Callable[[str], str]
"""Says a text in the words of the catalogue."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ILLUSTRATIVE = say("Illustrative: this is not the inspectorate’s own form.")
MADE = datetime(2023, 1, 1)  # noqa: DTZ001 -- a workbook knows no time zones
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_OLDEST, _NEWEST = date(1995, 1, 1), date(2100, 1, 1)
_LONGEST_MESSAGE = 255
"""Characters that a spreadsheet shows beside a cell."""
_FILL_IN = say(
    "Fill in column B here, then one row for each child, adopter and episode of support on the other sheets."
)
_SEE = say("The sheet Guidance says what each column means, and the sheet Lists what the codes mean.")
_NO_NAMES = say("Use no names, dates of birth or addresses anywhere.")
_GUIDANCE = (say("Sheet"), say("Column"), say("What it is"), say("Fill it in"), say("How to write it"), say("Values"))
_LISTS = (say("Code"), say("Meaning"))
_NOT_LISTED = say("Choose one of the listed codes")
_NOT_SO = say("Check this cell")


@dataclass(frozen=True)
class _Book:
    """A workbook in the making."""

    book: Workbook
    definition: Definition
    words: Words
    styles: Mapping[str, Format]
    lists: Mapping[tuple[Allowed, ...], str]
    """Where the codes of each list stand, as a formula names them."""


def same(text: str) -> str:
    """Return a text in our English."""
    return text


def template(definition: Definition, words: Words = same) -> bytes:
    """Return the workbook to fill in."""
    own: Row = {"template_id": definition.template_id, "template_version": definition.template_version}
    cover = {**own, "period_start": definition.first_day, "period_end": definition.last_day}
    tables = {sheet.code: Table([column.name for column in sheet.columns], []) for sheet in definition.sheets}
    return workbook(definition, SampleForm(cover, tables), words)


def workbook(definition: Definition, form: SampleForm, words: Words = same) -> bytes:
    """Return a workbook of the definition's layout with the form's rows. A damaged one is cut in the middle."""
    target = BytesIO()
    book = Workbook(target, OPTIONS)
    book.set_properties({"title": words(definition.title), "created": MADE})
    made = _Book(book, definition, words, _styles(book), _places(definition))
    _cover(made, form.cover)
    for sheet in definition.sheets:
        if sheet.code in form.tables:
            _data(made, sheet, form.tables[sheet.code])
    for name, write in {"Guidance": _guidance, "Lists": _lists}.items():
        if name in definition.also:
            write(made, book.add_worksheet(name))
    book.close()
    data = target.getvalue()
    return data[: len(data) // 2] if form.damaged else data


def _styles(book: Workbook) -> dict[str, Format]:
    looks: dict[str, dict[str, Any]] = {
        "bold": {"bold": True, "text_wrap": True, "valign": "top"},
        "wrap": {"text_wrap": True, "valign": "top"},
        "date": {"num_format": "dd/mm/yyyy", "align": "left"},
        "text": {"num_format": "@"},
        "plain": {},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


def _places(definition: Definition) -> dict[tuple[Allowed, ...], str]:
    """Return where each list of codes stands on the sheet Lists: two columns for each, below a title and a heading."""
    lists = dict.fromkeys(column.values for sheet in definition.sheets for column in sheet.columns if column.values)
    return {values: _range(2 * number, len(values)) for number, values in enumerate(lists)}


def _range(column: int, rows: int) -> str:
    letter = xl_col_to_name(column)
    return f"=Lists!${letter}$3:${letter}${rows + 2}"


def _cover(made: _Book, told: Row) -> None:
    sheet = made.book.add_worksheet(COVER)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 40)
    last = 0
    for each in made.definition.cover:
        row, column = xl_cell_to_rowcol(each.cell)
        sheet.write_string(row, 0, made.words(each.label), made.styles["bold"])
        _write(sheet, row, column, told.get(each.name), made.styles)
        last = max(last, row)
    row, column = xl_cell_to_rowcol(made.definition.cover_cell("completed_on"))
    sheet.data_validation(row, column, row, column, _date_rule(made))
    notes = ([ILLUSTRATIVE] if made.definition.illustrative else []) + [_FILL_IN, _SEE, _NO_NAMES]
    for number, note in enumerate(notes, last + 2):
        sheet.write_string(number, 0, made.words(note), made.styles["bold" if note is ILLUSTRATIVE else "wrap"])


def _data(made: _Book, sheet: Sheet, table: Table) -> None:
    page = made.book.add_worksheet(sheet.code)
    page.freeze_panes(1, 0)
    last = max(made.definition.limits.rows, len(table.rows))
    for number, name in enumerate(table.columns):
        page.write_string(0, number, name, made.styles["bold"])
        column = sheet.column(name) if sheet.has(name) else None
        page.set_column(number, number, max(12, len(name) + 3), made.styles[_style(column)])
        if column is not None:
            page.data_validation(1, number, last, number, _rule(made, column))
    for row, values in enumerate(table.rows, 1):
        for number, name in enumerate(table.columns):
            value = values.get(name)
            if value is not None:
                _write(page, row, number, value, made.styles)


def _write(page: Worksheet, row: int, column: int, value: Value, styles: Mapping[str, Format]) -> None:
    if isinstance(value, str):
        page.write_string(row, column, value, styles["text"])
    elif isinstance(value, int):
        page.write_number(row, column, value)
    elif value is not None:
        page.write_datetime(row, column, datetime(value.year, value.month, value.day), styles["date"])  # noqa: DTZ001


def _style(column: Column | None) -> str:
    """Return how the cells of a column look: text, so that a spreadsheet makes no numbers and dates of what is none."""
    if column is None or column.type == "int":
        return "plain"
    return "date" if column.type == "date" else "text"


def _rule(made: _Book, column: Column) -> dict[str, Any]:
    """Return what a spreadsheet lets people type in a column, and what it tells them beside the cell."""
    said = ". ".join(made.words(text) for text in (column.title, format_words(column), need_words(column)))
    shown = {"input_message": said[:_LONGEST_MESSAGE], "ignore_blank": True}
    refused = {"error_title": made.words(_NOT_LISTED)[:32], "error_message": made.words(_NOT_LISTED)}
    if column.values and column.type != "codes" and "Lists" in made.definition.also:
        return {**shown, **refused, "validate": "list", "source": made.lists[column.values]}
    if column.type == "date":
        return {**_date_rule(made), **shown}
    asked = {"error_type": "warning", "error_title": made.words(_NOT_SO)[:32], "error_message": said[:_LONGEST_MESSAGE]}
    if column.type == "int":
        least, most = column.least or 0, 10_000 if column.most is None else column.most
        return {**shown, **asked, "validate": "integer", "criteria": "between", "minimum": least, "maximum": most}
    longest = {"id": 20, "la": 3, "month": 10, "text": column.most or made.definition.limits.characters}
    if column.type in longest:
        return {**shown, **asked, "validate": "length", "criteria": "<=", "value": longest[column.type]}
    return {**shown, "validate": "any"}


def _date_rule(made: _Book) -> dict[str, Any]:
    said = made.words(_NOT_SO)[:32]
    between = {"criteria": "between", "minimum": _OLDEST, "maximum": _NEWEST, "error_type": "warning"}
    return {"validate": "date", **between, "error_title": said, "error_message": said}


def _guidance(made: _Book, page: Worksheet) -> None:
    page.freeze_panes(1, 0)
    page.set_column(0, 1, 24)
    page.set_column(2, 5, 50)
    words, wrap = made.words, made.styles["wrap"]
    _line(page, 0, [words(each) for each in _GUIDANCE], made.styles["bold"])
    row = 1
    for sheet in made.definition.sheets:
        _line(page, row, [sheet.code, "", words(sheet.about)], made.styles["bold"])
        for row, column in enumerate(sheet.columns, row + 1):  # noqa: B020 -- it goes on from the sheet's own line
            meaning = ". ".join(words(each).rstrip(".") for each in meaning_words(column))
            allowed = "\n".join(words(value_words(value)) for value in column.values)
            how = [words(need_words(column)), words(format_words(column)), allowed]
            _line(page, row, [sheet.code, column.name, meaning, *how], wrap)
        row += 1


def _lists(made: _Book, page: Worksheet) -> None:
    page.freeze_panes(2, 0)
    used: dict[tuple[Allowed, ...], list[str]] = {values: [] for values in made.lists}
    for sheet in made.definition.sheets:
        for column in sheet.columns:
            if column.values:
                used[column.values].append(f"{sheet.code}: {column.name}")
    for number, (values, places) in enumerate(used.items()):
        page.set_column(2 * number, 2 * number, 20)
        page.set_column(2 * number + 1, 2 * number + 1, 34)
        page.write_string(0, 2 * number, ", ".join(places), made.styles["bold"])
        for offset, heading in enumerate(_LISTS):
            page.write_string(1, 2 * number + offset, made.words(heading), made.styles["bold"])
        for row, value in enumerate(values, 2):
            page.write_string(row, 2 * number, value.code, made.styles["wrap"])
            page.write_string(row, 2 * number + 1, made.words(value.meaning), made.styles["wrap"])


def _line(page: Worksheet, row: int, cells: Sequence[str], style: Format) -> None:
    for column, text in enumerate(cells):
        if text:
            page.write_string(row, column, text, style)
