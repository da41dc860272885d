"""Files that are two things at once: what one program shows as a picture, another unpacks or runs.

Only what ordinary programs never make counts. Scanners write a few bytes before the header of a PDF, cameras append
previews and films to a photo, and an attachment inside a PDF may be a zip: none of these is another nature.
"""

import re
import struct

from portal.checking.programs import program_kind

_END_OF_ZIP = b"PK\x05\x06"
_LONGEST_COMMENT = 65_535
_CLOSED = frozenset({"pdf", "png", "jpg", "gif"})
"""Kinds in which nothing that is a zip lies openly at the end."""
_PAGE = re.compile(rb"<\?php\s|<script[\s>]|<!doctype\s+html|<html[\s>]|<svg[\s>]", re.IGNORECASE)
_END_OF_PDF = re.compile(rb"startxref\s+\d+(?:\s+%%EOF)?")
_SCRIPT = re.compile(rb"<\?php\s|<script[\s>]", re.IGNORECASE)
_ARCHIVES = ((b"PK\x03\x04", "zip"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"))


def other_kind(body: bytes, kind: str, first: str) -> str:
    """Return what a file of this kind is too, "" if nothing. `first` is what its first bytes say."""
    if kind in ("zip", "txt", ""):
        return ""
    if kind != first and first not in ("", "txt"):
        return first
    if zip_at_end(body, kind):
        return "zip"
    if kind == "pdf":
        before = body[: max(0, body.find(b"%PDF-"))]
        return _script(before, _PAGE) or foreign(after_pdf(body))
    if kind in ("png", "jpg", "gif"):
        # What is appended to a picture is judged where its end is known (`images`); a script works anywhere in it.
        return _script(body, _SCRIPT)
    return ""


def after_pdf(body: bytes) -> bytes:
    """Return what follows the last place of a table in a PDF, and its end-of-file mark: this alone ends nothing."""
    last = max(_END_OF_PDF.finditer(body), key=re.Match.end, default=None)
    return body[last.end() :] if last else b""


def foreign(tail: bytes) -> str:
    """Return what was appended to a file that had ended, "" for padding and anything that no program would start."""
    tail = tail.lstrip(b"\x00\r\n\t \x1a")
    for start, kind in (*_ARCHIVES, (b"%PDF-", "pdf")):
        if tail.startswith(start):
            return kind
    return program_kind(tail[:64]) or _script(tail, _PAGE)


def zip_at_end(body: bytes, kind: str) -> bool:
    """Say whether a zip ends where the file ends, as a program that unpacks demands (APPNOTE 4.3.16).

    Some programs pass over what follows it. That counts in a file that had ended before: a zip that is attached inside
    a PDF or an old Office file is followed by the rest of that file.
    """
    at = body.rfind(_END_OF_ZIP, max(0, len(body) - _LONGEST_COMMENT - 22))
    if at < 0 or at + 22 > len(body):
        return False
    entries, size, _offset, comment = struct.unpack_from("<HIIH", body, at + 10)
    if at + 22 + comment != len(body) and (kind not in _CLOSED or b"endobj" in body[at:]):
        return False
    start = at - size
    return entries > 0 and start >= 0 and body[start : start + 4] == b"PK\x01\x02"


def _script(data: bytes, pattern: re.Pattern[bytes]) -> str:
    found = pattern.search(data)
    if found is None:
        return ""
    return "php" if found[0].startswith(b"<?") else "html"
