"""Items that the team asks for beyond the checklist, each with its own due time (§25)."""

from datetime import datetime

from portal.domain.deadline import check_not_remote
from portal.domain.errors import Conflict, Refused
from portal.domain.times import say_deadline
from schemas.definitions import Item, Slot
from schemas.texts import say

EXTRA = "extra-"
MOST_EXTRAS = 50
"""Enough for any inspection, and a bound for the pages."""
LONGEST_LABEL = 150
LONGEST_GUIDANCE = 2_000
GROUP = say("Asked for later")
ACCEPTS = ("pdf", "docx", "doc", "odt", "rtf", "xlsx", "xls", "csv", "pptx", "jpg", "jpeg", "png")


def is_extra(code: str) -> bool:
    """Say whether a code is that of an extra item."""
    return code.startswith(EXTRA)


def extra_code(number: int) -> str:
    """Return the code of the inspection's `number`th extra item, from 1. Raises Conflict beyond MOST_EXTRAS."""
    if number > MOST_EXTRAS:
        raise Conflict(
            say("No more than {most} extra items can be asked for. Write a message instead.", most=MOST_EXTRAS)
        )
    return f"{EXTRA}{number:02d}"


def is_ended(item: Item) -> bool:
    """Say whether an item is an extra one that was taken back: it stays on the list, and takes nothing more."""
    return item.complete == ((),)


def extra_item(code: str, number: int, label: str, guidance: str, *, ended: bool = False) -> Item:
    """Return an extra item as one line of the checklist: any number of documents of the usual types, one is enough."""
    return Item(
        code=code,
        number=number,
        group=GROUP,
        label=say("{label} (no longer asked for)", label=label) if ended else label,
        guidance=guidance,
        paragraph="25",
        accepts=ACCEPTS,
        max_mb=None,
        slots=(Slot("file", say("Document"), many=True),),
        complete=((),) if ended else (("file",),),
    )


def check_extra(label: str, guidance: str, due_at: datetime, now: datetime) -> tuple[str, str]:
    """Return label and guidance without surrounding space. Raises Refused (empty, too long, due in the past)."""
    label, guidance = " ".join(label.split()), guidance.strip()
    if not label:
        raise Refused(say("Enter what you ask for."), "label")
    if len(label) > LONGEST_LABEL:
        raise Refused(say("What you ask for must be {most} characters or fewer.", most=LONGEST_LABEL), "label")
    if len(guidance) > LONGEST_GUIDANCE:
        raise Refused(
            say("The explanation must be {most} characters or fewer.", most=f"{LONGEST_GUIDANCE:,}"), "guidance"
        )
    check_not_remote(due_at, now, "due_day")
    if due_at <= now:
        raise Refused(
            say("The due time must be in the future, and {due} has passed.", due=say_deadline(due_at)), "due_day"
        )
    return label, guidance
