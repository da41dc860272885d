"""A recall over every kind of store: all of the document goes, in whatever form it lies there, and nothing else."""

from dataclasses import replace

import pytest

from portal.domain.errors import KeyRemoved
from portal.services.hand_over import download_document
from portal.services.recall import recall
from portal.services.sweep import sweep
from portal.vault.parts import document_prefix, object_key
from tests.contracts.conftest import Place
from tests.services.looks import content
from tests.world import PART, World, sample, upload

LONG = sample("pdf", 2 * PART + 1)


class _Killed(BaseException):
    """What a kill looks like from within."""


def _killed(_name: str) -> None:
    raise _Killed


@pytest.mark.parametrize("killed", [False, True])
def test_a_recalled_document_leaves_nothing_in_the_store(world: World, place: Place, killed: bool) -> None:
    """Parts, old versions and unfinished writes go, at once or in the next round; neighbours are read back whole."""
    deps, leader, inspection = replace(world.deps, store=place.store), world.leader.actor, world.a.inspection
    wrong = upload(deps, leader, inspection, data=LONG).document
    neighbour = upload(deps, leader, inspection, "annual-report", data=LONG).document
    if place.versioned:
        place.plant_version(object_key(inspection, wrong, 1), None)
    place.plant_unfinished(object_key(inspection, wrong, 2))
    if killed:
        with pytest.raises(_Killed):
            recall(replace(deps, fault_point=_killed), leader, inspection, wrong)
        assert place.store.remains(document_prefix(inspection, wrong)) > 0
        with pytest.raises(KeyRemoved):
            download_document(deps, leader, inspection, wrong)
        sweep(deps)
    else:
        assert recall(deps, leader, inspection, wrong)
    assert 0 == place.store.remains(document_prefix(inspection, wrong))
    assert LONG == content(deps, leader, inspection, neighbour)
