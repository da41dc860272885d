"""Instants are UTC inside; London is for people (R1). Every function here refuses a naive datetime."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from schemas.texts import say, say_count

__all__ = [
    "LONDON",
    "UTC",
    "as_utc",
    "iso",
    "london_date",
    "london_midnight",
    "parse_iso",
    "say_date",
    "say_days",
    "say_deadline",
    "say_hours",
    "say_minutes",
    "say_moment",
    "say_month",
    "say_time_left",
]

LONDON = ZoneInfo("Europe/London")

# Written out, since strftime's names follow the locale of the process.
_DAYS = (
    say("Monday"),
    say("Tuesday"),
    say("Wednesday"),
    say("Thursday"),
    say("Friday"),
    say("Saturday"),
    say("Sunday"),
)
_MONTHS = (
    say("January"),
    say("February"),
    say("March"),
    say("April"),
    say("May"),
    say("June"),
    say("July"),
    say("August"),
    say("September"),
    say("October"),
    say("November"),
    say("December"),
)
_LAST_MINUTE = time(23, 59)
_NAIVE = "a time without its zone is not an instant"


def as_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC. Raises ValueError for a naive datetime."""
    if instant.utcoffset() is None:
        raise ValueError(_NAIVE)
    return instant.astimezone(UTC)


def london_date(instant: datetime) -> date:
    """Return the date in London at this instant. Raises ValueError (naive)."""
    return _london(instant).date()


def london_midnight(day: date) -> datetime:
    """Return the instant, in UTC, at which `day` begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


@lru_cache(maxsize=4096)  # lists say few days, and each of them often
def say_date(day: date) -> str:
    """Say a date with its day of the week: "Tuesday 10 October 2023" (R10)."""
    weekday, month = _DAYS[day.weekday()], _MONTHS[day.month - 1]
    return say("{weekday} {day} {month} {year}", weekday=weekday, day=day.day, month=month, year=day.year)


def say_month(day: date) -> str:
    """Say the month of a day: "October 2023"."""
    return say("{month} {year}", month=_MONTHS[day.month - 1], year=day.year)


def say_moment(instant: datetime) -> str:
    """Say when something happened, in London: "4 June 2026 at 9:32am" (R10). Raises ValueError (naive)."""
    local = _london(instant)
    return say("{date} at {time}", date=_plain_date(local.date()), time=_clock(local.hour, local.minute))


def say_deadline(instant: datetime) -> str:
    """Say a deadline, in London: "4pm on Tuesday 10 October 2023" (R10). Raises ValueError (naive).

    Nobody knows which night "midnight on Tuesday" means, so midnight is said as 11:59pm of the day before.
    """
    local = _london(instant)
    return _deadline(local.date(), local.time())


def say_time_left(now: datetime, deadline: datetime) -> str:
    """Say how long is left, or how long ago the deadline passed, rounded down (R11). Raises ValueError (naive)."""
    left = as_utc(deadline) - as_utc(now)
    passed = left < timedelta()
    minutes = abs(left) // timedelta(minutes=1)
    if not minutes:
        return say("The deadline passed less than a minute ago") if passed else say("Less than a minute left")
    length = _length(minutes)
    return say("The deadline passed {length} ago", length=length) if passed else say("{length} left", length=length)


def say_days(count: int) -> str:
    """Say a length of time in days."""
    return say_count(count, "{count} day", "{count} days")


def say_hours(count: int) -> str:
    """Say a length of time in hours."""
    return say_count(count, "{count} hour", "{count} hours")


def say_minutes(count: int) -> str:
    """Say a length of time in minutes."""
    return say_count(count, "{count} minute", "{count} minutes")


def iso(instant: datetime) -> str:
    """Write an instant as "2023-10-10T15:00:00.000Z", cut to milliseconds. Raises ValueError (naive)."""
    return as_utc(instant).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_iso(text: str) -> datetime:
    """Read an ISO 8601 instant, which must state its offset, as UTC. Raises ValueError."""
    return as_utc(datetime.fromisoformat(text))


def _london(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(_NAIVE)
    return instant.astimezone(LONDON)


@lru_cache(maxsize=4096)
def _deadline(day: date, at: time) -> str:
    if at == time():
        day, at = day - timedelta(days=1), _LAST_MINUTE
    return say("{time} on {date}", time=_clock(at.hour, at.minute), date=say_date(day))


@lru_cache(maxsize=4096)
def _plain_date(day: date) -> str:
    return say("{day} {month} {year}", day=day.day, month=_MONTHS[day.month - 1], year=day.year)


@cache
def _clock(hour: int, minute: int) -> str:
    if (hour, minute) == (12, 0):
        return say("midday")
    shown = hour % 12 or 12
    if not minute:
        return say("{hour}am", hour=shown) if hour < 12 else say("{hour}pm", hour=shown)
    minutes = f"{minute:02d}"
    if hour < 12:
        return say("{hour}:{minutes}am", hour=shown, minutes=minutes)
    return say("{hour}:{minutes}pm", hour=shown, minutes=minutes)


def _length(minutes: int) -> str:
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, say_days), (hours, say_hours)) if days else ((hours, say_hours), (minutes, say_minutes))
    said = [say_it(count) for count, say_it in parts if count]
    return say("{larger} and {smaller}", larger=said[0], smaller=said[1]) if len(said) == 2 else said[0]
