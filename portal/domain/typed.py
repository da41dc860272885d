"""Dates and times as people type them, read as London's (R1, R10)."""

import re
from datetime import UTC, date, datetime, time

from portal.domain.errors import Refused
from portal.domain.times import LONDON
from schemas.texts import say

_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>am|pm)?", re.ASCII)


def read_date(day: str, month: str, year: str, what: str, field: str) -> date:
    """Return the date typed in three parts; `what` names it: "start on site". Raises Refused."""
    parts = [each.strip() for each in (day, month, year)]
    if not any(parts):
        raise Refused(say("Enter the {what}", what=what), field)
    if not all(each.isascii() and each.isdigit() and len(each) <= 4 for each in parts) or len(parts[2]) != 4:
        raise Refused(say("The {what} must be a real date, such as 16 10 2023", what=what), field)
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0]))
    except ValueError:
        raise Refused(say("The {what} must be a real date, such as 16 10 2023", what=what), field) from None


def read_time(text: str, field: str) -> time:
    """Return the time typed as "4pm", "4:30pm", "16:00" or "midday". Raises Refused."""
    said = text.strip().lower()
    if said in {"midday", "noon"}:
        return time(12)
    match = _TIME.fullmatch(said)
    hour, minute = (int(match["hour"]), int(match["minute"] or 0)) if match else (99, 99)
    half = match["half"] if match else None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 99
    elif match and match["minute"] is None:
        hour = 99  # a bare "4" is either half of the day
    if hour > 23 or minute > 59:
        raise Refused(say("Enter a time such as 4pm or 4:30pm"), field)
    return time(hour, minute)


def london_instant(day: date, at: time, field: str) -> datetime:
    """Return, in UTC, the instant at which London's clocks show this. Raises Refused where they never or twice do."""
    first, second = (datetime.combine(day, at.replace(fold=fold), LONDON) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise Refused(say("The clocks change at that time. Choose a time at least an hour earlier or later"), field)
    return first.astimezone(UTC)
