"""Hand over what was sent: one document, or the bundle as a pure function of a frozen snapshot (design: Bundle)."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import writing
from portal.db.queries import (
    NOT_FOUND,
    admit,
    current_answers,
    current_documents,
    document_in,
    latest_receipt,
    provides,
    state_and_key,
)
from portal.db.tables import Document, Inspection
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.lifecycle import DocumentState
from portal.domain.roles import Permission
from portal.formats.bag import Bag, BundleFile, BundleGap, BundleSnapshot, make_bag
from portal.formats.canonical import canonical_json
from portal.ports import Deps
from portal.vault.parts import PartContext, object_key, open_part, part_count
from portal.vault.receipts import progress_of
from portal.vault.records import check_not_recalled, key_in_state, open_details, open_receipt, open_words, readable_key
from schemas.definitions import Checklist, load_checklist

PARTS_AHEAD = 2


@dataclass(frozen=True)
class Download:
    """One document on its way out: `size` bytes, in chunks."""

    name: str
    size: int
    sha256: str
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class _Stored:
    inspection: UUID
    document: UUID
    size: int
    part_bytes: int

    @property
    def parts(self) -> int:
        """How many parts the document has."""
        return part_count(self.size, self.part_bytes)


def download_document(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> Download:
    """Open one document; the trail says so before the first byte. Raises NotFound, NotAllowed, KeyRemoved.

    The team reads what counts now; the agency's own people also what they withdrew or replaced.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.download_document)
        document = document_in(session, inspection.id, document_id)
        if document.state != DocumentState.received and not provides(session, actor, inspection.id):
            # What was withdrawn or replaced is the agency's again: a wrong file must not be read on by its old address.
            raise NotFound(NOT_FOUND)
        check_not_recalled(DocumentState(document.state))
        key = readable_key(deps, inspection, deps.clock.now())
        name = open_details(key, document).name
        append(
            session,
            actor,
            "document.opened",
            deps.clock.now(),
            inspection=inspection.id,
            subject=document.id,
            item=document.item,
        )
        size, digest = document.size or 0, (document.sha256 or b"").hex()
        stored = _Stored(inspection.id, document.id, size, document.part_bytes)
    return Download(name, size, digest, _open_parts(deps, [stored]))


def make_bundle(deps: Deps, actor: Actor, inspection_id: UUID) -> tuple[Bag, Iterator[bytes]]:
    """Return the bag (name, exact length, ETag) and its bytes; the trail says so before the first byte.

    Raises NotFound, NotAllowed, KeyRemoved; while streaming SealBroken, ObjectMissing or KeyRemoved, which must break
    the download visibly.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.download_bundle)
        snapshot, stored = _freeze(session, deps, inspection)
        bag = make_bag(snapshot)
        append(
            session,
            actor,
            "bundle.opened",
            deps.clock.now(),
            inspection=inspection.id,
            subject=bag.etag,
            documents=len(snapshot.files),
        )
    return bag, _stream(deps, bag, [stored[file.document] for file in snapshot.files])


def _freeze(session: Session, deps: Deps, inspection: Inspection) -> tuple[BundleSnapshot, dict[UUID, _Stored]]:
    key = readable_key(deps, inspection, deps.clock.now())
    checklist = load_checklist(inspection.checklist_version)
    order = {item.code: item.number for item in checklist.items}
    documents = sorted(
        current_documents(session, inspection.id),
        key=lambda each: (order[each.item], _slot_order(checklist, each), each.received_at, each.id),
    )
    answers = {each.item: each for each in current_answers(session, inspection.id)}
    receipt = latest_receipt(session, inspection.id)
    gaps = [
        BundleGap(
            each.item.folder,
            each.item.label,
            each.words,
            open_words(key, answers[each.item.code]) if each.item.code in answers else "",
        )
        for each in progress_of(session, inspection).items
        if each.state != "provided"
    ]
    # The time of the last change, not of the download: the same snapshot gives the same bytes each time.
    times = [inspection.announced_at, inspection.declared_at, *(each.received_at for each in documents)]
    times += [each.accepted_at for each in documents]
    times += [each.given_at for each in answers.values()] + [receipt.made_at if receipt else None]
    snapshot = BundleSnapshot(
        reference=inspection.reference,
        agency=inspection.agency.name,
        programme=inspection.programme.title,
        deadline_at=inspection.deadline_at,
        frozen_at=max(each for each in times if each is not None),
        files=tuple(_file(checklist, key, each) for each in documents),
        gaps=tuple(gaps),
        receipt=canonical_json(open_receipt(key, receipt)) if receipt else None,
        declared_at=inspection.declared_at,
    )
    stored = {each.id: _Stored(inspection.id, each.id, each.size or 0, each.part_bytes) for each in documents}
    return snapshot, stored


def _slot_order(checklist: Checklist, document: Document) -> int:
    slots = [slot.code for slot in checklist.item(document.item).slots]
    return slots.index(document.slot)


def _file(checklist: Checklist, key: bytes, document: Document) -> BundleFile:
    if document.state != DocumentState.received or document.received_at is None or document.sha256 is None:
        raise ValueError("Only documents that count go into a bundle.")
    item = checklist.item(document.item)
    details = open_details(key, document)
    slot = item.slot(document.slot).label if len(item.slots) > 1 else ""
    return BundleFile(
        document=document.id,
        folder=item.folder,
        item_label=item.label,
        slot_label=f"{slot}, {details.meeting_date}" if details.meeting_date else slot,
        name=details.name,
        version=document.version or 1,
        size=document.size or 0,
        sha256=document.sha256.hex(),
        crc32=document.crc32 or 0,
        began_at=document.began_at,
        received_at=document.received_at,
        on_time=bool(document.on_time),
        accepted_at=document.accepted_at,
    )


def _stream(deps: Deps, bag: Bag, documents: Sequence[_Stored]) -> Iterator[bytes]:
    """Yield the bag. Its documents, in its order, are opened as one sequence, so that the first parts are ahead too."""
    count = {each.document: each.parts for each in documents}
    with closing(_open_parts(deps, documents)) as parts:
        yield from bag.stream(lambda file: islice(parts, count[file.document]))


def _open_parts(deps: Deps, documents: Iterable[_Stored]) -> Generator[bytes]:
    """Yield the documents part by part, opening parts ahead while the reader takes the last.

    Two ahead, not one: a part in hand may be as short as the end of a document, and the helper must not wait for it.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="download") as helper:
        ahead: deque[Future[bytes]] = deque()
        for document in documents:
            for number in range(1, document.parts + 1):
                ahead.append(helper.submit(_open_one, deps, document, number))
                if len(ahead) > PARTS_AHEAD:
                    yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _open_one(deps: Deps, stored: _Stored, number: int) -> bytes:
    """Open one part, having looked at both states again: disposal and recall fence readers (rule 10)."""
    state, wrapped_key, document_state = state_and_key(deps.engine, stored.inspection, stored.document)
    check_not_recalled(document_state)
    key = key_in_state(deps, stored.inspection, state, wrapped_key)
    sealed = deps.store.get(object_key(stored.inspection, stored.document, number))
    return open_part(key, PartContext(stored.inspection, stored.document, number, number == stored.parts), sealed)
