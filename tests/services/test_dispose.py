"""Disposal: not a moment too early, everything at the time, certified only once it was seen to be gone."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary

from portal.db.tables import Base, Certificate, Document, Inspection, Invitation, OutboxMail
from portal.domain.actors import OPERATOR, WORKER
from portal.domain.errors import (
    ClockSuspect,
    Conflict,
    KeyRemoved,
    KeyUnavailable,
    NotAllowed,
    NotFound,
    StoreUnavailable,
)
from portal.ports import Deps
from portal.services.declare import declare
from portal.services.dispose import dispose, dispose_due, list_due, read_certificate
from portal.services.explain import explain_gap
from portal.services.hand_over import download_document, make_bundle
from portal.services.heartbeat import beat, confirm_clock
from portal.services.publish import publish, set_hold
from portal.services.trail import verify_trail
from portal.vault.records import signed_well
from tests.services.ends import DUE_AT, MOMENT, PUBLISHED, publish_report, wait_until_due
from tests.services.looks import actions, content, count, inspection_row, rows, trail_text
from tests.world import PART, PROGRAMME, World, complete, sample, upload

STEPS = ["disposal.began", "disposal.key-removed", "disposal.objects-removed", "disposal.columns-blanked",
         "disposal.certified"]  # fmt: skip
POINTS = ["disposal.fenced", "disposal.key-removed", "disposal.objects-removed", "disposal.columns-blanked"]
NAME = "Family Smith.pdf"
DATA = sample("pdf", 2 * PART + 5, seed=1)
THEIRS = sample("pdf", 2 * PART + 5, seed=2)


def _fill(world: World) -> UUID:
    """Fill inspection A with all there can be, declare it, and send one document in B; return B's document."""
    world_b = upload(world.deps, world.leader_b.actor, world.b.inspection, data=THEIRS, name=NAME).document
    complete(world.deps, world.leader.actor, world.a.inspection)
    for _ in range(2):
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide", name=NAME, data=DATA)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "Canary words")
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    return world_b


def _still_there(world: World) -> None:
    assert "closed" == inspection_row(world.deps, world.a.inspection).state
    assert "present" == world.fakes.custodian.state(world.a.inspection)
    assert 0 < world.fakes.store.remains(f"{world.a.inspection}/")
    assert 0 == count(world.deps, Certificate)


def _gone(world: World) -> None:
    """Nothing of A can be read, by whatever way: no key, no object, no sealed or telling column."""
    assert "disposed" == inspection_row(world.deps, world.a.inspection).state
    assert "removed" == world.fakes.custodian.state(world.a.inspection)
    assert 0 == world.fakes.store.remains(f"{world.a.inspection}/")
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
        assert (None, str(document.id)) == (document.crc32, document.upload_id)
    assert 0 == count(world.deps, OutboxMail, OutboxMail.inspection_id == world.a.inspection)
    assert 0 == count(world.deps, Invitation, Invitation.inspection_id == world.a.inspection)


def test_one_millisecond_before_it_is_due_nothing_happens(world: World) -> None:
    """And at the instant it is due, the job takes it up."""
    _fill(world)
    publish_report(world)
    world.fakes.clock.set(DUE_AT - MOMENT)
    assert [] == dispose_due(world.deps, WORKER)
    with pytest.raises(Conflict, match="not due"):
        dispose(world.deps, world.dpo.actor, world.a.inspection)
    _still_there(world)
    assert [False, False] == [due.now for due in list_due(world.deps, world.dpo.actor)]
    world.fakes.clock.set(DUE_AT)
    assert [True, True] == [due.now for due in list_due(world.deps, world.dpo.actor)]
    assert 2 == len(dispose_due(world.deps, WORKER))
    _gone(world)
    assert [] == list_due(world.deps, world.dpo.actor)
    assert [] == dispose_due(world.deps, WORKER)


def test_a_disposed_inspection_is_gone_and_its_neighbour_opens_byte_for_byte(world: World) -> None:
    """Of the one nothing is left to open, of the other nothing is missing."""
    neighbour = _fill(world)
    set_hold(world.deps, world.dpo.actor, world.b.inspection, held=True)
    wait_until_due(world)
    assert 1 == len(dispose_due(world.deps, WORKER))
    _gone(world)
    document = rows(world.deps, Document, Document.inspection_id == world.a.inspection)[0].id
    with pytest.raises(KeyRemoved):
        download_document(world.deps, world.leader.actor, world.a.inspection, document)
    with pytest.raises(KeyRemoved):
        make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    assert THEIRS == content(world.deps, world.lead_inspector_b.actor, world.b.inspection, neighbour)


def test_nothing_that_was_sealed_or_digested_is_left_in_any_column(world: World) -> None:
    """The whole database is searched for what the rows of A held before."""
    _fill(world)
    documents = rows(world.deps, Document, Document.inspection_id == world.a.inspection)
    kept = {value for row in documents for value in (row.sealed_details, row.name_digest, row.sha256) if value}
    kept.add(inspection_row(world.deps, world.a.inspection).wrapped_key or b"")
    upload_ids = {row.upload_id for row in documents}
    set_hold(world.deps, world.dpo.actor, world.b.inspection, held=True)
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
    _fill(world)
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
    assert STEPS == actions(world.deps, world.a.inspection)[-5:]
    assert "Smith" not in trail_text(world.deps)


def test_disposed_again_it_gives_the_same_certificate(world: World) -> None:
    """There is one, and the trail does not grow."""
    _fill(world)
    wait_until_due(world)
    signed = dispose(world.deps, world.dpo.actor, world.a.inspection)
    before = actions(world.deps)
    world.fakes.clock.advance(timedelta(hours=1))
    assert signed == dispose(world.deps, WORKER, world.a.inspection)
    assert before == actions(world.deps)


@pytest.mark.parametrize("days", [13, 14])
def test_nothing_is_disposed_of_within_fourteen_days_of_an_entry(world: World, days: int) -> None:
    """However old the publication date that was entered (R9)."""
    _fill(world)
    world.fakes.clock.set(DUE_AT + timedelta(days=300))
    publish(world.deps, world.dpo.actor, PROGRAMME, PUBLISHED)
    world.fakes.clock.advance(timedelta(days=14) - MOMENT)
    assert [] == dispose_due(world.deps, WORKER)
    _still_there(world)
    assert ["in notice", "in notice"] == [due.verdict.state for due in list_due(world.deps, OPERATOR)]
    world.fakes.clock.advance(MOMENT * (days - 13))
    assert (2 if days == 14 else 0) == len(dispose_due(world.deps, WORKER))


def test_what_is_held_is_kept_until_the_hold_is_lifted(world: World) -> None:
    """The data protection officer decides."""
    _fill(world)
    set_hold(world.deps, world.dpo.actor, world.a.inspection, held=True)
    wait_until_due(world)
    assert 1 == len(dispose_due(world.deps, WORKER))
    assert ["held"] == [due.verdict.state for due in list_due(world.deps, OPERATOR)]
    assert 0 < world.fakes.store.remains(f"{world.a.inspection}/")
    set_hold(world.deps, world.dpo.actor, world.a.inspection, held=False)
    assert 1 == len(dispose_due(world.deps, WORKER))
    _gone(world)


def test_without_a_publication_date_nothing_is_ever_due(world: World) -> None:
    """However many years go by."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    world.fakes.clock.advance(timedelta(days=365 * 30))
    assert [] == dispose_due(world.deps, WORKER)
    assert ["unpublished", "unpublished"] == [due.verdict.state for due in list_due(world.deps, OPERATOR)]


def test_a_clock_that_leaps_disposes_of_nothing_until_a_person_confirms(world: World) -> None:
    """400 days at once: an alarm, and everything is still there; confirmed, it goes on (R13)."""
    _fill(world)
    publish_report(world)
    beat(world.deps)
    world.fakes.clock.advance(timedelta(days=400))
    for _ in range(2):
        with pytest.raises(ClockSuspect):
            dispose_due(world.deps, WORKER)
        beat(world.deps)
    _still_there(world)
    assert "disposal.began" not in actions(world.deps)
    assert 1 == actions(world.deps).count("clock.alarm")
    confirm_clock(world.deps, world.dpo.actor)
    assert 2 == len(dispose_due(world.deps, WORKER))
    _gone(world)


def test_a_clock_that_was_set_back_disposes_of_nothing(world: World) -> None:
    """A heartbeat from the future makes it as suspect as a leap does."""
    _fill(world)
    wait_until_due(world)
    world.fakes.clock.advance(timedelta(days=1))
    beat(world.deps)
    world.fakes.clock.advance(-timedelta(hours=1))
    with pytest.raises(ClockSuspect):
        dispose(world.deps, OPERATOR, world.a.inspection)
    _still_there(world)


class _Killed(BaseException):
    """What a kill looks like from within."""


def _killed_at(deps: Deps, point: str) -> Deps:
    def fault(name: str) -> None:
        if name == point:
            raise _Killed

    return replace(deps, fault_point=fault)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_is_resumed_and_certified_only_at_the_end(world: World, point: str) -> None:
    """From the first commit on nobody reads or writes; the next run does the rest."""
    neighbour = _fill(world)
    set_hold(world.deps, world.dpo.actor, world.b.inspection, held=True)
    wait_until_due(world)
    for _ in range(2):
        with pytest.raises(_Killed):
            dispose(_killed_at(world.deps, point), WORKER, world.a.inspection)
        assert ("disposing", 0) == (
            inspection_row(world.deps, world.a.inspection).state,
            count(world.deps, Certificate),
        )
        with pytest.raises((KeyRemoved, Conflict)):
            upload(world.deps, world.leader.actor, world.a.inspection)
        with pytest.raises(KeyRemoved):
            make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
        with pytest.raises(Conflict, match="not disposed of yet"):
            read_certificate(world.deps, world.dpo.actor, world.a.inspection)
    [signed] = dispose_due(world.deps, WORKER)
    _gone(world)
    assert (17, 21) == (signed["body"]["documents"], signed["body"]["objects_deleted"])
    assert STEPS == [each for each in actions(world.deps, world.a.inspection) if each.startswith("disposal")]
    assert THEIRS == content(world.deps, world.leader_b.actor, world.b.inspection, neighbour)
    verify_trail(world.deps, world.dpo.actor)


def _break_empty(world: World) -> None:
    world.fakes.store.fail_next("empty")


def _break_remains(world: World) -> None:
    world.fakes.store.fail_next("remains")


def _break_keys(world: World) -> None:
    world.fakes.custodian.unavailable = True


@pytest.mark.parametrize(
    ("harm", "error"),
    [(_break_empty, StoreUnavailable), (_break_remains, StoreUnavailable), (_break_keys, KeyUnavailable)],
)
def test_a_part_that_fails_delays_the_certificate(
    world: World, harm: Callable[[World], None], error: type[Exception]
) -> None:
    """Nothing is certified on hope; the next run goes on where this one stopped."""
    _fill(world)
    set_hold(world.deps, world.dpo.actor, world.b.inspection, held=True)
    wait_until_due(world)
    harm(world)
    with pytest.raises(error):
        dispose_due(world.deps, WORKER)
    assert 0 == count(world.deps, Certificate)
    world.fakes.custodian.unavailable = False
    assert 1 == len(dispose_due(world.deps, WORKER))
    _gone(world)


def test_a_part_that_lands_late_is_seen_before_anything_is_certified(world: World) -> None:
    """A stray put of a slow sender between deleting and certifying is found by looking once more."""
    _fill(world)
    wait_until_due(world)

    def stray(name: str) -> None:
        if name == "disposal.columns-blanked":
            world.fakes.store.put(f"{world.a.inspection}/{world.b.inspection}/000001", b"late")

    with pytest.raises(StoreUnavailable, match="Not everything"):
        dispose(replace(world.deps, fault_point=stray), WORKER, world.a.inspection)
    assert 0 == count(world.deps, Certificate)
    dispose(world.deps, WORKER, world.a.inspection)
    _gone(world)


def test_workers_that_dispose_at_the_same_time_make_one_certificate(world: World) -> None:
    """A worker and an operator may start together; what is counted is counted once."""
    _fill(world)
    wait_until_due(world)
    barrier = Barrier(4)

    def run(_number: int) -> str:
        barrier.wait()
        return json.dumps(dispose(world.deps, WORKER, world.a.inspection), sort_keys=True)

    with ThreadPoolExecutor(4) as threads:
        certificates = set(threads.map(run, range(4)))
    assert (1, 1) == (len(certificates), count(world.deps, Certificate))
    assert STEPS == [each for each in actions(world.deps, world.a.inspection) if each.startswith("disposal")]
    body = read_certificate(world.deps, world.dpo.actor, world.a.inspection)["body"]
    assert (17, 21) == (body["documents"], body["objects_deleted"])
    _gone(world)


def test_who_disposes_and_who_reads_the_certificate(world: World) -> None:
    """The worker, the operator and the data protection officer; a certificate is the stewards' to read."""
    wait_until_due(world)
    for person in (world.administrator, world.leader, world.lead_inspector):
        with pytest.raises(NotAllowed):
            dispose(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        dispose(world.deps, world.leader_b.actor, world.a.inspection)
    dispose(world.deps, OPERATOR, world.a.inspection)
    assert "operator" == read_certificate(world.deps, OPERATOR, world.a.inspection)["body"]["began_by"]
    for person in (world.leader, world.lead_inspector):
        with pytest.raises(NotAllowed):
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
