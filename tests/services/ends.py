"""The way to the end of an inspection's life, for the tests of what happens there."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary

from portal.db.endings import Certificate, Hold
from portal.db.tables import Base, Document, Inspection, Invitation, OutboxMail
from portal.domain.holds import Terms
from portal.domain.times import london_date
from portal.services.decide import approve
from portal.services.declare import declare
from portal.services.explain import explain_gap
from portal.services.holds import place_hold, place_programme_hold
from portal.services.propose import propose_lifting
from portal.services.publish import publish
from tests.services.certificates import fits_published_schema
from tests.services.looks import count, inspection_row, rows
from tests.world import PART, PROGRAMME, World, complete, sample, upload

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


STEPS = [
    "disposal.began",
    "disposal.digested",
    "disposal.key-removed",
    "disposal.objects-removed",
    "disposal.columns-blanked",
    "disposal.accounts-removed",
    "disposal.compacted",
    "disposal.confirmed",
    "disposal.certified",
]
NAME = "Family Smith.pdf"
DATA = sample("pdf", 2 * PART + 5, seed=1)
THEIRS = sample("pdf", 2 * PART + 5, seed=2)


def fill(world: World) -> UUID:
    """Fill inspection A with all there can be, declare it, and send one document in B; return B's document."""
    world_b = upload(world.deps, world.leader_b.actor, world.b.inspection, data=THEIRS, name=NAME).document
    complete(world.deps, world.leader.actor, world.a.inspection)
    for _ in range(2):
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", name=NAME, data=DATA)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "Canary words")
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    return world_b


def still_there(world: World) -> None:
    """See that nothing of A was disposed of."""
    assert "closed" == inspection_row(world.deps, world.a.inspection).state
    assert "present" == world.fakes.custodian.state(world.a.inspection)
    assert 0 < world.fakes.store.remains(f"{world.a.inspection}/")
    assert 0 == count(world.deps, Certificate)


def all_gone(world: World) -> None:
    """Nothing of A can be read, by whatever way: no key, no object, no sealed or telling column."""
    for certificate in rows(world.deps, Certificate):
        assert [] == fits_published_schema(json.loads(certificate.body))
    assert "disposed" == inspection_row(world.deps, world.a.inspection).state
    assert "removed" == world.deps.custodian.state(world.a.inspection)
    assert 0 == world.deps.store.remains(f"{world.a.inspection}/")
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if "inspection_id" in table.c or mapper.class_ is Inspection:
            scope = table.c.inspection_id if "inspection_id" in table.c else table.c.id
            for row in rows(world.deps, mapper.class_, scope == world.a.inspection):
                assert [] == [
                    column.name
                    for column in table.c
                    if isinstance(column.type, LargeBinary) and getattr(row, column.name) is not None
                ]
    for document in rows(world.deps, Document, Document.inspection_id == world.a.inspection):
        assert (None, document.id) == (document.crc32, UUID(document.upload_id.removeprefix("gone:")))
    assert 0 == count(world.deps, OutboxMail, OutboxMail.inspection_id == world.a.inspection)
    assert 0 == count(world.deps, Invitation, Invitation.inspection_id == world.a.inspection)


def terms(world: World, days: int = 90, reason: str = "A complaint: canary", owner: UUID | None = None) -> Terms:
    """Return what a hold needs, to be reviewed in so many days."""
    return Terms(reason, london_date(world.fakes.clock.now()) + timedelta(days=days), owner or world.dpo.id)


def hold(world: World, inspection: UUID | None = None) -> UUID:
    """Let the data protection officer hold an inspection, A unless another is given; return the hold's id."""
    return place_hold(world.deps, world.dpo.actor, inspection or world.a.inspection, terms(world))


def lift(world: World, hold_id: UUID) -> None:
    """Let the data protection officer propose to lift a hold, and the administrator approve it."""
    proposal = propose_lifting(world.deps, world.dpo.actor, hold_id, "The complaint is settled.")
    approve(world.deps, world.administrator.actor, proposal)


def hold_programme(world: World) -> UUID:
    """Let the same person hold the whole programme; return the hold's id."""
    return place_programme_hold(world.deps, world.dpo.actor, PROGRAMME, terms(world)).hold


def lift_hold(world: World) -> None:
    """Let the same two lift every hold on A."""
    for each in rows(world.deps, Hold, Hold.inspection_id == world.a.inspection, Hold.lifted_at.is_(None)):
        lift(world, each.id)
