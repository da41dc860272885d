"""Instants are UTC inside; London is for people (R1). Every function here refuses a naive datetime."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = [
    "LONDON",
    "UTC",
    "as_utc",
    "iso",
    "london_date",
    "london_midnight",
    "parse_iso",
    "say_date",
    "say_deadline",
    "say_moment",
    "say_time_left",
]

LONDON = ZoneInfo("Europe/London")

# Written out, since strftime's names follow the locale of the process.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def as_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC. Raises ValueError for a naive datetime."""
    if instant.utcoffset() is None:
        raise ValueError("a time without its zone is not an instant")
    return instant.astimezone(UTC)


def london_date(instant: datetime) -> date:
    """Return the date in London at this instant. Raises ValueError (naive)."""
    return _london(instant).date()


def london_midnight(day: date) -> datetime:
    """Return the instant, in UTC, at which `day` begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def say_date(day: date) -> str:
    """Say a date with its day of the week: "Tuesday 10 October 2023" (R10)."""
    return f"{_DAYS[day.weekday()]} {_plain_date(day)}"


def say_moment(instant: datetime) -> str:
    """Say when something happened, in London: "4 June 2026 at 9:32am" (R10). Raises ValueError (naive)."""
    local = _london(instant)
    return f"{_plain_date(local.date())} at {_clock(local.time())}"


def say_deadline(instant: datetime) -> str:
    """Say a deadline, in London: "4pm on Tuesday 10 October 2023" (R10). Raises ValueError (naive).

    Nobody knows which night "midnight on Tuesday" means, so midnight is said as 11:59pm of the day before.
    """
    local = _london(instant)
    if local.time() == time():
        return f"11:59pm on {say_date(local.date() - timedelta(days=1))}"
    return f"{_clock(local.time())} on {say_date(local.date())}"


def say_time_left(now: datetime, deadline: datetime) -> str:
    """Say how long is left, or how long ago the deadline passed, rounded down (R11). Raises ValueError (naive)."""
    left = as_utc(deadline) - as_utc(now)
    if left < timedelta():
        return f"The deadline passed {_length(-left).lower()} ago"
    return f"{_length(left)} left"


def iso(instant: datetime) -> str:
    """Write an instant as "2023-10-10T15:00:00.000Z", cut to milliseconds. Raises ValueError (naive)."""
    return as_utc(instant).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_iso(text: str) -> datetime:
    """Read an ISO 8601 instant, which must state its offset, as UTC. Raises ValueError."""
    return as_utc(datetime.fromisoformat(text))


def _london(instant: datetime) -> datetime:
    return as_utc(instant).astimezone(LONDON)


def _plain_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _clock(moment: time) -> str:
    if (moment.hour, moment.minute) == (12, 0):
        return "midday"
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'am' if moment.hour < 12 else 'pm'}"


def _length(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    if not minutes:
        return "Less than a minute"
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour")] if days else [(hours, "hour"), (minutes, "minute")]
    return " and ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count)
