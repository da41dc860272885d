"""A whole portal that was disposed of, and then restored from backups: gone before the first request is served."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.cli.run import work
from portal.db.ending_queries import standing_alarms
from portal.db.endings import Alarm, Certificate
from portal.db.engine import reading
from portal.db.tables import Inspection
from portal.domain.actors import OPERATOR
from portal.domain.times import london_date
from portal.services.publish import publish
from tests.e2e.browser import Answer, Browser
from tests.e2e.installation import START_SECONDS, Installation, installation
from tests.e2e.scene import Scene, scene
from tests.services.looks import actions, rows
from tests.world import upload

CODE = "RAA-2023"
DAYS_TO_REPORT, YEAR = timedelta(days=30), timedelta(days=367)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Installation]:
    """A portal on SQLite and folders."""
    with installation(tmp_path / "portal") as made:
        yield made


def _files(portal: Installation) -> list[Path]:
    database = portal.root / "data" / "portal.sqlite3"
    return [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))]


def _back_up(portal: Installation) -> Path:
    """Copy the database as docs/operating.md asks, and then the store."""
    kept = portal.root / "backup"
    kept.mkdir()
    with closing(sqlite3.connect(_files(portal)[0])) as source, closing(sqlite3.connect(kept / "database")) as copy:
        source.backup(copy)
    shutil.copytree(portal.root / "data" / "store", kept / "store")
    return kept


def _restore(portal: Installation, kept: Path) -> None:
    """Put both back."""
    for file in _files(portal):
        file.unlink(missing_ok=True)
    shutil.copyfile(kept / "database", _files(portal)[0])
    shutil.copytree(kept / "store", portal.root / "data" / "store", dirs_exist_ok=True)


def _live_through(place: Scene) -> None:
    """Publish the report, and let the worker dispose of it a year later."""
    place.portal.set_clock(DAYS_TO_REPORT)
    publish(place.deps, OPERATOR, CODE, london_date(place.deps.clock.now()))
    place.portal.set_clock(DAYS_TO_REPORT + YEAR)
    for _ in range(2):
        work(place.deps)


def _first_answer(portal: Installation, browser: Browser, path: str) -> Answer:
    """Start the server, and ask from the first moment on; return the first answer that there is."""
    portal.spawn("serve")
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            return browser.get(path)
        except ConnectionError:
            time.sleep(0.005)
    raise AssertionError("The server did not start.")


def _command(portal: Installation, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=portal.environment)


def test_it_is_disposed_of_again_before_the_first_request(portal: Installation) -> None:
    """With database and store from before, whoever was signed in then finds it gone, and the certificate is the same.

    The trail does not verify until the operator owns up to the restore.
    """
    with scene(portal, CODE) as place:
        upload(place.deps, place.leader, place.inspection)
        leader = place.browser(place.leader)
        place.deps.engine.dispose()
        kept = _back_up(portal)
        objects = sorted(path.name for path in (kept / "store").rglob("*") if path.is_file())
        assert objects
        _live_through(place)
        [certificate] = rows(place.deps, Certificate)
        place.deps.engine.dispose()
        _restore(portal, kept)

        answer = _first_answer(portal, leader, f"/inspections/{place.inspection}/")

        assert answer.status in (302, 303, 404, 410)
        assert place.reference not in answer.text
        assert ["disposed"] == [each.state for each in rows(place.deps, Inspection)]
        [again] = rows(place.deps, Certificate)
        assert (certificate.id, certificate.number, certificate.body) == (again.id, again.number, again.body)
        assert [] == [path.name for path in (portal.root / "data" / "store").rglob("*") if path.is_file()]
        assert "disposal.reapplied" in actions(place.deps, place.inspection)
        with reading(place.deps.engine) as session:
            assert ["trail-rewound"] == [each.kind for each in standing_alarms(session)]
        assert 1 == _command(portal, "audit", "verify").exit_code
        assert "Lost: entries after entry" in _command(portal, "audit", "restored").stdout
        assert 0 == _command(portal, "audit", "restored", "--yes").exit_code
        verified = _command(portal, "audit", "verify")
        assert (0, 2) == (verified.exit_code, len(verified.stdout.splitlines())), verified.stderr
        assert [] == rows(place.deps, Alarm, Alarm.cleared_at.is_(None))
