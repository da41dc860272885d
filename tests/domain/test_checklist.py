from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.checklist import (
    Gap,
    GapKind,
    Held,
    ItemProgress,
    ItemState,
    ask_about_dates,
    check_gap_words,
    progress,
    repeated_dates,
)
from portal.domain.errors import Refused
from tests.domain.common import CHECKLIST, utc

PLACES = [(item.code, slot.code) for item in CHECKLIST.items for slot in item.slots]
NOON, FOUR = utc("2023-10-11 11:00"), utc("2023-10-12 15:00")
TWO = "2 of 3 panel minutes sent"
CODES = [item.code for item in CHECKLIST.items]
EVERYTHING = [Held(item.code, slot, on_time=True) for item in CHECKLIST.items for slot in item.complete[0]]
HELD = st.lists(st.tuples(st.sampled_from(PLACES), st.booleans()).map(lambda drawn: Held(*drawn[0], on_time=drawn[1])))
GAPS = st.lists(st.builds(Gap, st.sampled_from(CODES), st.sampled_from(GapKind)))


def one(code: str, *slots: str, gap: GapKind | None = None) -> ItemProgress:
    """Return how one item stands with these slots filled and this gap."""
    whole = progress(CHECKLIST, [Held(code, slot, on_time=True) for slot in slots], [Gap(code, gap)] if gap else [])
    (found,) = (each for each in whole.items if each.item.code == code)
    return found


def test_nothing_sent() -> None:
    """At the beginning every item is missing, by its name, and nothing is counted as sent."""
    whole = progress(CHECKLIST, [], [])
    assert "11 still to send" == whole.summary
    assert whole.items == whole.unexplained
    assert "; ".join(item.label for item in CHECKLIST.items) == whole.missing_words
    assert {"Not yet started"} == {each.words for each in whole.items}


def test_everything_sent() -> None:
    """With every item sent as asked, nothing is missing."""
    whole = progress(CHECKLIST, EVERYTHING, [])
    assert "11 provided" == whole.summary
    assert () == whole.unexplained
    assert "" == whole.missing_words


def test_summary_of_a_mixture() -> None:
    """The summary counts provided, not held and to follow apart, and leaves out what is zero."""
    held = [each for each in EVERYTHING if each.item not in {"link-staff", "panel-minutes"}]
    gaps = [Gap("link-staff", GapKind.not_held), Gap("panel-minutes", GapKind.to_follow)]
    assert "9 provided, 1 not held, 1 to follow" == progress(CHECKLIST, held, gaps).summary
    assert "9 provided, 1 not held, 1 still to send" == progress(CHECKLIST, held, gaps[:1]).summary


def test_missing_words_name_slots_of_what_was_begun() -> None:
    """For an item that was begun the missing slots are named, for another its label is enough."""
    held = [each for each in EVERYTHING if (each.item, each.slot) != ("board-minutes", "third")]
    held = [each for each in held if each.item != "link-staff"]
    assert "Board minutes (Third latest board meeting); Local authority link staff" == (
        progress(CHECKLIST, held, []).missing_words
    )


@pytest.mark.parametrize(
    ("slots", "state", "words", "missing"),
    [
        ((), ItemState.not_started, "Not yet started", ("A1 form as one workbook",)),
        (("workbook",), ItemState.provided, "Provided", ()),
        (("children",), ItemState.in_progress, "1 of 3 A1 form files sent", ("Adopters", "Adoption support")),
        (("children", "support"), ItemState.in_progress, "2 of 3 A1 form files sent", ("Adopters",)),
        (("children", "adopters", "support"), ItemState.provided, "Provided", ()),
        (("workbook", "children"), ItemState.provided, "Provided", ()),
    ],
)
def test_either_way_of_sending_the_a1_form(
    slots: tuple[str, ...], state: ItemState, words: str, missing: tuple[str, ...]
) -> None:
    """The A1 form is complete as one workbook or as three files, and half of the one does not ask for the other."""
    found = one("a1-form", *slots)
    assert (state, words, missing) == (found.state, found.words, found.missing)


@pytest.mark.parametrize(
    ("slots", "gap", "state", "words", "settled"),
    [
        (("latest", "second"), None, ItemState.in_progress, TWO, False),
        (
            ("latest", "second"),
            GapKind.not_held,
            ItemState.not_held,
            TWO + ", the rest not held: explained",
            True,
        ),
        (
            ("latest", "second"),
            GapKind.to_follow,
            ItemState.to_follow,
            TWO + ", the rest to follow",
            True,
        ),
        (("latest",), GapKind.equivalent, ItemState.equivalent, "Equivalent provided", True),
        ((), GapKind.equivalent, ItemState.not_started, "Equivalent still to send", False),
        ((), GapKind.not_held, ItemState.not_held, "Not held: explained", True),
        ((), GapKind.to_follow, ItemState.to_follow, "To follow", True),
        (("latest", "second", "third"), GapKind.not_held, ItemState.provided, "Provided", True),
        (("latest", "second", "third"), GapKind.equivalent, ItemState.provided, "Provided", True),
    ],
)
def test_gaps(slots: tuple[str, ...], gap: GapKind | None, state: ItemState, words: str, settled: bool) -> None:
    """A gap explains what is incomplete, gives way to what is complete, and an equivalent needs its file."""
    found = one("panel-minutes", *slots, gap=gap)
    assert (state, words, settled) == (found.state, found.words, found.settled)
    assert (settled and state is not ItemState.provided) == found.explained


def test_one_file_that_is_all_that_is_asked_for_can_be_the_equivalent() -> None:
    """Said to be an equivalent it is shown as one; of several files the whole set is what was asked for."""
    assert ItemState.equivalent is one("annual-report", "file", gap=GapKind.equivalent).state
    assert ItemState.provided is one("annual-report", "file", gap=GapKind.not_held).state
    assert ItemState.provided is one("annual-report", "file").state


def test_an_equivalent_is_counted_apart() -> None:
    """An equivalent stands in the summary as what it is."""
    held = [each for each in EVERYTHING if (each.item, each.slot) != ("panel-minutes", "third")]
    whole = progress(CHECKLIST, held, [Gap("panel-minutes", GapKind.equivalent)])
    assert "10 provided, 1 provided as an equivalent" == whole.summary
    assert () == whole.unexplained


def test_many_files_fill_one_slot_once() -> None:
    """Three files in an open-ended slot fill it once."""
    found = one("childrens-guide", "file", "file", "file")
    assert (ItemState.provided, 1, 1) == (found.state, found.filled, found.needed)


def test_late_documents_count_as_sent() -> None:
    """A document after the deadline provides its item, and is counted as late (R4)."""
    whole = progress(CHECKLIST, [Held("link-staff", "file", on_time=False)], [])
    (found,) = (each for each in whole.items if each.item.code == "link-staff")
    assert (ItemState.provided, 1) == (found.state, found.late)


def test_the_last_gap_counts() -> None:
    """Of two answers for one item the later one stands."""
    whole = progress(CHECKLIST, [], [Gap("a1-form", GapKind.not_held), Gap("a1-form", GapKind.to_follow)])
    assert ItemState.to_follow is whole.items[0].state


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([NOON], "1 to follow by midday on Wednesday 11 October 2023"),
        ([NOON, NOON], "2 to follow by midday on Wednesday 11 October 2023"),
        ([NOON, FOUR], "2 to follow by 4pm on Thursday 12 October 2023 at the latest"),
        ([NOON, None], "2 to follow (1 by midday on Wednesday 11 October 2023)"),
        ([NOON, FOUR, None], "3 to follow (2 by 4pm on Thursday 12 October 2023 at the latest)"),
        ([None], "1 to follow"),
    ],
)
def test_by_when_something_follows_is_said(times: list[datetime | None], words: str) -> None:
    """One time is said as it is, several by the latest, and what has none is not given one."""
    gaps = [Gap(code, GapKind.to_follow, by) for code, by in zip(CODES, times, strict=False)]
    assert f"{words}, {11 - len(times)} still to send" == progress(CHECKLIST, [], gaps).summary


def test_a_time_is_said_only_of_what_is_still_to_follow() -> None:
    """Once the item has come, by when it was promised is of no interest."""
    gaps = [Gap("link-staff", GapKind.to_follow, NOON)]
    whole = progress(CHECKLIST, [Held("link-staff", "file", on_time=True)], gaps)
    assert [] == [each for each in whole.items if each.by]
    assert "1 provided, 10 still to send" == whole.summary


def test_none_to_report_is_an_answer() -> None:
    """It settles the item, is counted apart, and gives way to a list that was sent after all."""
    gap = Gap("prearranged-meetings", GapKind.none)
    whole = progress(CHECKLIST, [], [gap])
    assert "1 none to report, 10 still to send" == whole.summary
    found = whole.items[-1]
    assert ("None arranged", "None arranged", True) == (found.words, found.status, found.settled)
    sent = progress(CHECKLIST, [Held("prearranged-meetings", "file", on_time=True)], [gap])
    assert "1 provided, 10 still to send" == sent.summary


def test_a_status_has_no_counts_and_the_count_its_own_noun() -> None:
    """A task list says the state in a few words, and beside it how much of it has come."""
    found = one("panel-minutes", "latest", "second")
    assert ("In progress", "2 of 3 panel minutes") == (found.status, found.counted)
    assert "1 of 1 files" == one("link-staff", "file").counted
    assert ["Completed", "Not yet started", "Not held", "To follow"] == [
        one("link-staff", "file").status,
        *(one("link-staff", gap=gap).status for gap in (None, GapKind.not_held, GapKind.to_follow)),
    ]


def test_two_meetings_on_one_day_are_questioned() -> None:
    """Equal dates are named with how many have them, newest first; different ones are not."""
    item = CHECKLIST.item("panel-minutes")
    first, second, third = date(2023, 9, 27), date(2023, 8, 30), date(2023, 7, 26)
    assert () == ask_about_dates(item, [first, second, third])
    [said] = ask_about_dates(item, [first, second, first])
    assert said == (
        "Two sets of panel minutes have the same meeting date, Wednesday 27 September 2023. "
        "Is that right? Replace one if not."
    )
    assert ask_about_dates(item, [second] * 3)[0].startswith("Three sets of panel minutes")


@given(st.lists(st.dates(date(2023, 1, 1), date(2023, 1, 9))))
def test_repeated_dates_are_those_that_a_set_would_lose(dates: list[date]) -> None:
    """Whatever the order, every date that more than one document has is found with its number, and no other."""
    found = repeated_dates(dates)
    assert len(dates) - len(set(dates)) == sum(count - 1 for _day, count in found)
    assert {day for day in dates if dates.count(day) > 1} == {day for day, _count in found}


@given(HELD, GAPS)
def test_never_a_false_eleven_of_eleven(held: list[Held], gaps: list[Gap]) -> None:
    """Whatever is sent and said, the summary adds up to eleven, and "provided" counts only complete items."""
    whole = progress(CHECKLIST, held, gaps)
    counts = {words.split(" ", 1)[1]: int(words.split(" ", 1)[0]) for words in whole.summary.split(", ")}
    filled = {(each.item, each.slot) for each in held}
    complete = [
        item
        for item in CHECKLIST.items
        if any(all((item.code, slot) in filled for slot in wanted) for wanted in item.complete)
    ]
    said = {gap.item: gap.kind for gap in gaps}
    alone = {each.item.code for each in whole.items if each.needed == 1}
    stand_ins = [item for item in complete if item.code in alone and said.get(item.code) is GapKind.equivalent]
    assert 11 == sum(counts.values())
    assert len(complete) - len(stand_ins) == counts.get("provided", 0)
    assert len(whole.unexplained) == counts.get("still to send", 0)
    assert bool(whole.unexplained) == bool(whole.missing_words)
    assert CODES == [each.item.code for each in whole.items]


@given(HELD, GAPS)
def test_each_item_adds_up(held: list[Held], gaps: list[Gap]) -> None:
    """For each item the filled and the missing slots make up the needed ones, and an unsent item has none filled."""
    for each in progress(CHECKLIST, held, gaps).items:
        assert each.needed == each.filled + len(each.missing)
        stands_in = each.state is ItemState.equivalent and each.needed == 1
        assert (each.state is ItemState.provided or stands_in) == (not each.missing)
        assert bool(each.filled) == any(document.item == each.item.code for document in held)


@given(HELD, GAPS, st.sampled_from(PLACES))
def test_sending_more_never_unsettles(held: list[Held], gaps: list[Gap], place: tuple[str, str]) -> None:
    """One more document never makes a settled item unsettled, and touches no other item."""
    before = progress(CHECKLIST, held, gaps).items
    after = progress(CHECKLIST, [*held, Held(*place, on_time=True)], gaps).items
    for old, new in zip(before, after, strict=True):
        assert new.settled or not old.settled
        assert new == old or new.item.code == place[0]


@given(HELD.flatmap(lambda held: st.tuples(st.just(held), st.permutations(held))), GAPS)
def test_the_order_of_documents_does_not_matter(orders: tuple[list[Held], list[Held]], gaps: list[Gap]) -> None:
    """Progress is a function of what is there, not of the order in which it came."""
    one_order, other_order = orders
    assert progress(CHECKLIST, one_order, gaps) == progress(CHECKLIST, other_order, gaps)


@pytest.mark.parametrize("held", [Held("a2-form", "file", on_time=True), Held("a1-form", "file", on_time=True)])
def test_unknown_places_are_our_fault(held: Held) -> None:
    """A document in a place that the pinned version does not have is not passed over."""
    with pytest.raises(KeyError):
        progress(CHECKLIST, [held], [])


def test_an_unknown_gap_is_our_fault() -> None:
    """A gap for an item that the pinned version does not have is not passed over."""
    with pytest.raises(KeyError):
        progress(CHECKLIST, [], [Gap("a2-form", GapKind.not_held)])


@pytest.mark.parametrize(("words", "kept"), [("  We never had one.\n", "We never had one."), ("x" * 2000, "x" * 2000)])
def test_gap_words_taken(words: str, kept: str) -> None:
    """An explanation is kept without the space around it, up to 2,000 characters."""
    assert kept == check_gap_words(words)


@pytest.mark.parametrize(("words", "message"), [("", "Enter a few"), (" \n", "Enter a few"), ("x" * 2001, "2,000")])
def test_gap_words_refused(words: str, message: str) -> None:
    """An empty explanation, and one over 2,000 characters, is refused."""
    with pytest.raises(Refused, match=message) as refused:
        check_gap_words(words)
    assert "words" == refused.value.field
