"""What has been sent, what is explained and what is still missing: a pure function of documents and gaps (§20)."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.domain.errors import Refused
from portal.domain.extras import is_extra
from portal.domain.times import say_date, say_deadline
from schemas.definitions import Checklist, Item
from schemas.texts import Text, say, together

LONGEST_WORDS = 2_000
"""Characters in the explanation of a gap."""


class GapKind(StrEnum):
    """Why an item is not there as asked."""

    equivalent = "equivalent"
    """Something else does the same job, and has been or will be sent in its place."""
    not_held = "not_held"
    to_follow = "to_follow"
    none = "none"
    """There is none to report: an answer for meetings alone."""


class ItemState(StrEnum):
    """How one item stands."""

    not_started = "not_started"
    in_progress = "in_progress"
    provided = "provided"
    equivalent = "equivalent"
    not_held = "not_held"
    to_follow = "to_follow"
    none = "none"


@dataclass(frozen=True)
class Held:
    """One current document: neither replaced nor withdrawn."""

    item: str
    slot: str
    on_time: bool


@dataclass(frozen=True)
class Gap:
    """What the provider says of an item that is not there as asked."""

    item: str
    kind: GapKind
    by: datetime | None = None
    """By when it follows, where that was said and the asker may read it."""


@dataclass(frozen=True)
class ItemProgress:
    """One item: slots `filled` of `needed`, counted for the alternative that has got furthest."""

    item: Item
    state: ItemState
    filled: int
    needed: int
    missing: tuple[str, ...]
    """Labels of the slots still to be filled."""
    explained: bool
    """A gap answers for this item, which is not provided as asked."""
    gap: GapKind | None = None
    """What was last said of the item, also where it no longer or not yet counts."""
    late: int = 0
    """Current documents received after the deadline."""
    by: datetime | None = None
    """By when what is to follow follows, if that was said."""

    @property
    def counted(self) -> str:
        """Count what has come: "2 of 3 panel minutes"."""
        return say("{filled} of {needed} {counted}", filled=self.filled, needed=self.needed, counted=self.item.counted)

    @property
    def settled(self) -> bool:
        """Say whether nothing more is asked: provided as asked, or explained."""
        return self.state is ItemState.provided or self.explained

    @property
    def status(self) -> str:
        """Say how the item stands in the words of a task list, which have no counts."""
        return _STATUSES[self.state]

    @property
    def words(self) -> str:
        """Say how the item stands in a few words, with what of it has come."""
        match self.state:
            case ItemState.provided:
                return say("Provided")
            case ItemState.not_held:
                if self.filled:
                    return say("{counted} sent, the rest not held: explained", counted=self.counted)
                return say("Not held: explained")
            case ItemState.to_follow if self.filled:
                return say("{counted} sent, the rest to follow", counted=self.counted)
            case ItemState.in_progress:
                return say("{counted} sent", counted=self.counted)
            case ItemState.not_started if self.gap is GapKind.equivalent:
                return say("Equivalent still to send")
            case _:
                return self.status


_STATUSES = {
    ItemState.not_started: say("Not yet started"),
    ItemState.in_progress: say("In progress"),
    ItemState.provided: say("Completed"),
    ItemState.equivalent: say("Equivalent provided"),
    ItemState.not_held: say("Not held"),
    ItemState.to_follow: say("To follow"),
    ItemState.none: say("None arranged"),
}
_EXPLAINED = frozenset({ItemState.equivalent, ItemState.not_held, ItemState.to_follow, ItemState.none})
_NUMBERS = {2: say("Two"), 3: say("Three")}
_SUMMARY: tuple[tuple[ItemState, Callable[[int], Text]], ...] = (
    (ItemState.provided, lambda count: say("{count} provided", count=count)),
    (ItemState.equivalent, lambda count: say("{count} provided as an equivalent", count=count)),
    (ItemState.not_held, lambda count: say("{count} not held", count=count)),
    (ItemState.none, lambda count: say("{count} none to report", count=count)),
)


@dataclass(frozen=True)
class Progress:
    """The whole checklist, in its order, and behind it what was asked for later."""

    items: tuple[ItemProgress, ...]

    @property
    def asked(self) -> tuple[ItemProgress, ...]:
        """Return the checklist's own items: what the declaration is about."""
        return tuple(each for each in self.items if not is_extra(each.item.code))

    @property
    def unexplained(self) -> tuple[ItemProgress, ...]:
        """Return the checklist's own items that are neither provided nor explained."""
        return tuple(each for each in self.asked if not each.settled)

    @property
    def later(self) -> tuple[ItemProgress, ...]:
        """Return what was asked for later (§25) and has neither come nor been explained."""
        return tuple(each for each in self.items if is_extra(each.item.code) and not each.settled)

    @property
    def summary(self) -> str:
        """Count every item of the checklist exactly once: "9 provided, 1 not held, 1 to follow"; no parts of zero.

        Where it was said by when something follows: "1 to follow by midday on Wednesday 11 October 2023".
        """
        counts = Counter(each.state for each in self.asked)
        parts = [say_count_of(counts[state]) for state, say_count_of in _SUMMARY if counts[state]]
        if follows := [each.by for each in self.asked if each.state is ItemState.to_follow]:
            parts.append(_say_follows(follows))
        if missing := len(self.unexplained):
            parts.append(say("{count} still to send", count=missing))
        if later := len(self.later):
            parts.append(say("{count} asked for later and still to send", count=later))
        return together(parts, ", ")

    @property
    def missing_words(self) -> str:
        """Name what is neither provided nor explained, with the missing slots where some of the item is there.

        "Annual report; Panel minutes (third meeting)"; the empty string when there is nothing.
        """
        return together(
            (
                say("{item} ({missing})", item=each.item.label, missing=together(each.missing, ", "))
                if each.filled and each.missing
                else each.item.label
                for each in self.unexplained
            ),
            "; ",
        )


def progress(checklist: Checklist, held: Iterable[Held], gaps: Iterable[Gap]) -> Progress:
    """Return how every item stands; of several gaps for one item the last given counts.

    Raises KeyError for an item or slot that this version of the checklist does not have: an inspection pins its
    version, so that would be a fault of ours.
    """
    documents: dict[str, list[Held]] = {item.code: [] for item in checklist.items}
    for document in held:
        checklist.item(document.item).slot(document.slot)
        documents[document.item].append(document)
    said = {checklist.item(gap.item).code: gap for gap in gaps}
    return Progress(tuple(_item_progress(item, documents[item.code], said.get(item.code)) for item in checklist.items))


def check_gap_words(words: str) -> str:
    """Return the explanation of a gap without surrounding space. Raises Refused (empty, over 2,000 characters)."""
    words = words.strip()
    if not words:
        raise Refused(say("Enter a few words of explanation."), "words")
    if len(words) > LONGEST_WORDS:
        raise Refused(say("The explanation must be {most} characters or fewer.", most=f"{LONGEST_WORDS:,}"), "words")
    return words


def repeated_dates(dates: Iterable[date]) -> tuple[tuple[date, int], ...]:
    """Return each meeting date that more than one document of an item has, with how many have it, newest first."""
    return tuple((day, count) for day, count in sorted(Counter(dates).items(), reverse=True) if count > 1)


def ask_about_dates(item: Item, dates: Iterable[date]) -> tuple[str, ...]:
    """Question dates that cannot well be right: two meetings of one kind on one day. Nothing is refused for it."""
    return tuple(
        say(
            "{number} sets of {counted} have the same meeting date, {day}. Is that right? Replace one if not.",
            number=_NUMBERS.get(count, count),
            counted=item.counted,
            day=say_date(day),
        )
        for day, count in repeated_dates(dates)
    )


def _say_follows(follows: list[datetime | None]) -> Text:
    """Say how many follow, and by when: by the latest of the times where they differ or are not said of all."""
    times = [by for by in follows if by is not None]
    count, some = len(follows), len(times)
    if not times:
        return say("{count} to follow", count=count)
    last, several = say_deadline(max(times)), len(set(times)) > 1
    if some == count and several:
        return say("{count} to follow by {deadline} at the latest", count=count, deadline=last)
    if some == count:
        return say("{count} to follow by {deadline}", count=count, deadline=last)
    if several:
        return say("{count} to follow ({some} by {deadline} at the latest)", count=count, some=some, deadline=last)
    return say("{count} to follow ({some} by {deadline})", count=count, some=some, deadline=last)


def _item_progress(item: Item, documents: list[Held], gap: Gap | None) -> ItemProgress:
    slots = {document.slot for document in documents}
    # The first written wins a tie, so that with nothing sent the usual way is the one shown.
    furthest = min(item.complete, key=lambda wanted: (not slots.issuperset(wanted), -len(slots.intersection(wanted))))
    missing = tuple(item.slot(code).label for code in furthest if code not in slots)
    kind = gap.kind if gap else None
    state = _state(bool(documents), not missing, kind, alone=len(furthest) == 1)
    return ItemProgress(
        item=item,
        state=state,
        filled=len(furthest) - len(missing),
        needed=len(furthest),
        missing=missing,
        explained=state in _EXPLAINED,
        gap=kind,
        late=sum(not document.on_time for document in documents),
        by=gap.by if gap and state is ItemState.to_follow else None,
    )


def _state(any_sent: bool, complete: bool, gap: GapKind | None, *, alone: bool) -> ItemState:
    # Where one file is all that is asked for, that file is the equivalent; of several, the whole set is what was asked.
    if complete and not (alone and gap is GapKind.equivalent):
        return ItemState.provided
    if gap is GapKind.equivalent:
        # The word alone is not the thing: an equivalent counts once there is a file.
        return ItemState.equivalent if any_sent else ItemState.not_started
    if gap is not None:
        return ItemState(gap.value)
    return ItemState.in_progress if any_sent else ItemState.not_started
