"""The checker as a process of its own for each file, thrown away after one answer."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore

from portal.adapters.process import Conversation
from portal.domain.a1.believed import answers
from portal.domain.checker import MOST_MEMBER_BYTES, MOST_MEMBERS, Layer, limits_for
from portal.ports.checking import Body, Checker, CheckFailed
from schemas.checking import ALL_OUT, LONGEST_ANSWER, Answer, Ask, OddAnswer, read_answer

AT_ONCE = 2
PATIENCE = 30.0
"""Seconds to wait for a turn."""
COMMAND = (sys.executable, "-I", "-m", "portal.checking")
_PIECE = 256 * 1024
_MARK = 8


class ProcessChecker(Checker):
    """Starts `portal.checking` and hands it the bodies through a pipe; at most `at_once` run, others wait their turn.

    What it raises as CheckFailed: busy, not-started, size (a body is not as long as was said), died, early (it answered
    before it had read all), time-out, cut-short, too-long, status-N or signal-N (how it ended), nonsense,
    too-many.
    """

    def __init__(
        self, at_once: int = AT_ONCE, patience: float = PATIENCE, command: Sequence[str] = COMMAND, haste: float = 1.0
    ) -> None:
        """Tests shorten the time by `haste` and have other processes started by `command`."""
        self._turns = BoundedSemaphore(at_once)
        self._patience, self._command, self._haste = patience, tuple(command), haste

    def check(self, ask: Ask, bodies: Sequence[Body]) -> Answer:
        """See `Checker`."""
        with self._told("check", ask, bodies) as process:
            said = bytearray()
            while len(said) <= LONGEST_ANSWER and (more := process.read(LONGEST_ANSWER + 1 - len(said))):
                said += more
            if len(said) > LONGEST_ANSWER:
                raise CheckFailed("too-long")
            process.end()
        try:
            answer = read_answer(bytes(said))
        except OddAnswer:
            raise CheckFailed("nonsense") from None
        if not answers(ask, answer):
            raise CheckFailed("nonsense")
        return answer

    def extract(self, ask: Ask, bodies: Sequence[Body]) -> Iterator[Body]:
        """See `Checker`."""
        with self._told("extract", ask, bodies) as process:
            count = total = 0
            while (head := process.exactly(_MARK)) != ALL_OUT[:_MARK]:
                size = int.from_bytes(head)
                count, total = count + 1, total + size
                if count > MOST_MEMBERS or total > MOST_MEMBER_BYTES:
                    raise CheckFailed("too-many")
                rest = _pieces(process, size)
                yield Body(size, lambda rest=rest: rest)  # type: ignore[misc]
                for _ in rest:
                    pass
            if process.exactly(len(ALL_OUT) - _MARK) != ALL_OUT[_MARK:]:
                raise CheckFailed("nonsense")
            process.end()

    def layers(self) -> frozenset[Layer]:
        """See `Checker`."""
        with self._running("layers", 0) as process:
            said = process.read(_PIECE)
            process.end()
        try:
            return frozenset(Layer(name) for name in json.loads(said))
        except (ValueError, TypeError):
            raise CheckFailed("nonsense") from None

    @contextmanager
    def _told(self, verb: str, ask: Ask, bodies: Sequence[Body]) -> Iterator[Conversation]:
        """Start a process that was told all."""
        with self._running(verb, sum(ask.sizes)) as process:
            process.feed(ask.line())
            for size, body in zip(ask.sizes, bodies, strict=True):
                _feed(process, size, body.pieces())
            yield process

    @contextmanager
    def _running(self, verb: str, size: int) -> Iterator[Conversation]:
        if not self._turns.acquire(timeout=self._patience):
            raise CheckFailed("busy")
        try:
            with Conversation([*self._command, verb], limits_for(size).clock * self._haste) as process:
                yield process
        finally:
            self._turns.release()


def _feed(process: Conversation, size: int, pieces: Iterable[bytes]) -> None:
    """Hand over a body of exactly so many bytes; one that never ends is not waited for."""
    left = size
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            break
        process.feed(piece)
    if left:
        raise CheckFailed("size")


def _pieces(process: Conversation, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = process.exactly(min(left, _PIECE))
        left -= len(piece)
        yield piece
