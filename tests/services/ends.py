"""The way to the end of an inspection's life, for the tests of what happens there."""

from datetime import UTC, date, datetime, timedelta

from portal.services.publish import publish
from tests.world import PROGRAMME, World

PUBLISHED = date(2024, 3, 26)
DUE_AT = datetime(2025, 3, 27, tzinfo=UTC)
"""The day after the anniversary begins in London, where summer time has not begun yet (R8)."""
MOMENT = timedelta(milliseconds=1)


def publish_report(world: World) -> None:
    """Let the final report of both inspections be published, and nobody keep a heartbeat."""
    world.fakes.clock.set(datetime(2024, 3, 26, 12, tzinfo=UTC))
    publish(world.deps, world.dpo.actor, PROGRAMME, PUBLISHED)


def wait_until_due(world: World) -> None:
    """Publish, and go to the first instant at which disposal may happen."""
    publish_report(world)
    world.fakes.clock.set(DUE_AT)
