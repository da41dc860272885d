"""Set-up, worker and development commands, and how every command ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.cli import main
from portal.cli.context import Sentences
from portal.cli.demo_people import PASSWORD, PEOPLE, seed
from portal.db.credentials import Totp
from portal.db.engine import writing
from portal.domain import errors
from portal.domain.sessions import Stage
from portal.domain.variables import DEFINITIONS
from portal.services.second_factor import give_code
from portal.services.sign_in import sign_in, who_is
from portal.settings import SettingsError
from portal.wiring import FOLDERS, NOT_NEWEST
from tests.cli.conftest import Portal
from tests.cli.document import DOCS, command_line_page, commands
from tests.world import OWNER

TREE = Path(__file__).resolve().parents[2]
ALL = [path[1:] for path, command in commands(main, ("portal",)) if not isinstance(command, click.Group)]
FAILURES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PortalError)]


def process(portal: Portal, *arguments: str) -> subprocess.Popen[str]:
    """Start `portal …` as a process of its own; its standard error is the log."""
    return subprocess.Popen(
        [sys.executable, "-m", "portal", *arguments],
        env=portal.environment | {"PYTHONPATH": str(TREE)},
        cwd=portal.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_page_has_every_command() -> None:
    """`docs/command-line.md` shows the help as it is: run `python -m tests.cli.document` after a change."""
    assert command_line_page() == (DOCS / "command-line.md").read_text()


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    """Each command explains itself without reading a setting."""
    result = CliRunner().invoke(main, [*path, "--help"], env={"PORTAL_PROFILE": "nonsense"})

    assert 0 == result.exit_code
    assert result.stdout.startswith("Usage: ")


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_unknown_option_is_a_fault_of_usage(path: tuple[str, ...]) -> None:
    """What was not understood ends with 2, and says where help is."""
    result = CliRunner().invoke(main, [*path, "--nonsense"])

    assert (2, "") == (result.exit_code, result.stdout)
    assert "No such option" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("programme", "publish", "RAA", "yesterday"),
        ("account", "add-steward", "a@b.example", "A", "leader"),
        ("dev", "clock", "--reset", "--forward", "1"),
    ],
)
def test_what_is_not_understood_ends_with_2(portal: Portal, arguments: tuple[str, ...]) -> None:
    """An unknown command, date, role or combination is a fault of usage."""
    assert 2 == portal.run(*arguments).exit_code


@pytest.mark.parametrize("failure", FAILURES, ids=lambda kind: str(kind.__name__))
def test_every_intended_failure_is_a_sentence(failure: type[errors.PortalError]) -> None:
    """Whatever the portal raises on purpose, in whichever command, ends as its sentence and with 1."""
    root = Sentences()

    @root.command()
    def fail() -> None:
        raise failure("Do this next.")

    result = CliRunner().invoke(root, ["fail"], catch_exceptions=False)

    assert (1, "", "Error: Do this next.\n") == (result.exit_code, result.stdout, result.stderr)


def test_faults_of_settings_are_a_list() -> None:
    """Every fault of the settings has a line."""
    root = Sentences()

    @root.command()
    def fail() -> None:
        raise SettingsError(["One.", "Two."])

    assert "Error: The portal cannot start:\n- One.\n- Two.\n" == CliRunner().invoke(root, ["fail"]).stderr


def test_fault_of_the_portal_itself_is_not_hidden() -> None:
    """What nobody intended keeps its traceback."""
    root = Sentences()

    @root.command()
    def fail() -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(root, ["fail"]).exception, ZeroDivisionError)


def test_database_is_upgraded_and_checked(bare: Portal) -> None:
    """An upgrade makes the tables; before it the check says what to do, and makes nothing."""
    assert NOT_NEWEST == bare.refuses("db", "check")
    assert not (bare.root / "data").exists()

    upgraded = bare.says("db", "upgrade")

    assert "The database is at migration " in upgraded
    assert upgraded == bare.says("db", "upgrade")
    assert "The database is at the newest migration, " in bare.says("db", "check")


def test_database_of_a_newer_portal_is_refused(bare: Portal) -> None:
    """A database that has been further is left alone."""
    bare.says("db", "upgrade")
    with bare.deps() as deps, deps.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert "The database is newer than this version of the portal: install the newer version." == bare.refuses(
        "db", "upgrade"
    )


def test_upgrade_needs_the_settings_to_be_right(bare: Portal) -> None:
    """A mistyped setting must not lead an upgrade to another, new database."""
    said = bare.refuses("db", "upgrade", PORTAL_DATABSE_URL="sqlite://")

    assert "PORTAL_DATABSE_URL is not a setting of the portal." in said
    assert not (bare.root / "data").exists()


@pytest.mark.parametrize("address", ["sqlite:////proc/none/portal.db", "postgresql+psycopg://u:hunter2@127.0.0.1:1/p"])
@pytest.mark.parametrize("command", ["check", "upgrade"])
def test_database_that_does_not_answer_is_a_sentence(bare: Portal, command: str, address: str) -> None:
    """Neither a traceback nor the password in the address is shown."""
    said = bare.refuses("db", command, PORTAL_DATABASE_URL=address)

    assert "database" in said
    assert "hunter2" not in said


def test_commands_before_the_upgrade_say_so(bare: Portal) -> None:
    """Every command that needs the tables says how to make them."""
    assert f"The portal cannot start:\n- {NOT_NEWEST}" == bare.refuses("programme", "list")


def test_settings_are_listed_and_checked(portal: Portal) -> None:
    """The list has every setting, and the check says whether the portal could start."""
    assert [each.variable for each in DEFINITIONS] == [each["variable"] for each in portal.json("settings")]
    assert "| `PORTAL_SECRET_KEY` |" in portal.says("settings")
    assert "The portal can start." == portal.says("settings", "--check")


def test_check_of_the_settings_names_every_fault(portal: Portal) -> None:
    """The check lists all faults, and ends with 1."""
    said = portal.refuses("settings", "--check", PORTAL_PROFILE="production", PORTAL_DEBUG="1")

    assert "- PORTAL_DEBUG is on: it must be off in production." in said.splitlines()
    assert "- PORTAL_SECRET_KEY is not set: at least 32 characters; keys cookies and invitation links." in said


GIVEN: dict[tuple[str, ...], tuple[str, ...]] = {("dev", "code"): ("leader@shoreline.example",)}


@pytest.mark.parametrize("command", [path for path in ALL if path[0] == "dev"], ids=" ".join)
def test_development_commands_refuse_in_production(portal: Portal, command: tuple[str, ...]) -> None:
    """Demo people and a movable clock exist in the development profile alone, however the settings are otherwise."""
    for name in FOLDERS:
        (portal.root / portal.environment[f"PORTAL_{name.upper()}"]).mkdir(mode=0o700, exist_ok=True)
    production = {
        "PORTAL_PROFILE": "production",
        "PORTAL_STORE": "folder",
        "PORTAL_SECRET_KEY": "thirty-two characters, or more!!",
        "PORTAL_PUBLIC_URL": "https://evidence.example",
        **OWNER,
    }
    words = "There are no demo people and no movable clock outside the development profile."

    command += GIVEN.get(command, ())
    assert 0 == portal.run("settings", "--check", **production).exit_code
    assert words == portal.refuses(*command, **production)
    assert words == portal.refuses(*command, PORTAL_PROFILE="productoin")


def test_demo_people_pass_the_second_step_by_a_printed_code(portal: Portal) -> None:
    """Each has an app whose secret is sealed; a code lets them in once, and the next is printed in its place."""
    email, no_person = PEOPLE[0].email, "This is no demo person"
    assert portal.refuses("dev", "code", email).startswith(no_person)
    with portal.deps() as deps:
        seed(deps)
        for _ in range(2):
            printed = portal.says("dev", "code", f" {email.upper()}")
            token = sign_in(deps, email, PASSWORD)
            assert printed.endswith(" seconds)")
            found = who_is(deps, token)
            assert found is not None
            assert Stage.challenged == found.stage
            full = who_is(deps, give_code(deps, found.session, printed[:7]))
            assert full is not None
            assert Stage.full == full.stage
        with writing(deps.engine) as session:
            for app in session.scalars(select(Totp)):
                app.last_counter = (app.last_counter or 0) + 10
        assert portal.refuses("dev", "code", email).startswith("The codes of this minute are used.")
        assert portal.says("dev", "code", PEOPLE[1].email)
    assert portal.refuses("dev", "code", "nobody@shoreline.example").startswith(no_person)


def test_development_clock_is_set_moved_and_reset(portal: Portal) -> None:
    """The clock goes where it is told, in London's time, and back."""
    real = portal.says("dev", "clock")

    assert portal.says("dev", "clock", "--set", "2023-07-03T09:30").startswith("The clock says 2023-07-03T08:30:")
    assert portal.says("dev", "clock", "--forward", "23.5").startswith("The clock says 2023-07-04T08:00:")
    assert portal.says("dev", "clock", "--forward", "-1").startswith("The clock says 2023-07-04T07:00:")
    assert portal.says("dev", "clock", "--set", "2023-07-03T09:30Z").startswith("The clock says 2023-07-03T09:30:")
    assert real[: len("The clock says 2023-07-0")] == portal.says("dev", "clock", "--reset")[: len(real[:24])]


@pytest.mark.parametrize("hours", ["nan", "inf", "1e9", "-1e300"])
def test_clock_stays_where_it_can_be_read(portal: Portal, hours: str) -> None:
    """A move beyond what a date can say is refused, so that the clock can always be reset."""
    assert "The clock moves between the years 2000 and 2200." == portal.refuses("dev", "clock", "--forward", hours)
    assert portal.says("dev", "clock", "--reset").startswith("The clock says ")


def test_time_that_is_none_is_a_sentence(portal: Portal) -> None:
    """A time that cannot be read is named with an example of one that can."""
    assert "'monday' is not a time such as 2023-10-09T09:30." == portal.refuses("dev", "clock", "--set", "monday")


def test_sweep_says_what_it_removed(portal: Portal) -> None:
    """With no uploads there is nothing to remove."""
    assert "Removed 0 stored things of uploads that did not finish." == portal.says("sweep")


def test_worker_does_one_round(portal: Portal) -> None:
    """One round sends the queued mails, logs JSON without names, and ends with 0."""
    portal.announced()

    worker = process(portal, "worker", "--once")
    out, log = worker.communicate(timeout=60)

    assert (0, "") == (worker.returncode, out)
    assert 2 == len(list((portal.root / "mail").glob("*.eml")))
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    assert "Lena" not in log


def test_worker_stops_when_it_is_told(portal: Portal) -> None:
    """A worker that runs on ends by itself, with 0, when it is asked to."""
    worker = process(portal, "worker")
    try:
        while not list((portal.root / "data").glob("portal.sqlite3-wal")):
            assert worker.poll() is None
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        assert 0 == worker.wait(timeout=60)
    finally:
        worker.kill()
        worker.communicate()


def test_server_that_finds_its_port_taken_says_so(portal: Portal) -> None:
    """A port that somebody else listens on is a sentence that names it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        portal.environment["PORTAL_LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        server = process(portal, "serve")
        _out, said = server.communicate(timeout=60)

    assert 1 == server.returncode
    assert re.search(r"Error: The machine refused: .*Address already in use", said)
    assert "Traceback" not in said


@pytest.mark.parametrize("command", [("audit", "list"), ("audit", "list", "--json"), ("settings",)], ids=" ".join)
def test_pipe_that_closes_early_is_no_fault(portal: Portal, command: tuple[str, ...]) -> None:
    """Whoever stops reading a list half way sees no traceback."""
    portal.announced()
    reading, writing = os.pipe()
    os.close(reading)
    environment = portal.environment | {"PYTHONPATH": str(TREE)}

    done = subprocess.run(
        [sys.executable, "-m", "portal", *command],
        env=environment,
        cwd=portal.root,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
    )

    os.close(writing)
    assert (1, b"") == (done.returncode, done.stderr)
