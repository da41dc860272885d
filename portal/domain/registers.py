"""What the registers keep: the limits and the window of a programme, dated memberships, added holidays (§12, R7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.domain.addresses import LONGEST_NAME, check_name
from portal.domain.deadline import NOTICE_DAYS, DeadlinePolicy, Holidays, deadline, nth_working_day_after
from portal.domain.errors import Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.times import london_date, say_date, say_deadline
from portal.domain.typed import read_date

MAX_INSPECTIONS = 6
"""Inspections in one programme."""
MAX_INSPECTORS = 3
"""Inspectors in one team, the lead inspector included."""
MAX_DAYS_ON_SITE = 4
MAX_MEMBERSHIPS = 200
"""Memberships of one agency, ended ones counted: all of them stand on one page."""
LONGEST_TITLE = 200
_BACK, _AHEAD = timedelta(days=31), timedelta(days=2 * 366)
"""How far from today a bank holiday can be added: one that was forgotten still moves what is under way."""

STATE_WORDS = {
    InspectionState.announced: "Announced",
    InspectionState.deferred: "Deferred",
    InspectionState.closed: "Closed",
    InspectionState.disposing: "Being disposed of",
    InspectionState.disposed: "Disposed of",
}
POLICY_WORDS = {
    DeadlinePolicy.next_day: "4pm on the next day",
    DeadlinePolicy.next_working_day: "4pm on the next working day",
}


@dataclass(frozen=True)
class Membership:
    """A local authority's time in an agency, both days included; no last day: it still is a member."""

    authority: str
    from_on: date
    until_on: date | None

    def meets(self, other: "Membership") -> bool:
        """Say whether there is a day that both have."""
        last, others_last = self.until_on or date.max, other.until_on or date.max
        return self.from_on <= others_last and other.from_on <= last

    @property
    def words(self) -> str:
        """Its days as people say them."""
        if self.until_on is None:
            return f"since {say_date(self.from_on)}"
        return f"{say_date(self.from_on)} to {say_date(self.until_on)}"


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


def programme_warnings(inspections: int, outside: int) -> tuple[str, ...]:
    """Return a sentence for each limit that a programme has passed (§12); `outside` are not all within its window."""
    warnings = []
    if inspections > MAX_INSPECTIONS:
        warnings.append(f"The programme has {inspections} inspections. Paragraph 12 has up to {MAX_INSPECTIONS}.")
    if outside:
        have = "inspection has" if outside == 1 else "inspections have"
        warnings.append(f"{outside} {have} days on site outside the window of the programme.")
    return tuple(warnings)


def check_eligible(name: str, *, voluntary: bool) -> None:
    """Let an agency be inspected unless it is registered as a voluntary adoption agency (§14). Raises Refused."""
    if voluntary:
        raise Refused(
            f"{name} is registered as a voluntary adoption agency, so it cannot be chosen for an inspection "
            "(paragraph 14). Choose another agency.",
            "agency",
        )


def read_day(day: str, month: str, year: str, what: str, field: str) -> date | None:
    """Return the date typed in three parts, None where all are blank. Raises Refused (`what` must be a real date)."""
    return read_date(day, month, year, what, field) if any(each.strip() for each in (day, month, year)) else None


def check_title(raw: str) -> str:
    """Return a programme's title, trimmed. Raises Refused (blank, over 200 characters, line breaks)."""
    title = raw.strip()
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise Refused(f"Enter a title of 1 to {LONGEST_TITLE} characters on one line", "title")
    return title


def check_window(first: date | None, last: date | None) -> tuple[date, date] | None:
    """Return a programme's window, or None if it has none. Raises Refused (one day alone, the wrong way round)."""
    if first is None and last is None:
        return None
    if first is None:
        raise Refused("Enter the first day of the window, or leave out the last day too", "from_day")
    if last is None:
        raise Refused("Enter the last day of the window, or leave out the first day too", "until_day")
    if last < first:
        raise Refused(f"The last day of the window must be {say_date(first)} or later", "until_day")
    return first, last


def check_membership(authority: str, first: date | None, last: date | None, others: Iterable[Membership]) -> Membership:
    """Return a membership that is fit to stand beside the agency's others. Raises Refused.

    An authority is in an agency once at a time; that it is in two agencies at once is only warned of.
    """
    try:
        name = " ".join(check_name(authority).split())
    except Refused as error:
        raise Refused(f"Enter the local authority's name, up to {LONGEST_NAME} characters", "authority") from error
    if first is None:
        raise Refused("Enter the first day of the membership", "from_day")
    if last is not None and last < first:
        raise Refused(f"The last day of the membership must be {say_date(first)} or later", "until_day")
    new = Membership(name, first, last)
    for other in others:
        if other.authority.casefold() == name.casefold() and new.meets(other):
            raise Refused(
                f"{other.authority} is entered as a member already, {other.words}. "
                "End that membership first, or choose other days",
                "from_day",
            )
    return new


def check_holiday(on: date | None, *, today: date, known: Holidays) -> date:
    """Return the day of a bank holiday to add. Raises Refused (none, known already, too far back or ahead)."""
    if on is None:
        raise Refused("Enter the date of the bank holiday", "day_day")
    if on in known.days:
        raise Refused(f"{say_date(on)} is a bank holiday already", "day_day")
    if not today - _BACK <= on <= today + _AHEAD:
        raise Refused(
            f"The date must be from {say_date(today - _BACK)} to {say_date(today + _AHEAD)}: check the year", "day_day"
        )
    return on


def moved_by(
    holiday: date,
    known: Holidays,
    *,
    announced_at: datetime,
    policy: DeadlinePolicy,
    deadline_at: datetime,
    starts_on: date,
) -> tuple[str, ...]:
    """Return a sentence for each date of an inspection that the holiday would have put later; none moves (R7).

    `known` are the holidays with this one or without it. A date that was moved as far since then is not named.
    """
    without = Holidays(known.days - {holiday}, known.last_year)
    with_it = Holidays(known.days | {holiday}, known.last_year)
    announced_on, sentences = london_date(announced_at), []
    due = deadline(announced_at, policy, with_it)
    if deadline_at < due != deadline(announced_at, policy, without):
        sentences.append(f"The deadline is {say_deadline(deadline_at)}. It would be {say_deadline(due)}.")
    elif london_date(deadline_at) == holiday:
        sentences.append(f"The deadline, {say_deadline(deadline_at)}, is on the bank holiday.")
    start = nth_working_day_after(announced_on, NOTICE_DAYS, with_it)
    if starts_on < start != nth_working_day_after(announced_on, NOTICE_DAYS, without):
        sentences.append(
            f"The team comes on {say_date(starts_on)}. Five working days' notice would be {say_date(start)}."
        )
    elif starts_on == holiday:
        sentences.append(f"The team comes on {say_date(starts_on)}, which is the bank holiday.")
    return tuple(sentences)


def check_confirmation(typed: str, reference: str) -> None:
    """Let an act that cannot be undone go on once its reference was typed. Raises Refused."""
    if typed.strip() != reference:
        raise Refused(f"Enter {reference} to confirm that you mean this inspection", "reference")
