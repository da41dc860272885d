"""What a file is, by its structure and not by its name, and whether that is what the item asked for."""

import re
from contextlib import suppress

from portal.checking import cfb, packages, polyglots, texts
from portal.checking.notes import Notes
from portal.checking.programs import program_kind
from portal.checking.zips import read_directory
from schemas.checking import Ask

HEADER_WITHIN = 1024
"""Bytes; readers of PDF look no further for its header, and some scanners write something before it."""
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (cfb.MAGIC, "cfb"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gz"),
    (b"%!PS", "ps"),
)
_PDF_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
_MODERN = frozenset({"docx", "xlsx", "pptx"})
_SAME = {"jpeg": "jpg", "csv": "txt"}
"""Endings of one kind: nothing in a file's bytes tells one of them from the other."""
_MADE_AS = {"doc": ("rtf",)}
"""Word writes RTF under the ending doc, and opens it there."""


def kind_of(body: bytes, ask: Ask, notes: Notes) -> str:
    """Return what the file is as an extension, or "" where that cannot be told; notes what does not fit together."""
    first = _by_start(body) or texts.kind(body)
    pdf = is_pdf(body)
    kind = "pdf" if pdf and (ask.extension == "pdf" or first in ("", "txt")) else first
    other = "pdf" if pdf and kind != "pdf" else polyglots.other_kind(body, kind, first)
    if other:
        notes.found("polyglot", other)
    if kind == "cfb":
        kind = cfb.kind(body, ask.extension)
        if kind == cfb.LOCKED and ask.extension in _MODERN:
            # An Office file with a password is a compound file whatever its ending: what is in it, nobody can see.
            return "cfb"
        kind = "cfb" if kind == cfb.LOCKED else kind
    elif kind == "zip":
        kind = _of_zip(body, ask.extension)
    elif kind in ("exe", "elf", "macho", "sh"):
        notes.found("embedded-program", kind)
    kind = ask.extension if kind and kind == _SAME.get(ask.extension) else kind
    _compare(kind, ask, notes)
    return kind


def is_pdf(body: bytes) -> bool:
    """Say whether a reader of PDF would take it: the header near the beginning, and an object where it is not first."""
    at = body.find(b"%PDF-", 0, HEADER_WITHIN + 5)
    return at == 0 or (at > 0 and _PDF_OBJECT.search(body, at) is not None)


def _by_start(body: bytes) -> str:
    for start, kind in _STARTS:
        if body.startswith(start):
            return kind
    if body[4:8] == b"ftyp":
        return "heic" if body[8:11] in (b"hei", b"hev", b"mif") else "mp4"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "webp"
    return program_kind(body[:64])


def _of_zip(body: bytes, extension: str) -> str:
    """Return what a zip file says that it is; one with nothing in it to read is damaged, and no other kind."""
    with suppress(Exception):  # the inspector meets it again, and says that the file is unreadable
        if read_directory(body).entries:
            return packages.kind_of_zip(body)
    return extension if extension in packages.KINDS else "zip"


def _compare(kind: str, ask: Ask, notes: Notes) -> None:
    fits = kind == ask.extension or kind in _MADE_AS.get(ask.extension, ())
    if not fits:
        notes.found("not-its-type", kind)
    if ask.accepts and not {ask.extension, ask.extension if fits else kind} <= set(ask.accepts):
        notes.found("not-accepted", kind)
