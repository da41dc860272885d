"""The dates of an announcement as its pages pass them on: typed, checked, shown and confirmed, and kept nowhere."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.domain.announcing import LONGEST_ON_SITE, Asked, Dates, Seen
from portal.domain.deadline import DeadlinePolicy, Readings
from portal.domain.errors import Refused
from portal.domain.times import iso, parse_iso, say_date, say_deadline
from portal.domain.typed import read_date
from schemas.texts import say

START = say("start on site")
FIELDS = {"starts_on": "start_day", "confirmed": "warning_0"}
"""Where a refusal's field has another name on the page."""
UNDECIDED = {"policy": say("Select the deadline"), "confirmed": say("Confirm that you have read every warning")}
"""How the check page says what nobody chose or confirmed."""
_READINGS = (
    (DeadlinePolicy.next_day, say("The day after the announcement, whatever day that is")),
    (DeadlinePolicy.next_working_day, say("The first working day after the announcement")),
)


def day_parts(day: date) -> dict[str, str]:
    """Return a date as the three fields of the start on site."""
    return {"start_day": str(day.day), "start_month": str(day.month), "start_year": str(day.year)}


def read_asked(form: Mapping[str, Any]) -> tuple[Asked, dict[str, str]]:
    """Return what is asked of the dates, and the sentence for each field that is not as it should be."""
    errors: dict[str, str] = {}
    starts_on, days = None, None
    try:
        starts_on = read_date(form["start_day"], form["start_month"], form["start_year"], START, "start_day")
    except Refused as refused:
        errors[refused.field] = str(refused)
    typed = form["days_on_site"].strip()
    if typed.isascii() and typed.isdigit() and len(typed) <= 2:
        days = int(typed)
    else:
        errors["days_on_site"] = say("The days on site must be a number from 1 to {most}", most=LONGEST_ON_SITE)
    policy = DeadlinePolicy(form["policy"]) if form["policy"] else None
    return Asked(policy, starts_on, days), errors


def read_seen(form: Mapping[str, Any]) -> Seen:
    """Return what the check page showed and what was confirmed on it; readings that are none were never shown."""
    try:
        next_day, next_working_day = map(parse_iso, form["shown"].split())
        shown = Readings(next_day, next_working_day)
    except ValueError:
        shown = None
    return Seen(warnings=tuple(form["warnings"].values()), shown=shown)


def check_view(dates: Dates, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the check page shows of the dates: never a choice or a confirmation that nobody made."""
    both = dates.both
    confirmed = set(form["warnings"].values())
    return {
        "shown": f"{iso(both.next_day)} {iso(both.next_working_day)}",
        "deadline_words": None if both.differ else say_deadline(both.next_day),
        "readings": [
            {
                "value": str(policy),
                "text": say("By {deadline}", deadline=say_deadline(both.under(policy))),
                "hint": {"text": words},
                "checked": form["policy"] == policy,
            }
            for policy, words in _READINGS
        ]
        if both.differ
        else [],
        "on_site_words": say("{first} to {last}", first=say_date(dates.starts_on), last=say_date(dates.last_day_on)),
        "warnings": [{"text": each, "checked": each in confirmed} for each in dates.warnings],
    }
