"""What we ship around the portal is checked offline by the tools it is for."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.domain.variables import DEFINITIONS
from tests.conftest import Server
from tests.e2e.installation import TREE
from tests.parts import part_missing
from tests.world import OWNER

INFRA = TREE / "infra"
UNITS = sorted((INFRA / "systemd").glob("*.service"))
LARGEST_EXPOSURE = 2.0
"""As `systemd-analyze security` counts it: from 0 (nothing exposed) to 10."""


def tool(name: str) -> str:
    """Return the path of a tool, installed with the tests or with the system."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    return found or part_missing(name)


def run(command: Sequence[str | Path], **environment: str) -> str:
    """Run a tool and return all that it says. Raises AssertionError with it if the tool objects."""
    done = subprocess.run(
        command, env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    said = done.stdout + done.stderr
    assert 0 == done.returncode, said
    return said


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_are_sound(unit: Path, tmp_path: Path) -> None:
    """systemd finds no fault in a unit; the portal's command is stood in for, since it is not installed here."""
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"/opt/evidence-portal/bin/portal\b", "/bin/true", unit.read_text()))
    assert "" == run([tool("systemd-analyze"), "verify", "--man=no", copy]).strip()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_expose_little(unit: Path) -> None:
    """The service can reach almost nothing of the machine it runs on."""
    said = run([tool("systemd-analyze"), "security", "--offline=true", "--no-pager", unit])
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert exposure is not None
    assert LARGEST_EXPOSURE >= float(exposure[1])


def test_neither_unit_lets_plaintext_reach_a_disk() -> None:
    """Memory is neither dumped nor swapped out, and what is made is the service's own to read."""
    wanted = {"LimitCORE=0", "MemorySwapMax=0", "UMask=0077", "PrivateTmp=yes"}
    assert 2 == len(UNITS)
    assert [set(), set()] == [wanted - set(unit.read_text().splitlines()) for unit in UNITS]


def test_the_image_has_no_fault() -> None:
    """hadolint has nothing to say of it."""
    assert "" == run([tool("hadolint"), INFRA / "container" / "Dockerfile"]).strip()


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last stage ends as a user without rights, by number so that an orchestrator can check it."""
    last = (INFRA / "container" / "Dockerfile").read_text().rpartition("FROM ")[2]
    assert ["10001:10001"] == re.findall(r"^USER (.*)$", last, re.MULTILINE)


COMPOSED = {"PORTAL_SITE": "portal.example", "PORTAL_SECRET_KEY": "k" * 32, "POSTGRES_PASSWORD": "p", **OWNER}


def compose(*arguments: str, **environment: str) -> str:
    """Run compose on our file."""
    return run([tool("docker-compose"), "-f", INFRA / "container" / "compose.yaml", *arguments], **environment)


def test_the_composition_is_sound() -> None:
    """Compose reads it whole: worker and server share what they keep, nobody but the proxy is reached from outside."""
    services = json.loads(compose("config", "--format", "json", **COMPOSED))["services"]
    assert ["proxy"] == [name for name, service in services.items() if service.get("ports")]
    assert services["server"]["volumes"] == services["worker"]["volumes"]
    assert [True, True, True] == [services[name]["read_only"] for name in ("server", "worker", "proxy")]


def test_the_database_logs_no_address(postgres: Server) -> None:
    """As its database is set up there, the log says that an address is taken, and not which one."""
    database = json.loads(compose("config", "--format", "json", **COMPOSED))["services"]["database"]
    said = [each.removeprefix("-c").split("=") for each in database["command"][1:]]
    insert = "INSERT INTO known VALUES ('canary@example.org')"
    try:
        postgres.run(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in said), "SELECT pg_reload_conf()")
        with postgres.admin.connect() as connection:
            while any(value != connection.scalar(text(f"SHOW {name}")) for name, value in said):
                sleep(0.01)  # a reload is on its way to each process
            connection.execute(text("CREATE TEMPORARY TABLE known (email text PRIMARY KEY)"))
            connection.execute(text(insert))
            with pytest.raises(IntegrityError):
                connection.execute(text(insert))
            log = Path(str(connection.scalar(text("SHOW data_directory")))) / "log"
    finally:
        postgres.run(*(f"ALTER SYSTEM RESET {name}" for name, _value in said), "SELECT pg_reload_conf()")
    logged = log.read_text()
    assert (True, False) == ("duplicate key value" in logged, "canary" in logged)


def test_the_composition_asks_for_its_secrets() -> None:
    """Nothing starts with a password that we would have to think up."""
    with pytest.raises(AssertionError, match="PORTAL_SECRET_KEY"):
        compose("config", "-q", **{name: value for name, value in COMPOSED.items() if name != "PORTAL_SECRET_KEY"})


def test_the_composition_sets_all_that_production_needs() -> None:
    """The image and its composition name every setting without which the portal refuses to start."""
    said = (INFRA / "container" / "Dockerfile").read_text() + (INFRA / "container" / "compose.yaml").read_text()
    assert [] == [each.variable for each in DEFINITIONS if each.needed_in_production and each.variable not in said]


def test_everything_shipped_names_settings_that_there_are() -> None:
    """A setting that was renamed is not left behind here."""
    known = {definition.variable for definition in DEFINITIONS} | {"PORTAL_SITE", "PORTAL_UPSTREAM"}
    named = {
        name
        for path in sorted(INFRA.rglob("*"))
        if path.is_file() and path.suffix != ".py"
        for name in re.findall(r"\bPORTAL_[A-Z0-9_]+", path.read_text(errors="ignore"))
    }
    assert set() == named - known
