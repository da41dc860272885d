"""Text and CSV: in which encoding, whether it is text at all, and cells that a spreadsheet would take for formulas."""

import csv
import re
from collections.abc import Iterable
from io import StringIO

from portal.checking.notes import Notes
from portal.checking.ooxml_parts import is_dde
from portal.domain.cells import cell_name

_LOOK_AT = 8 * 1024
_LONGEST_LINE = 1024 * 1024
"""Characters; a table of 60 columns with 200 characters a cell has 12,000."""
_MOST_PARSED = 64 * 1024 * 1024
"""Characters that are looked through for formulas: far beyond what a spreadsheet opens."""
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_MARKUP = ((b"<!doctype html", "html"), (b"<html", "html"), (b"<?php", "php"), (b"<svg", "svg"), (b"<?xml", "xml"))
_BOM8, _BOMS16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# A number, an amount, a percentage, a date, a telephone number or a dash alone begin with a sign and calculate nothing.
_HARMLESS = re.compile(r"[+-][\s£$€]*[\d.,][\d\s.,()/:%-]*|[+-]+\s*|[+-]\s+\S.*", re.DOTALL)


def kind(body: bytes) -> str:
    """Return txt or the kind of markup that a text is, "" where the bytes are no text."""
    if body.startswith(_BOMS16):
        return "txt"
    head = body[:_LOOK_AT].removeprefix(_BOM8)
    if not head or (_without_bom16(head) is None and _is_binary(head)):
        return ""
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
    first = text[:_LOOK_AT].partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        _look_at_cells(csv.reader(StringIO(text[:_MOST_PARSED], newline=""), delimiter=delimiter), notes)
    except csv.Error:
        notes.found("unreadable")
    return 0


def _look_at_cells(rows: Iterable[list[str]], notes: Notes) -> None:
    csv.field_size_limit(_LONGEST_LINE)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if cell[:1] not in ("=", "+", "-", "@") or _HARMLESS.fullmatch(cell):
                continue
            notes.found("dde" if _asks(cell) else "formula-in-text", cell_name(column, number))


def _asks(cell: str) -> bool:
    """Say whether a formula asks another program: `program|topic!item`, or LibreOffice's function DDE."""
    return "!" in cell.partition("|")[2] or is_dde(cell.replace("|", ""))


def _decode(body: bytes, notes: Notes) -> str | None:
    """Return the text, None where it is none; notes an encoding other than UTF-8, and lines that are none."""
    bare = body.removeprefix(_BOM8)
    encoding = "utf-16" if body.startswith(_BOMS16) else _without_bom16(body[:_LOOK_AT])
    if encoding is None and _is_binary(body):
        notes.found("not-text")
        return None
    try:
        text = bare.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        # What Excel saves as plain CSV in this country; five bytes mean nothing in it.
        encoding = "cp1252"
        try:
            text = bare.decode(encoding)
        except UnicodeDecodeError:
            notes.found("not-text")
            return None
    if encoding:
        notes.found("text-encoding", {"cp1252": "Windows-1252"}.get(encoding, "UTF-16"))
    if any(len(line) > _LONGEST_LINE for line in _long_lines(text)):
        notes.found("too-large-to-check")
    return text


def _long_lines(text: str) -> list[str]:
    return text.split("\n") if len(text) > _LONGEST_LINE else []


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
