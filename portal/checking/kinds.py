"""What a file is, by its structure and not by its name."""

from portal.checking.notes import Notes

_STARTS = {b"%PDF-": "pdf", b"PK\x03\x04": "zip", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "cfb", b"{\\rtf": "rtf"}


def kind_of(body: bytes, extension: str, notes: Notes) -> str:
    """Return what the file is as an extension, or "" where that cannot be told; notes what does not fit together."""
    for start, kind in _STARTS.items():
        if body.startswith(start):
            return kind
    return extension if not notes.findings else ""
