"""From inside the sandbox: nothing of the machine can be reached, by any layer alone as far as it goes."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.checking.seccomp import program
from portal.domain.checker import Layer
from tests.checking.inside import attempts
from tests.e2e.installation import TREE


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A loopback port at which somebody listens, so that only the sandbox refuses a connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def inside(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the tries in a process that has descriptors and variables, as a careless parent would leave them."""
    return subprocess.run(
        [sys.executable, "-m", "tests.checking.inside", *arguments],
        cwd=TREE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )


def seen(*arguments: str) -> dict[str, Any]:
    """Return what the process tells."""
    done = inside(*arguments)
    assert 0 == done.returncode, done.stderr.decode()
    told, *executed = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(told)
    return found | ({"executed": executed} if executed else {})


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")


@pytest.mark.parametrize("user", [[], pytest.param(["--user"], marks=needs_root)], ids=["own", "unprivileged"])
def test_nothing_can_be_done_inside(port: int, user: list[str]) -> None:
    """Files, network, processes, threads, signals, rights, new code, descriptors, memory: each try is refused."""
    told = seen("tries", str(port), *user)

    assert [] == [name for name, outcome in told["tries"].items() if not outcome]
    assert set(attempts(0)) == set(told["tries"])
    assert [0, 1, 2] == told["descriptors"][:3]
    assert 4 >= len(told["descriptors"])  # the ones it was given and the last that the tries could get
    assert [b"PermissionError"] == told["executed"]
    assert (5, "1000") == (told["nice"], told["oom"])
    assert {Layer.limits, Layer.no_rights, Layer.no_new_privileges, Layer.system_calls} <= set(told["held"])


REFUSED = {
    Layer.landlock: {"open", "open own code", "write", "make folder", "list", "list descriptors", "read environment"},
    Layer.own_network: {"connect"},
    Layer.limits: {"write", "open many", "dump core", "grow"},
    Layer.no_rights: {"open root's", "be root", "read parent"},
    Layer.system_calls: set(attempts(0)) - {"grow"},
}


@needs_root
@pytest.mark.parametrize("layer", REFUSED)
def test_each_layer_holds_alone(port: int, layer: Layer) -> None:
    """Each layer refuses what it is there for without the others."""
    told = seen("tries", str(port), layer)
    if not told["held"] and layer in (Layer.own_network, Layer.landlock):
        pytest.skip(f"this kernel has no {layer} for us")

    assert set() == REFUSED[layer] - {name for name, outcome in told["tries"].items() if outcome}
    if layer is Layer.system_calls:
        others = {
            "import": "ModuleNotFoundError",
            "thread": "RuntimeError",
            "resolve": "gaierror",
            "grow": "",
            "raise limits": "ValueError",
        }
        assert {name: others.get(name, "PermissionError") for name in attempts(0)} == told["tries"]


def test_nobody_looks_into_it(port: int) -> None:
    """No new privileges, and not to be dumped or traced."""
    assert {"held": True, "status": "1", "dump": 0} == seen("tries", str(port), Layer.no_new_privileges)


def test_processor_time_ends(port: int) -> None:
    """Who computes for ever is ended by the kernel."""
    assert -inside("spin", str(port)).returncode in (signal.SIGXCPU, signal.SIGKILL)


def test_unknown_machines_have_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the numbers of the calls are not known the layer is missing, instead of refusing the wrong ones."""
    monkeypatch.setattr("platform.machine", lambda: "vax")
    assert program() is None
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert 0 == len(program() or b"x") % 8


ALL_LOADED = """
import sys
from portal.checking.preparing import prepare
from schemas.checking import A1Ask, Ask
prepare(Ask("xlsx", (), (), A1Ask("illustrative-2023", ("2022-04-01", "2023-03-31"), "", {}, "2023-05-01")))
print(*sys.modules)
"""


def test_all_is_loaded_before() -> None:
    """Whatever our code in the process imports, however late, is there before the process is shut in."""
    done = subprocess.run([sys.executable, "-I", "-c", ALL_LOADED], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    ours = [TREE / f"{name.replace('.', '/')}.py" for name in loaded if name.startswith(("portal.", "schemas."))]
    wanted = {name for path in ours if path.exists() for name in imports(path)}

    assert {"pikepdf", "olefile", "python_calamine", "portal.checking.members", "portal.domain.a1.engine"} <= wanted
    assert set() == wanted - loaded - {"__future__"}


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file of code imports anywhere in it, unless for types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
