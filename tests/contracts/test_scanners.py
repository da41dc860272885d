"""What every scanner does, the real daemon and the stand-in, and what of an odd daemon is never taken for clean."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from portal.adapters.clamd import ClamdScanner
from portal.domain.checking import Checking, checking_faults
from portal.ports.checking import Body, NotScanned, Scanner
from tests.fake_checker import EICAR, FakeScanner
from tests.parts import SMALLEST_LIMIT, clamd_server, temporary_folder


def body(*pieces: bytes, size: int | None = None) -> Body:
    """Return a body of these pieces."""
    return Body(sum(map(len, pieces)) if size is None else size, lambda: pieces)


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    """Run one daemon for the module."""
    with clamd_server() as address:
        yield address


@pytest.fixture(params=["clamd", "fake"])
def scanner(request: pytest.FixtureRequest) -> Scanner:
    """Return each scanner in turn."""
    return ClamdScanner(request.getfixturevalue("clamd")) if request.param == "clamd" else FakeScanner()


def test_a_scanner_tells_malware_from_the_rest(scanner: Scanner) -> None:
    """The test file is found, alone, amid others and across pieces; text, nothing and a near miss are clean."""
    assert scanner.ready()
    assert scanner.is_infected(body(EICAR))
    assert scanner.is_infected(body(b"x" * 300_000, EICAR[:30], EICAR[30:], b"y" * 1000))
    assert not scanner.is_infected(body(b"Minutes of the panel"))
    assert not scanner.is_infected(body(EICAR[:-1]))
    assert not scanner.is_infected(body(b"a", b"", b"b" * 500_000))


def test_over_a_limit_nothing_is_clean(clamd: str) -> None:
    """What the daemon will not take, and what the portal knows it does not look at, is not scanned."""
    with pytest.raises(NotScanned, match=r"limit|hung up"):
        ClamdScanner(clamd).is_infected(body(*[b"a" * 100_000] * 40))
    with pytest.raises(NotScanned, match="size"):
        ClamdScanner(clamd, most=1000).is_infected(body(b"a" * 1001))
    assert not ClamdScanner(clamd, most=SMALLEST_LIMIT).is_infected(body(b"a" * (SMALLEST_LIMIT - 1)))
    with pytest.raises(NotScanned, match="short"):
        ClamdScanner(clamd).is_infected(body(b"a", size=2))


def test_a_daemon_that_is_not_there_scans_nothing(tmp_path: Path) -> None:
    """Nobody listens: not ready, and no answer."""
    gone = ClamdScanner(f"unix://{tmp_path / 'none'}")

    assert not gone.ready()
    with pytest.raises(NotScanned):
        gone.is_infected(body(EICAR))


@contextmanager
def daemon(says: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a daemon for one connection that does as told, once it has read what it was sent, or before."""
    with temporary_folder("odd-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen()
        listener.settimeout(5)  # so that a test that fails before it connects ends all the same

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                says(connection)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"unix://{folder / 's'}"
        finally:
            thread.join()


def _says(*answers: bytes) -> Callable[[socket.socket], None]:
    def says(connection: socket.socket) -> None:
        while not connection.recv(65536).endswith(b"\0\0\0\0"):
            pass
        for each in answers:
            connection.sendall(each)

    return says


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"stream: OK", b"stream: OK\n", b"OK\0", b"stream: ok\0", b"stream: OK\0more", b"instream: OK\0",
        b"stream: Can't allocate memory ERROR\0", b"UNKNOWN COMMAND\0", b"stream:  FOUND\0", b"\0", b"x" * 5000,
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK FOUND OK\0",
    ],
)  # fmt: skip
def test_an_odd_answer_is_never_clean(answer: bytes) -> None:
    """Whatever is not exactly the daemon's word for clean, or a signature's name, means not scanned (ASVS V5.4.3)."""
    with daemon(_says(answer)) as address, pytest.raises(NotScanned):
        ClamdScanner(address, patience=5).is_infected(body(b"Minutes"))


@pytest.mark.parametrize("answer", [b"", b"PONG", b"PONG\n", b"UNKNOWN COMMAND\0", b"PONG\0more"])
def test_what_does_not_answer_as_the_daemon_does_is_not_ready(answer: bytes) -> None:
    """Something listens there, and is no scanner."""

    def says(connection: socket.socket) -> None:
        assert b"zPING\0" == connection.recv(100)
        connection.sendall(answer)

    with daemon(says) as address:
        assert not ClamdScanner(address, patience=5).ready()


def test_a_plain_answer_in_pieces_is_read_whole() -> None:
    """An answer may come in pieces."""
    with daemon(_says(b"stream: ", b"Some.Name FOUND", b"\0")) as address:
        assert ClamdScanner(address).is_infected(body(b"Minutes"))


def test_a_daemon_that_hangs_is_given_up() -> None:
    """One that never answers, and one that hangs up amid the stream, scan nothing."""
    with daemon(_wait) as address, pytest.raises(NotScanned, match="Timeout"):
        ClamdScanner(address, patience=0.3).is_infected(body(b"Minutes"))
    with daemon(lambda connection: None) as address, pytest.raises(NotScanned):
        ClamdScanner(address, patience=5).is_infected(body(*[b"a" * 100_000] * 20))


def _takes_little(connection: socket.socket) -> None:
    for _ in range(100):
        sleep(0.05)
        if not connection.recv(65536):
            return


def _says_little(connection: socket.socket) -> None:
    _says()(connection)
    with suppress(ConnectionError):
        for _ in range(100):
            sleep(0.05)
            connection.sendall(b"x")


@pytest.mark.parametrize("slow", [_takes_little, _says_little])
def test_a_daemon_that_takes_or_says_a_little_at_a_time_is_given_up(slow: Callable[[socket.socket], None]) -> None:
    """Each step is in time, but not all of them together: other files wait for this one."""
    with daemon(slow) as address, pytest.raises(NotScanned, match=r"time|Timeout"):
        ClamdScanner(address, patience=0.3).is_infected(body(*[b"a" * 100_000] * (200 if slow is _takes_little else 1)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_daemon_is_reached_at_each_address_of_this_machine(host: str) -> None:
    """Whatever the settings take as this machine: by name, by IPv4 and by IPv6."""
    with socket.socket(socket.AF_INET6 if host == "[::1]" else socket.AF_INET) as listener:
        try:
            listener.bind((host.strip("[]"), 0))
        except OSError:
            pytest.skip("this machine has no such address")
        listener.listen()
        listener.settimeout(5)
        address = f"tcp://{host}:{listener.getsockname()[1]}"
        assert [] == checking_faults(Checking(address, "illustrative-2023", ""))
        with ThreadPoolExecutor(1) as pool:
            ready = pool.submit(ClamdScanner(address, patience=5).ready)
            connection, _ = listener.accept()
            with connection:
                assert b"zPING\0" == connection.recv(100)
                connection.sendall(b"PONG\0")
            assert ready.result()


def _wait(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass
