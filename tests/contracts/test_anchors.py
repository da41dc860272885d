"""What every place for checkpoints promises: the folder and the fake."""

from pathlib import Path

import pytest

from portal.adapters.anchors import FolderAnchor
from portal.adapters.durable import UNFINISHED
from portal.domain.errors import ObjectExists
from portal.ports import Anchor
from tests.fakes import FakeAnchor


@pytest.fixture(params=["folder", "fake"])
def anchor(request: pytest.FixtureRequest, tmp_path: Path) -> Anchor:
    """Return each anchor in turn."""
    return FolderAnchor(tmp_path / "anchors") if request.param == "folder" else FakeAnchor()


def test_keeps_in_order(anchor: Anchor) -> None:
    """Checkpoints come back whole and in the order of their names; there are none at first."""
    assert [] == list(anchor.kept())
    anchor.keep("00000128.json", b"second")
    anchor.keep("00000064.json", b"first")
    assert [("00000064.json", b"first"), ("00000128.json", b"second")] == list(anchor.kept())


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
