"""Whole calendars through the services: what the rules promise, the portal keeps (R8, R9, R13)."""

import pytest

from tests.services.driven import Driven, calendar_number
from tests.world import World


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "number", [*range(12), *(pytest.param(each, marks=pytest.mark.soak) for each in range(12, 100))]
)
def test_a_calendar_through_the_services(world: World, number: int) -> None:
    """Nothing early, wrong or held is disposed of and nothing forgotten, by what truly happened."""
    seen = Driven(calendar_number(number), world).judged()
    assert [] == seen.faults
    gone = sum(each.gone for each in seen.inspections)
    assert gone == sum(seen.counts.get(how, 0) for how in ("when due", "by hand", "by decision"))
