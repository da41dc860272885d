"""The checker as a process of its own for each file, thrown away after one answer."""

import subprocess
import sys
from collections.abc import Iterator, Sequence

from portal.ports import Body, Checker, CheckFailed
from schemas.checking import Answer, Ask, OddAnswer, read_answer

_SECONDS = 60


class ProcessChecker(Checker):
    """Starts `portal.checking` and hands it the bodies through a pipe."""

    def check(self, ask: Ask, bodies: Sequence[Body]) -> Answer:
        """See `Checker`."""
        command = [sys.executable, "-I", "-m", "portal.checking", "check"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as process:
            assert process.stdin is not None
            process.stdin.write(ask.line())
            for body in bodies:
                for piece in body.pieces():
                    process.stdin.write(piece)
            out, _ = process.communicate(timeout=_SECONDS)
        try:
            return read_answer(out)
        except OddAnswer as error:
            raise CheckFailed(str(error)) from None

    def extract(self, ask: Ask, bodies: Sequence[Body]) -> Iterator[Body]:
        """See `Checker`."""
        yield from ()
