"""What the check of an A1 form found, as files to work through: a workbook of three sheets, and CSV.

Bytes out, the same each time. No cell is a formula, whatever stood in the form, and no value of a column of
identifiers is in it.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.domain.a1.findings import SEVERITY_WORDS, Finding, Place, about_the_file, findings, say_failed, totals
from portal.formats.a1_csv import CSV, harmless, write_csv
from portal.formats.a1_workbook import ILLUSTRATIVE, MADE, OPTIONS, XLSX, Words, same
from schemas.a1 import Definition
from schemas.checking import Answer
from schemas.texts import say, say_count

_HEADINGS: Final = (
    *(say("Kind"), say("Rule"), say("Sheet"), say("Column"), say("Place"), say("Value"), say("What is wrong")),
    *(say("How to fix it"), say("What may stand there")),
)
_SHEETS: Final = (say("Summary"), say("Problems"), say("How to fix"))
_FIXES: Final = (say("Kind"), say("Rule"), say("Sheet"), say("Column"), say("How often"), say("What is wrong"))
_TITLE: Final = say("What the check of the A1 form found")
_STOPPED: Final = say(
    "Some of your data is not what we expect, so we could not run the full checks. Put this right first."
)
_UNREAD: Final = say("The form could not be read, so its rows were not checked.")
_NOT_RUN: Final = say(
    "Rules that could not be tried, or not on every sheet, because something that they need is missing"
)
_WIDTHS: Final = (16, 8, 12, 26, 18, 24, 60, 60, 60)


def findings_csv(answer: Answer, definition: Definition, words: Words = same) -> bytes:
    """Return one line for each place: UTF-8 with a byte order mark, CRLF (RFC 4180)."""
    lines = [[words(each) for each in _HEADINGS], *_lines(answer, definition, words)]
    return write_csv([[harmless(cell) for cell in line] for line in lines])


def findings_workbook(answer: Answer, definition: Definition, words: Words = same) -> bytes:
    """Return a workbook: what was found in sum, each place, and for each rule how to put it right."""
    target = BytesIO()
    book = Workbook(target, OPTIONS)
    book.set_properties({"title": words(_TITLE), "created": MADE})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    summary, problems, fixes = (book.add_worksheet(words(name)) for name in _SHEETS)
    _fill(summary, [words(_TITLE)], _summary(answer, definition, words), (50, 30), bold, wrap)
    _fill(problems, [words(each) for each in _HEADINGS], _lines(answer, definition, words), _WIDTHS, bold, wrap)
    heads = [words(each) for each in (*_FIXES, *_HEADINGS[-2:])]
    _fill(fixes, heads, _fixes(answer, definition, words), (16, 8, 12, 26, 10, 60, 60, 60), bold, wrap)
    book.close()
    return target.getvalue()


def _fill(
    page: Worksheet,
    headings: Sequence[str],
    lines: Iterator[list[str]],
    widths: Sequence[int],
    bold: Format,
    wrap: Format,
) -> None:
    page.freeze_panes(1, 0)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    for column, text in enumerate(headings):
        page.write_string(0, column, harmless(text), bold)
    for row, line in enumerate(lines, 1):
        for column, text in enumerate(line):
            if text:
                page.write_string(row, column, harmless(text), wrap)


def _found(answer: Answer, definition: Definition) -> tuple[Finding, ...]:
    return findings(answer.a1, definition) if answer.a1 else ()


def _summary(answer: Answer, definition: Definition, words: Words) -> Iterator[list[str]]:
    result = answer.a1
    if definition.illustrative:
        yield [words(ILLUSTRATIVE)]
    if result is None:
        yield [words(_UNREAD)]
    else:
        yield from ([words(text)] for text in totals(result))
        for sheet in definition.sheets:
            if sheet.code in result.rows:
                yield [sheet.code, words(say_count(result.rows[sheet.code], "{count} row", "{count} rows"))]
        if not result.complete:
            yield [words(_STOPPED)]
        if result.not_run:
            yield [words(_NOT_RUN), ", ".join(result.not_run)]
        if failed := say_failed(result):
            yield [words(failed)]
    for check in about_the_file(answer):
        yield [words(check.title), words(check.fix)]


def _lines(answer: Answer, definition: Definition, words: Words) -> Iterator[list[str]]:
    """Yield a line for each place; of what is beyond the listed ones, how many there are."""
    for each in _found(answer, definition):
        head = [words(SEVERITY_WORDS[each.severity]), each.code, each.sheet, each.column]
        tail = [words(each.message), words(each.fix), _allowed(each, words)]
        for place in each.places or (Place(each.sheet),):
            yield [*head, place.ref, place.value, *tail]
        beyond = each.count - len(each.places)
        if each.places and beyond > 0:
            yield [*head, words(say_count(beyond, "And {count} more place", "And {count} more places")), "", *tail]


def _fixes(answer: Answer, definition: Definition, words: Words) -> Iterator[list[str]]:
    for each in _found(answer, definition):
        head = [words(SEVERITY_WORDS[each.severity]), each.code, each.sheet, each.column, str(each.count)]
        yield [*head, words(each.message), words(each.fix), _allowed(each, words)]


def _allowed(finding: Finding, words: Words) -> str:
    return "; ".join(map(words, finding.allowed))


FILES: Final = {"xlsx": (findings_workbook, XLSX), "csv": (findings_csv, CSV)}
"""What makes the file of each ending, and its type."""
