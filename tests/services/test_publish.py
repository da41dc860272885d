"""Publication, hold and closing: what starts the retention clock, and what stops it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from portal.db.proposals import Proposal
from portal.db.tables import OutboxMail, Programme
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.domain.proposals import TakesTwo
from portal.services.conduct import close
from portal.services.decide import approve
from portal.services.dispose import dispose, dispose_due, list_due
from portal.services.holds import place_hold, place_programme_hold
from portal.services.proposal_list import proposal_page
from portal.services.propose import propose_publication
from portal.services.publish import publish
from tests.services.ends import hold, hold_programme, lift, terms, wait_until_due
from tests.services.looks import actions, count, inspection_row, rows
from tests.world import PROGRAMME, World

TODAY = date(2024, 3, 26)


@pytest.fixture(autouse=True)
def _later(world: World) -> None:
    """The report comes out months after the inspection."""
    world.fakes.clock.set(datetime(2024, 3, 26, 12, tzinfo=UTC))


def test_publishing_closes_what_still_collects_and_says_when_disposal_is_due(world: World) -> None:
    """A year from the day after, in London; stewards are mailed, and the trail has the date."""
    close(world.deps, world.lead_inspector_b.actor, world.b.inspection)
    verdict = publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    assert ("retained", datetime(2025, 3, 27, tzinfo=UTC)) == (verdict.state, verdict.due_at)
    assert ["closed", "closed"] == [inspection_row(world.deps, each.inspection).state for each in (world.a, world.b)]
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "publication")
    assert "publication.entered" == actions(world.deps)[-1]
    assert [1, 1] == [actions(world.deps, each.inspection).count("inspection.closed") for each in (world.a, world.b)]


def test_the_same_date_again_changes_nothing(world: World) -> None:
    """The notice does not begin anew, and nobody is mailed twice."""
    first = publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    world.fakes.clock.advance(timedelta(days=3))
    assert first == publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    assert 2 == count(world.deps, OutboxMail, OutboxMail.template == "publication")


def test_a_later_date_begins_the_notice_anew(world: World) -> None:
    """After any change nothing is disposed of for fourteen days (R9)."""
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2023, 12, 1))
    world.fakes.clock.set(datetime(2024, 12, 1, 12, tzinfo=UTC))
    verdict = publish(world.deps, world.dpo.actor, PROGRAMME, date(2023, 12, 2))
    assert datetime(2024, 12, 15, 12, tzinfo=UTC) == verdict.earliest_at


@pytest.mark.parametrize(
    ("day", "error"),
    [(TODAY + timedelta(days=1), Refused), (date(2023, 10, 18), Refused), (None, Refused)],
)
def test_a_date_that_cannot_be_is_refused(world: World, day: date | None, error: type[Exception]) -> None:
    """Not in the future, not before the last day on site, and not none."""
    with pytest.raises(error):
        publish(world.deps, world.dpo.actor, PROGRAMME, day)
    assert "announced" == inspection_row(world.deps, world.a.inspection).state


def test_an_earlier_date_or_none_takes_two_people(world: World) -> None:
    """One person alone cannot bring disposal nearer, or undo the date."""
    publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    for day in (TODAY - timedelta(days=1), None):
        with pytest.raises(NotAllowed, match="two people"):
            publish(world.deps, world.dpo.actor, PROGRAMME, day)


def test_once_disposal_has_begun_date_and_hold_stand(world: World) -> None:
    """Nothing is un-disposed."""
    publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    world.fakes.clock.advance(timedelta(days=400))
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    with pytest.raises(Conflict, match="begun"):
        publish(world.deps, world.dpo.actor, PROGRAMME, TODAY + timedelta(days=1))
    with pytest.raises(Conflict, match="begun"):
        hold(world)


def test_only_the_data_protection_officer_publishes_and_holds(world: World) -> None:
    """For others there is no such act, or they are told whose it is."""
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotFound):
            publish(world.deps, person.actor, PROGRAMME, TODAY)
        with pytest.raises(NotAllowed, match="data protection officer"):
            place_hold(world.deps, person.actor, world.a.inspection, terms(world))
    with pytest.raises(NotFound):
        publish(world.deps, world.dpo.actor, "RAA-1999", TODAY)


def test_a_hold_is_placed_and_lifted_in_the_trail(world: World) -> None:
    """On one inspection, not on its neighbour."""
    placed = hold(world)
    assert [True, False] == [inspection_row(world.deps, each.inspection).held for each in (world.a, world.b)]
    lift(world, placed)
    lifted = ["hold.placed", "proposal.made", "hold.lifted", "proposal.approved"]
    assert lifted == actions(world.deps, world.a.inspection)[-4:]


def test_an_inspection_is_closed_once_by_those_who_may(world: World) -> None:
    """The lead inspector, the quality assurance officer or an administrator; never the agency."""
    for person in (world.leader, world.inspector, world.dpo):
        with pytest.raises(NotAllowed):
            close(world.deps, person.actor, world.a.inspection)
    close(world.deps, world.qa_officer.actor, world.a.inspection)
    row = inspection_row(world.deps, world.a.inspection)
    assert ("closed", world.deps.clock.now()) == (row.state, row.closed_at)
    with pytest.raises(Conflict, match="still takes documents"):
        close(world.deps, world.administrator.actor, world.a.inspection)


def test_a_hold_on_the_programme_keeps_all_of_it(world: World) -> None:
    """Nothing in it is due while it stands; everything is when it is lifted."""
    wait_until_due(world)
    placed = hold_programme(world)
    assert ["held", "held"] == [each.verdict.state for each in list_due(world.deps, world.dpo.actor)]
    assert [] == list(dispose_due(world.deps, WORKER))
    lift(world, placed)
    assert 2 == len(list(dispose_due(world.deps, WORKER)))
    with pytest.raises(NotFound):
        place_programme_hold(world.deps, world.administrator.actor, PROGRAMME, terms(world))


def test_a_date_that_does_not_fit_is_not_even_proposed(world: World) -> None:
    """Before the last day on site, in the future, later (one may enter that), or without a reason."""
    publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    world.fakes.clock.advance(timedelta(days=2))
    for day, error in [
        (date(2023, 10, 1), Refused),
        (date(2099, 1, 1), Refused),
        (TODAY + timedelta(days=1), Conflict),
        (TODAY, Conflict),
    ]:
        with pytest.raises(error):
            propose_publication(world.deps, world.dpo.actor, PROGRAMME, day, "It was out before.")
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(Refused):
            propose_publication(world.deps, world.dpo.actor, PROGRAMME, TODAY - timedelta(days=7), reason)
    assert 0 == count(world.deps, Proposal)


def propose(world: World, day: date | None) -> UUID:
    """Let the data protection officer propose another publication date, or none."""
    return propose_publication(world.deps, world.dpo.actor, PROGRAMME, day, "It was out before.")


def test_a_date_that_two_retracted_is_not_undercut_by_one(world: World) -> None:
    """The latest that ever stood is kept (R9): one enters it or a later one; an earlier one takes two people again."""
    second, day = world.administrator.actor, timedelta(days=1)
    publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    world.fakes.clock.advance(timedelta(days=7))
    approve(world.deps, second, propose(world, None))
    for undercut in (TODAY - day, TODAY - 7 * day):
        with pytest.raises(TakesTwo, match="Tuesday 26 March 2024 was removed before"):
            publish(world.deps, world.dpo.actor, PROGRAMME, undercut)
    for alone in (TODAY, TODAY + day):
        with pytest.raises(Conflict, match="One person may enter"):
            propose(world, alone)
    publish(world.deps, world.dpo.actor, PROGRAMME, TODAY + day)
    approve(world.deps, second, propose(world, None))
    publish(world.deps, world.dpo.actor, PROGRAMME, TODAY + 2 * day)
    approve(world.deps, second, propose(world, TODAY - day))
    approve(world.deps, second, propose(world, None))
    [row] = rows(world.deps, Programme)
    assert (None, TODAY + day) == (row.published_on, row.retracted_on)
    with pytest.raises(TakesTwo):
        publish(world.deps, world.dpo.actor, PROGRAMME, TODAY)
    proposal = propose(world, TODAY)
    assert "From no date to Tuesday 26 March 2024" == proposal_page(world.deps, OPERATOR, proposal)["change"]
    approve(world.deps, second, proposal)
    assert TODAY == rows(world.deps, Programme)[0].published_on
