"""Starting: what an empty environment connects to, and every fault for which the portal refuses."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from portal.adapters.clock import DevelopmentClock, SystemClock
from portal.db.ending_queries import clock_row
from portal.db.engine import make_engine, writing
from portal.db.migrate import downgrade, upgrade
from portal.domain.variables import DEVELOPMENT_SECRET
from portal.settings import SettingsError
from portal.wiring import FOLDERS, NOT_NEWEST, start
from tests.world import OWNER

UNREACHABLE = "The database cannot be reached ({}): check PORTAL_DATABASE_URL."


def migrate(path: Path) -> None:
    """Make or bring up to date the SQLite database of this path."""
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest migration, to copy."""
    path = tmp_path_factory.mktemp("database") / "portal.sqlite3"
    migrate(path)
    return path


@pytest.fixture
def production(tmp_path: Path, database: Path) -> dict[str, str]:
    """The environment of a production set-up without a fault, below a folder of its own."""
    for name in FOLDERS:
        (tmp_path / name).mkdir(mode=0o700)
    shutil.copyfile(database, tmp_path / "data/portal.sqlite3")
    return {
        "PORTAL_PROFILE": "production",
        "PORTAL_STORE": "folder",
        "PORTAL_SECRET_KEY": "thirty-two characters, or more!!",
        "PORTAL_PUBLIC_URL": "https://evidence.example",
        **OWNER,
        **{f"PORTAL_{name.upper()}": str(tmp_path / name) for name in FOLDERS},
    }


def faults_of(environment: dict[str, str]) -> list[str]:
    """Return why the portal refuses to start; the test fails if it starts."""
    with pytest.raises(SettingsError) as refusal:
        start(environment)
    return refusal.value.faults


def tree_of(root: Path) -> list[Path]:
    """Return all that is below a folder."""
    return sorted(root.rglob("*"))


def test_empty_environment_starts_in_development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any setting, and with a migrated database, everything is connected and its folders are made."""
    monkeypatch.chdir(tmp_path)
    migrate(tmp_path / "var/data/portal.sqlite3")

    settings, deps = start({})

    assert isinstance(deps.clock, DevelopmentClock)
    assert "http://localhost:8000" == deps.public_url == settings.public_url
    assert 64 == len(deps.signer.sign(b"anything").value)
    assert (tmp_path / "var/keys").is_dir()
    deps.engine.dispose()


def test_development_clock_is_moved_in_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moves the clock moves it for every process on the same database, at once."""
    monkeypatch.chdir(tmp_path)
    migrate(tmp_path / "var/data/portal.sqlite3")
    _, deps = start({})
    _, others = start({})

    with writing(others.engine) as session:
        clock_row(session, lock=True).offset_seconds = 400 * 86_400

    assert timedelta(days=399) < deps.clock.now() - SystemClock().now() < timedelta(days=401)
    deps.engine.dispose()
    others.engine.dispose()


def test_production_starts_without_a_fault(production: dict[str, str]) -> None:
    """A production set-up as it should be starts, and goes by the machine's clock."""
    settings, deps = start(production)

    assert settings.production
    assert isinstance(deps.clock, SystemClock)
    deps.engine.dispose()


@pytest.mark.parametrize("name", FOLDERS)
def test_production_makes_no_folder(production: dict[str, str], name: str, tmp_path: Path) -> None:
    """A folder that is not there is a fault in production, and it is not made: its path may be mistyped."""
    mistyped = tmp_path / f"{name}-mistyped"

    faults = faults_of({**production, f"PORTAL_{name.upper()}": str(mistyped)})

    assert f"The folder {mistyped}, named by PORTAL_{name.upper()}, does not exist. A mistyped path" in faults[0]
    assert f"install -d -m 700 {mistyped}" in faults[0]
    assert not mistyped.exists()


def test_refusal_leaves_nothing_behind(production: dict[str, str], tmp_path: Path) -> None:
    """Looking for faults makes nothing: no folder, no key, no empty database."""
    (tmp_path / "data/portal.sqlite3").unlink()
    before = tree_of(tmp_path)

    assert [NOT_NEWEST] == faults_of(production)
    assert before == tree_of(tmp_path)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o720])
@pytest.mark.parametrize("name", ["keys", "signing_keys"])
def test_open_key_folder_is_refused(production: dict[str, str], tmp_path: Path, name: str, mode: int) -> None:
    """A folder of keys that others can list, enter or write to is refused, with what to do about it."""
    folder = tmp_path / name
    folder.chmod(mode)

    assert [f"{folder} can be read by other users. Run: chmod 700 {folder}"] == faults_of(production)


@pytest.mark.parametrize("name", ["keys", "signing_keys"])
@pytest.mark.parametrize("profile", ["production", "development"])
def test_open_key_is_refused(production: dict[str, str], tmp_path: Path, name: str, profile: str) -> None:
    """A single key that others can read is refused as well, in either profile."""
    key = tmp_path / name / "some.key"
    key.touch()
    key.chmod(0o640)

    address = {} if profile == "production" else {"PORTAL_PUBLIC_URL": "http://localhost:8000"}
    assert [f"{key} can be read by other users. Run: chmod 600 {key}"] == faults_of(
        {**production, "PORTAL_PROFILE": profile, **address}
    )


def test_file_in_place_of_a_key_folder_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    """A key folder that is a file is a fault with a sentence, not a traceback."""
    (tmp_path / "keys").rmdir()
    (tmp_path / "keys").touch(mode=0o600)

    assert f"{tmp_path / 'keys'} cannot be read as a folder of keys: Not a directory." == faults_of(production)[-1]


def test_folder_that_cannot_be_made_is_named(tmp_path: Path, database: Path) -> None:
    """In development a folder that cannot be made is named."""
    (tmp_path / "file").touch()
    environment = {
        "PORTAL_DATABASE_URL": f"sqlite:///{database}",
        "PORTAL_DATA": str(tmp_path / "data"),
        "PORTAL_KEYS": str(tmp_path / "file/keys"),
        "PORTAL_SIGNING_KEYS": str(tmp_path / "signing"),
    }

    (fault,) = faults_of(environment)

    assert f"{tmp_path / 'file'}" in fault


def test_database_before_its_newest_migration_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    """Tables of another version would fail later and worse."""
    engine = make_engine(f"sqlite:///{tmp_path / 'data/portal.sqlite3'}")
    downgrade(engine, "base")
    engine.dispose()

    assert [NOT_NEWEST] == faults_of(production)


def test_file_that_is_no_database_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    """A database that cannot be read is a fault with a sentence."""
    (tmp_path / "data/portal.sqlite3").write_bytes(b"no database at all" * 100)

    assert [UNREACHABLE.format("DatabaseError")] == faults_of(production)


def test_database_that_does_not_answer_is_refused(production: dict[str, str]) -> None:
    """A PostgreSQL that is not there is a fault, and its password is not in the sentence."""
    address = "postgresql+psycopg://portal:hunter2@127.0.0.1:1/portal"

    assert [UNREACHABLE.format("OperationalError")] == faults_of({**production, "PORTAL_DATABASE_URL": address})


def test_every_fault_is_named_at_once(production: dict[str, str], tmp_path: Path) -> None:
    """All that production refuses is named in one go: an operator mends it once."""
    (tmp_path / "keys").chmod(0o755)
    (tmp_path / "signing_keys/current").touch()
    (tmp_path / "signing_keys/current").chmod(0o644)
    (tmp_path / "data/portal.sqlite3").unlink()
    del production["PORTAL_MAIL"]
    changes = {
        "PORTAL_SECRET_KEY": DEVELOPMENT_SECRET,
        "PORTAL_DEBUG": "1",
        "PORTAL_PUBLIC_URL": "http://evidence.example",
        "PORTAL_ANCHORS": str(tmp_path / "mistyped"),
        "PORTAL_THREADS": "many",
        "PORTAL_SECRET": "x",
    }

    faults = faults_of(production | changes)

    expected = [
        "PORTAL_MAIL is not set: ",
        "PORTAL_SECRET is not a setting of the portal.",
        "PORTAL_THREADS must be a whole number above 0",
        "PORTAL_SECRET_KEY is the development default",
        "PORTAL_DEBUG is on",
        "PORTAL_PUBLIC_URL must begin with https://",
        f"The folder {tmp_path / 'mistyped'}, named by PORTAL_ANCHORS, does not exist",
        f"{tmp_path / 'keys'} can be read by other users.",
        f"{tmp_path / 'signing_keys/current'} can be read by other users.",
        NOT_NEWEST,
    ]
    assert expected == [
        fault[: len(words)] if fault.startswith(words) else fault for fault, words in zip(faults, expected, strict=True)
    ]


def test_short_secret_is_refused(production: dict[str, str]) -> None:
    """A short secret alone is enough to refuse."""
    assert ["PORTAL_SECRET_KEY must have at least 32 characters."] == faults_of(
        {**production, "PORTAL_SECRET_KEY": "short"}
    )


def test_a_file_of_stolen_passwords_is_used_or_named(production: dict[str, str], tmp_path: Path) -> None:
    """One that cannot be used is a fault at the start; without one nothing is known to be stolen."""
    path = tmp_path / "pwned.txt"
    name = {"PORTAL_BREACHED_PASSWORDS": str(path)}
    [fault] = faults_of(production | name)
    assert fault.startswith(f"PORTAL_BREACHED_PASSWORDS, {path}, cannot be used: it cannot be read")
    path.write_text(f"{'A' * 40}:12\n")
    for environment, known in ((production, False), (production | name, True)):
        _settings, deps = start(environment)
        assert known == deps.breached("A" * 40)
        deps.engine.dispose()
