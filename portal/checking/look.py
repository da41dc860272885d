"""Look into one file: what it is, what is in it, and, of an A1 form, what its rows say. Bytes in, an answer out."""

from collections.abc import Callable, Mapping, Sequence

from portal.checking import cfb, images, packages, pdfs, rtf, texts
from portal.checking.kinds import kind_of
from portal.checking.notes import Notes
from schemas.checking import Answer, Ask

Inspector = Callable[[bytes, Notes], int]
"""Looks into a file of one kind and notes what it finds; returns how many files inside are to be scanned too."""

INSPECTORS: Mapping[str, Inspector] = {
    "pdf": pdfs.look_into_pdf,
    "doc": cfb.look_into_cfb,
    "xls": cfb.look_into_cfb,
    "ppt": cfb.look_into_cfb,
    "msg": cfb.look_into_cfb,
    "cfb": cfb.look_into_cfb,
    "rtf": rtf.look_into_rtf,
    "csv": texts.look_into_csv,
    "txt": texts.look_into_text,
    "png": images.look_into_png,
    "jpg": images.look_into_jpeg,
    "jpeg": images.look_into_jpeg,
    **dict.fromkeys(packages.KINDS, packages.inspect),
}


def look(ask: Ask, bodies: Sequence[bytes]) -> Answer:
    """Return what is found in the bodies, which together are one upload."""
    notes, kinds, members = Notes(), [], 0
    for body in bodies:
        kind = kind_of(body, ask, notes)
        kinds.append(kind)
        if kind in INSPECTORS:
            members += _inspect(INSPECTORS[kind], body, notes)
    a1 = glance = None
    if ask.a1 is not None:
        from portal.checking.a1 import check_a1

        a1, glance = check_a1(ask.a1, bodies)
    return Answer(kind=kinds[0], findings=notes.findings, members=members, a1=a1, glance=glance)


def _inspect(inspector: Inspector, body: bytes, notes: Notes) -> int:
    """Run an inspector. What it stumbles over is a finding about the file, and no fault of ours."""
    try:
        return inspector(body, notes)
    except ImportError:
        raise  # nothing was prepared for it (`preparing.py`): our fault, and no file's
    except MemoryError:
        notes.found("too-large-to-check")
    except Exception:  # noqa: BLE001 - parsers of hostile files raise anything
        notes.found("unreadable")
    return 0
