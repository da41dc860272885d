"""Rule 3 at the stores: a writer that is killed leaves an object whole or not at all, and its rest can be swept."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from portal.adapters.durable import UNFINISHED
from portal.adapters.folder import FolderStore
from portal.adapters.s3 import S3Store
from portal.domain.errors import ObjectMissing, StoreUnavailable
from portal.ports import BlobStore
from tests.contracts.conftest import BUCKET
from tests.parts import S3Server

PART = 4 * 1024 * 1024 + 1000
BIG = 64 * 1024 * 1024
PATIENCE_SECONDS = 30

PUT_ONE = """
import os, sys, time
from pathlib import Path
from portal.adapters.folder import FolderStore
size = int(sys.argv[2])
# It is killed before its bytes are said to be on the disk.
os.fsync = lambda descriptor: time.sleep(60 if os.fstat(descriptor).st_size >= size else 0)
FolderStore(Path(sys.argv[1])).put("i/d/1", b"s" * size)
"""
PUT_MANY = """
import sys
from pathlib import Path
from portal.adapters.folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
for number in range(10_000):
    store.put(f"i/d/{number:05}", b"s" * int(sys.argv[2]))
    print(number, flush=True)
"""
PUT_S3 = """
import sys
from portal.adapters.s3 import S3Store, make_client
endpoint, region, access, secret, bucket, size = sys.argv[1:]
S3Store(bucket, make_client(region, endpoint, access, secret)).put("killed/d/1", b"s" * int(size))
"""


@contextmanager
def child(script: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a script of its own process, which is gone afterwards."""
    process = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def absent_or_whole(store: BlobStore, key: str, size: int) -> bool:
    """Say whether the rule holds for an object of `size` bytes."""
    try:
        return store.get(key) == b"s" * size
    except ObjectMissing:
        return True


@pytest.mark.parametrize("clear", ["sweep", "empty"])
def test_folder_writer_killed_within_a_write(tmp_path: Path, clear: str) -> None:
    """Killed with its bytes on their way to the disk, a writer leaves no object; sweep or disposal takes the rest."""
    store = FolderStore(tmp_path)
    end = time.monotonic() + PATIENCE_SECONDS
    with child(PUT_ONE, str(tmp_path), str(BIG)) as process:
        while not list(tmp_path.rglob(UNFINISHED + "*")) and time.monotonic() < end:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == process.wait()
    assert absent_or_whole(store, "i/d/1", BIG)
    assert 1 == len(list(tmp_path.rglob(UNFINISHED + "*")))
    assert [] == [key for key in store.keys("i/") if UNFINISHED in key]
    if clear == "sweep":
        assert 1 == store.clear_unfinished(timedelta(0))
        assert [] == list(tmp_path.rglob(UNFINISHED + "*"))
    store.empty("i/")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("milliseconds", [1, 7, 23, 61])
def test_folder_writer_killed_between_writes(tmp_path: Path, milliseconds: int) -> None:
    """Whatever the moment, each acknowledged part is there, each listed one is whole, and nobody fails afterwards."""
    store = FolderStore(tmp_path)
    with child(PUT_MANY, str(tmp_path), str(PART)) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
        acknowledged = {f"i/d/{int(line):05}" for line in (first + process.stdout.read()).split()}
    listed = list(store.keys("i/"))
    assert acknowledged <= set(listed)
    assert len(listed) - len(acknowledged) in {0, 1}
    assert all(store.get(key) == b"s" * PART for key in listed)
    store.clear_unfinished(timedelta(0))
    assert len(listed) == store.remains("i/")
    store.put(f"i/d/{len(listed):05}", b"the next one")


@contextmanager
def stalling_proxy(target: int, passes: int) -> Iterator[tuple[int, threading.Event]]:
    """Pass `passes` bytes of one connection's requests on to loopback port `target`, then nothing until left.

    Yields the port to connect to, and an event that is set once the connection stalls.
    """
    stalled = threading.Event()

    def pass_answers(outer: socket.socket, inner: socket.socket) -> None:
        with suppress(OSError):
            while data := outer.recv(65536):
                inner.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as outer:
        listener.settimeout(PATIENCE_SECONDS)

        def serve() -> None:
            inner, _ = listener.accept()
            outer.connect(("127.0.0.1", target))
            with inner:
                answers = threading.Thread(target=pass_answers, args=(outer, inner))
                answers.start()
                left = passes
                while left and (data := inner.recv(min(65536, left))):
                    outer.sendall(data)
                    left -= len(data)
                stalled.set()
                # Nobody reads from the writer any more: it is stuck within its request until it is killed.
                answers.join()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listener.getsockname()[1]), stalled
        finally:
            with suppress(OSError):
                outer.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_SECONDS)


def test_s3_writer_killed_within_a_write(s3: S3Server) -> None:
    """Killed when half of its bytes are with the service, a writer leaves no object and nothing to sweep."""
    target = int(s3.endpoint.rpartition(":")[2])
    with stalling_proxy(target, PART // 2) as (port, stalled):
        here = (f"http://127.0.0.1:{port}", s3.region, s3.access_key, s3.secret_key, BUCKET, str(PART))
        with child(PUT_S3, *here) as process:
            assert stalled.wait(PATIENCE_SECONDS)
            process.send_signal(signal.SIGKILL)
            assert -signal.SIGKILL == process.wait()
    with closing(s3.client()) as client:
        store = S3Store(BUCKET, client)
        with pytest.raises(ObjectMissing):
            store.get("killed/d/1")
        assert 0 == store.clear_unfinished(timedelta(0))
        assert 0 == store.remains("killed/")
        store.put("killed/d/1", b"the next one")
        assert b"the next one" == store.get("killed/d/1")
        assert 1 == store.empty("killed/")


def test_s3_answer_lost_after_the_object_landed(s3: S3Server) -> None:
    """Where only the answer was lost, the writer's own repeat succeeds, and there is one version."""
    with closing(s3.client()) as client:
        store = S3Store(BUCKET, client)
        lost: list[str] = []

        def lose_first_answer(request: object, **_: object) -> None:
            if not lost:
                lost.append("sent")
                with closing(s3.client()) as first:
                    first.put_object(Bucket=BUCKET, Key="lost/d/1", Body=b"sealed")

        client.meta.events.register("before-send.s3.PutObject", lose_first_answer)
        store.put("lost/d/1", b"sealed")
        assert ["sent"] == lost
        assert 1 == store.empty("lost/")


def test_s3_that_is_not_there(s3: S3Server) -> None:
    """A service that cannot be reached, or a bucket that is not there, is unavailable and never looks empty."""
    with closing(s3.client("http://127.0.0.1:9")) as nowhere, closing(s3.client()) as client:
        for store in (S3Store(BUCKET, nowhere), S3Store("no-such-bucket", client)):
            with pytest.raises(StoreUnavailable):
                store.get("a/b/1")
        with pytest.raises(StoreUnavailable):
            S3Store(BUCKET, nowhere).remains("a/")


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """A root that went away, as an unmounted disk does, is unavailable and never looks empty."""
    store = FolderStore(tmp_path / "objects")
    store.put("a/b/1", b"sealed")
    (tmp_path / "objects").rename(tmp_path / "elsewhere")
    for operation in (store.remains, store.empty, lambda prefix: list(store.keys(prefix))):
        with pytest.raises(StoreUnavailable):
            operation("a/")
    with pytest.raises(StoreUnavailable):
        store.get("a/b/1")
    with pytest.raises(StoreUnavailable):
        store.put("a/b/2", b"sealed")
    assert [] == [path for path in tmp_path.iterdir() if path.name == "objects"]


def test_folder_is_private(tmp_path: Path) -> None:
    """Objects are for the portal's own user alone, whatever the umask."""
    before = os.umask(0)
    try:
        FolderStore(tmp_path / "objects").put("a/b/1", b"sealed")
    finally:
        os.umask(before)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*")}
    assert {"objects": "0o700", "a": "0o700", "b": "0o700", "1": "0o600"} == modes
