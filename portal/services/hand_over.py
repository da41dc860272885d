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
from portal.db.check_queries import checks_in, checks_of, checks_with_findings
from portal.db.engine import reading, writing
from portal.db.queries import NOT_FOUND, admit, document_in, latest_receipt, provides
from portal.db.team_queries import BUNDLE_COMPLETED, BUNDLE_OPENED, DOCUMENT_OPENED, downloads_of, last_whole
from portal.domain.actors import Actor
from portal.domain.check_words import WITHHELD
from portal.domain.checks import Withheld
from portal.domain.errors import Conflict, NotFound
from portal.domain.lifecycle import DocumentState
from portal.domain.roles import Permission
from portal.domain.times import iso
from portal.formats.bag import Bag, make_bag
from portal.ports import Deps
from portal.vault.bundle_checks import checks_said
from portal.vault.bundles import Scope, Want, freeze
from portal.vault.cases import open_case
from portal.vault.check_opened import open_before
from portal.vault.checks import withheld_row
from portal.vault.looking import looking
from portal.vault.records import check_not_recalled, open_details, readable_key
from portal.vault.stored import Stored, open_stored, stored

PARTS_AHEAD = 2


@dataclass(frozen=True)
class Download:
    """One document on its way out: `size` bytes, in chunks."""

    name: str
    size: int
    sha256: str
    chunks: Iterator[bytes]


def download_document(deps: Deps, actor: Actor, inspection_id: UUID, document_id: UUID) -> Download:
    """Open one document; the trail says so before the first byte. Raises NotFound, NotAllowed, KeyRemoved, Conflict.

    The team reads what counts now and is not withheld; the agency's own people also what they withdrew or replaced,
    and what is only not scanned, but nothing that is quarantined.
    """
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.download_document)
        document = document_in(session, inspection.id, document_id)
        if document.state != DocumentState.received and not provides(session, actor, inspection.id):
            # What was withdrawn or replaced is the agency's again: a wrong file must not be read on by its old address.
            raise NotFound(NOT_FOUND)
        check_not_recalled(DocumentState(document.state))
        row = checks_of(session, inspection.id, [document.id]).get(document.id)
        _check_handed_out(withheld_row(deps, row), own=provides(session, actor, inspection.id))
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
        place = stored(document)
    check = partial(_check_reader, deps, actor, inspection_id, Permission.download_document, [document_id])
    return Download(name, size, digest, looking(deps, _open_parts(deps, [place]), check))


def _check_handed_out(reason: Withheld | None, *, own: bool) -> None:
    """Pass unless a document is withheld from this reader: its own agency may have what is only not scanned.

    Raises Conflict, whose sentence says what can be done.
    """
    if reason is not None and not (own and reason in (Withheld.unscanned, Withheld.locked)):
        raise Conflict(WITHHELD[reason])


def make_bundle(
    deps: Deps, actor: Actor, inspection_id: UUID, scope: Scope = "all", item: str = ""
) -> tuple[Bag, Iterator[bytes]]:
    """Return the bag (name, exact length, ETag) and its bytes: of everything, of one item, or of what changed.

    Changed is what was received, or handed out after it had been withheld, since this actor last downloaded everything,
    or the changes, to the last byte. What is withheld now is listed and left out. The trail says so before the first
    byte, and again after the last.

    Raises NotFound, NotAllowed, KeyRemoved, also while streaming, and there SealBroken, ObjectMissing or Conflict (a
    scan finds malware in it meanwhile), which must break the download visibly.
    """
    with reading(deps.engine) as session:
        admit(session, actor, inspection_id, Permission.download_bundle)
        found = checks_with_findings(session, inspection_id)
    kept = open_before(deps, found)
    with writing(deps.engine) as session:
        # Locked, as by whatever changes what counts: what came before is in the snapshot, what comes later is new.
        admit(session, actor, inspection_id, Permission.download_bundle, lock=True)
        case = open_case(session, deps, actor, inspection_id, Permission.download_bundle)
        base = last_whole(downloads_of(session, inspection_id), actor) if scope == "changes" else None
        want = Want(scope, item, base.at if base else None)
        bag = make_bag(freeze(case, latest_receipt(session, inspection_id), want, checks_said(session, case, kept)))
        entry = {"scope": scope, "documents": len(bag.files)} | ({"item": item} if scope == "item" else {})
        if want.since:
            entry["since"] = iso(want.since)
        append(session, actor, BUNDLE_OPENED, case.now, inspection=inspection_id, subject=bag.etag, **entry)
        opened = last_entry(session)
    places = {each.id: stored(each) for each in case.current}
    documents = [file.document for file in bag.files]
    streamed = _stream(deps, bag, [places[each] for each in documents])
    check = partial(_check_reader, deps, actor, inspection_id, Permission.download_bundle, documents)
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


def _check_reader(
    deps: Deps, actor: Actor, inspection_id: UUID, permission: Permission, documents: Iterable[UUID]
) -> None:
    """Let whoever reads go on reading. Raises NotFound, NotAllowed, Conflict (a scan found malware meanwhile)."""
    with reading(deps.engine) as session:
        admit(session, actor, inspection_id, permission)
        checks = checks_in(session, inspection_id)
    if any(withheld_row(deps, checks.get(each)) is Withheld.malware for each in documents):
        raise Conflict(WITHHELD[Withheld.malware])


def _stream(deps: Deps, bag: Bag, documents: Sequence[Stored]) -> Iterator[bytes]:
    """Yield the bag. Its documents, in its order, are opened as one sequence, so that the first parts are ahead too."""
    count = {each.document: each.parts for each in documents}
    with closing(_open_parts(deps, documents)) as parts:
        yield from bag.stream(lambda file: islice(parts, count[file.document]))


def _open_parts(deps: Deps, documents: Iterable[Stored]) -> Generator[bytes]:
    """Yield the documents part by part, opening parts ahead while the reader takes the last.

    Two ahead, not one: a part in hand may be as short as the end of a document, and the helper must not wait for it.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="download") as helper:
        ahead: deque[Future[bytes]] = deque()
        for document in documents:
            for number in range(1, document.parts + 1):
                ahead.append(helper.submit(open_stored, deps, document, number))
                if len(ahead) > PARTS_AHEAD:
                    yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
