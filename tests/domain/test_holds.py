"""What a hold must say of itself, and when it is looked at again."""

from datetime import date, timedelta

import pytest

from portal.domain.errors import Refused
from portal.domain.holds import Terms, check_terms, newest_overdue, overdue, to_review
from tests.domain.common import days

TODAY = date(2024, 2, 29)
DAY = timedelta(days=1)


def test_a_hold_needs_a_reason_and_a_day_within_a_year() -> None:
    """After today, and 366 days ahead at most; the reason is trimmed."""
    for day in (TODAY + DAY, TODAY + timedelta(days=366)):
        assert ("A complaint", day) == check_terms(Terms(" A complaint\n", day), TODAY)
    for refused_day in (None, TODAY, TODAY - DAY, TODAY + timedelta(days=367)):
        with pytest.raises(Refused) as refused:
            check_terms(Terms("A complaint", refused_day), TODAY)
        assert "review_day" == refused.value.field
    for reason in ("", " \n", "x" * 2_001):
        with pytest.raises(Refused) as refused:
            check_terms(Terms(reason, TODAY + DAY), TODAY)
        assert "reason" == refused.value.field


def test_a_review_is_due_on_its_day_and_late_after_it() -> None:
    """On every day around a leap day; one that nobody ever set is both."""
    review_on = date(2024, 2, 29)
    for today in days(date(2024, 2, 27), date(2024, 3, 2)):
        assert (today >= review_on, today > review_on) == (to_review(review_on, today), overdue(review_on, today))
        assert overdue(review_on, today) is (review_on <= newest_overdue(today))
    assert (True, True) == (to_review(None, review_on), overdue(None, review_on))
