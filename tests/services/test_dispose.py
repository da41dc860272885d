"""Disposal: not a moment too early, everything at the time, certified only once it was seen to be gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import select, update

from portal.db.engine import writing
from portal.db.tables import Base, Document, Inspection, Programme
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.errors import (
    ClockSuspect,
    Conflict,
    KeyRemoved,
    NotAllowed,
    NotFound,
)
from portal.domain.roles import Role
from portal.services.dispose import dispose, dispose_due, list_due, read_certificate
from portal.services.hand_over import download_document, make_bundle
from portal.services.heartbeat import beat, confirm_clock
from portal.services.publish import publish
from portal.vault.records import signed_well
from tests.services.ends import (
    DUE_AT,
    MOMENT,
    PUBLISHED,
    STEPS,
    THEIRS,
    all_gone,
    fill,
    hold,
    lift,
    publish_report,
    still_there,
    wait_until_due,
)
from tests.services.looks import actions, content, inspection_row, rows, trail_text
from tests.world import PROGRAMME, World, give_role, upload


def test_one_millisecond_before_it_is_due_nothing_happens(world: World) -> None:
    """And at the instant it is due, the job takes it up."""
    fill(world)
    publish_report(world)
    world.fakes.clock.set(DUE_AT - MOMENT)
    assert [] == list(dispose_due(world.deps, WORKER))
    with pytest.raises(Conflict, match="not due"):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    still_there(world)
    assert [False, False] == [due.now for due in list_due(world.deps, world.dpo.actor)]
    world.fakes.clock.set(DUE_AT)
    assert [True, True] == [due.now for due in list_due(world.deps, world.dpo.actor)]
    assert 2 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)
    assert [] == list_due(world.deps, world.dpo.actor)
    assert [] == list(dispose_due(world.deps, WORKER))


def test_a_disposed_inspection_is_gone_and_its_neighbour_opens_byte_for_byte(world: World) -> None:
    """Of the one nothing is left to open, of the other nothing is missing; who had nothing else here is gone too."""
    neighbour = fill(world)
    give_role(world.deps, world.inspector.id, Role.inspector, world.b.inspection)
    hold(world, world.b.inspection)
    wait_until_due(world)
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)
    document = rows(world.deps, Document, Document.inspection_id == world.a.inspection)[0].id
    with pytest.raises(NotFound):
        download_document(world.deps, world.leader.actor, world.a.inspection, document)
    with pytest.raises(KeyRemoved):
        make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    assert THEIRS == content(world.deps, world.lead_inspector_b.actor, world.b.inspection, neighbour)


def test_nothing_that_was_sealed_or_digested_is_left_in_any_column(world: World) -> None:
    """The whole database is searched for what the rows of A held before."""
    fill(world)
    documents = rows(world.deps, Document, Document.inspection_id == world.a.inspection)
    kept = {value for row in documents for value in (row.sealed_details, row.name_digest, row.sha256) if value}
    kept.add(inspection_row(world.deps, world.a.inspection).wrapped_key or b"")
    upload_ids = {row.upload_id for row in documents}
    hold(world, world.b.inspection)
    wait_until_due(world)
    dispose(world.deps, WORKER, world.a.inspection)
    with world.deps.engine.connect() as connection:
        left = [
            value
            for table in Base.metadata.sorted_tables
            for row in connection.execute(table.select())
            for value in row
        ]
    assert set() == kept & {value for value in left if isinstance(value, bytes)}
    assert set() == upload_ids & {value for value in left if isinstance(value, str)}
    assert "Canary" not in repr(left)


def test_the_certificate_verifies_and_holds_no_name(world: World) -> None:
    """It says what was done, by which rule, and when; not of whom or what the documents were."""
    fill(world)
    wait_until_due(world)
    signed = dispose(world.deps, world.dpo.actor, world.a.inspection)
    [public] = world.deps.signer.public_keys().values()
    assert signed_well(public, signed)
    body = signed["body"]
    assert ("disposal-certificate", world.a.reference, PROGRAMME, "2024-03-26") == (
        body["kind"], body["reference"], body["programme"], body["published_on"],
    )  # fmt: skip
    assert ("2025-03-27T00:00:00.000Z", 17, 21) == (body["due_at"], body["documents"], body["objects_deleted"])
    assert "2025-04-26" == body["remains_elsewhere"][0]["until"]
    for word in ("Smith", "Canary", "Adoption A", *(each.name for each in world.everyone), "example.org"):
        assert word not in str(signed)
    assert signed == read_certificate(world.deps, world.administrator.actor, world.a.inspection)
    assert STEPS == actions(world.deps, world.a.inspection)[-len(STEPS) :]
    assert "Smith" not in trail_text(world.deps)


def test_disposed_again_it_gives_the_same_certificate(world: World) -> None:
    """There is one, and the trail does not grow."""
    fill(world)
    wait_until_due(world)
    signed = dispose(world.deps, world.dpo.actor, world.a.inspection)
    before = actions(world.deps)
    world.fakes.clock.advance(timedelta(hours=1))
    assert signed == dispose(world.deps, WORKER, world.a.inspection)
    assert before == actions(world.deps)


@pytest.mark.parametrize("days", [13, 14])
def test_nothing_is_disposed_of_within_fourteen_days_of_an_entry(world: World, days: int) -> None:
    """However old the publication date that was entered (R9)."""
    fill(world)
    world.fakes.clock.set(DUE_AT + timedelta(days=300))
    publish(world.deps, world.dpo.actor, PROGRAMME, PUBLISHED)
    world.fakes.clock.advance(timedelta(days=14) - MOMENT)
    assert [] == list(dispose_due(world.deps, WORKER))
    still_there(world)
    assert ["in notice", "in notice"] == [due.verdict.state for due in list_due(world.deps, OPERATOR)]
    world.fakes.clock.advance(MOMENT * (days - 13))
    assert (2 if days == 14 else 0) == len(list(dispose_due(world.deps, WORKER)))


def test_a_hold_that_is_committed_while_a_disposal_waits_stops_it(world: World) -> None:
    """Whoever waits for the inspection's lock decides by what stands once it has it."""
    fill(world)
    wait_until_due(world)
    with ThreadPoolExecutor(1) as pool:
        with writing(world.deps.engine) as session:
            session.execute(update(Programme).where(Programme.code == PROGRAMME).values(held=True))
            session.execute(select(Inspection.id).with_for_update())
            disposing = pool.submit(dispose, world.deps, WORKER, world.a.inspection)
            sleep(0.5)  # for it to come to the lock; if it does not, this shows less and fails nothing
        with pytest.raises(Conflict, match="held"):
            disposing.result()


def test_what_is_held_is_kept_until_the_hold_is_lifted(world: World) -> None:
    """The data protection officer decides."""
    fill(world)
    placed = hold(world)
    wait_until_due(world)
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    assert ["held"] == [due.verdict.state for due in list_due(world.deps, OPERATOR)]
    assert 0 < world.fakes.store.remains(f"{world.a.inspection}/")
    lift(world, placed)
    assert 1 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)


def test_without_a_publication_date_nothing_is_ever_due(world: World) -> None:
    """However many years go by."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    world.fakes.clock.advance(timedelta(days=365 * 30))
    assert [] == list(dispose_due(world.deps, WORKER))
    assert ["unpublished", "unpublished"] == [due.verdict.state for due in list_due(world.deps, OPERATOR)]


def test_a_clock_that_leaps_disposes_of_nothing_until_a_person_confirms(world: World) -> None:
    """400 days at once: an alarm, and everything is still there; confirmed, it goes on (R13)."""
    fill(world)
    publish_report(world)
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=400))
    for _ in range(2):
        with pytest.raises(ClockSuspect):
            list(dispose_due(world.deps, WORKER))
        beat(world.deps)
    still_there(world)
    assert "disposal.began" not in actions(world.deps)
    assert 1 == actions(world.deps).count("clock.alarm")
    confirm_clock(world.deps, world.dpo.actor)
    assert 2 == len(list(dispose_due(world.deps, WORKER)))
    all_gone(world)


def test_a_clock_that_was_set_back_disposes_of_nothing(world: World) -> None:
    """A heartbeat from the future makes it as suspect as a leap does."""
    fill(world)
    wait_until_due(world)
    world.fakes.clock.advance(timedelta(days=1))
    beat(world.deps)
    world.fakes.clock.advance(-timedelta(hours=1))
    with pytest.raises(ClockSuspect):
        dispose(world.deps, OPERATOR, world.a.inspection)
    still_there(world)


def test_who_disposes_and_who_reads_the_certificate(world: World) -> None:
    """The worker, the operator and the data protection officer; a certificate is the stewards' to read."""
    give_role(world.deps, world.inspector.id, Role.inspector, world.b.inspection)
    wait_until_due(world)
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotAllowed):
            dispose(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        dispose(world.deps, world.leader_b.actor, world.a.inspection)
    dispose(world.deps, OPERATOR, world.a.inspection)
    assert "operator" == read_certificate(world.deps, OPERATOR, world.a.inspection)["body"]["began_by"]
    with pytest.raises(NotAllowed):
        read_certificate(world.deps, world.inspector.actor, world.a.inspection)
    for person in (world.leader, world.lead_inspector):  # their accounts went with the inspection
        with pytest.raises(NotFound):
            read_certificate(world.deps, person.actor, world.a.inspection)
        with pytest.raises(NotFound):
            list_due(world.deps, person.actor)


@pytest.mark.parametrize(
    ("published", "due"),
    [(date(2023, 10, 20), "2024-10-20T23:00:00.000Z"), (date(2024, 2, 29), "2025-03-01T00:00:00.000Z")],
)
def test_the_certificate_names_the_instant_that_disposal_was_due(world: World, published: date, due: str) -> None:
    """Midnight in London, in summer time too, and for a day that the next year does not have."""
    world.fakes.clock.set(datetime.fromisoformat(f"{published}T12:00:00+00:00"))
    publish(world.deps, world.dpo.actor, PROGRAMME, published)
    world.fakes.clock.advance(timedelta(days=400))
    assert due == dispose(world.deps, WORKER, world.a.inspection)["body"]["due_at"]
