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
from schemas.texts import say, say_count

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
    InspectionState.announced: say("Announced"),
    InspectionState.deferred: say("Deferred"),
    InspectionState.closed: say("Closed"),
    InspectionState.disposing: say("Being disposed of"),
    InspectionState.disposed: say("Disposed of"),
}
POLICY_WORDS = {
    DeadlinePolicy.next_day: say("4pm on the next day"),
    DeadlinePolicy.next_working_day: say("4pm on the next working day"),
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
            return say("since {first}", first=say_date(self.from_on))
        return say("{first} to {last}", first=say_date(self.from_on), last=say_date(self.until_on))


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
            say(
                "This would be inspection {number} of the programme. "
                "Paragraph 12 has up to {most}: check that one more is wanted.",
                number=inspections,
                most=MAX_INSPECTIONS,
            )
        )
    if inspectors > MAX_INSPECTORS:
        warnings.append(
            say(
                "The team would have {count} inspectors, the lead inspector included. "
                "Paragraph 12 has up to {most}: check that all of them are needed.",
                count=inspectors,
                most=MAX_INSPECTORS,
            )
        )
    if days_on_site > MAX_DAYS_ON_SITE:
        warnings.append(
            say(
                "The team would be on site for {days} days. Paragraph 12 has up to {most}: check the last day on site.",
                days=days_on_site,
                most=MAX_DAYS_ON_SITE,
            )
        )
    if window is not None and (starts_on < window[0] or last_day_on > window[1]):
        warnings.append(
            say(
                "The days on site, {first} to {last}, are not all within the programme's "
                "window, {window_first} to {window_last}. Check the dates before you go on.",
                first=say_date(starts_on),
                last=say_date(last_day_on),
                window_first=say_date(window[0]),
                window_last=say_date(window[1]),
            )
        )
    return tuple(warnings)


def programme_warnings(inspections: int, outside: int) -> tuple[str, ...]:
    """Return a sentence for each limit that a programme has passed (§12); `outside` are not all within its window."""
    warnings = []
    if inspections > MAX_INSPECTIONS:
        warnings.append(
            say(
                "The programme has {count} inspections. Paragraph 12 has up to {most}.",
                count=inspections,
                most=MAX_INSPECTIONS,
            )
        )
    if outside:
        warnings.append(
            say_count(
                outside,
                "{count} inspection has days on site outside the window of the programme.",
                "{count} inspections have days on site outside the window of the programme.",
            )
        )
    return tuple(warnings)


def check_eligible(name: str, *, voluntary: bool) -> None:
    """Let an agency be inspected unless it is registered as a voluntary adoption agency (§14). Raises Refused."""
    if voluntary:
        raise Refused(
            say(
                "{agency} is registered as a voluntary adoption agency, so it cannot be chosen for an inspection "
                "(paragraph 14). Choose another agency.",
                agency=name,
            ),
            "agency",
        )


def read_day(day: str, month: str, year: str, what: str, field: str) -> date | None:
    """Return the date typed in three parts, None where all are blank. Raises Refused (`what` must be a real date)."""
    return read_date(day, month, year, what, field) if any(each.strip() for each in (day, month, year)) else None


def check_title(raw: str) -> str:
    """Return a programme's title, trimmed. Raises Refused (blank, over 200 characters, line breaks)."""
    title = raw.strip()
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise Refused(say("Enter a title of 1 to {most} characters on one line", most=LONGEST_TITLE), "title")
    return title


def check_window(first: date | None, last: date | None) -> tuple[date, date] | None:
    """Return a programme's window, or None if it has none. Raises Refused (one day alone, the wrong way round)."""
    if first is None and last is None:
        return None
    if first is None:
        raise Refused(say("Enter the first day of the window, or leave out the last day too"), "from_day")
    if last is None:
        raise Refused(say("Enter the last day of the window, or leave out the first day too"), "until_day")
    if last < first:
        raise Refused(say("The last day of the window must be {first} or later", first=say_date(first)), "until_day")
    return first, last


def check_membership(authority: str, first: date | None, last: date | None, others: Iterable[Membership]) -> Membership:
    """Return a membership that is fit to stand beside the agency's others. Raises Refused.

    An authority is in an agency once at a time; that it is in two agencies at once is only warned of.
    """
    try:
        name = " ".join(check_name(authority).split())
    except Refused as error:
        raise Refused(
            say("Enter the local authority's name, up to {most} characters", most=LONGEST_NAME), "authority"
        ) from error
    if first is None:
        raise Refused(say("Enter the first day of the membership"), "from_day")
    if last is not None and last < first:
        raise Refused(
            say("The last day of the membership must be {first} or later", first=say_date(first)), "until_day"
        )
    new = Membership(name, first, last)
    for other in others:
        if other.authority.casefold() == name.casefold() and new.meets(other):
            raise Refused(
                say(
                    "{authority} is entered as a member already, {days}. "
                    "End that membership first, or choose other days",
                    authority=other.authority,
                    days=other.words,
                ),
                "from_day",
            )
    return new


def check_holiday(on: date | None, *, today: date, known: Holidays) -> date:
    """Return the day of a bank holiday to add. Raises Refused (none, known already, too far back or ahead)."""
    if on is None:
        raise Refused(say("Enter the date of the bank holiday"), "day_day")
    if on in known.days:
        raise Refused(say("{day} is a bank holiday already", day=say_date(on)), "day_day")
    if not today - _BACK <= on <= today + _AHEAD:
        raise Refused(
            say(
                "The date must be from {first} to {last}: check the year",
                first=say_date(today - _BACK),
                last=say_date(today + _AHEAD),
            ),
            "day_day",
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
        sentences.append(
            say(
                "The deadline is {deadline}. It would be {other}.",
                deadline=say_deadline(deadline_at),
                other=say_deadline(due),
            )
        )
    elif london_date(deadline_at) == holiday:
        sentences.append(say("The deadline, {deadline}, is on the bank holiday.", deadline=say_deadline(deadline_at)))
    start = nth_working_day_after(announced_on, NOTICE_DAYS, with_it)
    if starts_on < start != nth_working_day_after(announced_on, NOTICE_DAYS, without):
        sentences.append(
            say(
                "The team comes on {day}. Five working days' notice would be {other}.",
                day=say_date(starts_on),
                other=say_date(start),
            )
        )
    elif starts_on == holiday:
        sentences.append(say("The team comes on {day}, which is the bank holiday.", day=say_date(starts_on)))
    return tuple(sentences)


def check_confirmation(typed: str, reference: str) -> None:
    """Let an act that cannot be undone go on once its reference was typed. Raises Refused."""
    if typed.strip() != reference:
        raise Refused(
            say("Enter {reference} to confirm that you mean this inspection", reference=reference), "reference"
        )
