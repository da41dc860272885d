"""Hand over what was sent: one document, or the bundle as a pure function of a frozen snapshot (design: Bundle)."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from uuid import UUID

from portal.db.chain import append, last_entry
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, admit, document_in, latest_receipt, provides, state_and_key
from portal.db.team_queries import BUNDLE_COMPLETED, BUNDLE_OPENED, DOCUMENT_OPENED, downloads_of, last_whole
from portal.domain.actors import Actor
from portal.domain.errors import NotFound
from portal.domain.lifecycle import DocumentState
from portal.domain.roles import Permission
from portal.domain.times import iso
from portal.formats.bag import Bag, make_bag
from portal.ports import Deps
from portal.vault.bundles import Scope, Want, freeze
from portal.vault.cases import open_case
from portal.vault.looking import looking
from portal.vault.parts import PartContext, object_key, open_part, part_count
from portal.vault.records import check_not_recalled, key_in_state, open_details, readable_key

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
            DOCUMENT_OPENED,
            deps.clock.now(),
            inspection=inspection.id,
            subject=document.id,
            item=document.item,
        )
        size, digest = document.size or 0, (document.sha256 or b"").hex()
        stored = _Stored(inspection.id, document.id, size, document.part_bytes)
    check = partial(_check_reader, deps, actor, inspection_id, Permission.download_document)
    return Download(name, size, digest, looking(deps, _open_parts(deps, [stored]), check))


def make_bundle(
    deps: Deps, actor: Actor, inspection_id: UUID, scope: Scope = "all", item: str = ""
) -> tuple[Bag, Iterator[bytes]]:
    """Return the bag (name, exact length, ETag) and its bytes: of everything, of one item, or of what changed.

    Changed is what was received since this actor last downloaded everything, or the changes, to the last byte. The
    trail says so before the first byte, and again after the last.

    Raises NotFound, NotAllowed, KeyRemoved, also while streaming, and there SealBroken or ObjectMissing, which must
    break the download visibly.
    """
    with writing(deps.engine) as session:
        # Locked, as by whatever changes what counts: what came before is in the snapshot, what comes later is new.
        admit(session, actor, inspection_id, Permission.download_bundle, lock=True)
        case = open_case(session, deps, actor, inspection_id, Permission.download_bundle)
        base = last_whole(downloads_of(session, inspection_id), actor) if scope == "changes" else None
        want = Want(scope, item, base.at if base else None)
        bag = make_bag(freeze(case, latest_receipt(session, inspection_id), want))
        entry = {"scope": scope, "documents": len(bag.files)} | ({"item": item} if scope == "item" else {})
        if want.since:
            entry["since"] = iso(want.since)
        append(session, actor, BUNDLE_OPENED, case.now, inspection=inspection_id, subject=bag.etag, **entry)
        opened = last_entry(session)
    stored = {each.id: _Stored(inspection_id, each.id, each.size or 0, each.part_bytes) for each in case.current}
    streamed = _stream(deps, bag, [stored[file.document] for file in bag.files])
    check = partial(_check_reader, deps, actor, inspection_id, Permission.download_bundle)
    chunks = looking(deps, streamed, check)
    return bag, _followed(deps, actor, inspection_id, bag, opened.seq if opened else 0, chunks)


def _followed(
    deps: Deps, actor: Actor, inspection_id: UUID, bag: Bag, opened: int, chunks: Iterator[bytes]
) -> Iterator[bytes]:
    """Pass the bytes on; once the last was taken, say so in the trail: only then does the download count as one."""
    yield from chunks
    with writing(deps.engine) as session:
        now = deps.clock.now()
        append(session, actor, BUNDLE_COMPLETED, now, inspection=inspection_id, subject=bag.etag, opened=opened)


def _check_reader(deps: Deps, actor: Actor, inspection_id: UUID, permission: Permission) -> None:
    """Let whoever reads go on reading. Raises NotFound, NotAllowed."""
    with reading(deps.engine) as session:
        admit(session, actor, inspection_id, permission)


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
