"""The routes of holds: those that stand, placing, reviewing, and proposing to lift one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.db.endings import Hold
from portal.db.engine import reading
from tests.services.ends import hold
from tests.world import World


def standing_hold(world: World) -> UUID:
    """Return a hold on inspection B that stands; a new one if need be."""
    with reading(world.deps.engine) as session:
        standing = select(Hold.id).where(Hold.inspection_id == world.b.inspection, Hold.lifted_at.is_(None))
        return session.scalar(standing) or hold(world, world.b.inspection)


def typed(world: World) -> dict[str, str]:
    """Return what somebody types who places or reviews a hold, and lets it be reviewed on 8 January 2024."""
    review = {"review_day": "8", "review_month": "1", "review_year": "2024"}
    return {"reason": "A complaint.", "owner": str(world.administrator.id), **review}


HOLD_PATHS = {
    "holds.standing": "/stewards/holds/",
    "holds.hold": "/stewards/holds/{p.hold}/",
    "holds.reviewing": "/stewards/holds/{p.hold}/review",
    "holds.lifting": "/stewards/holds/{p.hold}/lifting",
    "holds.on_programme": "/stewards/programmes/RAA-2023/hold",
    "holds.on_inspection": "/stewards/inspections/{p.inspection}/hold",
}
HOLD_CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "holds.hold_programme": lambda place, visit: visit.post(
        "/stewards/programmes/RAA-2023/hold", **typed(place.world)
    ),
    "holds.hold_inspection": lambda place, visit: visit.post(
        place.path("/stewards/inspections/{p.inspection}/hold"), **typed(place.world)
    ),
    "holds.review": lambda place, visit: visit.post(
        place.path("/stewards/holds/{p.hold}/review"), **typed(place.world)
    ),
    "holds.propose_to_lift": lambda place, visit: visit.post(
        place.path("/stewards/holds/{p.hold}/lifting"), reason=""
    ),
}  # fmt: skip
