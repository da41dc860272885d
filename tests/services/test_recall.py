"""Sent in error: unreadable at once, deleted, told to whom it concerns; and nothing else is touched."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event

from portal.db.tables import OutboxMail, Receipt
from portal.domain.errors import Conflict, KeyRemoved, NotAllowed, NotFound
from portal.services.conduct import close
from portal.services.declare import declare, read_receipt
from portal.services.hand_over import download_document, make_bundle
from portal.services.recall import recall, sent_page
from portal.services.script_access import whose_token
from portal.services.sweep import sweep
from portal.services.tokens import make_token
from portal.services.withdraw import withdraw
from tests.services.looks import actions, content, count, rows, trail_text
from tests.services.recalls import LONG, left, row_of, send, take_back, tombstones
from tests.world import World, complete, sample, upload

MINUTES = timedelta(minutes=5)


def test_it_is_gone_and_a_tombstone_remains(world: World) -> None:
    """Name, digests and parts are gone; where it was sent, its size, its times and who recalled it stay."""
    document = send(world)
    world.fakes.clock.advance(MINUTES)
    assert take_back(world, document)
    row = row_of(world, document)
    assert ("recalled", None, None, None, None) == (
        row.state, row.sealed_details, row.name_digest, row.sha256, row.crc32,
    )  # fmt: skip
    assert ("statement-of-purpose", "file", 1, len(LONG)) == (row.item, row.slot, row.version, row.size)
    now = world.deps.clock.now()
    assert (now - MINUTES, now, now) == (row.received_at, row.ended_at, row.swept_at)
    assert 0 == left(world, document)
    [told] = tombstones(world)
    assert (document, "Lena Leader", now, (), True) == (
        told.document.id, told.by, told.at, told.readers, told.deleted,
    )  # fmt: skip
    assert ["document.recalled", "document.parts-deleted"] == actions(world.deps, world.a.inspection)[-2:]


def test_nobody_opens_it_any_more(world: World) -> None:
    """Neither the agency nor the team, by its old address; and its upload cannot be repeated into a receipt."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG, upload_id="upload-once").document
    take_back(world, document)
    before = actions(world.deps)
    for person, error in ((world.leader, KeyRemoved), (world.contributor, KeyRemoved), (world.inspector, NotFound)):
        with pytest.raises(error):
            download_document(world.deps, person.actor, world.a.inspection, document)
    assert before == actions(world.deps)
    with pytest.raises(KeyRemoved, match="sent in error"):
        upload(world.deps, world.leader.actor, world.a.inspection, data=LONG, upload_id="upload-once")


def test_neighbours_are_untouched(world: World) -> None:
    """Other documents, the version before it, and the other agency's, are read back byte for byte."""
    first = send(world, data=sample(seed=1))
    wrong = send(world, data=sample(seed=2), replaces=first)
    other = send(world, "annual-report", sample(seed=3))
    theirs = upload(world.deps, world.leader_b.actor, world.b.inspection, data=sample(seed=4)).document
    take_back(world, wrong)
    sweep(world.deps)
    assert [sample(seed=1), sample(seed=3)] == [
        content(world.deps, world.leader.actor, world.a.inspection, each) for each in (first, other)
    ]
    assert sample(seed=4) == content(world.deps, world.leader_b.actor, world.b.inspection, theirs)
    assert ["replaced", "recalled", "received"] == [row_of(world, each).state for each in (first, wrong, other)]


def test_its_slot_is_free_again(world: World) -> None:
    """The right file is sent in its place, and gets a number of its own."""
    take_back(world, send(world))
    again = upload(world.deps, world.leader.actor, world.a.inspection)
    assert 2 == again.receipt["body"]["version"]


def test_what_was_replaced_or_withdrawn_can_be_recalled_too(world: World) -> None:
    """It was still in the store; the time at which it stopped counting stays."""
    replaced = send(world, data=sample(seed=1))
    withdrawn = send(world, data=sample(seed=2), replaces=replaced)
    withdraw(world.deps, world.leader.actor, world.a.inspection, withdrawn)
    ended = world.deps.clock.now()
    world.fakes.clock.advance(MINUTES)
    for document in (replaced, withdrawn):
        recall(world.deps, world.contributor.actor, world.a.inspection, document)
        assert ("recalled", ended, 0) == (
            row_of(world, document).state, row_of(world, document).ended_at, left(world, document),
        )  # fmt: skip
    assert ["Conrad Contributor"] * 2 == [each.by for each in tombstones(world)]


def test_it_is_recalled_once(world: World) -> None:
    """And only by the agency's own people, before the inspection is closed."""
    document, other = send(world), send(world, "annual-report")
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
    assert "received" == row_of(world, document).state
    take_back(world, document)
    with pytest.raises(Conflict, match="already"):
        take_back(world, document)
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    with pytest.raises(Conflict, match="closed"):
        take_back(world, other)
    assert LONG == content(world.deps, world.inspector.actor, world.a.inspection, other)


def test_those_who_had_downloaded_it_are_listed(world: World) -> None:
    """Alone, in a bundle made while it counted, or by a script of theirs, once each, and when; nobody else."""
    make_bundle(world.deps, world.qa_officer.actor, world.a.inspection)
    world.fakes.clock.advance(MINUTES)
    document, other = send(world), send(world, "annual-report")
    start = world.deps.clock.now()
    download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    download_document(world.deps, world.contributor.actor, world.a.inspection, document)
    download_document(world.deps, world.qa_officer.actor, world.a.inspection, other)
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    token = make_token(world.deps, world.lead_inspector.actor, world.a.inspection, "read", "7").token
    script = whose_token(world.deps, token)
    assert script is not None
    make_bundle(world.deps, script.actor, world.a.inspection)
    world.fakes.clock.advance(MINUTES)
    withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.qa_officer.actor, world.a.inspection)
    take_back(world, document)
    [told] = tombstones(world)
    assert [
        ("Ivo Inspector", 2, start, start + MINUTES),
        ("Conrad Contributor", 1, start, start),
        ("Ines Inspector", 1, start + MINUTES, start + MINUTES),
    ] == [(each.name, each.times, each.first_at, each.last_at) for each in told.readers]


def test_a_download_of_one_item_or_of_changes_is_one_of_what_it_held(world: World) -> None:
    """Another item's download did not hold the document, nor did the changes since a download that had it already."""
    document = send(world)
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.inspector.actor, world.a.inspection, "item", "statement-of-purpose")
    make_bundle(world.deps, world.qa_officer.actor, world.a.inspection, "item", "annual-report")
    for _ in make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection, "changes")[1]:
        pass
    world.fakes.clock.advance(MINUTES)
    make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection, "changes")
    take_back(world, document)
    [told] = tombstones(world)
    assert [("Ivo Inspector", 1), ("Ines Inspector", 1)] == [(each.name, each.times) for each in told.readers]


def test_the_team_who_downloaded_it_are_told_by_mail(world: World) -> None:
    """Once each, by its item alone; the agency's own people are not, nor is anyone who did not read it."""
    document = send(world)
    for person in (world.inspector, world.inspector, world.leader):
        download_document(world.deps, person.actor, world.a.inspection, document)
    take_back(world, document)
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
    take_back(world, document)
    first, second = (read_receipt(world.deps, world.leader.actor, world.a.inspection, n)["body"] for n in (1, 2))
    assert (15, 14, "document recalled") == (len(first["documents"]), len(second["documents"]), second["cause"])
    assert str(document) not in {each["document"] for each in second["documents"]}
    assert 2 == count(world.deps, Receipt)


def test_the_trail_says_no_name(world: World) -> None:
    """Ids alone, as everywhere in it."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, name="Canary name.pdf").document
    take_back(world, document)
    assert "Canary" not in trail_text(world.deps)


def test_the_list_asks_the_database_no_more_for_more_recalls(world: World) -> None:
    """Who downloaded what is read once for a whole page."""
    asked = []
    for _ in range(2):
        for _ in range(2):
            document = send(world, "childrens-guide")
            download_document(world.deps, world.inspector.actor, world.a.inspection, document)
            take_back(world, document)
        with counted(world) as queries:
            sent_page(world.deps, world.leader.actor, world.a.inspection)
        asked.append(len(queries))
    assert asked[0] == asked[1]


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Collect the statements that the database is asked meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(world.deps.engine, "before_cursor_execute", note)
    yield found
    event.remove(world.deps.engine, "before_cursor_execute", note)
