"""What looks into a file and what scans it for malware, as the portal sees them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.domain.checker import Layer
from schemas.checking import Answer, Ask


class CheckFailed(Exception):
    """The checker gave no answer that can be believed: crashed, over a limit, or nonsense. The message is a code."""


@dataclass(frozen=True)
class Body:
    """A file on its way to the checker or the scanner: `size` bytes in pieces, opened when it is asked for."""

    size: int
    pieces: Callable[[], Iterable[bytes]]


class Checker(Protocol):
    """Looks into a file in a throw-away process that can reach nothing. It never changes a file."""

    def check(self, ask: Ask, bodies: Sequence[Body]) -> Answer:
        """Return what is found. Raises CheckFailed, and what opening the bodies raises."""
        ...

    def extract(self, ask: Ask, bodies: Sequence[Body]) -> Iterator[Body]:
        """Yield the files inside, one after another: each is read before the next. Raises CheckFailed, as above."""
        ...

    def layers(self) -> frozenset[Layer]:
        """Return what keeps the process in on this host. Raises CheckFailed."""
        ...


class NotScanned(Exception):
    """The scanner did not say what a file is: down, over a limit, or an odd answer. The message is a code."""


class Scanner(Protocol):
    """Says whether a file is malware."""

    def is_infected(self, body: Body) -> bool:
        """Say so. Raises NotScanned: nothing but a plain answer about all of it counts."""
        ...

    def ready(self) -> bool:
        """Say whether the scanner answers at all."""
        ...
