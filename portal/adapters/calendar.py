"""The bank holidays of England, from data that is installed with the portal."""

from datetime import date

from govuk_bank_holidays.bank_holidays import BankHolidays

from portal.domain.deadline import Holidays


def england_holidays() -> Holidays:
    """Return the bank holidays of England and Wales, known to the last year of the installed data (R7).

    Nothing is fetched at run time. Days that were proclaimed since are in the database, and added where days are
    counted.
    """
    listed = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    titles: dict[date, str] = {holiday["date"]: holiday["title"] for holiday in listed}
    return Holidays(days=frozenset(titles), last_year=max(day.year for day in titles), titles=titles)
