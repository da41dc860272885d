"""Entries of the audit trail as files: JSON Lines as they are hashed, or CSV for a spreadsheet, no cell a formula."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from portal.formats.canonical import canonical_json
from portal.formats.index import FORMULA_STARTS

FORMATS: Final = ("jsonl", "csv")
COLUMNS: Final = ("seq", "at", "actor", "action", "inspection", "subject", "details", "salt", "previous", "hash")


def trail_file(entries: Iterable[Mapping[str, Any]], kind: str) -> Iterator[bytes]:
    """Yield a file of entries, each as a mapping of COLUMNS, in UTF-8; `kind` is one of FORMATS.

    JSON Lines gives an entry a line, as `schemas/statements.py` has it. CSV has a byte order mark, CRLF, every cell
    quoted, and an apostrophe before whatever a spreadsheet might take for a formula.
    """
    return _lines(entries) if kind == "jsonl" else _rows(entries)


def _lines(entries: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for entry in entries:
        yield json.dumps(dict(entry), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _rows(entries: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    yield "\ufeff".encode() + _row(COLUMNS)
    for entry in entries:
        details = canonical_json(entry["details"]).decode()
        yield _row([details if name == "details" else entry[name] for name in COLUMNS])


def _row(cells: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([_cell(each) for each in cells])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
