"""What the registers keep: the limits and the window of a programme, dated memberships, added holidays (§12, R7)."""

from datetime import date

from portal.domain.errors import Refused
from portal.domain.times import say_date

MAX_INSPECTIONS = 6
"""Inspections in one programme."""
MAX_INSPECTORS = 3
"""Inspectors in one team, the lead inspector included."""
MAX_DAYS_ON_SITE = 4


def limit_warnings(
    *,
    inspections: int,
    inspectors: int,
    days_on_site: int,
    starts_on: date,
    last_day_on: date,
    window: tuple[date, date] | None,
) -> tuple[str, ...]:
    """Return a sentence for each limit of the guidance that an announcement would pass (§12); none of them blocks.

    `inspections` are those of the programme and `inspectors` those of the team, this one and the lead counted;
    `window` is the first and the last day of the programme's window.
    """
    warnings = []
    if inspections > MAX_INSPECTIONS:
        warnings.append(
            f"This would be inspection {inspections} of the programme. "
            f"Paragraph 12 has up to {MAX_INSPECTIONS}: check that one more is wanted."
        )
    if inspectors > MAX_INSPECTORS:
        warnings.append(
            f"The team would have {inspectors} inspectors, the lead inspector included. "
            f"Paragraph 12 has up to {MAX_INSPECTORS}: check that all of them are needed."
        )
    if days_on_site > MAX_DAYS_ON_SITE:
        warnings.append(
            f"The team would be on site for {days_on_site} days. "
            f"Paragraph 12 has up to {MAX_DAYS_ON_SITE}: check the last day on site."
        )
    if window is not None and (starts_on < window[0] or last_day_on > window[1]):
        warnings.append(
            f"The days on site, {say_date(starts_on)} to {say_date(last_day_on)}, are not all within the programme's "
            f"window, {say_date(window[0])} to {say_date(window[1])}. Check the dates before you go on."
        )
    return tuple(warnings)


def check_eligible(name: str, *, voluntary: bool) -> None:
    """Let an agency be inspected unless it is registered as a voluntary adoption agency (§14). Raises Refused."""
    if voluntary:
        raise Refused(
            f"{name} is registered as a voluntary adoption agency, so it cannot be chosen for an inspection "
            "(paragraph 14). Choose another agency.",
            "agency",
        )
