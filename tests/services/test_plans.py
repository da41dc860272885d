"""No disposal without an approved plan, and one that is late is an incident until it is certified."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from portal.db.chain import entries
from portal.db.ending_queries import standing_alarms
from portal.db.engine import reading
from portal.db.tables import OutboxMail
from portal.domain.actors import OPERATOR, WORKER, Actor
from portal.domain.errors import Conflict, NotAllowed, NotFound, StoreUnavailable
from portal.domain.forewarning import APPROVAL_ALARM, LATE_AFTER, LATE_ALARM
from portal.services.copies import open_copies
from portal.services.decide import approve as approve_proposal
from portal.services.dispose import dispose, dispose_due
from portal.services.forewarn import forewarn
from portal.services.hand_over import make_bundle
from portal.services.heartbeat import beat, confirm_clock
from portal.services.plans import APPROVED, BEGUN, CHANGED, NO_PLAN, approve, plan_page, policy_page, set_policy
from portal.services.propose import propose_early_disposal
from portal.services.publish import publish
from portal.services.watch_disposals import late_references, watch_disposals
from portal.vault.plans import Approval, approval_of
from tests.services.ends import DUE_AT, MOMENT, all_gone, hold, lift_hold, publish_report, still_there
from tests.services.looks import actions, rows
from tests.world import PROGRAMME, World, upload

AHEAD = timedelta(days=14)


def approval(world: World) -> Approval | None:
    """Return by whose approval A goes, or went."""
    with reading(world.deps.engine) as session:
        return approval_of(session, world.a.inspection)


def approver(world: World) -> str:
    """Return who approved A's plan."""
    found = approval(world)
    return found.approved_by if found else ""


def alarms(world: World) -> list[tuple[str, str]]:
    """Return kind and subject of the alarms that stand about A, or about nothing."""
    with reading(world.deps.engine) as session:
        found = [(each.kind, each.subject) for each in standing_alarms(session)]
    return [each for each in found if each[1] in ("", str(world.a.inspection))]


@pytest.fixture
def planned(world: World) -> World:
    """A world whose plans were made 14 days ahead, in a programme in which each needs an approval; B is held."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    set_policy(world.deps, world.dpo.actor, PROGRAMME, standing=False)
    publish_report(world)
    world.fakes.clock.set(DUE_AT - AHEAD)
    forewarn(world.deps)
    hold(world, world.b.inspection)
    return world


def test_where_each_plan_is_approved_nothing_goes_before_that(planned: World) -> None:
    """Due and unapproved it waits and an alarm stands; approved, the next run takes it and no alarm is left."""
    world = planned
    world.fakes.clock.set(DUE_AT - MOMENT)
    assert (0, []) == (watch_disposals(world.deps), alarms(world))
    world.fakes.clock.advance(MOMENT)
    assert [] == list(dispose_due(world.deps, WORKER))
    still_there(world)
    assert (1, 0) == (watch_disposals(world.deps), watch_disposals(world.deps))
    assert [(APPROVAL_ALARM, str(world.a.inspection))] == alarms(world)
    page = plan_page(world.deps, world.dpo.actor, world.a.inspection)
    assert ("", False, True) == (page.refusal, page.standing, page.current)
    with pytest.raises(NotAllowed):
        approve(world.deps, world.administrator.actor, world.a.inspection, page.digest)
    with pytest.raises(NotFound):
        approve(world.deps, world.leader_b.actor, world.a.inspection, page.digest)
    with pytest.raises(Conflict, match=CHANGED):
        approve(world.deps, world.dpo.actor, world.a.inspection, "0" * 64)
    approve(world.deps, world.dpo.actor, world.a.inspection, page.digest)
    with pytest.raises(Conflict, match=APPROVED):
        approve(world.deps, world.dpo.actor, world.a.inspection, page.digest)
    assert [] == alarms(world)
    world.fakes.clock.advance(timedelta(hours=1))
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)
    assert Approval(DUE_AT - AHEAD, page.digest, DUE_AT, world.dpo.actor.label) == approval(world)
    with pytest.raises(Conflict, match=BEGUN):
        approve(world.deps, world.dpo.actor, world.a.inspection)
    with reading(world.deps.engine) as session:
        [entry] = [each for each in entries(session) if each.action == "plan.approved"]
    assert {"plan": page.digest, "by": world.dpo.actor.label} == dict(entry.details)


def test_another_date_voids_an_approval_at_once(planned: World) -> None:
    """Before the worker has made the plan anew even: what was approved was another plan."""
    world = planned
    approve(world.deps, OPERATOR, world.a.inspection)
    world.fakes.clock.advance(timedelta(hours=1))
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 27))
    assert not plan_page(world.deps, world.dpo.actor, world.a.inspection).current
    with pytest.raises(Conflict, match=CHANGED):
        approve(world.deps, world.dpo.actor, world.a.inspection)
    world.fakes.clock.set(DUE_AT + timedelta(days=2))
    assert ([], 1) == (list(dispose_due(world.deps, WORKER)), watch_disposals(world.deps))
    still_there(world)
    set_policy(world.deps, OPERATOR, PROGRAMME, standing=True)
    assert (1, []) == (watch_disposals(world.deps), alarms(world))
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    assert "policy:standing" == approver(world)


@pytest.mark.parametrize("who", ["person", "operator", "two"])
def test_disposal_by_hand_and_an_early_one_bring_their_own_approval(planned: World, who: str) -> None:
    """Whoever disposes by hand has approved it, and so have the two who decided that it goes early."""
    world = planned
    actor: Actor = OPERATOR if who == "operator" else world.dpo.actor
    said = actor.label
    if who == "two":
        proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, "A court orders it.")
        list(make_bundle(world.deps, world.inspector.actor, world.a.inspection)[1])
        world.fakes.clock.advance(-AHEAD)  # no plan tells of it so early
        forewarn(world.deps)
        approve_proposal(world.deps, world.administrator.actor, proposal)
        assert [world.a.reference] == open_copies(world.deps, world.inspector.actor)
        assert 1 == len(rows(world.deps, OutboxMail, OutboxMail.template == "copies"))
        said = f"proposal:{proposal}"
    else:
        world.fakes.clock.set(DUE_AT)
    dispose(world.deps, actor, world.a.inspection)
    assert said == approver(world)


def test_who_says_how_plans_are_approved(world: World) -> None:
    """The data protection officer and the operator; said twice the trail has it once; no plan, no approval."""
    assert policy_page(world.deps, OPERATOR, PROGRAMME).standing
    for someone in (world.administrator, world.lead_inspector):
        with pytest.raises(NotFound):
            set_policy(world.deps, someone.actor, PROGRAMME, standing=False)
    for _ in range(2):
        set_policy(world.deps, world.dpo.actor, PROGRAMME, standing=False)
    assert 1 == actions(world.deps).count("programme.approval-policy")
    with pytest.raises(Conflict, match=NO_PLAN):
        approve(world.deps, world.dpo.actor, world.a.inspection)


def test_more_than_24_hours_late_is_an_incident_until_it_is_certified(planned: World) -> None:
    """Not approved, then held, then begun with a store that fails: it stands until the certificate."""
    world = planned
    world.fakes.clock.set(DUE_AT + LATE_AFTER)
    watch_disposals(world.deps)
    assert [] == late_references(world.deps)
    world.fakes.clock.advance(MOMENT)
    assert (1, [world.a.reference]) == (watch_disposals(world.deps), late_references(world.deps))
    hold(world)
    watch_disposals(world.deps)
    assert [(LATE_ALARM, str(world.a.inspection))] == alarms(world)
    lift_hold(world)
    approve(world.deps, world.dpo.actor, world.a.inspection)
    world.fakes.store.fail_next("empty")
    with pytest.raises(StoreUnavailable):
        dispose(world.deps, WORKER, world.a.inspection)
    watch_disposals(world.deps)
    assert [world.a.reference] == late_references(world.deps)
    dispose(world.deps, WORKER, world.a.inspection)
    assert (1, [], []) == (watch_disposals(world.deps), late_references(world.deps), alarms(world))
    told = [each for each in actions(world.deps, world.a.inspection) if each.startswith("disposal.late")]
    assert ["disposal.late", "disposal.late-over"] == told


def held_until_late(world: World) -> None:
    """Let a hold on A be lifted long after it was due."""
    hold(world)
    world.fakes.clock.set(DUE_AT + 9 * LATE_AFTER)
    lift_hold(world)


def begun_early(world: World) -> None:
    """Let two people decide that A goes early, and its disposal begin and fail."""
    proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, "A court orders it.")
    approve_proposal(world.deps, world.administrator.actor, proposal)
    world.fakes.store.fail_next("empty")
    with pytest.raises(StoreUnavailable):
        dispose(world.deps, world.dpo.actor, world.a.inspection)


@pytest.mark.parametrize("way", [held_until_late, begun_early])
def test_the_24_hours_run_from_when_nothing_stood_in_its_way(planned: World, way: Callable[[World], None]) -> None:
    """From the lifting of the last hold; from its beginning, where that was before the date."""
    world = planned
    way(world)
    world.fakes.clock.advance(LATE_AFTER)
    watch_disposals(world.deps)
    assert [] == late_references(world.deps)
    world.fakes.clock.advance(MOMENT)
    watch_disposals(world.deps)
    assert [world.a.reference] == late_references(world.deps)


def test_a_clock_that_stops_disposal_makes_it_late_too_and_one_that_was_wrong_no_more(planned: World) -> None:
    """While the clock's alarm stands the hours count; set right, what was never due is no incident any longer."""
    world = planned
    beat(world.deps)
    world.fakes.clock.set(DUE_AT + 2 * LATE_AFTER)
    beat(world.deps)
    watch_disposals(world.deps)
    assert [world.a.reference] == late_references(world.deps)
    world.fakes.clock.set(DUE_AT - AHEAD + MOMENT)
    confirm_clock(world.deps, world.dpo.actor)
    watch_disposals(world.deps)
    assert ([], []) == (late_references(world.deps), alarms(world))
