"""The index of a bundle, for people as a page and for spreadsheets as CSV. Nothing in either can be made to run."""

import base64
import csv
import hashlib
import io
import re
from collections.abc import Iterable
from datetime import datetime
from html import escape
from urllib.parse import quote

from portal.domain.deadline import lateness_words
from portal.domain.times import iso, say_deadline, say_moment
from portal.formats.snapshot import BundleFile, BundleGap, BundleGone, BundleSnapshot

_STYLE = """
body{font:1rem/1.4 Arial,sans-serif;color:#0b0c0c;background:#fff;margin:2rem auto;max-width:80rem;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:0 0 2rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid #b1b4b6}
td,code{overflow-wrap:anywhere}
.lacks{border-left:10px solid #1d70b8;padding:.6rem 1rem;font-size:1.2rem}
.late,.flagged{font-weight:bold}
@media print{body{margin:0;max-width:none;font-size:9pt}tr{break-inside:avoid}}
"""
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; form-action 'none'"

_FILE_HEADINGS = (
    "Item",
    "File",
    "Version",
    "Size in bytes",
    "Upload began",
    "Received",
    "On time or late",
    "Check",
    "SHA-256",
)
_GAP_HEADINGS = ("Item", "State", "Reason given")
_WITHHELD_HEADINGS = ("Item", "File", "Version", "Size in bytes", "Received", "Why", "What was found", "SHA-256")
_GONE_HEADINGS = ("Item", "Version", "What became of it", "When", "SHA-256")
_CSV_HEADINGS = (
    *("Item", "Place", "File", "Path in the bundle", "Version", "Size in bytes", "SHA-256"),
    *("Upload began (UTC)", "Received (UTC)", "Upload began (London)", "Received (London)", "On time or late"),
    *("State", "Reason given", "Check", "What was found", "Released"),
)

# Controls and characters that turn the direction of writing: shown as what they are, something unreadable. Lone
# surrogates cannot be written as UTF-8; U+FFFE and U+FFFF are no characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ABOUT_BAGS = (
    "This folder is a bag as described by BagIt 1.0 (RFC 8493): <code>manifest-sha256.txt</code> holds the SHA-256 of "
    "each file, so that any BagIt tool can tell whether all are here and unchanged."
)
_FACTS = _CSV_HEADINGS.index("State") - 1
"""Columns between the item and the state."""
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet may take for the start of a formula."""


def index_html(snapshot: BundleSnapshot, paths: Iterable[str]) -> bytes:
    """Return the page that says first what the bundle lacks, then lists what it holds.

    `paths` are those of `snapshot.inside`, in their order, relative to the page. No scripts, nothing from elsewhere.
    """
    title = f"{snapshot.reference}: contents of the {'download' if snapshot.part else 'bundle'}"
    rows = [_file_row(file, path) for file, path in zip(snapshot.inside, paths, strict=True)]
    body = [
        f"<h1>{_text(title)}</h1>",
        f'<p class="lacks">{_text(_lacks(snapshot))}</p>',
        *_tables(snapshot),
        *_facts(snapshot),
        *([_table("What is here", _FILE_HEADINGS, rows)] if rows else []),
        f"<p>{_ABOUT_BAGS}</p>",
    ]
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title>",
        f"<style>{_STYLE}</style>",
    ]
    lines = ["<!DOCTYPE html>", '<html lang="en-GB">', "<head>", *head, "</head>", "<body>", "<main>", *body]
    return "\n".join([*lines, "</main>", "</body>", "</html>", ""]).encode()


def index_csv(snapshot: BundleSnapshot, paths: Iterable[str]) -> bytes:
    """Return one line for each file, each that is withheld, each gap and each document that counts no longer.

    UTF-8 with a byte order mark, CRLF, every cell quoted. A cell that a spreadsheet might take for a formula
    gets an apostrophe in front.
    """
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_CSV_HEADINGS)
    for file, path in zip(snapshot.inside, paths, strict=True):
        writer.writerow(map(_cell, (*_facts_of(file, path), "Received", *_check_of(file))))
    for file, reason in snapshot.left_out:
        writer.writerow(map(_cell, (*_facts_of(file, ""), reason, *_check_of(file))))
    for gap in snapshot.gaps:
        writer.writerow(map(_cell, (gap.item_label, *[""] * _FACTS, gap.state, gap.words, "", "", "")))
    for gone in snapshot.gone:
        which = (gone.item_label, gone.slot_label, "", "", str(gone.version), "", gone.sha256)
        writer.writerow(map(_cell, (*which, *[""] * 5, f"{gone.state} on {say_moment(gone.ended_at)}", *[""] * 4)))
    return b"\xef\xbb\xbf" + sheet.getvalue().encode()


def _check_of(file: BundleFile) -> tuple[str, ...]:
    check = file.check
    return check.reason, check.words, check.found, check.released


def _facts_of(file: BundleFile, path: str) -> tuple[str, ...]:
    began, received = file.began_at, file.received_at
    what = (file.item_label, file.slot_label, file.name, path, str(file.version), str(file.size), file.sha256)
    return (*what, iso(began), iso(received), say_moment(began), say_moment(received), lateness_words(file))


def printable(text: str) -> str:
    """Return `text` with every character that is not for reading (controls, changes of direction) as U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _cell(value: str) -> str:
    runs = value.lstrip(" ").startswith(FORMULA_STARTS)
    return ("'" if runs else "") + printable(value)


def _lacks(snapshot: BundleSnapshot) -> str:
    missing = len({gap.item_label for gap in snapshot.gaps if gap.lacks})
    late = sum(not file.on_time for file in snapshot.inside)
    who = "The inspection" if snapshot.part else "This bundle"
    said = [
        f"{who} lacks files for {_count(missing, 'requested item')}, listed below."
        if missing
        else "Nothing that was requested is missing."
    ]
    if snapshot.part:
        said.insert(0, f"This download is not everything: it holds {snapshot.part.words} alone.")
    if not snapshot.inside:
        said.append("It holds no files.")
    if snapshot.withheld:
        withheld = len(snapshot.withheld)
        said.append(
            f"{_count(withheld, 'document')} {'is' if withheld == 1 else 'are'} withheld and not in it: see below why."
        )
    if snapshot.gone:
        said.append(
            f"{_count(len(snapshot.gone), 'document')} that earlier downloads may hold "
            f"{'counts' if len(snapshot.gone) == 1 else 'count'} no longer: see below."
        )
    if flagged := sum(file.check.flagged for file in snapshot.inside):
        said.append(f"{_count(flagged, 'file')} {'is' if flagged == 1 else 'are'} flagged: see below what was found.")
    if late:
        accepted = sum(not file.on_time and file.accepted_at is not None for file in snapshot.inside)
        said.append(
            f"{_count(late, 'file')} {'was' if late == 1 else 'were'} received after the deadline"
            + (f", {accepted:,} of them accepted all the same." if accepted else ".")
        )
    if snapshot.declared_at is None:
        said.append("The agency has not yet declared that it has sent what it has.")
    return " ".join(said)


def _facts(snapshot: BundleSnapshot) -> list[str]:
    size = sum(file.size for file in snapshot.inside)
    declared = _moment(snapshot.declared_at) if snapshot.declared_at else "Not yet"
    facts = {
        "Agency": _name(snapshot.agency),
        "Programme": _name(snapshot.programme),
        "Deadline": _text(say_deadline(snapshot.deadline_at)),
        "Declared": declared,
        "Bundle as of": _moment(snapshot.frozen_at),
        "Holds": _text(f"{_count(len(snapshot.inside), 'file')}, {_count(size, 'byte')}"),
    }
    rows = [f'<tr><th scope="row">{_text(label)}</th><td>{value}</td></tr>' for label, value in facts.items()]
    return ["<h2>About this bundle</h2>", "<table>", *rows, "</table>"]


def _tables(snapshot: BundleSnapshot) -> list[str]:
    """Tell what is not there: first what never came, then what counts no longer."""
    tables = []
    if snapshot.gaps:
        rows = map(_gap_row, snapshot.gaps)
        tables.append(_table("What is missing, or there in another form", _GAP_HEADINGS, rows))
    if snapshot.withheld:
        withheld = [_withheld_row(*each) for each in snapshot.left_out]
        tables.append(_table("What is withheld", _WITHHELD_HEADINGS, withheld))
    if snapshot.gone:
        tables.append(_table("What counts no longer", _GONE_HEADINGS, map(_gone_row, snapshot.gone)))
    return tables


def _table(heading: str, columns: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in columns)
    start = f"<h2>{_text(heading)}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
    return start + "\n".join(rows) + "\n</tbody>\n</table>"


def _file_row(file: BundleFile, path: str) -> str:
    place = f"<br>{_name(file.slot_label)}" if file.slot_label else ""
    link = f'<a href="{escape(quote(path))}" rel="noreferrer">{_name(file.name)}</a>'
    late = "" if file.on_time else ' class="late"'
    cells = [
        _name(file.item_label) + place,
        link,
        _text(str(file.version)),
        _text(f"{file.size:,}"),
        _moment(file.began_at),
        _moment(file.received_at),
        f"<span{late}>{_text(lateness_words(file))}</span>",
        _check_cell(file),
        f"<code>{_text(file.sha256)}</code>",
    ]
    return _row(cells)


def _check_cell(file: BundleFile) -> str:
    check, flagged = file.check, ' class="flagged"' if file.check.flagged else ""
    said = [f"<span{flagged}>{_text(check.words)}</span>", _text(check.found)]
    said += [f"Released: {_name(check.released)}" if check.released else ""]
    said += [f"The agency’s reason: {_name(check.reason)}" if check.reason else ""]
    return "<br>".join(each for each in said if each)


def _gap_row(gap: BundleGap) -> str:
    return _row([_name(gap.item_label), _name(gap.state), _name(gap.words) if gap.words else "None"])


def _withheld_row(file: BundleFile, reason: str) -> str:
    place = f"<br>{_name(file.slot_label)}" if file.slot_label else ""
    facts = (
        str(file.version),
        _text(f"{file.size:,}"),
        _moment(file.received_at),
        _text(reason),
        _text(file.check.found),
    )
    return _row([_name(file.item_label) + place, _name(file.name), *facts, f"<code>{_text(file.sha256)}</code>"])


def _gone_row(gone: BundleGone) -> str:
    place = f"<br>{_name(gone.slot_label)}" if gone.slot_label else ""
    digest = f"<code>{_text(gone.sha256)}</code>" if gone.sha256 else "Not kept"
    cells = [_name(gone.item_label) + place, str(gone.version), _text(gone.state), _moment(gone.ended_at), digest]
    return _row(cells)


def _row(cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _moment(instant: datetime) -> str:
    return f'<time datetime="{_text(iso(instant))}">{_text(say_moment(instant))}</time>'


def _name(text: str) -> str:
    """Show what someone typed, so that its direction of writing stays its own."""
    return f"<bdi>{_text(text)}</bdi>"


def _text(text: str) -> str:
    return escape(printable(text))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
