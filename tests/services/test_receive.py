"""Receiving: what is acknowledged is whole, sealed and listed; what is refused leaves nothing."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.db.tables import Base, Document
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.ports import Deps
from portal.services.hand_over import download_document
from portal.services.recall import recall
from portal.services.receive import Received, Upload, receive
from portal.vault.parts import PartContext, object_key, open_part, part_count, sealed_length
from portal.vault.records import signed_well
from tests.services.looks import actions, content, count, inspection_row, rows, trail_text
from tests.world import DUE, PART, World, an_upload, chunked, sample, upload

SIZES = [1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 17]


def untouchable() -> Iterator[bytes]:
    """A body that must not be read."""
    yield pytest.fail("the body was read")


def _key(world: World) -> bytes:
    wrapped = inspection_row(world.deps, world.a.inspection).wrapped_key
    assert wrapped is not None
    return world.fakes.custodian.unwrap(world.a.inspection, wrapped)


def _document(deps: Deps, received: Received) -> Document:
    [row] = rows(deps, Document, Document.id == received.document)
    return row


@pytest.mark.parametrize("size", SIZES)
def test_every_part_opens_and_together_they_are_the_file(world: World, size: int) -> None:
    """One byte, and all about the edges of parts: nothing is lost, doubled or left unsealed."""
    data = sample("csv", size)
    received = upload(world.deps, world.leader.actor, world.a.inspection, "link-staff", data=data, name="s.csv")
    keys = list(world.fakes.store.keys(f"{world.a.inspection}/"))
    parts = part_count(size, PART)
    assert [object_key(world.a.inspection, received.document, number + 1) for number in range(parts)] == keys
    opened = []
    for number, key in enumerate(keys, start=1):
        sealed = world.fakes.store.get(key)
        plain = open_part(
            _key(world), PartContext(world.a.inspection, received.document, number, number == parts), sealed
        )
        assert sealed_length(len(plain)) == len(sealed)
        opened.append(plain)
    assert data == b"".join(opened)
    assert {PART} >= {len(each) for each in opened[:-1]}


@pytest.mark.parametrize("chunk", [1, 777, PART, PART + 1, 10 * PART])
def test_the_size_of_chunks_does_not_matter(world: World, chunk: int) -> None:
    """However the network cuts a body, the document is the same."""
    data = sample("pdf", 2_000 if chunk == 1 else 3 * PART)
    received = upload(world.deps, world.leader.actor, world.a.inspection, data=chunked(data, chunk))
    assert data == content(world.deps, world.lead_inspector.actor, world.a.inspection, received.document)


def test_the_row_holds_what_was_measured(world: World) -> None:
    """Size, digests and both times are of the bytes that came and of when they came."""
    data, began = sample("pdf", PART + 5), world.deps.clock.now()

    def body() -> Iterator[bytes]:
        yield from chunked(data)
        world.fakes.clock.advance(timedelta(minutes=7))

    row = _document(world.deps, upload(world.deps, world.leader.actor, world.a.inspection, data=body()))
    assert (len(data), hashlib.sha256(data).digest(), zlib.crc32(data)) == (row.size, row.sha256, row.crc32)
    assert (began, began + timedelta(minutes=7), True) == (row.began_at, row.received_at, row.on_time)
    assert ("received", 1, "pdf", world.leader.id) == (row.state, row.version, row.extension, row.sent_by)


def test_the_receipt_says_what_was_received_and_verifies(world: World) -> None:
    """With the public key alone anyone can tell that the portal said so, and that not a character was changed."""
    data = sample("pdf", 1_234)
    received = upload(world.deps, world.leader.actor, world.a.inspection, data=data, name="Family Smith.pdf")
    body = received.receipt["body"]
    assert ("document-receipt", world.a.reference, "statement-of-purpose", "file", 1, True) == (
        body["kind"], body["inspection"], body["item"], body["slot"], body["version"], body["on_time"],
    )  # fmt: skip
    assert (hashlib.sha256(data).hexdigest(), 1_234) == (body["sha256"], body["size"])
    assert ("2023-10-09T08:30:00.000Z", str(received.document)) == (body["received_at"], body["document"])
    [public] = world.deps.signer.public_keys().values()
    assert signed_well(public, received.receipt)
    assert not signed_well(public, received.receipt | {"body": body | {"on_time": False}})
    assert "Smith" not in str(received.receipt)


@pytest.mark.parametrize(
    ("began", "took", "on_time"),
    [
        (DUE - timedelta(milliseconds=1), timedelta(), True),
        (DUE, timedelta(), True),
        (DUE + timedelta(milliseconds=1), timedelta(), False),
        (DUE - timedelta(minutes=1), timedelta(minutes=8), True),
        (DUE + timedelta(days=3), timedelta(), False),
    ],
)
def test_the_time_that_counts_is_when_the_request_began(
    world: World, began: datetime, took: timedelta, on_time: bool
) -> None:
    """Late is accepted and labelled; a slow line costs nobody the deadline (R4)."""
    world.fakes.clock.set(began)

    def body() -> Iterator[bytes]:
        yield sample()
        world.fakes.clock.advance(took)

    received = upload(world.deps, world.leader.actor, world.a.inspection, data=body())
    assert on_time is received.receipt["body"]["on_time"]
    assert on_time is _document(world.deps, received).on_time


def test_the_trail_tells_of_beginning_and_receipt_without_names(world: World) -> None:
    """Who, when, which item and how large: no name of a file or a person."""
    upload(world.deps, world.leader.actor, world.a.inspection, name="Family Smith.pdf")
    assert ["document.began", "document.received"] == actions(world.deps, world.a.inspection)[1:]
    said = trail_text(world.deps)
    assert "Smith" not in said
    assert world.leader.name not in said
    assert str(world.leader.id) in said


def test_neither_name_nor_content_nor_date_is_in_the_database_unsealed(world: World) -> None:
    """Not in any column of any table."""
    upload(
        world.deps, world.leader.actor, world.a.inspection, "panel-minutes", "latest",
        data=b"%PDF-1.7 canary-content", name="canary-name.pdf",
    )  # fmt: skip
    with world.deps.engine.connect() as connection:
        dump = "".join(
            repr(row).replace("\\x", "")
            for table in Base.metadata.sorted_tables
            for row in connection.execute(table.select())
        )
    for canary in ("canary-name", "canary-content", "2023-09-01"):
        assert canary not in dump
        assert canary.encode().hex() not in dump


def test_the_name_is_kept_as_the_sender_wrote_it(world: World) -> None:
    """Sealed, and given back with the document."""
    name = "Änderungen – für „alle“ (2).pdf"
    received = upload(world.deps, world.leader.actor, world.a.inspection, name=name)
    download = download_document(world.deps, world.lead_inspector.actor, world.a.inspection, received.document)
    assert name == download.name
    assert list(download.chunks)


def test_equal_names_have_equal_digests_in_one_inspection_alone(world: World) -> None:
    """They are found without being known, and say nothing across inspections."""
    first = upload(world.deps, world.leader.actor, world.a.inspection, name="same.pdf")
    second = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report", name="same.pdf")
    other = upload(world.deps, world.leader_b.actor, world.b.inspection, name="same.pdf")
    digests = [_document(world.deps, each).name_digest for each in (first, second, other)]
    assert digests[0] == digests[1] != digests[2]


def _nothing_was_left(world: World) -> None:
    assert [] == list(world.fakes.store.keys(f"{world.a.inspection}/"))
    assert 0 == count(world.deps, Document, Document.state.in_(["pending", "received"]))


def _refused(world: World, said: Upload, body: Iterator[bytes], field: str, word: str) -> None:
    with pytest.raises(Refused, match=word) as refused:
        receive(world.deps, world.leader.actor, said, body)
    assert field == refused.value.field
    _nothing_was_left(world)


def test_an_empty_file_is_refused(world: World) -> None:
    """Whether its length was said before or not."""
    said = an_upload(world.deps, world.a.inspection)
    _refused(world, said, iter(()), "file", "empty")
    _refused(world, said, iter((b"", b"")), "file", "empty")
    _refused(world, replace(said, length=0), untouchable(), "file", "empty")


def test_the_limit_is_the_last_size_that_is_taken(world: World) -> None:
    """One byte more is refused: said before, before the body is read; else as soon as it is there."""
    limit = world.deps.policy.max_file_bytes
    said = an_upload(world.deps, world.a.inspection)
    _refused(world, replace(said, length=limit + 1), untouchable(), "file", "MB")
    _refused(world, said, chunked(sample("pdf", limit + 1), PART), "file", "MB")
    data = sample("pdf", limit)
    received = receive(world.deps, world.leader.actor, replace(said, length=limit), chunked(data, PART))
    assert limit == received.receipt["body"]["size"]


def test_a_body_over_the_limit_is_not_read_to_its_end(world: World) -> None:
    """A sender who never stops is stopped."""

    def endless() -> Iterator[bytes]:
        yield sample()
        while True:
            yield bytes(PART)

    _refused(world, an_upload(world.deps, world.a.inspection), endless(), "file", "MB")


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.pdf", b"MZ\x90\x00" * 100), ("x.docx", b"%PDF-1.7\n" * 9), ("x.rtf", b"rtf"), ("x.doc", b"\x00" * 600)],
)
def test_a_file_that_cannot_be_what_it_says_is_refused(world: World, name: str, data: bytes) -> None:
    """By its first bytes, and none of it is kept."""
    said = an_upload(world.deps, world.a.inspection, name=name)
    _refused(world, said, chunked(data, 3), "file", "not what its ending")


@pytest.mark.parametrize("name", ["x.exe", "x", "x.pdf.exe", ".pdf", "x.xlsx"])
def test_a_type_that_the_item_does_not_take_is_refused_before_the_body(world: World, name: str) -> None:
    """By its ending; the statement of purpose is no workbook."""
    said = an_upload(world.deps, world.a.inspection, name=name)
    with pytest.raises(Refused):
        receive(world.deps, world.leader.actor, said, untouchable())
    _nothing_was_left(world)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"upload_id": "short"}, "upload_id"),
        ({"upload_id": "x" * 65}, "upload_id"),
        ({"upload_id": "has a space"}, "upload_id"),
        ({"name": ""}, "file"),
        ({"name": "x" * 252 + ".pdf"}, "file"),
        ({"item": "panel-minutes", "slot": "latest", "meeting_date": ""}, "meeting_date"),
        ({"item": "panel-minutes", "slot": "latest", "meeting_date": "2023-10-10"}, "meeting_date"),
    ],
)
def test_what_is_said_before_the_body_is_checked_before_it(world: World, change: dict[str, str], field: str) -> None:
    """Nobody sends 500 MB to learn of a missing date."""
    said = replace(an_upload(world.deps, world.a.inspection), **change)  # type: ignore[arg-type]
    _refused(world, said, untouchable(), field, ".")


@pytest.mark.parametrize(("item", "slot"), [("nothing", "file"), ("annual-report", "nothing"), ("", "")])
def test_an_unknown_place_is_not_found(world: World, item: str, slot: str) -> None:
    """The checklist says what there is."""
    said = replace(an_upload(world.deps, world.a.inspection), item=item, slot=slot)
    with pytest.raises(NotFound):
        receive(world.deps, world.leader.actor, said, untouchable())
    _nothing_was_left(world)


def test_only_the_agencys_people_send(world: World) -> None:
    """Inspectors may not, others do not know of it, and the body is not read."""
    said = an_upload(world.deps, world.a.inspection)
    for person in (world.lead_inspector, world.inspector, world.qa_officer, world.administrator, world.dpo):
        with pytest.raises(NotAllowed):
            receive(world.deps, person.actor, said, untouchable())
    with pytest.raises(NotFound):
        receive(world.deps, world.leader_b.actor, said, untouchable())
    assert not receive(world.deps, world.contributor.actor, said, chunked(sample())).repeated


def test_a_stated_digest_is_compared(world: World) -> None:
    """A script that says what it sends learns of a change on the way."""
    data = sample()
    said = an_upload(world.deps, world.a.inspection, sha256=hashlib.sha256(b"other").digest())
    _refused(world, said, chunked(data), "file", "SHA-256")
    said = replace(said, sha256=hashlib.sha256(data).digest())
    assert (
        hashlib.sha256(data).hexdigest()
        == receive(world.deps, world.leader.actor, said, chunked(data)).receipt["body"]["sha256"]
    )


def test_a_time_in_the_sight_of_another_zone_is_the_same_instant(world: World) -> None:
    """What counts is the instant, however the server writes it."""
    began = datetime(2023, 10, 10, 16, tzinfo=UTC).astimezone()
    said = replace(an_upload(world.deps, world.a.inspection), began_at=began)
    world.fakes.clock.set(began)
    received = receive(world.deps, world.leader.actor, said, chunked(sample()))
    assert ("2023-10-10T16:00:00.000Z", False) == (
        received.receipt["body"]["began_at"], received.receipt["body"]["on_time"],
    )  # fmt: skip


def test_v5_2_4_an_inspection_has_room_for_so_much_and_recalling_makes_room(world: World) -> None:
    """So many files and bytes, the replaced and withdrawn ones too; a repeated upload is answered all the same."""
    few = replace(world.deps, policy=replace(world.deps.policy, max_inspection_files=2))
    leader, inspection = world.leader.actor, world.a.inspection
    first = upload(few, leader, inspection)
    second = upload(few, leader, inspection, replaces=first.document, upload_id="the-second", data=sample(seed=2))
    with pytest.raises(Conflict, match="up to 2 files and 20GB"):
        upload(few, leader, inspection, "annual-report")
    assert second.document == upload(few, leader, inspection, upload_id="the-second", data=sample(seed=2)).document
    recall(few, leader, inspection, first.document)
    upload(few, leader, inspection, "annual-report")
    small = replace(world.deps, policy=replace(world.deps.policy, max_inspection_bytes=len(sample())))
    upload(small, world.leader_b.actor, world.b.inspection)
    with pytest.raises(Conflict, match="does not fit"):
        upload(small, world.leader_b.actor, world.b.inspection, "annual-report")
