"""`kill -9` amid a check, of the checker, the server or the worker: a try is lost, and nothing else.

Processes are stopped (SIGSTOP) where the kill is to meet them; the tests wait for states and move the clock.
"""

import io
import os
import signal
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from subprocess import PIPE, Popen
from typing import Any
from uuid import UUID

import pytest

from portal.adapters.checker import COMMAND
from portal.db.chain import entries
from portal.db.checks import DocumentCheck
from portal.db.ending_queries import standing_alarm
from portal.db.engine import reading
from portal.domain.a1.recipe import Recipe
from portal.domain.a1.sample import make_sample
from portal.domain.checks import TRIES, wait_after
from portal.formats.a1_workbook import workbook
from portal.services.check import check_due, lease_for
from portal.services.check_standing import retry
from schemas.a1 import load_a1
from schemas.checking import Ask
from tests.e2e.canaries import leaks
from tests.e2e.caught import catch, checkers, end_checkers, is_shut_in, let_read, state, until
from tests.e2e.installation import Installation, installation
from tests.e2e.scene import Scene, announced

NAME = "canary-name-9d27.xlsx"
CHECKED = ("clear", "flagged")
PIPE_BYTES = 64 * 1024
"""What a pipe holds: of a longer document, whoever feeds it still has some when it is stopped."""


@dataclass
class Clock:
    """The installation's clock, which only ever goes on."""

    portal: Installation
    ahead: timedelta = timedelta()

    def advance(self, by: timedelta | None) -> None:
        """Move on by this and a second."""
        self.ahead += (by or timedelta()) + timedelta(seconds=1)
        self.portal.set_clock(self.ahead)


@dataclass
class Sent:
    """A document that was received, and its receipt then."""

    scene: Scene
    data: bytes
    document: UUID
    receipt: Any

    @property
    def check(self) -> DocumentCheck:
        """What is kept of its check."""
        with reading(self.scene.deps.engine) as session:
            return session.get_one(DocumentCheck, self.document)

    def said(self) -> list[str]:
        """Return the states that the trail says it was found in."""
        with reading(self.scene.deps.engine) as session:
            found = [each for each in entries(session, self.scene.inspection) if each.action == "document.checked"]
        assert {str(self.document)} >= {each.subject for each in found}
        return [str(dict(each.details)["state"]) for each in found]

    def wait_for_try(self, number: int) -> None:
        """Wait until so many tries have failed."""
        until(lambda: self.check.attempts == number)

    def page(self) -> str:
        """Return the words of the document's page, as its sender sees it."""
        browser = self.scene.browser(self.scene.leader)
        return browser.get(f"/inspections/{self.scene.inspection}/documents/{self.document}").words

    def kept(self) -> None:
        """Its receipt is the same, it stands on the lists of both sides, and the bundle has it byte for byte."""
        ours = f"/inspections/{self.scene.inspection}"
        leader, lead = (self.scene.browser(who) for who in (self.scene.leader, self.scene.lead))
        assert self.receipt.items() <= leader.get(f"{ours}/documents/{self.document}/receipt").json().items()
        assert NAME in leader.get(f"{ours}/items/a1-form").text
        assert NAME in lead.get(f"/team{ours}/").text
        archive = zipfile.ZipFile(io.BytesIO(lead.get(f"/team{ours}/bundle").body))
        assert self.data in [archive.read(each) for each in archive.namelist() if "/data/" in each]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation for the module."""
    with installation(tmp_path_factory.mktemp("kills") / "portal") as made:
        yield made


@pytest.fixture(scope="module")
def clock(portal: Installation) -> Clock:
    """Its clock."""
    return Clock(portal)


@pytest.fixture
def server(portal: Installation) -> Iterator[Popen[bytes]]:
    """Its server, started where none runs; nothing that a test stopped stands still after it."""
    running = [each for each in portal.processes if each.poll() is None]
    yield running[0] if running else portal.serve()
    for process in [each for each in portal.processes if each.poll() is None]:
        end_checkers(process)
        process.send_signal(signal.SIGCONT)


@pytest.fixture
def place(portal: Installation, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """An announced inspection."""
    _settings, deps = portal.connect()
    try:
        yield announced(portal, deps, request.node.name.replace("_", "-")[-24:])
    finally:
        deps.engine.dispose()


@pytest.fixture(scope="module")
def form() -> bytes:
    """An A1 form that takes half a second to check."""
    definition = load_a1("illustrative-2023")
    made = workbook(definition, make_sample(Recipe(definition, 800, 9)))
    assert 2 * PIPE_BYTES < len(made)
    return made


@contextmanager
def worker(portal: Installation) -> Iterator[Popen[bytes]]:
    """Run a worker for the block."""
    process = portal.spawn("worker")
    try:
        yield process
    except BaseException:
        end_checkers(process)
        raise
    finally:
        portal.kill(process)


def send(place: Scene, form: bytes) -> Sent:
    """Send the A1 form as a script does; the answer is the receipt."""
    browser = place.browser(place.leader)
    answer = browser.put(str(place.inspection), "a1-form", "workbook", NAME, form, len(form))
    assert 201 == answer.status, answer.words
    receipt = answer.json()
    return Sent(place, form, UUID(receipt["body"]["document"]), receipt)


def is_alarmed(place: Scene) -> bool:
    """Say whether the alarm stands that documents could not be checked."""
    with reading(place.deps.engine) as session:
        return standing_alarm(session, "unchecked") is not None


def no_plaintext(place: Scene, canaries: list[bytes]) -> None:
    """No file of the portal, and none that its processes have open, holds one of these."""
    # Whoever closes a file gives up all their locks on it: SQLite must not have it open here meanwhile.
    place.deps.engine.dispose()
    assert [] == leaks(place.portal, canaries)


def test_a_killed_checker_costs_a_try(server: Popen[bytes], clock: Clock, place: Scene, form: bytes) -> None:
    """The receipt waits for no checker; without an answer the document is not checked yet, and is tried again."""
    sent = send(place, form)
    checker = catch(server)
    assert not is_shut_in(checker)  # the receipt came while it still stood at its beginning
    assert "This file is being checked" in sent.page()
    let_read(server, checker)
    os.kill(checker, signal.SIGKILL)
    server.send_signal(signal.SIGCONT)

    sent.wait_for_try(1)
    assert ("waiting", None, [], []) == (sent.check.state, sent.check.lease_until, sent.said(), checkers(server))
    assert "This file is not checked yet" in sent.page()
    assert 0 == check_due(place.deps)
    clock.advance(wait_after(1))
    assert 1 == check_due(place.deps)
    assert (1, None, [sent.check.state]) == (sent.check.attempts, sent.check.next_try_at, sent.said())
    assert sent.check.state in CHECKED
    assert "not checked yet" not in sent.page()
    sent.kept()


def test_a_checker_killed_at_each_try(
    portal: Installation, server: Popen[bytes], clock: Clock, place: Scene, form: bytes
) -> None:
    """After the fifth try a person is told, and the document is there as before; asked again, the worker checks it."""
    sent, process = send(place, form), server
    with ExitStack() as stack:
        for number in range(1, TRIES + 1):
            checker = catch(process)
            if number % 2:
                let_read(process, checker)
            os.kill(checker, signal.SIGKILL)
            process.send_signal(signal.SIGCONT)
            sent.wait_for_try(number)
            clock.advance(wait_after(number))
            if number == 1:
                process = stack.enter_context(worker(portal))

        assert ("unchecked", None, ["unchecked"]) == (sent.check.state, sent.check.next_try_at, sent.said())
        assert is_alarmed(place)
        assert "This file could not be checked" in sent.page()
        sent.kept()
        assert 1 == retry(place.deps)
        until(lambda: sent.check.checked_at)
        assert ["unchecked", sent.check.state] == sent.said()
        assert sent.check.state in CHECKED
        until(lambda: not is_alarmed(place))


def test_a_killed_server_and_a_killed_worker_leave_nothing(
    portal: Installation, server: Popen[bytes], clock: Clock, place: Scene, form: bytes
) -> None:
    """No checker outlives whoever started it, no disk holds plaintext; after the lease another takes the check up."""
    sent = send(place, form)
    checker = catch(server)
    let_read(server, checker)
    inside = zipfile.ZipFile(io.BytesIO(form)).read("xl/worksheets/sheet2.xml")
    canaries = [NAME.encode(), *(whole[len(whole) // 2 :][:64] for whole in (form, inside))]
    no_plaintext(place, canaries)
    portal.kill(server)
    until(lambda: not state(checker))  # it stands still: nothing but the signal at its parent's death can end it
    no_plaintext(place, canaries)

    portal.serve()
    assert "This file is being checked" in sent.page()
    assert ("waiting", 0, []) == (sent.check.state, sent.check.attempts, sent.said())
    assert 0 == check_due(place.deps)  # whoever has the lease may yet come back with an answer
    clock.advance(lease_for(len(form)))
    with worker(portal) as process:
        checker = catch(process)
        assert not is_shut_in(checker)  # nor has it asked for that signal yet
        assert 1 == sent.check.attempts
    os.kill(checker, signal.SIGCONT)
    until(lambda: not state(checker))
    no_plaintext(place, canaries)

    clock.advance(lease_for(len(form)))
    assert 1 == check_due(place.deps)
    assert (2, None, [sent.check.state]) == (sent.check.attempts, sent.check.next_try_at, sent.said())
    assert sent.check.state in CHECKED
    assert "checked yet" not in sent.page()
    sent.kept()


def test_a_checker_that_nobody_hears_does_not_look() -> None:
    """Whoever started it may die before it asks for the signal at that, with a short file in the pipe already."""
    data = b"not a document"
    with Popen([*COMMAND, "check"], stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(Ask("pdf", ("pdf",), (len(data),)).line() + data)
        assert b"" == process.stderr.read()  # no answer was tried
    assert 0 == process.returncode
