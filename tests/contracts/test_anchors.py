"""What every place for checkpoints promises: the folder, the bucket with Object Lock, and the fake."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from portal.adapters.anchors import FolderAnchor
from portal.adapters.bucket_anchor import BucketAnchor
from portal.adapters.durable import UNFINISHED
from portal.domain.errors import ObjectExists, StoreUnavailable
from portal.ports import Anchor
from tests.fakes import FakeAnchor
from tests.parts import S3Server

_numbers = count(1)


def _locked_bucket(server: S3Server) -> str:
    """Make a bucket whose objects can be locked, and return its name."""
    name = f"anchor-{next(_numbers)}"
    with closing(server.client()) as client:
        client.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": server.region},
            ObjectLockEnabledForBucket=True,
        )
    return name


@pytest.fixture(params=["folder", "bucket", "fake"])
def anchor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Anchor]:
    """Return each anchor in turn."""
    if request.param == "bucket":
        server: S3Server = request.getfixturevalue("s3")
        with closing(server.client()) as client:
            yield BucketAnchor(_locked_bucket(server), client, days=1)
    else:
        yield FolderAnchor(tmp_path / "anchors") if request.param == "folder" else FakeAnchor()


def test_keeps_in_order(anchor: Anchor) -> None:
    """Checkpoints come back whole and in the order of their names; there are none at first."""
    assert [] == list(anchor.kept())
    anchor.keep("00000128.json", b"second")
    anchor.keep("00000064.json", b"first")
    assert [("00000064.json", b"first"), ("00000128.json", b"second")] == list(anchor.kept())
    anchor.keep("certificate.json", b"other")
    assert [("00000128.json", b"second")] == list(anchor.kept("0", after="00000064.json"))
    assert [("certificate.json", b"other")] == list(anchor.kept("cert"))


def test_never_overwrites(anchor: Anchor) -> None:
    """The same checkpoint again is no error, another one of that name is, and the first stands."""
    anchor.keep("00000064.json", b"first")
    anchor.keep("00000064.json", b"first")
    with pytest.raises(ObjectExists):
        anchor.keep("00000064.json", b"forged")
    assert [("00000064.json", b"first")] == list(anchor.kept())


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden"])
def test_folder_refuses_names_that_lead_out(tmp_path: Path, name: str) -> None:
    """A name is one plain name, so that no checkpoint is written elsewhere."""
    with pytest.raises(ValueError):
        FolderAnchor(tmp_path / "anchors").keep(name, b"data")
    assert [] == list(tmp_path.iterdir())


def test_folder_passes_over_unfinished_checkpoints(tmp_path: Path) -> None:
    """What a killed writer left is no checkpoint."""
    anchor = FolderAnchor(tmp_path)
    anchor.keep("00000064.json", b"first")
    (tmp_path / (UNFINISHED + "killed")).write_bytes(b"ha")
    assert [("00000064.json", b"first")] == list(anchor.kept())


def test_folder_is_private(tmp_path: Path) -> None:
    """Checkpoints are for the portal's own user alone."""
    FolderAnchor(tmp_path / "anchors").keep("00000064.json", b"first")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*")}
    assert {"anchors": "0o700", "00000064.json": "0o600"} == modes


def test_a_locked_checkpoint_cannot_be_removed_or_hidden(s3: S3Server) -> None:
    """Its retention holds against the owner of the bucket, and neither a marker nor a later version takes its place."""
    bucket = _locked_bucket(s3)
    with closing(s3.client()) as client:
        anchor = BucketAnchor(bucket, client, days=1)
        anchor.keep("00000064.json", b"first")
        [version] = client.list_object_versions(Bucket=bucket)["Versions"]
        locked = {"Bucket": bucket, "Key": "00000064.json", "VersionId": version["VersionId"]}
        assert "COMPLIANCE" == client.get_object_retention(**locked)["Retention"]["Mode"]
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(**locked, BypassGovernanceRetention=True)
        client.put_object(Bucket=bucket, Key="00000064.json", Body=b"forged")
        client.delete_object(Bucket=bucket, Key="00000064.json")
        assert [("00000064.json", b"first")] == list(anchor.kept())


def test_a_bucket_without_lock_or_answer_takes_nothing(s3: S3Server) -> None:
    """Neither passes for an anchor: what would not be locked is refused, and so is what nobody answers."""
    s3.make_bucket("anchor-unlocked")
    with closing(s3.client()) as client:
        for bucket in ("anchor-unlocked", "anchor-missing"):
            with pytest.raises(StoreUnavailable):
                BucketAnchor(bucket, client, days=1).keep("00000064.json", b"first")
