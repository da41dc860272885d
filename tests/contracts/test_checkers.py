"""What every Checker promises, and what the process promises besides: whatever it does, nothing is left of it."""

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from portal.adapters.checker import ProcessChecker
from portal.domain.checker import MOST_MEMBER_BYTES, MOST_MEMBERS, Layer, limits_for
from portal.domain.policy import MIB
from portal.ports.checking import Body, Checker, CheckFailed
from schemas.a1_glance import Glance, Median
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import ALL_OUT, LONGEST_ANSWER, A1Ask, Answer, Ask, Found, answer_line
from tests.checking.made import docx_with
from tests.checking.remains import nothing_remains
from tests.fake_checker import EICAR, FakeChecker

MEMBER = b"\x01\x02" + EICAR
CHECKERS: dict[str, Callable[[], Checker]] = {
    "process": ProcessChecker,
    "fake": lambda: FakeChecker(members=[MEMBER]),
}


def ask(*bodies: bytes, extension: str = "docx") -> Ask:
    """Return what to ask about these bodies."""
    return Ask(extension, (extension,), tuple(len(body) for body in bodies))


def body(data: bytes, piece: int = 1000) -> Body:
    """Return a body in pieces."""
    return Body(len(data), lambda: (data[at : at + piece] for at in range(0, len(data), piece)))


@pytest.fixture(params=CHECKERS)
def checker(request: pytest.FixtureRequest) -> Checker:
    """Each checker in turn."""
    return CHECKERS[request.param]()


def test_a_file_is_answered_and_taken_apart(checker: Checker) -> None:
    """The answer is of this file, the files inside come one by one, and somebody keeps the process in."""
    docx = docx_with(MEMBER)

    answer = checker.check(ask(docx), [body(docx)])
    members = []
    for member in checker.extract(ask(docx), [body(docx)]):
        members.append(b"".join(member.pieces()))
        assert member.size == len(members[-1])

    assert ("docx", 1) == (answer.kind, answer.members)
    assert [MEMBER] == members
    assert {Layer.limits, Layer.system_calls} <= checker.layers()
    assert answer == checker.check(ask(docx), [body(docx, 1)])  # cut otherwise, and asked again


def test_what_opening_a_body_raises_is_passed_on(checker: Checker) -> None:
    """A store that fails is no fault of the file's."""

    def broken() -> Iterator[bytes]:
        yield b"PK"
        raise ConnectionResetError

    for verb in (checker.check, lambda *given: list(checker.extract(*given))):
        with pytest.raises(ConnectionResetError):
            verb(Ask("docx", ("docx",), (100,)), [Body(100, broken)])


# The process alone. Where it has to misbehave another one is started in its place.

GOOD = answer_line(Answer("pdf"))
READ = "import json, os, sys, time\nask = json.loads(sys.stdin.buffer.readline())\n"
READ += "for size in ask['sizes']: sys.stdin.buffer.read(size)\nout = sys.stdout.buffer\n"


def process(code: str, **given: float) -> ProcessChecker:
    """Return a checker whose process runs this code."""
    return ProcessChecker(command=[sys.executable, "-I", "-S", "-c", code], **given)  # type: ignore[arg-type]


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """No process and no descriptor remains."""
    with nothing_remains():
        yield


BIG = bytes(3 * MIB)
MISBEHAVIOUR = {
    "nothing said": (READ, "nonsense"),
    "an exception": (READ + "raise SystemError", "status-1"),
    "killed": (READ + "os.kill(os.getpid(), 11)", "signal-11"),
    "a crash after a good answer": (READ + f"out.write({GOOD!r}); out.flush(); os.abort()", "signal-6"),
    "not read at all": ("import time; time.sleep(60)", "time-out"),
    "gone at once": ("raise SystemExit", "died"),
    "an answer before all was read": (f"print({GOOD!r}.decode(), flush=True); import time; time.sleep(60)", "early"),
    "an answer and gone before all was read": (f"import os; os.write(1, {GOOD!r})", "early"),
    "for ever": (READ + "while True: pass", "time-out"),
    "output closed, and for ever": (READ + "os.close(1); time.sleep(60)", "time-out"),
    "a byte now and then": (READ + "for _ in range(50): os.write(1, b' '); time.sleep(0.2)", "time-out"),
    "said for ever": (READ + "while True: out.write(bytes(100000))", "too-long"),
    "one byte too many": (READ + f"out.write(b' ' * {LONGEST_ANSWER - len(GOOD) + 1} + {GOOD!r})", "too-long"),
    "two answers": (READ + f"out.write({GOOD!r} * 2)", "nonsense"),
    "another shape": (READ + "out.write(b'{}')", "nonsense"),
    "UTF-16": (READ + f"out.write({GOOD!r}.decode().encode('utf-16'))", "nonsense"),
    "not UTF-8": (READ + r"out.write(b'\xff')", "nonsense"),
    "nested for ever": (READ + "out.write(b'[' * 100_000)", "nonsense"),
    "a million findings": (READ + 'out.write(b\'{"kind":"","findings":[\' + b"{}," * 1_000_000 + b"0]}")', "nonsense"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
@pytest.mark.usefixtures("nothing_left")
def test_whatever_it_does_is_no_answer(name: str) -> None:
    """Crash, silence, haste, nonsense: each is a failed check within its time, and the process is gone."""
    code, failure = MISBEHAVIOUR[name]
    began = monotonic()
    with pytest.raises(CheckFailed) as failed:
        process(code, haste=0.03 if failure == "time-out" else 1).check(ask(BIG), [body(BIG, 100_000)])

    assert failure == str(failed.value)
    assert monotonic() - began < 30  # those that sleep do so for 60


def test_what_goes_wrong_in_it_stands_in_no_log(capfd: pytest.CaptureFixture[str]) -> None:
    """What it was reading when it ended may be in what it complains of, which goes nowhere."""
    with pytest.raises(CheckFailed, match="status-1"):
        process(READ + "raise SystemExit('Emma')").check(ask(BIG), [body(BIG)])
    assert ("", "") == capfd.readouterr()


@pytest.mark.usefixtures("nothing_left")
def test_the_process_gets_nothing_but_two_pipes(tmp_path: Path) -> None:
    """Empty environment, no descriptor of ours, a session of its own, and the longest answer is taken."""
    code = READ + "import ctypes\nseen = sorted(map(int, os.listdir('/proc/self/fd')))[:-1]\n"
    code += "told = [len(os.environ.keys() - {'LC_CTYPE'}), seen, os.getsid(0) == os.getpid(), os.getcwd()]\n"
    code += f"good = {GOOD!r}\nout.write(good[:-1] + b' ' * ({LONGEST_ANSWER} - len(good)) + good[-1:])\n"
    code += "assert told == [0, [0, 1, 2], True, '/'], told"
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        assert Answer("pdf") == process(code).check(ask(b"x", b"y"), [body(b"x"), body(b"y")])


A1 = A1Ask("illustrative-2023", ("2022-10-01", "2023-09-30"), "agency-a", {}, "2023-10-09")
RESULT = A1Result(A1.definition, True, {"Children": 1}, (Problem("F02", "ERROR", "Children", "sex", "C", 1),))
GLANCE = Glance(A1.definition, {"Children": {"301": 1}}, {}, (Median("match-to-placed", 1, 4.5),))
FORGED = {
    "an A1 form nobody asked about": (None, Answer("xlsx", a1=RESULT)),
    "a glance nobody asked for": (None, Answer("xlsx", glance=GLANCE)),
    "no A1 form": (A1, Answer("xlsx")),
    "another definition, which is kept unsealed": (A1, Answer("xlsx", a1=replace(RESULT, definition="Leeds, 3 May"))),
    "a rule of its own, for the trail": (A1, Answer("xlsx", a1=replace(RESULT, not_run=("Z07",)))),
    "problems of its own": (
        A1,
        Answer("xlsx", a1=replace(RESULT, problems=(replace(RESULT.problems[0], code="Q11"),))),
    ),
    "a step of its own": (A1, Answer("xlsx", a1=RESULT, glance=replace(GLANCE, medians=(Median("x", 1, None),)))),
    "half a letter": (None, Answer("pdf", (Found("macros", 1, ("HALF",)),))),
    "half a letter in a name": (A1, Answer("xlsx", a1=replace(RESULT, rows={"HALF": 1}))),
    "a check that found something twice": (None, Answer("pdf", (Found("macros"), Found("macros")))),
    "malware, which the scanner alone can tell": (None, Answer("pdf", (Found("malware"),))),
}


@pytest.mark.usefixtures("nothing_left")
def test_what_was_not_asked_is_no_answer(tmp_path: Path) -> None:
    """Whatever has the right shape, from a process that a file has taken over: nothing of it is kept or said."""
    said = tmp_path / "said"
    made = process(READ + f"out.write(open({str(said)!r}, 'rb').read())")
    for name, (a1, forged) in FORGED.items():
        said.write_bytes(answer_line(forged).replace(b"HALF", rb"\ud800"))
        with pytest.raises(CheckFailed, match="nonsense"):
            pytest.fail(f"{name}: {made.check(replace(ask(b'x'), a1=a1), [body(b'x')])}")
    problem = replace(RESULT.problems[0], cells=(Cell(2, "\x1b[2Jx", "\x07"),), values={"allowed": "\u202eA"})
    result = replace(RESULT, problems=(problem,))
    turned = Answer("xlsx", (Found("macros", 1, ("a\u202egpj.exe\r\n",)),), a1=result, glance=GLANCE)
    said.write_bytes(answer_line(turned))
    believed = made.check(replace(ask(b"x"), a1=A1), [body(b"x")])
    assert (("a\ufffdgpj.exe\ufffd\ufffd",), GLANCE) == (believed.findings[0].where, believed.glance)
    assert believed.a1 is not None
    [told] = believed.a1.problems
    assert ((Cell(2, "\ufffd[2Jx", "\ufffd"),), {"allowed": "\ufffdA"}) == (told.cells, told.values)


@pytest.mark.usefixtures("nothing_left")
def test_whom_it_started_goes_too() -> None:
    """A process that could fork where the kernel does not help takes its children along, after a good answer too."""
    code = READ + "child = os.fork()\nif not child: os.close(1); time.sleep(60)\n"
    code += f"good = json.loads({GOOD!r})\nif child: out.write(json.dumps({{**good, 'members': child}}).encode())"
    child = process(code).check(ask(b"x"), [body(b"x")]).members

    until = monotonic() + 10
    while not gone(child):
        assert monotonic() < until


def gone(process_id: int) -> bool:
    """Say whether a process is no more, or dead until whoever adopted it looks."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process_id}/stat").read_text().split()[2] == "Z"
    return True


@pytest.mark.parametrize("more", [-1, 1, None], ids=["shorter", "longer", "endless"])
@pytest.mark.usefixtures("nothing_left")
def test_a_body_is_as_long_as_was_said(more: int | None) -> None:
    """A body that is cut short, too long or never ends is not checked, and not waited for."""

    def pieces() -> Iterator[bytes]:
        yield from [b"12345"] * 20
        while more is None:
            yield b"more"
        yield b"1" * max(more, 0)

    said = 100 if more != -1 else 101
    with pytest.raises(CheckFailed, match="size"):
        ProcessChecker().check(Ask("csv", ("csv",), (said,)), [Body(said, pieces)])


def member(data: bytes) -> bytes:
    """Return a file inside as it is handed out."""
    return len(data).to_bytes(8) + data


HANDED_OUT = {
    "cut before the mark": (member(b"one"), "cut-short"),
    "cut in a file": (member(b"one")[:-1], "cut-short"),
    "cut in a length": (member(b"one")[:5], "cut-short"),
    "not all right": (ALL_OUT[:-2] + b"no", "nonsense"),
    "more after the end": (ALL_OUT + b"x", "too-long"),
    "too many": (member(b"") * (MOST_MEMBERS + 1), "too-many"),
    "too much": ((MOST_MEMBER_BYTES + 1).to_bytes(8), "too-many"),
}


@pytest.mark.parametrize("name", HANDED_OUT)
@pytest.mark.usefixtures("nothing_left")
def test_a_cut_stream_of_files_is_no_answer(name: str, tmp_path: Path) -> None:
    """Only what ends with its mark was handed out whole; counts and sizes are bounded."""
    said, failure = HANDED_OUT[name]
    (tmp_path / "said").write_bytes(said)
    files = process(READ + f"out.write(open({str(tmp_path / 'said')!r}, 'rb').read())").extract(ask(b"x"), [body(b"x")])
    with pytest.raises(CheckFailed, match=f"^{failure}$"):
        deque(list(each.pieces()) for each in files)


@pytest.mark.usefixtures("nothing_left")
def test_files_inside_may_be_left_unread(tmp_path: Path) -> None:
    """Who skips a file, or stops in the middle, gets the next whole and leaves nothing behind."""
    (tmp_path / "said").write_bytes(member(bytes(MIB)) + member(b"two") + member(b"three") + ALL_OUT)
    made = process(READ + f"out.write(open({str(tmp_path / 'said')!r}, 'rb').read())", at_once=1)

    files = made.extract(ask(b"x"), [body(b"x")])
    assert MIB == next(files).size
    assert b"two" == b"".join(next(files).pieces())
    files.close()  # type: ignore[attr-defined]
    assert [MIB, 3, 5] == [each.size for each in made.extract(ask(b"x"), [body(b"x")])]


@pytest.mark.usefixtures("nothing_left")
def test_others_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many run as may; another waits, but not for ever; what the caller does meanwhile costs the process nothing."""
    inside, go_on, later = Event(), Event(), [0]
    monkeypatch.setattr("portal.adapters.process.monotonic", lambda: monotonic() + later[0])

    def slow() -> Iterator[bytes]:
        inside.set()
        go_on.wait(10)
        later[0] += 3600
        yield b"x"

    made = process(READ + f"out.write({GOOD!r})", at_once=1, patience=0.3)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(made.check, ask(b"x"), [Body(1, slow)])
        assert inside.wait(10)
        with pytest.raises(CheckFailed, match="busy"):
            made.check(ask(b"x"), [body(b"x")])
        go_on.set()  # 0.3 seconds later
        assert Answer("pdf") == first.result()
        assert [Answer("pdf")] * 4 == list(pool.map(lambda _: process(READ + f"out.write({GOOD!r})").check(
            ask(b"x"), [body(b"x")]), range(4)))  # fmt: skip


def test_a_command_that_is_not_there_is_no_answer() -> None:
    """Nothing runs, and the caller is told so."""
    with pytest.raises(CheckFailed, match="not-started"):
        ProcessChecker(command=["/nowhere/python"]).check(ask(b"x"), [body(b"x")])
    for said in ("out", "[1]", "1", '["unheard-of"]'):
        with pytest.raises(CheckFailed, match="nonsense"):
            process(f"print({said!r})").layers()


def test_limits_grow_with_the_file() -> None:
    """Memory, processor time and time by the formula of the documentation."""
    assert (512 * MIB, 15, 45) == tuple(json.loads(json.dumps(vars(limits_for(0)))).values())
    assert (712 * MIB, 28, 84) == tuple(vars(limits_for(50 * MIB)).values())
