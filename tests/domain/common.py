"""What the tests of the domain share: real bank holidays, the packaged checklist."""

from datetime import UTC, date, datetime, timedelta

from govuk_bank_holidays.bank_holidays import BankHolidays

from portal.domain.deadline import Holidays
from schemas.definitions import load_checklist

CHECKLIST = load_checklist("2023")


def bank_holidays() -> Holidays:
    """Return the package's cached days for England and Wales; nothing is fetched."""
    known = BankHolidays(use_cached_holidays=True)
    days = frozenset(each["date"] for each in known.get_holidays(BankHolidays.ENGLAND_AND_WALES))
    return Holidays(days=days, last_year=max(days).year)


HOLIDAYS = bank_holidays()


def utc(text: str) -> datetime:
    """Read "2023-10-09 08:30" or "2023-10-09T08:30:00.001" as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def naive(text: str) -> datetime:
    """Read a time that belongs to no zone, such as must be refused."""
    return datetime.fromisoformat(text)


def days(first: date, last: date) -> list[date]:
    """Return every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
