"""What a download of several documents holds: a snapshot of one inspection, frozen, with the names opened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from portal.db.tables import Document, Receipt
from portal.domain.check_words import LEFT_OUT
from portal.domain.checklist import ItemState
from portal.domain.errors import NotFound
from portal.domain.lifecycle import DocumentState
from portal.domain.times import say_moment
from portal.formats.canonical import canonical_json
from portal.formats.snapshot import (
    BundleCheck,
    BundleFile,
    BundleGap,
    BundleGone,
    BundlePart,
    BundleSnapshot,
    BundleWithheld,
)
from portal.vault.cases import Case
from portal.vault.records import open_details, open_receipt
from schemas.texts import say

Scope: TypeAlias = Literal["all", "item", "changes"]
_GONE = {
    DocumentState.recalled: "Recalled: it was sent in error. Delete every copy",
    DocumentState.replaced: "Replaced by another version",
    DocumentState.withdrawn: "Withdrawn by the agency",
}
_ELSEWISE = frozenset({ItemState.equivalent, ItemState.none})


@dataclass(frozen=True)
class Want:
    """What of an inspection is asked for: everything, one item, or what changed."""

    scope: Scope = "all"
    item: str = ""
    since: datetime | None = None
    """Of changes: received from this instant on. None: nothing was downloaded before, so everything changed."""


def freeze(case: Case, receipt: Receipt | None, want: Want, checks: Mapping[UUID, BundleCheck]) -> BundleSnapshot:
    """Return what the download holds and what the inspection lacks. Raises NotFound (no such item), SealBroken.

    `checks` has what is said of each document's check. Its time is that of the last change, not of the download: the
    same snapshot gives the same bytes each time.
    """
    items = {item.code: item for item in case.checklist.items}
    if want.scope == "item" and want.item not in items:
        raise NotFound(say("There is no such item on the checklist. Go back to the inspection."))
    places = {(item.code, slot.code): at for item in items.values() for at, slot in enumerate(item.slots)}
    documents = sorted(
        case.current,
        key=lambda each: (items[each.item].number, places[each.item, each.slot], each.received_at, each.id),
    )
    inspection, gone = case.inspection, _gone(case, want)
    times = [inspection.announced_at, inspection.declared_at, receipt.made_at if receipt else None]
    times += [at for each in documents for at in (each.received_at, each.accepted_at)]
    times += [each.given_at for each in case.answers] + [each.ended_at for each in gone]
    times += [case.handed_out_at(each) for each in documents]
    rows = [row for each in documents if (row := case.checks.get(each.id))]
    times += [at for row in rows for at in (row.checked_at, row.released_at, row.reason_at)]
    return BundleSnapshot(
        reference=inspection.reference,
        agency=inspection.agency.name,
        programme=inspection.programme.title,
        deadline_at=inspection.deadline_at,
        frozen_at=max(each for each in times if each is not None),
        files=tuple(_file(case, each, checks) for each in documents),
        gaps=_gaps(case),
        receipt=canonical_json(open_receipt(case.key, receipt)) if receipt else None,
        declared_at=inspection.declared_at,
        gone=gone,
        part=_part(case, want, documents),
        withheld=tuple(
            BundleWithheld(each.id, LEFT_OUT[reason])
            for each in documents
            if (reason := case.withheld(each)) and (want.scope != "item" or each.item == want.item)
        ),
    )


def _part(case: Case, want: Want, documents: Iterable[Document]) -> BundlePart | None:
    if want.scope == "item":
        item = case.checklist.item(want.item)
        chosen = frozenset(each.id for each in documents if each.item == want.item)
        return BundlePart(f"item-{item.number:02d}", f"the item “{item.label}”", chosen)
    if want.scope == "changes":
        chosen = frozenset(each.id for each in documents if is_new(case.handed_out_at(each), want.since))
        words = f"what was received since {say_moment(want.since)}" if want.since else "what is new to its reader"
        return BundlePart("changes", words, chosen)
    return None


def is_new(handed_out_at: datetime, since: datetime | None) -> bool:
    """Say whether a document came after a download; one of the same instant, which may not be in it, is said to."""
    return since is None or handed_out_at >= since


def _gaps(case: Case) -> tuple[BundleGap, ...]:
    return tuple(
        BundleGap(
            folder=each.item.folder,
            item_label=each.item.label,
            state=each.words,
            words=case.said[each.item.code].in_words if each.item.code in case.said else "",
            lacks=each.state not in _ELSEWISE,
        )
        for each in case.progress.items
        if each.state is not ItemState.provided
    )


def _gone(case: Case, want: Want) -> tuple[BundleGone, ...]:
    """Tell what earlier downloads may hold that counts no longer: what was recalled, and of changes all that ended."""
    return tuple(
        _ended(case, each, each.ended_at)
        for each in case.received
        if each.ended_at is not None
        and (each.item == want.item or want.scope != "item")
        and (each.state == DocumentState.recalled or _ended_since(each, want))
    )


def _ended_since(document: Document, want: Want) -> bool:
    ended, since = document.ended_at, want.since
    received_at = document.received_at
    if want.scope != "changes" or since is None or ended is None or received_at is None:
        return False
    return ended >= since and not is_new(received_at, since)


def _ended(case: Case, document: Document, ended_at: datetime) -> BundleGone:
    item = case.checklist.item(document.item)
    return BundleGone(
        item_label=item.label,
        slot_label=item.slot(document.slot).label if len(item.slots) > 1 else "",
        version=document.version or 1,
        state=_GONE[DocumentState(document.state)],
        ended_at=ended_at,
        sha256=(document.sha256 or b"").hex(),
    )


def _file(case: Case, document: Document, checks: Mapping[UUID, BundleCheck]) -> BundleFile:
    if document.received_at is None or document.sha256 is None:
        raise ValueError("Only documents that count go into a bundle.")
    item = case.checklist.item(document.item)
    details = open_details(case.key, document)
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
        check=checks[document.id],
    )
