"""A whole portal in a folder of its own: settings, database, server and worker as real processes on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from portal.db.ending_queries import clock_row
from portal.db.engine import make_engine, writing
from portal.db.migrate import upgrade
from portal.ports import Deps
from portal.settings import Settings
from portal.wiring import start

TREE = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Installation:
    """A portal below `root`. `environment` is what its processes see besides PATH and HOME."""

    root: Path
    environment: dict[str, str]
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def connect(self) -> tuple[Settings, Deps]:
        """Return settings and parts as the portal's own processes see them; dispose of `deps.engine` after use."""
        return start(self.environment)

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `portal …` in a process group of its own, its log in the log folder."""
        logs = self.root / "log"
        logs.mkdir(exist_ok=True)
        with (logs / f"{arguments[0]}-{len(self.processes)}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "portal", *arguments],
                env=os.environ | {"TMPDIR": str(self.root / "tmp"), "PYTHONPATH": str(TREE)} | self.environment,
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `portal …` to its end and return what it said."""
        return subprocess.run(
            [sys.executable, "-m", "portal", *arguments],
            env=os.environ | {"PYTHONPATH": str(TREE)} | self.environment,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers."""
        process = self.spawn("serve")
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health")
                ready = connection.getresponse().status == 200
                connection.close()
            except OSError:
                ready = False
            if ready:
                return process
            if process.poll() is not None:
                break
            time.sleep(0.05)
        log = "\n".join(path.read_text()[-3000:] for path in (self.root / "log").glob("serve-*.log"))
        raise RuntimeError(f"The server did not start:\n{log}")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process and all its children at once, as `kill -9` of the group does."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def set_clock(self, offset: timedelta) -> None:
        """Set the development clock's offset."""
        engine = make_engine(self.environment["PORTAL_DATABASE_URL"])
        try:
            with writing(engine) as session:
                clock_row(session, lock=True).offset_seconds = round(offset.total_seconds())
        finally:
            engine.dispose()


@contextmanager
def installation(root: Path, environment: Mapping[str, str] | None = None) -> Iterator[Installation]:
    """Lay out a portal below `root`, its database migrated; end all its processes afterwards."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "tmp").mkdir(exist_ok=True)
    port = free_port()
    variables = {
        "PORTAL_DATA": str(root / "data"),
        "PORTAL_DATABASE_URL": f"sqlite:///{root / 'data' / 'portal.sqlite3'}",
        "PORTAL_KEYS": str(root / "keys"),
        "PORTAL_SIGNING_KEYS": str(root / "signing"),
        "PORTAL_ANCHORS": str(root / "anchors"),
        "PORTAL_MAIL": str(root / "mail"),
        "PORTAL_LISTEN": f"127.0.0.1:{port}",
        "PORTAL_PUBLIC_URL": f"http://localhost:{port}",
        "PORTAL_WORKER_PAUSE_MS": "20",
    }
    made = Installation(root, variables | dict(environment or {}), port)
    engine = make_engine(made.environment["PORTAL_DATABASE_URL"])
    upgrade(engine)
    engine.dispose()
    try:
        yield made
    finally:
        for process in made.processes:
            if process.poll() is None:
                made.kill(process)
