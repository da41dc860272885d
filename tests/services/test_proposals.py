"""What takes two people: proposed by one, approved by another, once, on the state that it was proposed on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from portal.db.chain import entries
from portal.db.endings import Hold
from portal.db.engine import reading, writing
from portal.db.proposals import Proposal
from portal.db.tables import Assignment, OutboxMail, Programme
from portal.domain.actors import OPERATOR, WORKER, operator_for
from portal.domain.errors import Conflict, NotAllowed, NotFound, PortalError
from portal.domain.proposals import Kind, TakesTwo
from portal.domain.roles import Role
from portal.services.decide import approve, lapse_proposals, refuse, withdraw
from portal.services.holds import place_hold, refuse_lifting
from portal.services.proposal_list import list_proposals, proposal_page, proposals_page, waiting_count
from portal.services.propose import (
    propose_early_disposal,
    propose_lifting,
    propose_publication,
)
from portal.services.publish import publish
from portal.services.retention import standing_of
from tests.services.ends import PUBLISHED, hold, publish_report, terms
from tests.services.looks import actions, count, inspection_row, rows, trail_text
from tests.world import PROGRAMME, Someone, World, add_person, give_role

WHY = "The report was out a week before: canary"
EARLIER = PUBLISHED - timedelta(days=7)
NOTICE = timedelta(days=14)


@pytest.fixture
def published(world: World) -> World:
    """A world whose report was published and whose notice has run."""
    publish_report(world)
    world.fakes.clock.advance(NOTICE)
    return world


def earlier(world: World, day: date | None = EARLIER) -> UUID:
    """Let the data protection officer propose another publication date."""
    return propose_publication(world.deps, world.dpo.actor, PROGRAMME, day, WHY)


def published_on(world: World) -> date | None:
    """Return the publication date as it stands."""
    [row] = rows(world.deps, Programme)
    return row.published_on


def second(world: World) -> Someone:
    """Return another data protection officer."""
    person = add_person(world.deps, f"{uuid4().hex}@example.org", "Dave Protection")
    give_role(world.deps, person.id, Role.data_protection_officer)
    return person


def about(world: World, proposal: UUID) -> list[tuple[str, str, dict[str, object]]]:
    """Return what the trail says of a proposal: act, who, details."""
    with reading(world.deps.engine) as session:
        found = [each for each in entries(session) if each.subject == str(proposal)]
    return [(each.action, each.actor, dict(each.details)) for each in found]


@pytest.mark.parametrize("day", [EARLIER, None])
def test_an_earlier_date_or_none_takes_a_second_person(published: World, day: date | None) -> None:
    """One alone is told to propose it (R9); approved by another it is done, and nothing goes for 14 days after that."""
    world = published
    with pytest.raises(TakesTwo) as two:
        publish(world.deps, world.dpo.actor, PROGRAMME, day)
    kind = Kind.earlier_publication if day else Kind.retracted_publication
    assert kind == two.value.kind
    proposal = earlier(world, day)
    assert PUBLISHED == published_on(world)
    assert kind == approve(world.deps, world.administrator.actor, proposal)
    assert day == published_on(world)
    verdict = standing_of(world.deps, world.dpo.actor, world.a.inspection).verdict
    assert ("retained" if day else "unpublished") == verdict.state
    mails = [row.template for row in rows(world.deps, OutboxMail)]
    assert (1, 1) == (mails.count("proposal-waiting"), mails.count("proposal-decided"))
    [entered] = rows(world.deps, Programme)
    assert world.deps.clock.now() == entered.publication_entered_at


def test_both_people_are_in_the_trail(published: World) -> None:
    """ASVS V2.3.5: who proposed and who approved, by their ids; and the act names the proposal."""
    world = published
    proposal = earlier(world)
    approve(world.deps, world.administrator.actor, proposal)
    made, approved = about(world, proposal)
    kind, dpo, admin = {"kind": "earlier_publication"}, world.dpo.actor.label, world.administrator.actor.label
    assert ("proposal.made", dpo, kind) == made
    assert ("proposal.approved", admin, kind | {"proposed_by": dpo}) == approved
    assert f"'proposal': '{proposal}'" in trail_text(world.deps)
    assert "canary" not in trail_text(world.deps)


def test_nobody_decides_on_their_own_proposal(published: World) -> None:
    """ASVS V2.3.5: neither approves nor refuses, the try is in the trail, and the table itself would not take it."""
    world = published
    proposal = earlier(world)
    for decide in (approve, refuse):
        with pytest.raises(NotAllowed, match="Another person has to decide"):
            decide(world.deps, world.dpo.actor, proposal)
    assert ["proposal.made", "proposal.denied", "proposal.denied"] == [act for act, *_ in about(world, proposal)]
    assert PUBLISHED == published_on(world)
    now = world.deps.clock.now()
    own = {"id": uuid4(), "kind": "lift_hold", "inspection_id": world.a.inspection, "details": "{}"}
    own |= {"proposed_by": world.dpo.id, "proposed_at": now, "expires_at": now}
    with pytest.raises(IntegrityError), writing(world.deps.engine) as session:
        session.execute(insert(Proposal).values(**own, outcome="approved", decided_by=world.dpo.id, decided_at=now))


def test_what_has_changed_since_is_not_approved(published: World) -> None:
    """The date that was to be made earlier is another by now: told so, nothing done; refused, it can be made anew."""
    world = published
    proposal = earlier(world)
    publish(world.deps, world.dpo.actor, PROGRAMME, PUBLISHED + timedelta(days=1))
    with pytest.raises(Conflict, match="Things have changed"):
        approve(world.deps, world.administrator.actor, proposal)
    assert PUBLISHED + timedelta(days=1) == published_on(world)
    refuse(world.deps, world.administrator.actor, proposal)
    approve(world.deps, world.administrator.actor, earlier(world))
    assert EARLIER == published_on(world)


def test_a_proposal_lapses(published: World) -> None:
    """After a week nobody can approve it; the worker marks it, once, and tells who made it; it can be made anew."""
    world = published
    proposal = earlier(world)
    world.fakes.clock.advance(timedelta(days=7) - timedelta(milliseconds=1))
    assert 0 == lapse_proposals(world.deps)
    world.fakes.clock.advance(timedelta(milliseconds=1))
    for decide in (approve, refuse):
        with pytest.raises(Conflict, match="nobody decided in time"):
            decide(world.deps, world.administrator.actor, proposal)
    assert (1, 0) == (lapse_proposals(world.deps), lapse_proposals(world.deps))
    assert ("proposal.lapsed", WORKER.label, {}) == about(world, proposal)[-1]
    assert 1 == count(world.deps, OutboxMail, OutboxMail.template == "proposal-decided")
    again = earlier(world)
    world.fakes.clock.advance(timedelta(days=7))
    assert again != earlier(world)
    assert ["lapsed", "lapsed", None] == [
        row.outcome for row in sorted(rows(world.deps, Proposal), key=lambda row: row.proposed_at)
    ]


def test_one_waits_at_a_time_and_is_withdrawn_by_who_made_it(published: World) -> None:
    """A second of the same kind about the same thing is refused; another steward cannot withdraw it."""
    world, other = published, second(published)
    proposal = earlier(world)
    with pytest.raises(Conflict, match="proposed already"):
        propose_publication(world.deps, other.actor, PROGRAMME, EARLIER, WHY)
    with pytest.raises(NotAllowed, match="Only whoever proposed"):
        withdraw(world.deps, other.actor, proposal)
    withdraw(world.deps, world.dpo.actor, proposal)
    for late in (withdraw, approve):
        with pytest.raises(Conflict, match="Withdrawn"):
            late(world.deps, (world.dpo if late is withdraw else other).actor, proposal)
    refuse(world.deps, world.administrator.actor, earlier(world))
    assert PUBLISHED == published_on(world)
    assert ["proposal.made", "proposal.withdrawn"] == [act for act, *_ in about(world, proposal)]


def test_the_command_line_is_never_one_of_the_two(published: World) -> None:
    """Whoever has it could be both: it proposes nothing and approves nothing, in whoever's name."""
    world = published
    placed = place_hold(world.deps, OPERATOR, world.a.inspection, terms(world))
    proposal = earlier(world)
    for actor in (OPERATOR, operator_for(world.administrator.id), WORKER):
        for decide in (approve, refuse, withdraw):
            with pytest.raises((NotAllowed, NotFound)):
                decide(world.deps, actor, proposal)
    for actor in (OPERATOR, operator_for(world.dpo.id)):
        with pytest.raises(NotAllowed, match="two people who are signed in"):
            propose_lifting(world.deps, actor, placed, WHY)
    with pytest.raises(TakesTwo, match="takes two people"):
        refuse_lifting()
    assert inspection_row(world.deps, world.a.inspection).held


def test_who_may_propose_and_decide(published: World) -> None:
    """The officer proposes, stewards decide; for the others there is no such thing, or they are told whose it is."""
    world = published
    placed = hold(world)
    proposal = earlier(world)
    for person in (world.leader, world.inspector, world.lead_inspector, world.leader_b):
        for decide in (approve, refuse, withdraw, proposal_page):
            with pytest.raises(NotFound):
                decide(world.deps, person.actor, proposal)
        with pytest.raises(NotFound):
            proposals_page(world.deps, person.actor)
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotAllowed):
            propose_early_disposal(world.deps, person.actor, world.a.inspection, WHY)
        with pytest.raises(NotFound):
            propose_lifting(world.deps, person.actor, placed, WHY)
        with pytest.raises(NotFound):
            propose_publication(world.deps, person.actor, PROGRAMME, EARLIER, WHY)
    for decide in (approve, refuse, withdraw, proposal_page):
        with pytest.raises(NotFound):
            decide(world.deps, world.administrator.actor, uuid4())


def test_nobody_to_decide(published: World) -> None:
    """Where there is no second steward, it is said at once."""
    world = published
    with writing(world.deps.engine) as session:
        ended = update(Assignment).where(Assignment.person_id == world.administrator.id)
        session.execute(ended.values(ended_at=world.deps.clock.now()))
    with pytest.raises(Conflict, match="Nobody else could decide"):
        earlier(world)


def test_the_reason_is_sealed_and_shown_to_who_decides(published: World) -> None:
    """Not in the database in clear; about an inspection under its key, and gone with it."""
    world = published
    placed = hold(world)
    one, other = earlier(world), propose_lifting(world.deps, world.dpo.actor, placed, WHY)
    for row in rows(world.deps, Proposal):
        assert row.sealed_reason is not None
        assert b"canary" not in row.sealed_reason
        assert "canary" not in row.details
    assert [WHY, WHY] == [proposal_page(world.deps, world.administrator.actor, each)["reason"] for each in (one, other)]
    assert 2 == waiting_count(world.deps, world.administrator.actor)
    assert 0 == waiting_count(world.deps, world.dpo.actor)
    assert "canary" not in repr(proposals_page(world.deps, world.administrator.actor))
    assert {"earlier_publication", "lift_hold"} == {each["kind"] for each in list_proposals(world.deps, OPERATOR).rows}


def at_once(world: World, *acts: Callable[[], object]) -> list[type[PortalError] | None]:
    """Do several things at the same instant; return what each was refused with."""

    def attempt(act: Callable[[], object]) -> type[PortalError] | None:
        try:
            act()
        except PortalError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(attempt, acts))


def test_two_who_approve_at_once_do_it_once(published: World) -> None:
    """One act, one mail to the proposer; who comes second is told that it was approved."""
    world = published
    placed = hold(world)
    proposal = propose_lifting(world.deps, world.dpo.actor, placed, WHY)
    people = [world.administrator, second(world), second(world), second(world)]
    found = at_once(world, *(partial(approve, world.deps, each.actor, proposal) for each in people))
    assert [None, Conflict, Conflict, Conflict] == sorted(found, key=lambda each: each is not None)
    assert 1 == actions(world.deps, world.a.inspection).count("hold.lifted")
    assert 1 == count(world.deps, OutboxMail, OutboxMail.template == "proposal-decided")


def test_who_withdraws_while_another_approves(published: World) -> None:
    """One of the two happens, and the row, the hold and the trail agree on which."""
    world, other = published, second(published)
    for _ in range(4):
        placed = hold(world)
        proposal = propose_lifting(world.deps, world.dpo.actor, placed, WHY)
        found = at_once(
            world,
            partial(withdraw, world.deps, world.dpo.actor, proposal),
            partial(approve, world.deps, world.administrator.actor, proposal),
            partial(refuse, world.deps, other.actor, proposal),
        )
        assert 1 == found.count(None)
        [row] = rows(world.deps, Proposal, Proposal.id == proposal)
        assert ["withdrawn", "approved", "refused"][found.index(None)] == row.outcome
        [one] = rows(world.deps, Hold, Hold.id == placed)
        assert ("approved" != row.outcome) is (one.lifted_at is None)
        assert f"proposal.{row.outcome}" == about(world, proposal)[-1][0]


def test_two_who_propose_at_once_make_one(published: World) -> None:
    """The second is told that it waits already."""
    world, other = published, second(published)
    found = at_once(
        world,
        lambda: earlier(world),
        lambda: propose_publication(world.deps, other.actor, PROGRAMME, EARLIER, WHY),
    )
    assert [None, Conflict] == sorted(found, key=lambda each: each is not None)
    assert 1 == count(world.deps, Proposal)
