"""Holds: what each must say of itself, and when it is looked at again."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from portal.domain.deadline import LONGEST_AHEAD, check_reason
from portal.domain.errors import Refused
from portal.domain.times import say_date
from schemas.texts import say

REVIEW_ALARM = "hold-review"
"""The kind of alarm that a passed review date raises; its subject is the hold's id. It lifts nothing."""
NO_REASON = say("Enter the reason. Whoever reviews the hold, or decides to lift it, reads it.")
_REVIEW = "review_day"


@dataclass(frozen=True)
class Terms:
    """What a hold is placed with, and what a review sets anew."""

    reason: str
    review_on: date | None
    """A London day after today, a year from now at most."""
    owner: UUID | None = None
    """Which steward answers for it; None for whoever acts."""


def check_terms(terms: Terms, today: date) -> tuple[str, date]:
    """Return the reason, trimmed, and the review date. Raises Refused (no or too long a reason, no fitting date)."""
    reason = check_reason(terms.reason, NO_REASON)
    if terms.review_on is None:
        raise Refused(say("Enter the date on which the hold is to be reviewed"), _REVIEW)
    if terms.review_on <= today:
        raise Refused(say("The review date must be after today, {today}", today=say_date(today)), _REVIEW)
    if terms.review_on - today > LONGEST_AHEAD:
        latest = say_date(today + LONGEST_AHEAD)
        raise Refused(say("The review date must be within a year from now, by {latest}", latest=latest), _REVIEW)
    return reason, terms.review_on


def to_review(review_on: date | None, today: date) -> bool:
    """Say whether a hold is to be reviewed now: on its day, later, and where nobody ever set one."""
    return review_on is None or today >= review_on


def overdue(review_on: date | None, today: date) -> bool:
    """Say whether the review date has passed: its day is over in London, or there never was one."""
    return review_on is None or today > review_on


def newest_overdue(today: date) -> date:
    """Return the latest review date that has passed."""
    return today - timedelta(days=1)
