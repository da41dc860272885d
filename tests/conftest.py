"""Fixtures that every folder of tests shares: both databases, and an outside made of fakes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from portal.db.engine import make_engine
from portal.db.migrate import upgrade
from portal.ports import Deps
from tests.fakes import FakeClock
from tests.parts import postgres_server
from tests.world import START, Fakes, World, build_world, make_deps, make_fakes

_TEMPLATE = "portal_template"
_numbers = count(1)


@contextmanager
def _server_connection(uri: str) -> Iterator[Engine]:
    """Give an engine whose statements are each their own transaction, as making a database asks."""
    engine = create_engine(uri, isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()


def _run(uri: str, *statements: str) -> None:
    with _server_connection(uri) as engine, engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _named(uri: str, database: str) -> str:
    return make_url(uri).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL for this worker of the test run; the URI of its database `postgres`."""
    with postgres_server() as uri:
        # These databases are thrown away, so nothing is lost by not waiting for the disk.
        settings = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
        _run(uri, *(f"ALTER SYSTEM SET {each}" for each in settings), "SELECT pg_reload_conf()")
        yield uri


@pytest.fixture(scope="session")
def _postgres_template(postgres: str) -> str:
    _run(postgres, f"CREATE DATABASE {_TEMPLATE}")
    _upgrade(_named(postgres, _TEMPLATE))
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


@contextmanager
def _postgres_database(server: str, template: str) -> Iterator[Engine]:
    name = f"test_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(_named(server, name))
    try:
        yield engine
    finally:
        engine.dispose()
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _sqlite_database(path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of its own at the newest migration, with nothing in it."""
    if request.param == "postgresql":
        with _postgres_database(request.getfixturevalue("_postgres_template"), _TEMPLATE) as made:
            yield made
    else:
        path = tmp_path / "portal.db"
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
        with _sqlite_database(path) as made:
            yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of its own without any table."""
    if request.param == "postgresql":
        with _postgres_database(request.getfixturevalue("postgres"), "template0") as made:
            yield made
    else:
        with _sqlite_database(tmp_path / "blank.db") as made:
            yield made


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
def world(deps: Deps, fakes: Fakes) -> World:
    """A programme with two inspections announced, of two agencies, and people in every role."""
    return build_world(deps, fakes)
