"""The stores under contract, each with a way to plant what only its own kind can hold."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from portal.adapters.durable import UNFINISHED
from portal.adapters.folder import FolderStore
from portal.adapters.s3 import S3Store
from portal.ports import BlobStore
from tests.fakes import FakeStore
from tests.parts import S3Server, s3_server

BUCKET = "portal-contract"


@dataclass(frozen=True)
class Place:
    """A store, an inspection id that no other test uses, and its way to hold versions and unfinished writes."""

    store: BlobStore
    inspection: str
    versioned: bool
    plant_version: Callable[[str, bytes | None], None]
    plant_unfinished: Callable[[str], None]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    """Run one S3 server for a module, with a bucket that keeps versions."""
    with s3_server() as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture(params=["folder", "s3", "fake"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return each store in turn."""
    inspection = str(uuid5(NAMESPACE_URL, request.node.nodeid))
    if request.param == "folder":
        yield _folder(tmp_path / "objects", inspection)
    elif request.param == "fake":
        fake = FakeStore()
        yield Place(fake, inspection, True, fake.plant_version, fake.plant_unfinished)
    else:
        server: S3Server = request.getfixturevalue("s3")
        yield from _bucket(server, inspection)


def _folder(root: Path, inspection: str) -> Place:
    def no_versions(key: str, data: bytes | None) -> None:
        raise AssertionError(f"a folder keeps no versions: {key}, {data!r}")

    def plant_unfinished(key: str) -> None:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(UNFINISHED + "planted").write_bytes(b"half")

    return Place(FolderStore(root), inspection, False, no_versions, plant_unfinished)


def _bucket(server: S3Server, inspection: str) -> Iterator[Place]:
    with closing(server.client()) as client:

        def plant_version(key: str, data: bytes | None) -> None:
            if data is None:
                client.delete_object(Bucket=BUCKET, Key=key)
            else:
                client.put_object(Bucket=BUCKET, Key=key, Body=data)

        def plant_unfinished(key: str) -> None:
            upload = client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
            client.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=1, Body=b"half")

        # Pages of two, so that every listing of the tests goes over several.
        store = S3Store(BUCKET, client, page=2)
        yield Place(store, inspection, True, plant_version, plant_unfinished)
        store.empty(f"{inspection}/")
