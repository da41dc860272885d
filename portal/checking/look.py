"""Look into one file: what it is, what is in it, and, of an A1 form, what its rows say. Bytes in, an answer out."""

from collections.abc import Callable, Mapping, Sequence

from portal.checking.kinds import kind_of
from portal.checking.notes import Notes
from schemas.checking import Answer, Ask

Inspector = Callable[[bytes, Notes], int]
"""Looks into a file of one kind and notes what it finds; returns how many files inside are to be scanned too."""

INSPECTORS: Mapping[str, Inspector] = {}


def look(ask: Ask, bodies: Sequence[bytes]) -> Answer:
    """Return what is found in the bodies, which together are one upload."""
    notes, kinds, members = Notes(), [], 0
    for body in bodies:
        kind = kind_of(body, ask.extension, notes)
        kinds.append(kind)
        if kind in INSPECTORS:
            members += INSPECTORS[kind](body, notes)
    return Answer(kind=kinds[0], findings=notes.findings, members=members)
