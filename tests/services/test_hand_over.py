"""Handing over: the bundle is what was sent, byte for byte, and what fails breaks the download visibly."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import bagit
import pytest

from portal.domain.errors import (
    Conflict,
    KeyRemoved,
    KeyUnavailable,
    NotAllowed,
    NotFound,
    ObjectMissing,
    PortalError,
    SealBroken,
)
from portal.formats.bag import Bag
from portal.services.declare import declare
from portal.services.dispose import dispose
from portal.services.explain import explain_gap
from portal.services.hand_over import PARTS_AHEAD, download_document, make_bundle
from portal.services.withdraw import withdraw
from portal.vault.parts import object_key
from tests.services.ends import DUE_AT, MOMENT, hold, publish_report, wait_until_due
from tests.services.looks import actions, content, inspection_row
from tests.world import PART, World, complete, sample, upload

LONG = sample("pdf", 4 * PART + 1)


def _bundle(world: World) -> tuple[Bag, bytes]:
    bag, stream = make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    return bag, b"".join(stream)


def _payload(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name.partition("/data/")[2]: archive.read(name) for name in archive.namelist() if "/data/" in name}


def test_the_bundle_is_what_was_sent(world: World, tmp_path: Path) -> None:
    """Every file, no other file, each byte; the Library of Congress's tool accepts the bag."""
    sent = {
        str(upload(world.deps, world.leader.actor, world.a.inspection, item, slot, data, name=name).document): data
        for item, slot, name, data in (
            ("a1-form", "workbook", "A1.xlsx", sample("xlsx", PART)),
            ("statement-of-purpose", "file", "Our purpose.pdf", LONG),
            ("childrens-guide", "file", "guide.pdf", sample("pdf", 10, seed=1)),
            ("childrens-guide", "file", "guide.pdf", sample("pdf", 10, seed=2)),
        )
    }
    bag, data = _bundle(world)
    assert (bag.length, "RAA-2023-01-bundle.zip") == (len(data), bag.filename)
    files = _payload(data)
    assert sorted(sent.values()) == sorted(files.values())
    assert ["01-a1-form", "02-statement-of-purpose", "04-childrens-guide", "04-childrens-guide"] == [
        path.partition("/")[0] for path in files
    ]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    assert bagit.Bag(str(tmp_path / world.a.reference)).is_valid()


def test_the_same_snapshot_gives_the_same_bytes_and_etag(world: World) -> None:
    """A download that broke can go on; whatever changes what is in it changes the ETag."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    first, data = _bundle(world)
    world.fakes.clock.advance(MOMENT * 5_000)
    again, same = _bundle(world)
    assert (first.etag, data) == (again.etag, same)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "None was made")
    assert first.etag != _bundle(world)[0].etag


def test_only_what_counts_is_in_it(world: World) -> None:
    """Replaced and withdrawn versions are left out; gaps are told with their reasons, and the receipt is there."""
    first = upload(world.deps, world.leader.actor, world.a.inspection, data=sample(seed=1)).document
    upload(world.deps, world.leader.actor, world.a.inspection, data=sample(seed=2), replaces=first)
    away = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report").document
    withdraw(world.deps, world.leader.actor, world.a.inspection, away)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "Withdrawn by mistake")
    _bag, data = _bundle(world)
    assert [sample(seed=2)] == list(_payload(data).values())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        index = archive.read("RAA-2023-01/index.csv").decode()
        assert "RAA-2023-01/receipt.json" not in archive.namelist()
    assert "Withdrawn by mistake" in index
    assert "Adoption panel minutes" in index


def test_after_the_declaration_the_receipt_is_in_it(world: World) -> None:
    """The newest one, as the provider has it."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    _bag, data = _bundle(world)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b'"cause":"declaration"' in archive.read("RAA-2023-01/receipt.json")
    assert 15 == len(_payload(data))


def test_an_inspection_without_documents_has_a_bundle_too(world: World) -> None:
    """It says what is missing."""
    _bag, data = _bundle(world)
    assert {"": b""} == _payload(data)


def test_the_trail_says_so_before_the_first_byte(world: World) -> None:
    """Committed when the download is made, whether or not anyone reads it to its end."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    assert "document.opened" == actions(world.deps, world.a.inspection)[-1]
    make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    assert "bundle.opened" == actions(world.deps, world.a.inspection)[-1]
    assert 0 == world.fakes.store.calls["get"]


def test_a_document_is_handed_over_whole(world: World) -> None:
    """With its name, size and digest said before."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG, name="Long one.pdf").document
    download = download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    assert ("Long one.pdf", len(LONG), hashlib.sha256(LONG).hexdigest()) == (
        download.name, download.size, download.sha256,
    )  # fmt: skip
    assert LONG == b"".join(download.chunks)


def test_who_may_read(world: World) -> None:
    """The agency its own documents, the team everything, stewards nothing, others know of nothing."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    for person in (world.leader, world.contributor, world.inspector, world.qa_officer):
        assert content(world.deps, person.actor, world.a.inspection, document)
    for person in (world.administrator, world.dpo):
        with pytest.raises(NotAllowed):
            download_document(world.deps, person.actor, world.a.inspection, document)
    for person in (world.leader, world.contributor, world.administrator, world.dpo):
        with pytest.raises(NotAllowed):
            make_bundle(world.deps, person.actor, world.a.inspection)
    for person in (world.leader_b, world.lead_inspector_b):
        with pytest.raises(NotFound):
            download_document(world.deps, person.actor, world.a.inspection, document)
        with pytest.raises(NotFound):
            make_bundle(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        download_document(world.deps, world.leader_b.actor, world.b.inspection, document)


def _flip(world: World, document: UUID) -> None:
    key = object_key(world.a.inspection, document, 3)
    sealed = bytearray(world.fakes.store.get(key))
    sealed[-1] ^= 1
    world.fakes.store.plant_version(key, bytes(sealed))


def _swap(world: World, document: UUID) -> None:
    other = world.fakes.store.get(object_key(world.a.inspection, document, 2))
    world.fakes.store.plant_version(object_key(world.a.inspection, document, 3), other)


def _lose(world: World, document: UUID) -> None:
    world.fakes.store.delete([object_key(world.a.inspection, document, 3)])


@pytest.mark.parametrize(("harm", "error"), [(_flip, SealBroken), (_swap, SealBroken), (_lose, ObjectMissing)])
def test_a_part_that_fails_breaks_the_download(world: World, harm: object, error: type[PortalError]) -> None:
    """Less than the announced length goes out, and never a wrong byte."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG).document
    bag, _data = _bundle(world)
    assert callable(harm)
    harm(world, document)
    for length, stream in (
        (len(LONG), download_document(world.deps, world.inspector.actor, world.a.inspection, document).chunks),
        (bag.length, make_bundle(world.deps, world.inspector.actor, world.a.inspection)[1]),
    ):
        assert length > _read_until(stream, error)


def _read_until(stream: Iterator[bytes], error: type[PortalError]) -> int:
    """Read until the error, and return how many bytes came before it."""
    chunks: list[bytes] = []
    with pytest.raises(error):
        chunks.extend(stream)
    return sum(map(len, chunks))


def test_disposal_breaks_a_download_that_is_under_way(world: World) -> None:
    """Each part is opened only after another look at the inspection's state (rule 10)."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG).document
    publish_report(world)
    world.fakes.clock.set(DUE_AT - MOMENT)
    bag, bundle = make_bundle(world.deps, world.lead_inspector.actor, world.a.inspection)
    chunks = download_document(world.deps, world.lead_inspector.actor, world.a.inspection, document).chunks
    came = len(next(chunks))
    world.fakes.clock.set(DUE_AT)
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    # A few parts may have been opened ahead of the reader before the disposal began.
    assert PARTS_AHEAD * PART >= _read_until(chunks, KeyRemoved)
    assert len(LONG) > came + PARTS_AHEAD * PART
    assert bag.length > _read_until(bundle, KeyRemoved)


def test_an_expired_inspection_is_refused_even_if_the_job_never_ran(world: World) -> None:
    """To the instant: a moment before it is read, and then it is gone; the trail has no entry of a read."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    publish_report(world)
    world.fakes.clock.set(DUE_AT - MOMENT)
    assert content(world.deps, world.inspector.actor, world.a.inspection, document)
    world.fakes.clock.set(DUE_AT)
    before = actions(world.deps)
    with pytest.raises(KeyRemoved):
        download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    with pytest.raises(KeyRemoved):
        make_bundle(world.deps, world.inspector.actor, world.a.inspection)
    assert "closed" == inspection_row(world.deps, world.a.inspection).state
    assert before == actions(world.deps)


def test_a_hold_keeps_it_readable(world: World) -> None:
    """What must not be destroyed must not be lost either."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=LONG).document
    hold(world)
    wait_until_due(world)
    assert LONG == content(world.deps, world.inspector.actor, world.a.inspection, document)
    with pytest.raises(Conflict):
        dispose(world.deps, world.dpo.actor, world.a.inspection)


def test_a_key_that_cannot_be_had_now_is_said_to_be_so(world: World) -> None:
    """Nothing is opened, and trying later may help."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    world.fakes.custodian.unavailable = True
    with pytest.raises(KeyUnavailable):
        download_document(world.deps, world.inspector.actor, world.a.inspection, document)
    with pytest.raises(KeyUnavailable):
        make_bundle(world.deps, world.inspector.actor, world.a.inspection)


def test_what_was_withdrawn_is_the_agency_s_again(world: World) -> None:
    """The team cannot read a withdrawn or replaced file on by its old address; the agency's own people can."""
    wrong = upload(world.deps, world.leader.actor, world.a.inspection)
    withdraw(world.deps, world.leader.actor, world.a.inspection, wrong.document)
    old = upload(world.deps, world.leader.actor, world.a.inspection)
    upload(world.deps, world.leader.actor, world.a.inspection, replaces=old.document)
    for received in (wrong, old):
        with pytest.raises(NotFound):
            download_document(world.deps, world.lead_inspector.actor, world.a.inspection, received.document)
        assert download_document(world.deps, world.leader.actor, world.a.inspection, received.document).size
