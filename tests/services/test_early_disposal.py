"""An inspection disposed of before it is due: decided by two, begun by one, and certified as such (R8, R9)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from portal.db.chain import entries
from portal.db.engine import reading
from portal.domain.actors import WORKER
from portal.domain.errors import Conflict
from portal.services.decide import approve, withdraw
from portal.services.dispose import dispose, dispose_due, list_due
from portal.services.proposal_list import NO_REASON_LEFT, proposal_page
from portal.services.propose import propose_early_disposal
from portal.services.publish import publish
from portal.services.retention import disposable
from schemas.statements import faults_of
from tests.services.ends import (
    DUE_AT,
    PUBLISHED,
    all_gone,
    fill,
    hold,
    hold_programme,
    lift,
    publish_report,
    still_there,
)
from tests.world import PROGRAMME, World

WHY = "A court orders it: canary"
NOTICE = timedelta(days=14)


@pytest.fixture
def published(world: World) -> World:
    """A world whose report was published and whose notice has run."""
    publish_report(world)
    world.fakes.clock.advance(NOTICE)
    return world


def early(world: World) -> UUID:
    """Let two people decide that A goes before it is due."""
    proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    approve(world.deps, world.administrator.actor, proposal)
    return proposal


def test_an_early_disposal_is_decided_by_two_and_certified_as_such(world: World) -> None:
    """Approved, it can be begun and the worker leaves it; the certificate and the trail say whose decision it was."""
    fill(world)
    publish_report(world)
    world.fakes.clock.advance(NOTICE)
    with pytest.raises(Conflict, match="not due"):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    proposal = early(world)
    assert "two people decided" in disposable(world.deps, world.dpo.actor, world.a.inspection).words
    assert [] == list(dispose_due(world.deps, WORKER))
    still_there(world)
    signed = dispose(world.deps, world.dpo.actor, world.a.inspection)
    decision = {
        "proposal": str(proposal),
        "proposed_by": world.dpo.actor.label,
        "approved_by": world.administrator.actor.label,
    }
    two = {"people": [decision["proposed_by"], decision["approved_by"]], "proposal": str(proposal), "how": "two people"}
    assert (two, {}) == ({name: signed["body"]["approval"][name] for name in two}, faults_of(signed))
    assert "before a year had passed" in signed["body"]["rule"]
    assert "2025-03-27T00:00:00.000Z" == signed["body"]["due_at"]
    with reading(world.deps.engine) as session:
        [began] = [dict(each.details) for each in entries(session) if each.action == "disposal.began"]
    assert decision == began
    all_gone(world)
    assert NO_REASON_LEFT == proposal_page(world.deps, world.administrator.actor, proposal)["reason"]
    with pytest.raises(Conflict, match="begun"):
        withdraw(world.deps, world.dpo.actor, proposal)
    assert ["RAA-2023-02"] == [due.reference for due in list_due(world.deps, world.dpo.actor)]


def test_what_changes_after_the_decision_ends_it(published: World) -> None:
    """A hold, another date, a week: then two have to decide anew; on the date itself nothing is early any more."""
    world = published
    early(world)
    placed = hold(world)
    with pytest.raises(Conflict):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    lift(world, placed)
    assert disposable(world.deps, world.dpo.actor, world.a.inspection).early
    publish(world.deps, world.dpo.actor, PROGRAMME, PUBLISHED + timedelta(days=1))
    world.fakes.clock.advance(timedelta(hours=1))
    with pytest.raises(Conflict):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    world.fakes.clock.advance(NOTICE)
    early(world)
    world.fakes.clock.advance(timedelta(days=7))
    with pytest.raises(Conflict):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    withdraw(world.deps, world.dpo.actor, early(world))
    with pytest.raises(Conflict):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    world.fakes.clock.set(DUE_AT + timedelta(days=1))
    body = dispose(world.deps, world.dpo.actor, world.a.inspection)["body"]
    assert ("one person", True) == (body["approval"]["how"], "one year" in body["rule"])


def test_what_may_not_go_early_is_not_proposed(world: World) -> None:
    """Before publication, within the notice, held, or due anyway (R8, R9); nor is it approved once that is so."""

    placed: list[UUID] = []

    def held() -> None:
        world.fakes.clock.advance(NOTICE)
        placed.append(hold(world))

    def release() -> None:
        lift(world, placed[0])
        world.fakes.clock.set(DUE_AT)

    cases: list[tuple[str, Callable[[], object]]] = [
        ("closed", lambda: None),
        ("14 days", lambda: publish_report(world)),
        ("held", held),
        ("due anyway", release),
    ]
    for words, first in cases:
        first()
        with pytest.raises(Conflict, match=words):
            propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    world.fakes.clock.set(DUE_AT - timedelta(days=1))
    proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    hold_programme(world)
    with pytest.raises(Conflict, match="held"):
        approve(world.deps, world.administrator.actor, proposal)
