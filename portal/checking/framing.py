"""The files inside a file, as the process hands them out: length and bytes of each, then a mark that all were."""

from collections.abc import Iterator, Sequence

from portal.checking.kinds import kind_of
from portal.checking.members import members_of
from portal.checking.notes import Notes
from schemas.checking import ALL_OUT, Ask


def frames(ask: Ask, bodies: Sequence[bytes]) -> Iterator[bytes]:
    """Yield what goes into the pipe, piece by piece."""
    for body in bodies:
        for member in members_of(kind_of(body, ask, Notes()), body):
            yield len(member).to_bytes(8)
            yield member
    yield ALL_OUT
