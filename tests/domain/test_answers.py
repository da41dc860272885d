"""What is said of an item that is not sent as asked: from what was typed to what is kept."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.answers import FOLLOWS_WITHIN, Said, When, check_by, check_kind, check_said, kinds_for
from portal.domain.checklist import GapKind
from portal.domain.errors import Refused
from portal.domain.times import LONDON
from tests.domain.common import CHECKLIST, utc

NOW = utc("2023-10-09 08:30")
NOON = When("11", "10", "2023", "midday")


def test_only_meetings_can_be_none() -> None:
    """For every other item there is something to send, or a reason why not."""
    able = [item.code for item in CHECKLIST.items if GapKind.none in kinds_for(item)]
    assert ["prearranged-meetings"] == able
    assert GapKind.none is check_kind(CHECKLIST.item("prearranged-meetings"), "none")
    for item, kind in (("annual-report", "none"), ("annual-report", ""), ("prearranged-meetings", "lost")):
        with pytest.raises(Refused, match="Select why") as refused:
            check_kind(CHECKLIST.item(item), kind)
        assert "kind" == refused.value.field


@pytest.mark.parametrize(
    ("kind", "words", "name", "when", "said"),
    [
        (GapKind.not_held, " Lost. ", "", When(), Said("Lost.")),
        (GapKind.not_held, "Lost.", "A name for another kind", NOON, Said("Lost.")),
        (GapKind.equivalent, "", "  The \n yearbook ", When(), Said(name="The yearbook")),
        (GapKind.equivalent, "It has all.", "Yearbook", NOON, Said("It has all.", "Yearbook")),
        (GapKind.equivalent, "It has all.", None, None, Said("It has all.")),
        (GapKind.to_follow, "", "", NOON, Said(by=utc("2023-10-11 11:00"))),
        (GapKind.to_follow, "The board meets.", "", NOON, Said("The board meets.", by=utc("2023-10-11 11:00"))),
        (GapKind.to_follow, "On Thursday", None, None, Said("On Thursday")),
        (GapKind.none, "anything", "anything", NOON, Said()),
    ],
)
def test_each_kind_keeps_what_is_its_own(
    kind: GapKind, words: str, name: str | None, when: When | None, said: Said
) -> None:
    """A name is kept of an equivalent, a time of what follows; a form that does not ask for them does with words."""
    assert said == check_said(kind, words, NOW, name=name, when=when)


@pytest.mark.parametrize(
    ("kind", "name", "when", "field", "message"),
    [
        (GapKind.not_held, "", When(), "words", "Enter a few words"),
        (GapKind.equivalent, " ", When(), "name", "Enter the name of what you have sent instead"),
        (GapKind.equivalent, "x" * 201, When(), "name", "200 characters"),
        (GapKind.equivalent, None, None, "words", "Enter a few words"),
        (GapKind.to_follow, "", When(), "by_day", "Enter the date on which it follows"),
        (GapKind.to_follow, "", When("31", "2", "2023"), "by_day", "real date"),
        (GapKind.to_follow, "", When("11", "10", "2023", "soon"), "by_time", "Enter a time such as"),
        (GapKind.to_follow, "", When("11", "10", "2023", "4"), "by_time", "Enter a time such as"),
        (GapKind.to_follow, "", When("9", "10", "2023", "9:30"), "by_day", "in the future"),
        (GapKind.to_follow, "", When("8", "10", "2023"), "by_day", "in the future"),
        (GapKind.to_follow, "", When("7", "11", "2023"), "by_day", "within 28 days"),
        (GapKind.to_follow, "", When("1", "1", "9999"), "by_day", "within 28 days"),
        (GapKind.to_follow, "", When("29", "10", "2023", "1:30am"), "by_time", "clocks change"),
        (GapKind.to_follow, None, None, "words", "Enter a few words"),
    ],
)
def test_what_does_not_say_enough_is_refused(
    kind: GapKind, name: str | None, when: When | None, field: str, message: str
) -> None:
    """Each fault is told at the field where it can be mended."""
    with pytest.raises(Refused, match=message) as refused:
        check_said(kind, "", NOW, name=name, when=when)
    assert field == refused.value.field


@given(st.integers(0, 30), st.integers(0, 23), st.integers(0, 59))
def test_by_when_is_londons_and_within_bounds(days: int, hour: int, minute: int) -> None:
    """What is taken is the time that was typed, read in London, in the future and not beyond four weeks."""
    day = NOW.astimezone(LONDON).date() + timedelta(days=days)
    when = When(str(day.day), f"{day.month:02d}", str(day.year), f"{hour}:{minute:02d}")
    typed = datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)
    if not NOW < typed <= NOW + FOLLOWS_WITHIN or day == date(2023, 10, 29):
        return  # the refusals and the day on which the clocks change have examples of their own
    by = check_by(when, NOW)
    assert typed == by
    local = by.astimezone(LONDON)
    assert (day, hour, minute) == (local.date(), local.hour, local.minute)


def test_no_time_is_the_end_of_the_day() -> None:
    """A day alone is kept to its last minute."""
    assert utc("2023-10-09 22:59") == check_by(When("9", "10", "2023"), NOW)


def test_it_is_said_in_one_line() -> None:
    """What the index and the receipts show holds all that was typed."""
    assert "" == Said().in_words
    assert "Yearbook. It has all." == Said("It has all.", "Yearbook").in_words
    by = utc("2023-10-11 11:00")
    assert "By midday on Wednesday 11 October 2023. The board meets." == Said("The board meets.", by=by).in_words
