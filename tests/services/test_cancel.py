"""An inspection that is called off: closed, told, and kept until a date or two people have it go (R9)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.db.endings import Alarm, Disposal
from portal.db.tables import OutboxMail
from portal.db.team_documents import Memory
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.certificates import UNDATED_RULE
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.services.cancel import cancel
from portal.services.conduct import close, defer
from portal.services.decide import approve
from portal.services.desk import item_page, task_list
from portal.services.dispose import dispose, dispose_due
from portal.services.propose import propose_early_disposal
from portal.services.publish import publish
from portal.services.recall import recall
from portal.services.retention import CANCELLED_WORDS, due_page, standing_of
from portal.services.team_desk import team_list
from portal.services.team_inspection import inspection_page
from portal.services.watch_publication import watch_publication
from tests.services.ends import DUE_AT, PUBLISHED, all_gone, fill, publish_report, still_there
from tests.services.looks import actions, count, inspection_row, rows
from tests.world import PROGRAMME, World, upload

WHY = "It was called off."


def test_cancelling_closes_tells_everybody_once_and_is_said_on_every_page(world: World) -> None:
    """State, times, trail and mails; the agency's, the team's and the stewards' pages say that it is cancelled."""
    sent = upload(world.deps, world.leader.actor, world.a.inspection).document
    for person in (world.leader, world.inspector, world.dpo):
        with pytest.raises(NotAllowed):
            cancel(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        cancel(world.deps, world.lead_inspector_b.actor, world.a.inspection)
    cancel(world.deps, world.qa_officer.actor, world.a.inspection)
    row, now = inspection_row(world.deps, world.a.inspection), world.deps.clock.now()
    assert ("closed", now, now) == (row.state, row.closed_at, row.cancelled_at)
    told = {mail.person_id for mail in rows(world.deps, OutboxMail, OutboxMail.template == "cancelled")}
    sides = (world.leader, world.contributor, world.lead_inspector, world.inspector, world.qa_officer)
    assert {each.id for each in sides} == told
    assert "inspection.cancelled" == actions(world.deps, world.a.inspection)[-1]
    assert task_list(world.deps, world.leader.actor, world.a.inspection)["cancelled"]
    assert item_page(world.deps, world.leader.actor, world.a.inspection, "annual-report")["cancelled"]
    [listed] = team_list(world.deps, world.lead_inspector.actor).rows
    seen = inspection_page(world.deps, world.lead_inspector.actor, world.a.inspection, Memory())
    assert ["Cancelled", "Cancelled"] == [listed["state_words"], seen["state_words"]]
    assert CANCELLED_WORDS == standing_of(world.deps, world.dpo.actor, world.a.inspection).words
    with pytest.raises(Conflict, match="already"):
        cancel(world.deps, OPERATOR, world.a.inspection)
    with pytest.raises(Conflict):
        upload(world.deps, world.leader.actor, world.a.inspection)
    with pytest.raises(Conflict):
        recall(world.deps, world.leader.actor, world.a.inspection, sent)
    assert "announced" == inspection_row(world.deps, world.b.inspection).state


def test_a_deferred_or_closed_inspection_can_be_cancelled_until_its_report_is_published(world: World) -> None:
    """Closed before, it keeps the time at which it was closed."""
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, "The head is ill.")
    cancel(world.deps, world.lead_inspector.actor, world.a.inspection)
    close(world.deps, world.lead_inspector_b.actor, world.b.inspection)
    closed = world.deps.clock.now()
    world.fakes.clock.advance(timedelta(hours=1))
    cancel(world.deps, world.administrator.actor, world.b.inspection)
    row = inspection_row(world.deps, world.b.inspection)
    assert (closed, closed + timedelta(hours=1)) == (row.closed_at, row.cancelled_at)


def test_what_is_published_is_cancelled_no_more(world: World) -> None:
    """Nor what is being disposed of."""
    publish_report(world)
    with pytest.raises(Conflict, match="published"):
        cancel(world.deps, world.lead_inspector.actor, world.a.inspection)
    world.fakes.clock.set(DUE_AT)
    dispose(world.deps, WORKER, world.a.inspection)
    with pytest.raises(Conflict, match="begun"):
        cancel(world.deps, OPERATOR, world.a.inspection)


def test_the_days_on_site_of_a_cancelled_inspection_bind_no_publication_date(world: World) -> None:
    """A date before them can be entered once all that are left were visited by then (R9); and the year runs for it."""
    world.fakes.clock.set(datetime(2023, 10, 18, 12, tzinfo=UTC))
    day = date(2023, 10, 12)
    for inspection in (world.a.inspection, world.b.inspection):
        with pytest.raises(Refused, match="last day on site"):
            publish(world.deps, world.dpo.actor, PROGRAMME, day)
        cancel(world.deps, world.administrator.actor, inspection)
    publish(world.deps, world.dpo.actor, PROGRAMME, day)
    world.fakes.clock.set(datetime(2024, 10, 12, 23, tzinfo=UTC) - timedelta(microseconds=1))
    assert [] == list(dispose_due(world.deps, WORKER))
    world.fakes.clock.set(datetime(2024, 10, 12, 23, tzinfo=UTC))
    assert 2 == len(list(dispose_due(world.deps, WORKER)))


def test_two_people_may_let_a_cancelled_inspection_go_without_a_publication_date(world: World) -> None:
    """It was never due, so its disposal has no such time; its neighbour, which took place, stays (R9)."""
    fill(world)
    world.fakes.clock.advance(timedelta(days=1))
    close(world.deps, world.lead_inspector_b.actor, world.b.inspection)
    cancel(world.deps, world.lead_inspector.actor, world.a.inspection)
    with pytest.raises(Conflict, match="long-stop"):
        propose_early_disposal(world.deps, world.dpo.actor, world.b.inspection, WHY)
    assert standing_of(world.deps, world.dpo.actor, world.a.inspection).may_go_early
    assert not standing_of(world.deps, world.dpo.actor, world.b.inspection).may_go_early
    proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    with pytest.raises(Conflict, match="not due"):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    approve(world.deps, world.administrator.actor, proposal)
    assert [] == list(dispose_due(world.deps, WORKER))
    still_there(world)
    assert standing_of(world.deps, world.dpo.actor, world.a.inspection).disposable
    signed = dispose(world.deps, world.dpo.actor, world.a.inspection)
    all_gone(world)
    [disposal] = rows(world.deps, Disposal)
    assert (None, world.dpo.actor.label) == (disposal.due_at, disposal.actor)
    assert (UNDATED_RULE, str(proposal)) == (signed["body"]["rule"], signed["body"]["approval"]["proposal"])
    assert ["RAA-2023-02"] == [each.reference for each in due_page(world.deps, world.dpo.actor).rows]


def test_a_publication_date_ends_what_two_people_decided_on_a_cancelled_inspection(world: World) -> None:
    """From then on the programme's clock counts: nothing goes within the notice, and then a year is kept."""
    cancel(world.deps, world.lead_inspector.actor, world.a.inspection)
    world.fakes.clock.set(datetime(2024, 3, 26, 9, tzinfo=UTC))
    proposal = propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    approve(world.deps, world.administrator.actor, proposal)
    publish(world.deps, world.dpo.actor, PROGRAMME, PUBLISHED)
    with pytest.raises(Conflict, match="not due"):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    world.fakes.clock.set(DUE_AT)
    assert 2 == len(list(dispose_due(world.deps, WORKER)))


def test_a_deferred_inspection_is_never_disposed_of_until_publication_closes_it(world: World) -> None:
    """However long it is put off: it is not due, two people cannot decide on it, and a date closes it first (§19)."""
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, "The head is ill.")
    world.fakes.clock.set(datetime(2029, 1, 1, tzinfo=UTC))
    assert [] == list(dispose_due(world.deps, WORKER))
    with pytest.raises(Conflict, match="closed"):
        propose_early_disposal(world.deps, world.dpo.actor, world.a.inspection, WHY)
    watch_publication(world.deps)
    assert 2 == count(world.deps, Alarm)
    publish(world.deps, world.dpo.actor, PROGRAMME, date(2024, 3, 26))
    assert "closed" == inspection_row(world.deps, world.a.inspection).state
    assert [] == list(dispose_due(world.deps, WORKER))
    world.fakes.clock.advance(timedelta(days=14))
    assert 2 == len(list(dispose_due(world.deps, WORKER)))
