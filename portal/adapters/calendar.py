"""The bank holidays of England, from data that is installed with the portal."""

from collections.abc import Iterable
from datetime import date

from govuk_bank_holidays.bank_holidays import BankHolidays

from portal.domain.deadline import Holidays


def england_holidays(extra: Iterable[date] = ()) -> Holidays:
    """Return the bank holidays of England and Wales, and the `extra` days an administrator has added (R7).

    `last_year` is the last one the installed data covers, whatever is added. Nothing is fetched at run time.
    """
    listed = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    days: frozenset[date] = frozenset(holiday["date"] for holiday in listed)
    return Holidays(days=days | frozenset(extra), last_year=max(day.year for day in days))
