"""What an announcement decides of dates, and what must be seen before it is made."""

from datetime import date, timedelta

import pytest

from portal.domain.announcing import Asked, Dates, Seen, first_day, plan_dates, settle
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Refused
from tests.domain.common import HOLIDAYS, utc

MONDAY, FRIDAY = utc("2023-10-09 08:30"), utc("2023-10-13 08:30")
WINDOW = (date(2023, 10, 1), date(2023, 12, 31))


def plan(at: object = MONDAY, asked: Asked = Asked(), **changes: object) -> Dates:  # noqa: B008 -- frozen
    """Plan an announcement that nothing is odd about, but for the changes."""
    usual: dict[str, object] = {
        "usual": DeadlinePolicy.next_day, "window": WINDOW, "inspections": 1, "inspectors": 3, "holidays": HOLIDAYS,
    }  # fmt: skip
    return plan_dates(at, asked, **(usual | changes))  # type: ignore[arg-type]


def test_the_usual_monday() -> None:
    """Five working days on, four days on site, the programme's policy, and nothing to warn of."""
    dates = plan()
    assert (date(2023, 10, 16), date(2023, 10, 19), DeadlinePolicy.next_day, ()) == (
        dates.starts_on, dates.last_day_on, dates.policy, dates.warnings,
    )  # fmt: skip
    assert date(2023, 10, 16) == first_day(MONDAY, HOLIDAYS)
    assert (DeadlinePolicy.next_day, utc("2023-10-10 15:00")) == settle(dates, Seen())


@pytest.mark.parametrize("usual", list(DeadlinePolicy))
def test_where_the_readings_differ_the_programme_does_not_choose(usual: DeadlinePolicy) -> None:
    """Whatever the programme's policy, a person has to say which day is meant (R2)."""
    dates = plan(FRIDAY, usual=usual)
    assert dates.policy is None
    with pytest.raises(Refused, match=r"Saturday 14 October 2023.*Monday 16 October 2023") as refused:
        settle(dates, Seen(all_warnings=True))
    assert "policy" == refused.value.field


@pytest.mark.parametrize(
    ("policy", "due"), [("next_day", "2023-10-14 15:00"), ("next_working_day", "2023-10-16 15:00")]
)
def test_the_choice_is_the_deadline(policy: str, due: str) -> None:
    """Either reading can be chosen."""
    chosen = DeadlinePolicy(policy)
    assert (chosen, utc(due)) == settle(plan(FRIDAY, Asked(chosen)), Seen())


@pytest.mark.parametrize(
    ("changes", "asked", "word"),
    [
        ({"inspections": 7}, Asked(), "inspection 7 of the programme"),
        ({"inspectors": 4}, Asked(), "4 inspectors"),
        ({}, Asked(days_on_site=5), "5 days"),
        ({"window": (date(2023, 11, 1), date(2023, 12, 31))}, Asked(), "window"),
        ({}, Asked(starts_on=date(2023, 10, 17)), "6 working days"),
    ],
)
def test_each_warning_is_confirmed_by_its_words(changes: dict[str, object], asked: Asked, word: str) -> None:
    """A command confirms all; a page the very sentences that it showed."""
    dates = plan(asked=asked, **changes)
    [warning] = dates.warnings
    assert word in warning
    for seen in (Seen(), Seen(warnings=("Something else.",))):
        with pytest.raises(Refused, match="Confirm that you want to announce now") as refused:
            settle(dates, seen)
        assert "confirmed" == refused.value.field
    for seen in (Seen(all_warnings=True), Seen(warnings=(warning,))):
        assert utc("2023-10-10 15:00") == settle(dates, seen)[1]


def test_what_was_shown_must_still_hold() -> None:
    """A deadline that changed since it was shown is shown again, not frozen."""
    before = plan(utc("2023-10-09 22:59"))
    after = plan(utc("2023-10-09 23:01"), Asked(starts_on=before.starts_on))
    with pytest.raises(Refused, match="4pm on Wednesday 11 October 2023") as refused:
        settle(after, Seen(all_warnings=True, shown=before.both))
    assert "shown" == refused.value.field
    assert utc("2023-10-11 15:00") == settle(after, Seen(all_warnings=True, shown=after.both))[1]


def test_without_a_window_nothing_lies_outside_it() -> None:
    """A programme need not have one."""
    assert () == plan(window=None, asked=Asked(days_on_site=1)).warnings


@pytest.mark.parametrize("days", [0, -1, 21])
def test_days_on_site_have_bounds(days: int) -> None:
    """A slip of the keyboard is not a plan."""
    with pytest.raises(Refused, match="1 to 20") as refused:
        plan(asked=Asked(days_on_site=days))
    assert "days_on_site" == refused.value.field


def test_a_start_lies_not_in_the_past() -> None:
    """Today is odd and warned of; yesterday is refused."""
    today = MONDAY.date()
    assert today == plan(asked=Asked(starts_on=today)).starts_on
    with pytest.raises(Refused, match="today or later") as refused:
        plan(asked=Asked(starts_on=today - timedelta(days=1)))
    assert "starts_on" == refused.value.field
