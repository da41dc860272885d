"""Whether the workbook is laid out as asked (S), looked at first. S01 and S02f are found by whoever opens the form."""

from collections.abc import Iterable, Iterator, Sequence

from portal.domain.a1.form import Form, Hit
from portal.domain.a1.registry import CHECK, ERROR, STOP, rule
from portal.domain.a1.shapes import looks_like_name, reveals
from portal.domain.a1.tables import heading
from portal.domain.cells import cell_name, parted
from schemas.a1 import COVER, Definition
from schemas.a1_rows import words_of
from schemas.texts import say

_LONGEST_LIST = 1_000
"""Characters of a list of names in a finding."""


def listed(names: Iterable[object]) -> str:
    """Return names with commas between them, cut where there are too many."""
    text = ", ".join(str(name)[:60] for name in names)
    return text if len(text) <= _LONGEST_LIST else f"{text[:_LONGEST_LIST]}…"


@rule(
    "S01",
    STOP,
    say("The A1 form could not be read as an Excel workbook (.xlsx) or as CSV files in UTF-8 with commas."),
    say(
        "Open it in Excel, take away any password and macros, save it as “Excel Workbook (.xlsx)” or each sheet as "
        "“CSV UTF-8 (comma delimited)”, and send the new file."
    ),
)
def unreadable(_form: Form) -> Iterator[Hit]:
    """S01: what could not be opened gets no as far as here."""
    yield from ()


@rule(
    "S02",
    STOP,
    say(
        "The A1 form is larger than can be checked. It can have {rows} rows in a sheet, {columns} columns, "
        "{zipped} MB, and {unzipped} MB when it is unpacked."
    ),
    say("Check that there is one row for each child, adopter or episode and nothing else, and send the new file."),
)
def too_large(form: Form) -> Iterator[Hit]:
    """S02: rows and columns; sizes and expansion are found by whoever opens it."""
    limits = form.definition.limits
    for name, table in form.tables.items():
        if len(table) > limits.rows or len(table.columns) > limits.columns:
            yield Hit(name, gaps=limit_gaps(form.definition))


@rule(
    "S02f",
    STOP,
    say("Something stands far outside the table, so the form cannot be checked."),
    say("Delete these cells, even if they look blank: a space or a formula counts too. Save, and send the new file."),
)
def far_outside(_form: Form) -> Iterator[Hit]:
    """S02: with a cell far out the form gets no as far as here."""
    yield from ()


def limit_gaps(definition: Definition) -> dict[str, str]:
    """Return what the sentence of S02 has gaps for."""
    most = definition.limits
    gaps = {"rows": most.rows, "columns": most.columns, "zipped": most.zipped_mb, "unzipped": most.unzipped_mb}
    return {name: f"{number:,}" for name, number in gaps.items()}


@rule(
    "S02t",
    STOP,
    say("Cells hold more than {characters} characters, so the form cannot be checked."),
    say("Shorten them, and send the new file."),
)
def text_too_long(form: Form) -> Iterator[Hit]:
    """S02: characters in a cell, in any column of the file."""
    most = form.definition.limits.characters
    for name, table in form.tables.items():
        for place, column in enumerate(table.columns):
            long = {cell for cell in table.distinct(place) if isinstance(cell, str) and len(cell) > most}
            if long:
                rows = [table.numbers[at] for at, cell in enumerate(column) if cell in long]
                yield from (Hit(name, gaps={"characters": f"{most:,}"}, place=cell_name(place, row)) for row in rows)


@rule(
    "S03",
    STOP,
    say("The workbook has no sheet {missing}. Its sheets are: {found}."),
    say("Use the template, or name the sheets as it does, and send the new file."),
)
def sheet_missing(form: Form) -> Iterator[Hit]:
    """S03: of CSV files those that are there are checked; the checklist says which are missing."""
    missing = [sheet.code for sheet in form.definition.sheets if sheet.code not in form.tables]
    if missing and not form.raw.csv:
        yield Hit("", gaps={"missing": listed(missing), "found": _sheets(form, form.raw.found) or "–"})


@rule(
    "S03c",
    CHECK,
    say("The workbook has further sheets, which are not read: {sheets}."),
    say("Take them away if they hold names or other details of people. Otherwise you need not do anything."),
)
def sheet_more(form: Form) -> Iterator[Hit]:
    """S03: extra sheets."""
    if more := [name for name in form.raw.found if not _is_known(form, name)]:
        yield Hit("", gaps={"sheets": _sheets(form, more)})


def _is_known(form: Form, name: str) -> bool:
    wanted = COVER, *form.definition.also, *(sheet.code for sheet in form.definition.sheets)
    return name.strip().casefold() in {each.casefold() for each in wanted}


def _sheets(form: Form, names: Sequence[str]) -> str:
    """Return names of sheets; where each person has a sheet, only its number among those of the workbook."""

    def tells(name: str) -> bool:
        return not _is_known(form, name) and (reveals(name) or looks_like_name(name) or form.names_id(name))

    places = {name: place for place, name in enumerate(form.raw.found, start=1)}
    return listed([say("sheet {number}", number=places[name]) if tells(name) else name for name in names])


@rule(
    "S07",
    ERROR,
    say("Required columns are missing: {columns}."),
    say("Add them with these headings in row 1, and send the new file."),
)
def column_missing(form: Form) -> Iterator[Hit]:
    """S07: required in every row."""
    yield from _missing(form, "R")


@rule(
    "S07c",
    CHECK,
    say("Columns that some rows need are missing: {columns}. What depends on them could not be checked."),
    say("Add them with these headings in row 1 if any row needs them, and send the new file."),
)
def column_perhaps_missing(form: Form) -> Iterator[Hit]:
    """S07: required in some rows."""
    yield from _missing(form, "C")


@rule(
    "S07h",
    ERROR,
    say("The headings stand in row {row} and not in row 1. What stands above them was not read."),
    say(
        "Delete the rows above them, so that the headings stand in row 1, and send the new file. Rows of data among "
        "them go below the headings first."
    ),
)
def headings_lower(form: Form) -> Iterator[Hit]:
    """S07: a title above the headings, say, or a line that names the separator of a CSV file."""
    for name, table in form.tables.items():
        if table.top > 1:
            first = next(place for place in range(len(table.headings)) if heading(table.headings[place]))
            yield Hit(name, gaps={"row": str(table.top)}, place=cell_name(first, table.top))


def _missing(form: Form, need: str) -> Iterator[Hit]:
    for name, table in form.tables.items():
        wanted = [each.name for each in table.sheet.columns if each.need == need and each.name not in table.twice]
        if missing := [each for each in wanted if not table.has(each)]:
            yield Hit(name, gaps={"columns": listed(missing)})


@rule(
    "S08",
    ERROR,
    say("The same column is there more than once: {columns}. None of them was read."),
    say("Take away the columns that you do not need, so that each heading is there once, and send the new file."),
)
def column_twice(form: Form) -> Iterator[Hit]:
    """S08: after aliases, capitals and spaces are made equal. Which of them is meant cannot be known."""
    for name, table in form.tables.items():
        if table.twice:
            places = sorted(place for places in table.twice.values() for place in places)
            yield Hit(name, gaps={"columns": listed([cell_name(place, table.top) for place in places])})


@rule(
    "S08c",
    CHECK,
    say("Some headings are not known, and their columns were not read: {columns}."),
    say("Check that they are not misspelt. Take these columns away if the form does not ask for them."),
)
def column_unknown(form: Form) -> Iterator[Hit]:
    """S08: the headings are not repeated, because in a form without headings they are data."""
    for name, table in form.tables.items():
        if table.unknown:
            yield Hit(name, gaps={"columns": listed([cell_name(place, table.top) for place in table.unknown])})


@rule(
    "S09",
    ERROR,
    say("Cells hold an error, or a formula that was never worked out."),
    say("Replace the formula by its value (Copy, then Paste Special, Values), and send the new file."),
)
def cell_odd(form: Form) -> Iterator[Hit]:
    """S09: in rows and columns that are read."""
    for name, table in form.tables.items():
        read = {table.letter(column.name) for column in table.sheet.columns}
        for place in form.raw.sheets[name].odd_cells:
            letter, row = parted(place)
            if letter in read and row > table.top:
                yield Hit(name, place=place)


@rule(
    "S10",
    CHECK,
    say("The sheet has merged cells, hidden or filtered rows or columns, or comments."),
    say("Show all rows and columns, undo merges and filters and take comments away, so that nothing is sent unseen."),
)
def sheet_hides(form: Form) -> Iterator[Hit]:
    """S10."""
    yield from (Hit(name) for name in form.tables if form.raw.sheets[name].hidden)


@rule(
    "S11",
    ERROR,
    say("The sheet has no rows, and the sheet Cover does not say why."),
    say(
        "Add the rows, or say on the sheet Cover why there are none, and send the new file. Of a CSV file, say why "
        "when you are asked for a reason."
    ),
)
def sheet_empty(form: Form) -> Iterator[Hit]:
    """S11."""
    reasons = {cell.sheet: cell.cell for cell in form.definition.cover}
    for name, table in form.tables.items():
        if not len(table) and not words_of((form.raw.cover or {}).get(reasons.get(name, ""), "")):
            yield Hit(name)


@rule(
    "S12",
    CHECK,
    say("Words such as “n/a” or “unknown” stand where a date or number belongs. They were read as blank."),
    say("Leave the cell blank instead."),
)
def word_for_nothing(form: Form) -> Iterator[Hit]:
    """S12."""
    yield from remarked(form, "S12")


@rule(
    "S13",
    CHECK,
    say("The workbook’s properties name a person or an organisation. The file is kept as you sent it."),
    say("If you do not want that, use “Inspect Document” in Excel to take them away, and send the new file."),
)
def properties_named(form: Form) -> Iterator[Hit]:
    """S13."""
    if form.raw.owned:
        yield Hit("")


def remarked(form: Form, code: str) -> Iterator[Hit]:
    """Yield each cell whose field remarks this on how it is written."""
    for name, table in form.tables.items():
        for column in table.sheet.columns:
            if table.has(column.name) and not column.is_id:
                found = {raw for raw, said in table.remarks(column.name).items() if said == code}
                if found:
                    yield from (
                        Hit(name, column.name, at, table.shown(at, column.name))
                        for at, raw in enumerate(table.raw(column.name))
                        if raw in found
                    )
