"""Commands run in this process, on an installation of their own with SQLite in a temporary folder."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.ports import Deps
from portal.wiring import start

PEOPLE = (
    *("--leader", "lena@agency.example", "Lena Leader"),
    *("--lead-inspector", "ines@inspectorate.example", "Ines Inspector"),
)
MONDAY = "2023-10-09T09:30"


@dataclass
class Portal:
    """An installation below `root`, and the environment that names it."""

    root: Path
    environment: dict[str, str]

    def run(self, *arguments: str, **variables: str) -> Result:
        """Run `portal …`; what is no intended end of a command fails the test with its traceback."""
        return CliRunner().invoke(main, arguments, env=self.environment | variables, catch_exceptions=False)

    def says(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it printed."""
        result = self.run(*arguments)
        assert (0, "") == (result.exit_code, result.stderr)
        return result.stdout.strip()

    def refuses(self, *arguments: str, **variables: str) -> str:
        """Run a command that has to end with 1, and return its sentence: it prints nothing else."""
        result = self.run(*arguments, **variables)
        assert (1, "") == (result.exit_code, result.stdout)
        assert result.stderr.startswith("Error: ")
        return result.stderr.removeprefix("Error: ").strip()

    def fails(self, *arguments: str) -> str:
        """Run a command that has to end with 1 after it has said something; return its sentence."""
        result = self.run(*arguments)
        assert 1 == result.exit_code
        return result.stderr.removeprefix("Error: ").strip()

    def json(self, *arguments: str) -> Any:
        """Run a command with --json, and return what it says."""
        return json.loads(self.says(*arguments, "--json"))

    @contextmanager
    def deps(self) -> Iterator[Deps]:
        """Give out the parts that the commands work on."""
        _settings, deps = start(self.environment)
        try:
            yield deps
        finally:
            deps.engine.dispose()

    def set_clock(self, when: str) -> None:
        """Set the development clock to a time in London."""
        self.says("dev", "clock", "--set", when)

    def announced(self, code: str = "RAA") -> str:
        """Add a programme, announce an inspection in it on a Monday morning, and return its reference."""
        self.set_clock(MONDAY)
        self.says("programme", "add", code, "Regional adoption agencies")
        arguments = ("inspection", "announce", code, "--agency", "adopt-shore", "Adopt Shoreline", *PEOPLE)
        reference: str = self.json(*arguments)["reference"]
        return reference


def environment_below(root: Path) -> dict[str, str]:
    """Return the environment of a development installation with everything below `root`."""
    names = {"data": "data", "keys": "keys", "signing_keys": "signing", "anchors": "anchors", "mail": "mail"}
    return {f"PORTAL_{name.upper()}": str(root / folder) for name, folder in names.items()}


@pytest.fixture
def bare(tmp_path: Path) -> Portal:
    """An installation without a database."""
    return Portal(tmp_path, environment_below(tmp_path))


@pytest.fixture
def portal(bare: Portal, _sqlite_template: Path) -> Portal:
    """An installation whose database is at the newest migration, with nothing in it."""
    (bare.root / "data").mkdir(mode=0o700)
    shutil.copyfile(_sqlite_template, bare.root / "data/portal.sqlite3")
    return bare
