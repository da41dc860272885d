"""The process: `python -m portal.checking check`, an ask and the bodies on standard input, one answer on the output."""

import sys

from portal.checking.look import look
from schemas.checking import answer_line, read_ask


def main() -> None:
    """Answer one ask. Whatever goes wrong ends the process: its caller takes that for no answer."""
    source = sys.stdin.buffer
    ask = read_ask(source.readline())
    bodies = [source.read(size) for size in ask.sizes]
    sys.stdout.buffer.write(answer_line(look(ask, bodies)))


main()
