"""Rule 3: acknowledged means durable, whatever is killed and when. `make soak` goes through ten times as many kills."""

from pathlib import Path

import pytest

from tests.e2e.installation import installation
from tests.e2e.killing import rounds


def test_twenty_kills(tmp_path: Path) -> None:
    """After each of 20 kills what was acknowledged stands; some uploads were cut and some disposals finished."""
    with installation(tmp_path / "portal") as portal:
        reached = rounds(portal, 20, seed=2023)
    assert reached["received"]
    assert reached["disposed"] == 20
    assert reached["cut"]
    assert reached["declared"]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_two_hundred_kills(tmp_path: Path, seed: int) -> None:
    """The same for 200 kills, 20 to an installation so that it stays small."""
    with installation(tmp_path / "portal") as portal:
        assert rounds(portal, 20, seed)["disposed"] == 20
