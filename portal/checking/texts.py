"""Text and CSV: in which encoding, whether it is text at all, and cells that a spreadsheet would take for formulas."""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import StringIO

from portal.checking.notes import Notes
from portal.checking.ooxml_parts import is_dde
from portal.domain.cells import cell_name
from schemas.checking import MOST_WHERE

_LOOK_AT = 8 * 1024
_LONGEST_LINE = 1024 * 1024
"""Characters; a table of 60 columns with 200 characters a cell has 12,000."""
_MOST_PARSED = 64 * 1024 * 1024
"""Characters that are looked through for formulas: a million rows of 60 each, as many as a spreadsheet opens."""
_DELIMITERS = ",;\t|"
_NAMED = re.compile(r'sep=([^\r\n"])', re.IGNORECASE)
"""A first line that names what parts the cells, which Excel goes by."""
_LINE = re.compile(r"[^\r\n]+")
_SIGNS = frozenset("=+-@")
_CALL = re.compile(r"dde\s*\(", re.IGNORECASE)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_MARKUP = ((b"<!doctype html", "html"), (b"<html", "html"), (b"<?php", "php"), (b"<svg", "svg"), (b"<?xml", "xml"))
_SYLK = re.compile(rb"ID;P[^\r\n]*[\r\n]+[A-Z];[A-Z]")
"""How a table of another kind begins, which Excel opens with its formulas and macros whatever its ending says."""
_BOM8, _BOMS16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# A number, an amount, a percentage, a date, a telephone number or a dash alone begin with a sign and calculate nothing.
_HARMLESS = re.compile(r"[+-][\s£$€]*[\d.,][\d\s.,()/:%-]*(?:[eE][+-]?\d+)?|[+-]+\s*|[+-]\s+\S.*", re.DOTALL)


def kind(body: bytes) -> str:
    """Return txt or the kind of markup or table that a text is, "" where the bytes are no text."""
    if body.startswith(_BOMS16):
        return "txt"
    head = body[:_LOOK_AT].removeprefix(_BOM8)
    if not head or (_without_bom16(head) is None and _is_binary(head)):
        return ""
    if _SYLK.match(head):
        return "slk"
    start = head.lstrip().lower()
    return next((kind for mark, kind in _MARKUP if start.startswith(mark)), "txt")


def look_into_text(body: bytes, notes: Notes) -> int:
    """Note what is wrong with a text."""
    _decode(body, notes)
    return 0


def look_into_csv(body: bytes, notes: Notes) -> int:
    """Note what is wrong with a CSV file, and which of its cells would calculate."""
    text = _decode(body, notes)
    if text is None:
        return 0
    if len(text) > _MOST_PARSED:
        notes.found("too-large-to-check")
        text = text[:_MOST_PARSED]
    likely, others = _delimiters(text)
    try:
        asked = _look_at_cells(_formulas(text, likely), notes)
    except csv.Error:
        notes.found("unreadable")
        return 0
    if "!" not in text.partition("|")[2] and not _CALL.search(text):
        return 0
    for other in others:  # each program parts the cells in its own way
        with suppress(csv.Error):
            asked = asked or _look_at_cells((each for each in _formulas(text, other) if _asks(each[1])), notes)
    return 0


def _delimiters(text: str) -> tuple[str, str]:
    """Return what most likely parts the cells, and what else may."""
    named = _NAMED.match(text)
    first = _LINE.search(text[:_LOOK_AT])
    likely = named[1] if named else max(_DELIMITERS, key=(first[0] if first else "").count)
    return likely, _DELIMITERS.replace(likely, "")


def _look_at_cells(formulas: Iterable[tuple[tuple[int, int], str]], notes: Notes) -> bool:
    """Note formulas, each by the column and the row of its cell; return whether one asks another program."""
    asked, more = False, -MOST_WHERE
    for place, cell in formulas:
        if _asks(cell):
            asked = True
            notes.found("dde", cell_name(*place))
        elif not _HARMLESS.fullmatch(cell):
            more += 1
            if more <= 0:
                notes.found("formula-in-text", cell_name(*place))
    if more > 0:
        notes.found("formula-in-text", count=more)
    return asked


def _formulas(text: str, delimiter: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield each cell that may be a formula, after its column and row. Raises csv.Error for one longer than any."""
    csv.field_size_limit(_LONGEST_LINE)
    for number, row in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), 1):
        for column, cell in enumerate(row):
            if cell[:1] in _SIGNS or (cell[:1].isspace() and cell.lstrip()[:1] in _SIGNS):
                yield (column, number), cell.lstrip()


def _asks(cell: str) -> bool:
    """Say whether a formula asks another program: `program|topic!item`, or LibreOffice's function DDE."""
    if "|" not in cell and "(" not in cell:
        return False
    program, _, topic = cell.partition("|")
    if cell[1:2].isspace() and (program[-1:].isspace() or topic[:1].isspace()):
        return False  # a dash before words
    return "!" in topic or is_dde(cell.replace("|", ""))


def _decode(body: bytes, notes: Notes) -> str | None:
    """Return the text, None where it is none; notes an encoding other than UTF-8, and lines that are none."""
    bare = body.removeprefix(_BOM8)
    encoding = "utf-16" if body.startswith(_BOMS16) else _without_bom16(body[:_LOOK_AT])
    if encoding is None and _is_binary(body):
        notes.found("not-text")
        return None
    text = _decoded(bare, encoding or "utf-8")
    if text is None and encoding is None:
        # What Excel saves as plain CSV in this country; five bytes mean nothing in it.
        encoding = "cp1252"
        text = _decoded(bare, encoding)
    if text is None or "\x00" in text:
        notes.found("not-text")
        return None
    if encoding:
        notes.found("text-encoding", {"cp1252": "Windows-1252"}.get(encoding, "UTF-16"))
    if len(text) > _LONGEST_LINE and any(line.end() - line.start() > _LONGEST_LINE for line in _LINE.finditer(text)):
        notes.found("too-large-to-check")
    return text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_binary(data: bytes) -> bool:
    """Say whether there are zeros, or more control characters than a slip of the keyboard makes."""
    return b"\x00" in data or len(data) - len(data.translate(None, _CONTROLS)) > len(data) / 200


def _without_bom16(head: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is in: every second byte of Western letters is then zero."""
    pairs = len(head) // 2
    if pairs < 4:
        return None
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd > pairs * 0.7 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * 0.7 and odd == 0 else None
