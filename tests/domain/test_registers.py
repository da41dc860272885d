"""The registers' rules: limits that warn, memberships that do not overlap, holidays that move nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.deadline import DeadlinePolicy, Holidays
from portal.domain.errors import Refused
from portal.domain.registers import (
    MAX_INSPECTIONS,
    Membership,
    check_confirmation,
    check_eligible,
    check_holiday,
    check_membership,
    check_title,
    check_window,
    limit_warnings,
    moved_by,
    programme_warnings,
    read_day,
)
from tests.domain.common import HOLIDAYS

MONDAY = date(2023, 10, 16)
WINDOW = (date(2023, 10, 2), date(2023, 12, 22))
TODAY = date(2023, 10, 9)
NORTH = Membership("Northmoor Council", date(2018, 4, 1), date(2021, 3, 31))
ANNOUNCED = datetime(2023, 10, 9, 8, 30, tzinfo=UTC)
DUE = datetime(2023, 10, 10, 15, tzinfo=UTC)


def warned(**changes: int | date | tuple[date, date] | None) -> tuple[str, ...]:
    """Return the warnings of an announcement within every limit, but for the changes."""
    usual = {"inspections": 6, "inspectors": 3, "days_on_site": 4, "starts_on": MONDAY}
    usual |= {"last_day_on": MONDAY + timedelta(days=3), "window": WINDOW}
    return limit_warnings(**{**usual, **changes})  # type: ignore[arg-type]


def test_within_the_limits_nothing_is_warned_of() -> None:
    """Six inspections, three inspectors, four days, on the first to the last day of the window; or with none."""
    assert () == warned()
    assert () == warned(starts_on=WINDOW[0], last_day_on=WINDOW[1])
    assert () == warned(window=None, starts_on=date(2030, 1, 1), last_day_on=date(2030, 1, 4))


@pytest.mark.parametrize(
    ("word", "changes"),
    [
        ("inspection 7 of", {"inspections": 7}),
        ("4 inspectors", {"inspectors": 4}),
        ("5 days", {"days_on_site": 5}),
        ("window", {"starts_on": WINDOW[0] - timedelta(days=1)}),
        ("window", {"last_day_on": WINDOW[1] + timedelta(days=1)}),
    ],
)
def test_each_limit_is_warned_of_alone(word: str, changes: dict[str, int | date]) -> None:
    """One over the limit of paragraph 12 gives one sentence, which says what."""
    [warning] = warned(**changes)
    assert word in warning


def test_all_limits_are_warned_of_at_once() -> None:
    """Nothing hides behind another warning."""
    assert 4 == len(warned(inspections=9, inspectors=4, days_on_site=9, starts_on=date(2023, 9, 1)))


def test_a_programme_is_warned_of_on_its_page() -> None:
    """More inspections than six, and those with a day outside the window."""
    assert () == programme_warnings(MAX_INSPECTIONS, 0)
    many, outside = programme_warnings(7, 1)
    assert "The programme has 7 inspections" in many
    assert "1 inspection has" in outside
    assert "2 inspections have" in programme_warnings(2, 2)[0]


def test_a_voluntary_agency_is_not_eligible() -> None:
    """Paragraph 14, in a sentence that names the agency; any other may be chosen."""
    check_eligible("Adopt A", voluntary=False)
    with pytest.raises(Refused, match="Adopt A is registered as a voluntary adoption agency") as refused:
        check_eligible("Adopt A", voluntary=True)
    assert "agency" == refused.value.field


def test_a_date_may_be_left_blank() -> None:
    """Blank is no date; a day without a month is a wrong one, pointed at."""
    assert None is read_day("", " ", "", "first day", "from_day")
    assert date(2023, 3, 27) == read_day("27", "3", "2023", "first day", "from_day")
    with pytest.raises(Refused, match="The first day must be a real date") as refused:
        read_day("31", "2", "2023", "first day", "from_day")
    assert "from_day" == refused.value.field


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "two\nlines"])
def test_a_title_is_one_line(title: str) -> None:
    """Up to 200 characters."""
    with pytest.raises(Refused):
        check_title(title)


def test_a_title_is_trimmed() -> None:
    """Spaces around it are no part of it."""
    assert "x" * 200 == check_title(" " + "x" * 200)


def test_a_window_has_two_days_or_none() -> None:
    """A day alone, or the wrong way round, points at the field to mend."""
    assert None is check_window(None, None)
    assert WINDOW == check_window(*WINDOW)
    assert (TODAY, TODAY) == check_window(TODAY, TODAY)
    for first, last, field in ((TODAY, None, "until_day"), (None, TODAY, "from_day"), (WINDOW[1], TODAY, "until_day")):
        with pytest.raises(Refused) as refused:
            check_window(first, last)
        assert field == refused.value.field


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2021, 3, 31), None),
        (date(2017, 1, 1), date(2018, 4, 1)),
        (date(2019, 1, 1), date(2019, 1, 1)),
        (date(2010, 1, 1), None),
    ],
)
def test_an_authority_is_in_an_agency_once_at_a_time(first: date, last: date | None) -> None:
    """A day that another entry of the same authority has is refused, whatever the capitals and spaces."""
    with pytest.raises(Refused, match="Northmoor Council is entered as a member already") as refused:
        check_membership(" northmoor  council", first, last, [NORTH])
    assert "from_day" == refused.value.field


def test_an_authority_may_come_back_and_others_stand_beside_it() -> None:
    """The day before the first and the day after the last are free; another authority has days of its own."""
    assert "Northmoor Council" == check_membership("Northmoor  Council ", date(2021, 4, 1), None, [NORTH]).authority
    before = Membership("Northmoor Council", date(2017, 1, 1), date(2018, 3, 31))
    beside = Membership("Southdale Council", date(2019, 1, 1), None)
    for each in (before, beside):
        assert each == check_membership(each.authority, each.from_on, each.until_on, [NORTH])


@pytest.mark.parametrize(
    ("field", "name", "first", "last"),
    [
        ("authority", " ", TODAY, None),
        ("authority", "x" * 101, TODAY, None),
        ("from_day", "Northmoor", None, None),
        ("until_day", "Northmoor", TODAY, TODAY - timedelta(days=1)),
    ],
)
def test_a_membership_that_cannot_be_is_refused(field: str, name: str, first: date | None, last: date | None) -> None:
    """Without a name, without a first day, or ended before it began."""
    with pytest.raises(Refused) as refused:
        check_membership(name, first, last, [])
    assert field == refused.value.field


@given(
    *(st.dates(date(2020, 1, 1), date(2020, 1, 20)) for _ in range(3)), st.none() | st.integers(0, 9), st.integers(0, 9)
)
def test_memberships_meet_where_they_share_a_day(
    first: date, other: date, day: date, length: int | None, other_length: int
) -> None:
    """They meet exactly if some day lies in both; an open end reaches every later day."""
    one = Membership("A", first, None if length is None else first + timedelta(days=length))
    two = Membership("A", other, other + timedelta(days=other_length))

    def has(each: Membership, on: date) -> bool:
        return each.from_on <= on <= (each.until_on or date.max)

    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(60)]
    assert any(has(one, on) and has(two, on) for on in days) == one.meets(two) == two.meets(one)
    assert has(one, day) == one.meets(Membership("A", day, day))


@pytest.mark.parametrize("on", [TODAY - timedelta(days=31), TODAY, TODAY + timedelta(days=400)])
def test_a_holiday_is_added_near_today(on: date) -> None:
    """One that was forgotten for a month can be added, and one that is proclaimed for next year."""
    assert on == check_holiday(on, today=TODAY, known=HOLIDAYS)


@pytest.mark.parametrize(
    "on", [None, TODAY - timedelta(days=32), TODAY + timedelta(days=800), date(2023, 12, 25), date(2203, 10, 9)]
)
def test_a_holiday_that_cannot_be_is_refused(on: date | None) -> None:
    """None, long past, too far ahead, or one that is known already."""
    with pytest.raises(Refused) as refused:
        check_holiday(on, today=TODAY, known=HOLIDAYS)
    assert "day_day" == refused.value.field


def moved(holiday: date, **changes: datetime | date | DeadlinePolicy | Holidays) -> tuple[str, ...]:
    """Return what a holiday does to an inspection announced on Monday 9 October 2023, due the next working day."""
    usual: dict[str, object] = {"known": HOLIDAYS, "announced_at": ANNOUNCED, "deadline_at": DUE}
    usual |= {"policy": DeadlinePolicy.next_working_day, "starts_on": MONDAY}
    return moved_by(holiday, **{**usual, **changes})  # type: ignore[arg-type]


def test_a_holiday_on_the_day_of_the_deadline_names_both_dates() -> None:
    """With the next working day as the rule the deadline would be a day later, and so would the start."""
    due, start = moved(date(2023, 10, 10))
    assert "It would be 4pm on Wednesday 11 October 2023." in due
    assert "notice would be Tuesday 17 October 2023." in start


def test_a_holiday_means_the_same_once_it_is_known() -> None:
    """Asked before it is added and after, the answer is one."""
    known = Holidays(HOLIDAYS.days | {date(2023, 10, 10)}, HOLIDAYS.last_year)
    assert moved(date(2023, 10, 10)) == moved(date(2023, 10, 10), known=known)


def test_a_deadline_on_the_next_day_stays_and_is_named() -> None:
    """With the next day as the rule the deadline would not differ, but it is on the bank holiday."""
    due, _start = moved(date(2023, 10, 10), policy=DeadlinePolicy.next_day)
    assert "The deadline, 4pm on Tuesday 10 October 2023, is on the bank holiday." == due


def test_a_holiday_in_the_days_of_notice_concerns_the_start_alone() -> None:
    """The start would be a working day later."""
    [start] = moved(date(2023, 10, 12))
    assert "The team comes on Monday 16 October 2023." in start


def test_a_start_that_was_later_anyway_may_be_on_the_holiday() -> None:
    """Six working days after the notice, and on a bank holiday."""
    assert ("The team comes on Tuesday 17 October 2023, which is the bank holiday.",) == moved(
        date(2023, 10, 17), starts_on=date(2023, 10, 17)
    )


@pytest.mark.parametrize("holiday", [date(2023, 10, 9), date(2023, 10, 17), date(2023, 10, 14), date(2023, 10, 6)])
def test_a_holiday_before_after_or_at_the_weekend_concerns_nothing(holiday: date) -> None:
    """Only a working day between announcement and start counts."""
    assert () == moved(holiday)


def test_a_deadline_that_was_moved_as_far_is_not_named_again() -> None:
    """Once it was moved to what it would have been, nothing is left to do."""
    assert () == moved(date(2023, 10, 10), deadline_at=DUE + timedelta(days=1), starts_on=MONDAY + timedelta(days=1))


def test_disposal_is_confirmed_by_the_reference() -> None:
    """Typed as it stands, spaces around it apart."""
    check_confirmation(" RAA-01 ", "RAA-01")
    for typed in ("", "raa-01", "RAA-02"):
        with pytest.raises(Refused, match="Enter RAA-01"):
            check_confirmation(typed, "RAA-01")
