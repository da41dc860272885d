"""Holds: several on one thing, each with its reason, owner and review date, each lifted by two people on its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from time import sleep
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from portal.db.endings import Alarm, Hold
from portal.db.engine import writing
from portal.db.proposals import Proposal
from portal.db.tables import Assignment, Inspection, OutboxMail, Programme
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.errors import Conflict, KeyUnavailable, NotAllowed, NotFound, PortalError, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.times import london_date
from portal.services.decide import approve, refuse, withdraw
from portal.services.dispose import dispose, dispose_due
from portal.services.hold_list import held_inspection, held_programme, hold_page, holds_page, list_holds
from portal.services.holds import place_hold, place_programme_hold, review_hold
from portal.services.proposal_list import proposal_page, proposals_page
from portal.services.propose import propose_lifting, propose_publication
from portal.services.review_holds import review_holds
from portal.services.tidy import tidy
from tests.services.ends import DUE_AT, PUBLISHED, hold, hold_programme, lift, publish_report, terms, wait_until_due
from tests.services.looks import actions, count, inspection_row, rows, trail_text
from tests.world import PROGRAMME, World

WHY = "It is settled: canary"
SECOND = timedelta(seconds=1)


def held(world: World) -> tuple[bool, bool]:
    """Return the flags by which disposal is fenced: A's, and the programme's."""
    [programme] = rows(world.deps, Programme)
    return inspection_row(world.deps, world.a.inspection).held, programme.held


def one(world: World, hold_id: UUID) -> Hold:
    """Return a hold's row."""
    [row] = rows(world.deps, Hold, Hold.id == hold_id)
    return row


def test_several_holds_stand_and_the_flag_falls_with_the_last(world: World) -> None:
    """On an inspection and on a programme; lifting names one hold by its id, and nothing goes while any stands."""
    wait_until_due(world)
    first, second, whole, other = hold(world), hold(world), hold_programme(world), hold_programme(world)
    assert (True, True) == held(world)
    assert {whole, other} == {each["id"] for each in held_programme(world.deps, world.dpo.actor, PROGRAMME).holds}
    found = held_inspection(world.deps, world.dpo.actor, world.a.inspection)
    assert {first, second} == {each["id"] for each in found.holds}
    lift(world, second)
    lift(world, whole)
    assert (True, True) == held(world)
    assert [] == list(dispose_due(world.deps, WORKER))
    lift(world, first)
    assert (False, True) == held(world)
    assert [] == list(dispose_due(world.deps, WORKER))
    lift(world, other)
    assert (False, False) == held(world)
    assert 2 == len(list(dispose_due(world.deps, WORKER)))
    assert [None] * 2 == [one(world, each).sealed_reason for each in (first, second)]
    assert "The reason was destroyed with the inspection." == hold_page(world.deps, world.dpo.actor, first)["reason"]


def test_reasons_about_a_whole_programme_go_with_the_last_of_it(world: World) -> None:
    """Of what ended, once all in it goes; what was decided afterwards goes with the worker's next round."""

    def kept(table: type[Hold | Proposal]) -> list[bool]:
        return [each.sealed_reason is not None for each in rows(world.deps, table)]

    lift(world, hold_programme(world))
    wait_until_due(world)
    waiting = propose_publication(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 25), WHY)
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    assert (0, [True], [True, True]) == (tidy(world.deps), kept(Hold), kept(Proposal))
    dispose(world.deps, world.dpo.actor, world.b.inspection)
    assert (0, [False], [False, True]) == (tidy(world.deps), kept(Hold), sorted(kept(Proposal)))
    withdraw(world.deps, world.dpo.actor, waiting)
    assert [1, 0] == [tidy(world.deps), tidy(world.deps)]
    assert ([False, False], 3) == (kept(Proposal), actions(world.deps).count("reason.blanked"))


def test_a_proposal_lifts_the_one_hold_that_it_names(world: World) -> None:
    """Its page and the list say which; another waits its turn; lifted or reviewed since, it is not approved."""
    first, second = hold(world), hold_programme(world)
    beside = hold(world)
    proposal = propose_lifting(world.deps, world.dpo.actor, first, WHY)
    view = proposal_page(world.deps, world.administrator.actor, proposal)
    assert first == view["hold"]
    assert "Inspection RAA-2023-01, Adoption A: the hold placed on 9 October 2023 at 9:30am" == view["about"]
    assert [view["about"]] == [each["about"] for each in proposals_page(world.deps, world.administrator.actor).rows]
    with pytest.raises(Conflict, match="Another hold on it is proposed"):
        propose_lifting(world.deps, world.dpo.actor, beside, WHY)
    with pytest.raises(Conflict, match="proposed already"):
        propose_lifting(world.deps, world.dpo.actor, first, WHY)
    review_hold(world.deps, world.dpo.actor, first, terms(world, 30))
    with pytest.raises(Conflict, match="Things have changed"):
        approve(world.deps, world.administrator.actor, proposal)
    assert (None, (True, True)) == (one(world, first).lifted_at, held(world))
    refuse(world.deps, world.administrator.actor, proposal)
    lift(world, first)
    lift(world, second)
    assert (None, (True, False)) == (one(world, beside).lifted_at, held(world))
    for act in (
        lambda: propose_lifting(world.deps, world.dpo.actor, first, WHY),
        lambda: review_hold(world.deps, world.dpo.actor, first, terms(world)),
    ):
        with pytest.raises(Conflict, match="lifted already"):
            act()
    trail = trail_text(world.deps)
    assert (True, 3, 2) == (str(first) in trail, trail.count("hold.placed"), trail.count("hold.lifted"))
    assert "canary" not in trail


def test_a_hold_from_before_is_reviewed_and_lifted(world: World) -> None:
    """It had no reason, owner or review date: it is to be reviewed now, and either is done with it."""
    now = world.deps.clock.now()
    ids = [uuid4(), uuid4()]
    with writing(world.deps.engine) as session:
        [programme] = rows(world.deps, Programme)
        session.add(Hold(id=ids[0], inspection_id=world.a.inspection, placed_by="operator", placed_at=now))
        session.add(Hold(id=ids[1], programme_id=programme.id, placed_by="operator", placed_at=now))
        session.execute(update(Inspection).where(Inspection.id == world.a.inspection).values(held=True))
        session.execute(update(Programme).values(held=True))
    for view in holds_page(world.deps, world.administrator.actor).rows:
        assert ("Nobody yet", "To be reviewed now") == (view["owner_words"], view["now_words"])
        assert "No reason was kept when it was placed. Give one by reviewing it." == view["reason"]
    assert 2 == review_holds(world.deps)
    for each in ids:
        review_hold(world.deps, world.dpo.actor, each, terms(world))
        assert "A complaint: canary" == hold_page(world.deps, world.administrator.actor, each)["reason"]
        lift(world, each)
    assert (False, False) == held(world)
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))


def test_a_passed_review_date_alerts_once_and_lifts_nothing(world: World) -> None:
    """From the day after it in London; the alarm goes with the review or the lifting; no reason is told anywhere."""
    placed, whole = hold(world), hold_programme(world)
    world.fakes.clock.advance(timedelta(days=90))
    assert 0 == review_holds(world.deps)
    assert {"To be reviewed now: today is its date"} == {
        each["now_words"] for each in holds_page(world.deps, world.dpo.actor).rows
    }
    world.fakes.clock.advance(timedelta(days=1))
    assert (2, 0) == (review_holds(world.deps), review_holds(world.deps))
    standing = rows(world.deps, Alarm, Alarm.cleared_at.is_(None))
    assert {("hold-review", str(each)) for each in (placed, whole)} == {(each.kind, each.subject) for each in standing}
    assert any("RAA-2023-01, Sunday 7 January 2024, has passed" in each.words for each in standing)
    assert 4 == count(world.deps, OutboxMail, OutboxMail.template == "alarm")
    assert (True, True) == held(world)
    review_hold(world.deps, world.dpo.actor, placed, terms(world, 10, "Still: canary", world.administrator.id))
    assert {str(whole)} == {each.subject for each in rows(world.deps, Alarm, Alarm.cleared_at.is_(None))}
    lift(world, whole)
    assert 0 == count(world.deps, Alarm, Alarm.cleared_at.is_(None))
    view = hold_page(world.deps, world.administrator.actor, placed)
    assert ("Still: canary", "Ada Administrator", london_date(world.deps.clock.now()) + timedelta(days=10)) == (
        view["reason"], view["owner_words"], view["review_on"],
    )  # fmt: skip
    assert ["A complaint: canary"] == [each["words"] for each in view["earlier"]]
    world.fakes.clock.advance(timedelta(days=11))
    assert (1, True) == (review_holds(world.deps), held(world)[0])
    assert "canary" not in trail_text(world.deps) + repr(standing) + repr(list_holds(world.deps, OPERATOR).rows)
    for row in rows(world.deps, Hold):
        assert b"canary" not in (row.sealed_reason or b"canary")


def test_what_a_hold_lacks_is_refused(world: World) -> None:
    """Without a reason, a steward who answers for it, or a review date ahead nothing is held."""
    dpo, a = world.dpo.actor, world.a.inspection
    cases: list[tuple[str, Callable[[], object]]] = [
        ("reason", lambda: place_hold(world.deps, dpo, a, terms(world, reason=" "))),
        ("review_day", lambda: place_programme_hold(world.deps, dpo, PROGRAMME, terms(world, 0))),
        ("review_day", lambda: place_hold(world.deps, dpo, a, terms(world, 367))),
        ("owner", lambda: place_hold(world.deps, dpo, a, terms(world, owner=world.leader.id))),
        ("owner", lambda: place_hold(world.deps, dpo, a, terms(world, owner=uuid4()))),
    ]
    for field, act in cases:
        with pytest.raises(Refused) as refused:
            act()
        assert field == refused.value.field
    with writing(world.deps.engine) as session:
        session.execute(update(Assignment).where(Assignment.person_id == world.administrator.id).values(
            ended_at=world.deps.clock.now()))  # fmt: skip
    with pytest.raises(Refused, match="Choose a steward"):
        place_hold(world.deps, dpo, a, terms(world, owner=world.administrator.id))
    assert (0, (False, False)) == (count(world.deps, Hold), held(world))
    placed = hold(world)
    for person in (world.leader, world.inspector, world.lead_inspector, world.leader_b):
        for see in (holds_page, list_holds):
            with pytest.raises(NotFound):
                see(world.deps, person.actor)
        for act in (
            lambda who=person: hold_page(world.deps, who.actor, placed),
            lambda who=person: review_hold(world.deps, who.actor, placed, terms(world)),
            lambda who=person: propose_lifting(world.deps, who.actor, placed, WHY),
            lambda who=person: place_programme_hold(world.deps, who.actor, PROGRAMME, terms(world)),
        ):
            with pytest.raises(NotFound):
                act()
        with pytest.raises((NotFound, NotAllowed)):
            held_inspection(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        hold_page(world.deps, world.dpo.actor, uuid4())


def test_a_hold_placed_a_second_before_the_run_is_honoured(world: World) -> None:
    """On one inspection nothing of it goes at the due instant, its neighbour does; on the programme nothing goes."""
    publish_report(world)
    world.fakes.clock.set(DUE_AT - SECOND)
    placed = hold(world)
    world.fakes.clock.set(DUE_AT)
    assert ["RAA-2023-02"] == [each["body"]["reference"] for each in dispose_due(world.deps, WORKER)]
    with pytest.raises(Conflict, match="held"):
        dispose(world.deps, WORKER, world.a.inspection)
    found = place_programme_hold(world.deps, world.dpo.actor, PROGRAMME, terms(world))
    assert ("RAA-2023-02",) == found.past
    assert ["RAA-2023-02"] == hold_page(world.deps, world.dpo.actor, found.hold)["past"]
    lift(world, placed)
    assert [] == list(dispose_due(world.deps, WORKER))
    lift(world, found.hold)
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    with pytest.raises(Conflict, match="every inspection"):
        hold_programme(world)
    assert (PUBLISHED, (False, False)) == (rows(world.deps, Programme)[0].published_on, held(world))


def test_neither_a_key_that_is_away_nor_an_altered_reason_stops_a_hold(world: World) -> None:
    """It is placed without its reason and to be reviewed now; what cannot be read hides no other hold, nor lifts it."""
    wait_until_due(world)
    first = hold(world)
    world.fakes.custodian.unavailable = True
    second = hold(world)
    with pytest.raises(Conflict, match="held"):
        dispose(world.deps, WORKER, world.a.inspection)
    read = {each["id"]: each for each in holds_page(world.deps, world.dpo.actor).rows}
    assert "The reason cannot be read now. Try again later." == read[first]["reason"]
    assert (None, "To be reviewed now") == (one(world, second).sealed_reason, read[second]["now_words"])
    with pytest.raises(KeyUnavailable):
        review_hold(world.deps, world.dpo.actor, second, terms(world))
    world.fakes.custodian.unavailable = False
    with writing(world.deps.engine) as session:
        session.execute(update(Hold).where(Hold.id == first).values(sealed_reason=b"altered"))
    review_hold(world.deps, world.dpo.actor, second, terms(world))
    read = {each["id"]: each for each in holds_page(world.deps, world.dpo.actor).rows}
    assert "The reason is not what was sealed. Tell the administrator." == read[first]["reason"]
    assert "A complaint: canary" == read[second]["reason"]
    lift(world, first)
    assert (True, False) == held(world)


@pytest.mark.parametrize("whole", [False, True])
def test_a_hold_that_waits_for_a_disposal_to_begin_is_refused(world: World, whole: bool) -> None:
    """The disposal has the inspection's lock: whoever holds waits for it, and is told that it is too late."""
    wait_until_due(world)
    dispose(world.deps, WORKER, world.b.inspection)
    with ThreadPoolExecutor(1) as pool:
        with writing(world.deps.engine) as session:
            chosen = select(Inspection).where(Inspection.id == world.a.inspection)
            inspection = session.scalars(chosen.with_for_update(of=Inspection)).one()
            inspection.state = InspectionState.disposing
            session.flush()
            placing = pool.submit(hold_programme if whole else hold, world)
            sleep(0.3)  # for it to come to the lock; if it does not, this shows less and fails nothing
        with pytest.raises(Conflict, match="begun"):
            placing.result()
    assert (0, (False, False)) == (count(world.deps, Hold), held(world))


@pytest.mark.parametrize("whole", [False, True])
def test_a_hold_and_a_disposal_at_once_never_both(world: World, whole: bool) -> None:
    """Whoever comes first wins: the hold, and nothing is disposed of; or the disposal, and the hold is refused."""
    wait_until_due(world)

    def placed() -> object:
        return hold_programme(world) if whole else hold(world)

    def disposed() -> object:
        return dispose(world.deps, WORKER, world.a.inspection)

    def attempt(act: Callable[[], object]) -> type[PortalError] | None:
        try:
            act()
        except PortalError as error:
            return type(error)
        return None

    dispose(world.deps, WORKER, world.b.inspection)
    with ThreadPoolExecutor(2) as threads:
        assert {None, Conflict} == set(threads.map(attempt, (placed, disposed)))
    state = inspection_row(world.deps, world.a.inspection).state
    assert ("closed" == state) is any(held(world))
    assert ("closed" == state) is (count(world.deps, Hold) == 1)
    assert ("closed" == state) is ("disposal.began" not in actions(world.deps, world.a.inspection))


def test_one_hold_lifted_while_another_is_placed_leaves_it_held(world: World) -> None:
    """Each looks at what stands with the thing locked, so that no flag falls behind another's back."""
    first, second = hold(world), hold_programme(world)
    made = [propose_lifting(world.deps, world.dpo.actor, each, WHY) for each in (first, second)]
    acts: list[Callable[[], object]] = [partial(approve, world.deps, world.administrator.actor, each) for each in made]
    with ThreadPoolExecutor(3) as threads:
        assert 3 == len(list(threads.map(lambda act: act(), [*acts, partial(hold, world)])))
    assert (True, False) == held(world)
    assert 1 == count(world.deps, Hold, Hold.lifted_at.is_(None))
