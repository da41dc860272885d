"""GET and HEAD change nothing but audit entries of reads and a session's last-seen time (rule 8)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.tables import Base
from tests.web.routes import PATHS, Place, make_place
from tests.world import World

READS = {
    "a1.findings-downloaded",
    "a1.findings-opened",
    "a1.glance-downloaded",
    "a1.glance-opened",
    "document.opened",
    "invitation.code_shown",
    "bundle.opened",
    "bundle.completed",
    "reading.refused",
    "account.shown",
    "trail.exported",
}


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared, and the A1 form was checked."""
    made = make_place(world)
    assert isinstance(made.form, UUID)
    return made


def everything(place: Place) -> dict[str, Any]:
    """Return all rows but the trail's, without last-seen times, and what store, keys, mail and anchors hold."""
    fakes = place.world.fakes
    found: dict[str, Any] = {
        "store": dict(fakes.store._versions),
        "keys": dict(fakes.custodian._keys),
        "mail": list(fakes.mailer.sent),
        "anchors": dict(fakes.anchor._kept),
    }
    with reading(place.world.deps.engine) as session:
        for table in Base.metadata.sorted_tables:
            if table.name != "audit_entry":
                columns = [column for column in table.columns if column.name != "last_seen_at"]
                found[table.name] = sorted(map(repr, session.execute(select(*columns))))
    return found


def trail(place: Place) -> list[str]:
    """Return what the trail says was done."""
    table = Base.metadata.tables["audit_entry"]
    with reading(place.world.deps.engine) as session:
        return list(session.scalars(select(table.c.action).order_by(table.c.seq)))


@pytest.mark.parametrize("role", ["leader", "lead_inspector", "dpo"])
def test_safe_methods_change_nothing(place: Place, role: str) -> None:
    """Opening every page leaves tables, store and keys as they were; the trail gains reads alone."""
    visit = place.visit(role)
    place.world.fakes.clock.advance(timedelta(minutes=2))
    before, told = everything(place), trail(place)
    for path in PATHS.values():
        for method in (visit.client.get, visit.client.head):
            method(place.path(path)).close()
    assert before == everything(place)
    assert set() == set(trail(place)[len(told) :]) - READS
