"""Sent in error: unreadable at once, deleted, told to whom it concerns; and nothing else is touched."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from portal.db.engine import reading
from portal.db.recall_queries import Recalled, recalled_documents
from portal.db.tables import Document, OutboxMail, Receipt
from portal.domain.errors import Conflict, KeyRemoved, NotAllowed, NotFound, StoreUnavailable
from portal.ports import Deps
from portal.services.conduct import close
from portal.services.declare import declare, read_receipt
from portal.services.hand_over import PARTS_AHEAD, download_document, make_bundle
from portal.services.recall import recall
from portal.services.sweep import sweep
from portal.services.withdraw import withdraw
from portal.vault.parts import document_prefix
from tests.services.looks import actions, content, count, rows, trail_text
from tests.world import PART, World, complete, sample, upload

LONG = sample("pdf", 4 * PART + 1)
MINUTES = timedelta(minutes=5)


def _send(world: World, item: str = "statement-of-purpose", data: bytes = LONG, replaces: UUID | str = "") -> UUID:
    return upload(world.deps, world.leader.actor, world.a.inspection, item, data=data, replaces=replaces).document


def _recall(world: World, document: UUID, deps: Deps | None = None) -> bool:
    return recall(deps or world.deps, world.leader.actor, world.a.inspection, document)


def _row(world: World, document: UUID) -> Document:
    [row] = rows(world.deps, Document, Document.id == document)
    return row


def _told(world: World) -> list[Recalled]:
    with reading(world.deps.engine) as session:
        return recalled_documents(session, world.a.inspection)


def _left(world: World, document: UUID) -> int:
    return world.fakes.store.remains(document_prefix(world.a.inspection, document))


def test_it_is_gone_and_a_tombstone_remains(world: World) -> None:
    """Name, digests and parts are gone; where it was sent, its size, its times and who recalled it stay."""
    document = _send(world)
    world.fakes.clock.advance(MINUTES)
    assert _recall(world, document)
    row = _row(world, document)
    assert ("recalled", None, None, None, None) == (
        row.state, row.sealed_details, row.name_digest, row.sha256, row.crc32,
    )  # fmt: skip
    assert ("statement-of-purpose", "file", 1, len(LONG)) == (row.item, row.slot, row.version, row.size)
    now = world.deps.clock.now()
    assert (now - MINUTES, now, now) == (row.received_at, row.ended_at, row.swept_at)
    assert 0 == _left(world, document)
    [told] = _told(world)
    assert (document, "Lena Leader", now, (), True) == (
        told.document.id, told.by, told.at, told.readers, told.deleted,
    )  # fmt: skip
    assert ["document.recalled", "document.parts-deleted"] == actions(world.deps, world.a.inspection)[-2:]


def test_nobody_opens_it_any_more(world: World) -> None:
    """Neither the agency nor the team, by its old address; and its upload cannot be repeated into a receipt."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG, upload_id="upload-once").document
    _recall(world, document)
    before = actions(world.deps)
    for person, error in ((world.leader, KeyRemoved), (world.contributor, KeyRemoved), (world.inspector, NotFound)):
        with pytest.raises(error):
            download_document(world.deps, person.actor, world.a.inspection, document)
    assert before == actions(world.deps)
    with pytest.raises(KeyRemoved, match="sent in error"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=LONG, upload_id="upload-once")


def test_neighbours_are_untouched(world: World) -> None:
    """Other documents, the version before it, and the other agency's, are read back byte for byte."""
    first = _send(world, data=sample(seed=1))
    wrong = _send(world, data=sample(seed=2), replaces=first)
    other = _send(world, "annual-report", sample(seed=3))
    theirs = upload(world.deps, world.leader_b.actor, world.b.inspection, data=sample(seed=4)).document
    _recall(world, wrong)
    sweep(world.deps)
    assert [sample(seed=1), sample(seed=3)] == [
        content(world.deps, world.leader.actor, world.a.inspection, each) for each in (first, other)
    ]
    assert sample(seed=4) == content(world.deps, world.leader_b.actor, world.b.inspection, theirs)
    assert ["replaced", "recalled", "received"] == [_row(world, each).state for each in (first, wrong, other)]


def test_its_slot_is_free_again(world: World) -> None:
    """The right file is sent in its place, and gets a number of its own."""
    _recall(world, _send(world))
    again = upload(world.deps, world.leader.actor, world.a.inspection)
    assert 2 == again.receipt["body"]["version"]


def test_what_was_replaced_or_withdrawn_can_be_recalled_too(world: World) -> None:
    """It was still in the store; the time at which it stopped counting stays."""
    replaced = _send(world, data=sample(seed=1))
    withdrawn = _send(world, data=sample(seed=2), replaces=replaced)
    withdraw(world.deps, world.leader.actor, world.a.inspection, withdrawn)
    ended = world.deps.clock.now()
    world.fakes.clock.advance(MINUTES)
    for document in (replaced, withdrawn):
        recall(world.deps, world.contributor.actor, world.a.inspection, document)
        assert ("recalled", ended, 0) == (
            _row(world, document).state, _row(world, document).ended_at, _left(world, document),
        )  # fmt: skip
    assert ["Conrad Contributor"] * 2 == [each.by for each in _told(world)]


def test_it_is_recalled_once(world: World) -> None:
    """And only by the agency's own people, before the inspection is closed."""
    document, other = _send(world), _send(world, "annual-report")
    for person in (world.lead_inspector, world.qa_officer, world.administrator, world.dpo):
        with pytest.raises(NotAllowed):
            recall(world.deps, person.actor, world.a.inspection, document)
    for actor, inspection in (
        (world.leader_b.actor, world.a.inspection),
        (world.leader_b.actor, world.b.inspection),
        (world.leader.actor, uuid4()),
    ):
        with pytest.raises(NotFound):
            recall(world.deps, actor, inspection, document)
    assert "received" == _row(world, document).state
    _recall(world, document)
    with pytest.raises(Conflict, match="already"):
        _recall(world, document)
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    with pytest.raises(Conflict, match="closed"):
        _recall(world, other)
    assert LONG == content(world.deps, world.inspector.actor, world.a.inspection, other)


def test_a_download_under_way_breaks_at_its_next_part(world: World) -> None:
    """Of the document itself, and of a bundle that contains it; one that does not goes through."""
    document, other = _send(world), _send(world, "annual-report")
    bag, bundle = make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    chunks = download_document(world.deps, world.inspector.actor, world.a.inspection, document).chunks
    neighbour = download_document(world.deps, world.inspector.actor, world.a.inspection, other).chunks
    came = [next(chunks)]
    start = next(neighbour)
    _recall(world, document)
    with pytest.raises(KeyRemoved):
        came.extend(chunks)
    # A few parts may have been opened ahead of the reader before the recall.
    assert (1 + PARTS_AHEAD) * PART >= sum(map(len, came))
    sent: list[bytes] = []
    with pytest.raises(KeyRemoved):
        sent.extend(bundle)
    assert bag.length > sum(map(len, sent))
    assert LONG == start + b"".join(neighbour)


class _Killed(BaseException):
    """What a kill looks like from within."""


def _killed(name: str) -> None:
    if name == "recall.committed":
        raise _Killed


def test_killed_between_commit_and_deletion_the_sweep_goes_on(world: World) -> None:
    """Unreadable from the commit on; the next round deletes the parts, once, and reads back that they are gone."""
    document, other = _send(world), _send(world, "annual-report")
    with pytest.raises(_Killed):
        _recall(world, document, replace(world.deps, fault_point=_killed))
    assert ("recalled", None, 5) == (
        _row(world, document).state, _row(world, document).swept_at, _left(world, document),
    )  # fmt: skip
    assert [False] == [each.deleted for each in _told(world)]
    with pytest.raises(KeyRemoved):
        download_document(world.deps, world.leader.actor, world.a.inspection, document)
    assert 5 == sweep(world.deps)
    assert 0 == sweep(world.deps)
    assert (0, [True]) == (_left(world, document), [each.deleted for each in _told(world)])
    assert 1 == actions(world.deps, world.a.inspection).count("document.parts-deleted")
    assert LONG == content(world.deps, world.leader.actor, world.a.inspection, other)


@pytest.mark.parametrize("operation", ["empty", "remains"])
def test_a_store_that_fails_does_not_stop_a_recall(world: World, operation: str) -> None:
    """It is unreadable all the same, it does not say that it was deleted, and the sweep tries until it is."""
    document = _send(world)
    world.fakes.store.fail_next(operation, 2)
    assert not _recall(world, document)
    with pytest.raises(StoreUnavailable):
        sweep(world.deps)
    assert [False] == [each.deleted for each in _told(world)]
    sweep(world.deps)
    assert (0, [True]) == (_left(world, document), [each.deleted for each in _told(world)])


def _stray(world: World, document: UUID) -> Callable[[str], None]:
    def plant(_name: str) -> None:
        world.fakes.store.plant_version(f"{document_prefix(world.a.inspection, document)}000001", b"an old version")

    return plant


def test_every_version_in_the_store_goes(world: World) -> None:
    """Also one that lies below what is current, as a bucket with versions keeps it."""
    document = _send(world)
    assert _recall(world, document, replace(world.deps, fault_point=_stray(world, document)))
    assert 0 == _left(world, document)


def test_those_who_had_downloaded_it_are_listed(world: World) -> None:
    """Alone or in a bundle made while it counted, once each, with how often and when; nobody else is."""
    make_bundle(world.deps, world.qa_officer.actor, world.a.inspection)
    world.fakes.clock.advance(MINUTES)
    document, other = _send(world), _send(world, "annual-report")
    start = world.deps.clock.now()
    download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    download_document(world.deps, world.contributor.actor, world.a.inspection, document)
    download_document(world.deps, world.qa_officer.actor, world.a.inspection, other)
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    world.fakes.clock.advance(MINUTES)
    withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.qa_officer.actor, world.a.inspection)
    _recall(world, document)
    [told] = _told(world)
    assert [
        ("Ivo Inspector", 2, start, start + MINUTES),
        ("Conrad Contributor", 1, start, start),
        ("Ines Inspector", 1, start + MINUTES, start + MINUTES),
    ] == [(each.name, each.times, each.first_at, each.last_at) for each in told.readers]


def test_a_download_of_one_item_or_of_changes_is_one_of_what_it_held(world: World) -> None:
    """Another item's download did not hold the document, nor did the changes since a download that had it already."""
    document = _send(world)
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.inspector.actor, world.a.inspection, "item", "statement-of-purpose")
    make_bundle(world.deps, world.qa_officer.actor, world.a.inspection, "item", "annual-report")
    for _ in make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection, "changes")[1]:
        pass
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection, "changes")
    _recall(world, document)
    [told] = _told(world)
    assert [("Ivo Inspector", 1), ("Ines Inspector", 1)] == [(each.name, each.times) for each in told.readers]


def test_the_team_who_downloaded_it_are_told_by_mail(world: World) -> None:
    """Once each, by its item alone; the agency's own people are not, nor is anyone who did not read it."""
    document = _send(world)
    for person in (world.inspector, world.inspector, world.leader):
        download_document(world.deps, person.actor, world.a.inspection, document)
    _recall(world, document)
    [mail] = rows(world.deps, OutboxMail, OutboxMail.template == "recalled")
    facts = {"item": "statement-of-purpose"}
    assert (world.inspector.id, world.a.inspection, facts) == (
        mail.person_id, mail.inspection_id, json.loads(mail.facts),
    )  # fmt: skip


def test_after_the_declaration_it_gets_a_receipt(world: World) -> None:
    """The new one has its cause and no longer lists the document; the earlier one stays as it was signed."""
    sent = complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    document = sent["annual-report", "file"].document
    _recall(world, document)
    first, second = (read_receipt(world.deps, world.leader.actor, world.a.inspection, n)["body"] for n in (1, 2))
    assert (15, 14, "document recalled") == (len(first["documents"]), len(second["documents"]), second["cause"])
    assert str(document) not in {each["document"] for each in second["documents"]}
    assert 2 == count(world.deps, Receipt)


def test_the_trail_says_no_name(world: World) -> None:
    """Ids alone, as everywhere in it."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, name="Canary name.pdf").document
    _recall(world, document)
    assert "Canary" not in trail_text(world.deps)
