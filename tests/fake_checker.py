"""Stand-ins for checker and scanner: they say what they were told to, having read every byte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from portal.domain.checker import Layer
from portal.ports.checking import Body, Checker, CheckFailed, NotScanned, Scanner
from schemas.checking import Answer, Ask

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The industry's harmless test file for scanners."""


@dataclass
class FakeChecker(Checker):
    """Finds nothing, unless `answer` says what; with `failure` it gives none. `members` are what is inside."""

    answer: Answer | None = None
    failure: str = ""
    members: list[bytes] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)

    def check(self, ask: Ask, bodies: Sequence[Body]) -> Answer:
        self._read(ask, bodies)
        return self.answer or Answer(kind=ask.extension, members=len(self.members))

    def extract(self, ask: Ask, bodies: Sequence[Body]) -> Iterator[Body]:
        self._read(ask, bodies)
        for member in self.members:
            yield Body(len(member), lambda member=member: [member])  # type: ignore[misc]

    def layers(self) -> frozenset[Layer]:
        if self.failure:
            raise CheckFailed(self.failure)
        return frozenset(Layer)

    def _read(self, ask: Ask, bodies: Sequence[Body]) -> None:
        self.asked.append(ask)
        for size, body in zip(ask.sizes, bodies, strict=True):
            assert size == body.size == sum(map(len, body.pieces()))
        if self.failure:
            raise CheckFailed(self.failure)


@dataclass
class FakeScanner(Scanner):
    """Finds the test file alone; with `failure` it is down."""

    failure: str = ""
    scanned: list[int] = field(default_factory=list)

    def is_infected(self, body: Body) -> bool:
        if self.failure:
            raise NotScanned(self.failure)
        data = b"".join(body.pieces())
        self.scanned.append(len(data))
        return EICAR in data

    def ready(self) -> bool:
        return not self.failure
