"""The process: `python -m portal.checking VERB`, an ask and the bodies on standard input, an answer on the output.

`check` answers one line of JSON. `extract` answers the files inside (`portal/checking/framing.py`). `layers` is asked
nothing and says which layers of the sandbox hold on this host.
"""

import gc
import json
import os
import select
import sys

from portal.checking.framing import frames
from portal.checking.look import look
from portal.checking.preparing import prepare
from portal.checking.sandbox import shut_in, step_back
from portal.domain.checker import limits_for
from schemas.checking import answer_line, read_ask


def main(verb: str) -> None:
    """Answer once. Whatever goes wrong ends the process: its caller takes that for no answer."""
    step_back()
    source = sys.stdin.buffer
    answer = _own_output()
    if verb == "layers":
        held = shut_in(limits_for(0))
        _write(answer, json.dumps(sorted(held)).encode())
        return
    ask = read_ask(source.readline())
    prepare(ask)
    # A life of seconds, bounded in memory: looking for cycles in millions of cells takes a tenth of it.
    gc.disable()
    if not _is_heard(answer):
        return
    shut_in(limits_for(sum(ask.sizes)))
    bodies = [source.read(size) for size in ask.sizes]
    if list(ask.sizes) != [len(body) for body in bodies]:
        raise EOFError
    if verb == "check":
        _write(answer, answer_line(look(ask, bodies)))
    else:
        for piece in frames(ask, bodies):
            _write(answer, piece)


def _own_output() -> int:
    """Return a descriptor for the answer; whatever a library prints goes nowhere."""
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answer


def _is_heard(answer: int) -> bool:
    """Say whether anybody is there to read the answer: who died before now is not told of by the signal at a death."""
    poll = select.poll()
    poll.register(answer, 0)
    return not poll.poll(0)


def _write(answer: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(answer, view) :]


main(sys.argv[1])
# Without looking back: what a hostile file left in a library's memory is not tidied up.
os._exit(0)
