"""One inspection's entries of the audit trail, handed out a page at a time."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.db.engine import reading
from portal.db.tables import AuditEntry
from portal.domain.errors import NotAllowed, NotFound
from portal.services.audit_export import export_entries
from tests.services.looks import rows
from tests.world import World, upload


def test_the_trail_of_one_inspection_is_handed_out_a_page_at_a_time(world: World) -> None:
    """Every entry of the inspection once, none of another's, and the export told without being among them."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    upload(world.deps, world.leader_b.actor, world.b.inspection)
    who = world.dpo.actor
    found: list[dict[str, object]] = []
    while page := export_entries(world.deps, who, world.a.inspection, int(str(found[-1]["seq"])) if found else 0, 2):
        assert len(page) <= 2
        found += page
    with reading(world.deps.engine) as session:
        own = select(AuditEntry.seq).where(AuditEntry.inspection == str(world.a.inspection)).order_by(AuditEntry.seq)
        assert list(session.scalars(own)) == [each["seq"] for each in found]
    assert {str(world.a.inspection)} == {each["inspection"] for each in found}
    exports = rows(world.deps, AuditEntry, AuditEntry.action == "trail.exported")
    assert {(who.label, "", str(world.a.inspection))} == {
        (each.actor, each.inspection, each.subject) for each in exports
    }
    with pytest.raises(NotFound):
        export_entries(world.deps, who, uuid4())
    with pytest.raises(NotAllowed):
        export_entries(world.deps, world.leader.actor, world.a.inspection)
