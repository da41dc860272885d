"""Fixtures that every folder of tests shares: both databases, and an outside made of fakes."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text

from portal.db.engine import make_engine
from portal.db.migrate import upgrade
from portal.ports import Deps
from tests.fakes import FakeClock
from tests.parts import postgres_server
from tests.remembered import Copied, Emptied, Worlds, hasty_engine
from tests.world import START, Fakes, World, make_deps, make_fakes

_TEMPLATE = "portal_template"
_SLOW = ("e2e", "bench", "web", "services")
_numbers = count(1)
# The same draws each time, wherever they are made, and no test that fails because the machine was busy.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")
# Half of making an app was Python looking through all the modules and tests again and again for garbage.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders of slow tests, so that in the end no worker waits long for another."""
    items.sort(key=lambda item: _SLOW.index(folder) if (folder := item.path.parent.name) in _SLOW else len(_SLOW))


def pytest_collection_finish() -> None:
    """Look for garbage from now on, seldom, and never among what is here to stay: modules and tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)
    gc.enable()


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL; each statement of `run` is a transaction of its own, as making a database asks."""

    uri: str
    admin: Engine

    def run(self, *statements: str) -> None:
        """Run statements in the database `postgres`."""
        with self.admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def named(self, database: str) -> str:
        """Return the URI of another database of this server."""
        return make_url(self.uri).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command that runs in this process writes its log to where it then was; the next test must not inherit that."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL for this worker of the test run."""
    with postgres_server() as uri:
        server = Server(uri, create_engine(uri, isolation_level="AUTOCOMMIT"))
        # These databases are thrown away, so nothing is lost by not waiting for the disk.
        settings = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
        server.run(*(f"ALTER SYSTEM SET {each}" for each in settings), "SELECT pg_reload_conf()")
        yield server
        server.admin.dispose()


@pytest.fixture(scope="session")
def _postgres_template(postgres: Server) -> Server:
    postgres.run(f"CREATE DATABASE {_TEMPLATE}")
    _upgrade(postgres.named(_TEMPLATE))
    return postgres


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "portal.db"
    _upgrade(f"sqlite:///{path}")
    return path


def _upgrade(uri: str) -> None:
    engine = make_engine(uri)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _emptied(_postgres_template: Server) -> Emptied:
    """One migrated database for all tests of this worker."""
    name = "portal_tests"

    def make_anew() -> None:
        _postgres_template.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _postgres_template.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")

    return Emptied(_postgres_template.named(name), make_anew)


@pytest.fixture(scope="session")
def _copied(_sqlite_template: Path) -> Copied:
    """The same on SQLite."""
    return Copied(_sqlite_template)


@pytest.fixture(scope="session")
def _worlds() -> Worlds:
    return Worlds()


@contextmanager
def _postgres_database(server: Server, template: str) -> Iterator[Engine]:
    name = f"test_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(server.named(name))
    try:
        yield engine
    finally:
        engine.dispose()
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database of its own at the newest migration, with nothing in it."""
    kept: Emptied | Copied = request.getfixturevalue("_emptied" if request.param == "postgresql" else "_copied")
    yield kept.engine()
    kept.empty()


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of its own without any table."""
    if request.param == "postgresql":
        with _postgres_database(request.getfixturevalue("postgres"), "template0") as made:
            yield made
    else:
        made = hasty_engine(tmp_path / "blank.db")
        yield made
        made.dispose()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at half past nine on a Monday in London: Monday 9 October 2023."""
    return FakeClock(START)


@pytest.fixture
def fakes(clock: FakeClock) -> Fakes:
    """The fakes that `deps` is made of, to look into and to let fail."""
    return make_fakes(clock)


@pytest.fixture
def deps(engine: Engine, fakes: Fakes) -> Deps:
    """All that a service needs, over an empty database."""
    return make_deps(engine, fakes)


@pytest.fixture
def world(deps: Deps, fakes: Fakes, _worlds: Worlds) -> World:
    """A programme with two inspections announced, of two agencies, and people in every role."""
    return _worlds.world(deps, fakes)
