"""`make demo` itself: the life of an inspection over HTTP, on the embedded default and on the distributed parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.demo import life
from tests.e2e.installation import installation
from tests.parts import part_missing, postgres_server, s3_server

LARGE = 20 * 1024 * 1024


@contextmanager
def distributed() -> Iterator[dict[str, str]]:
    """Start PostgreSQL and S3; yield the settings that use them."""
    try:
        with postgres_server() as database, s3_server() as s3:
            s3.make_bucket("evidence")
            yield {
                "PORTAL_DATABASE_URL": database,
                "PORTAL_STORE": "s3://evidence",
                "PORTAL_S3_ENDPOINT": s3.endpoint,
                "AWS_ACCESS_KEY_ID": s3.access_key,
                "AWS_SECRET_ACCESS_KEY": s3.secret_key,
            }
    except ImportError as error:
        part_missing(str(error))


def test_the_life_of_an_inspection_on_the_embedded_default(tmp_path: Path) -> None:
    """From announcement to certificate on SQLite and the folder store."""
    with installation(tmp_path / "portal") as portal:
        life(portal, LARGE)


def test_the_life_of_an_inspection_on_the_distributed_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From announcement to certificate on PostgreSQL and S3."""
    with distributed() as environment, installation(tmp_path / "portal", environment) as portal:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, environment[name])
        life(portal, LARGE)
