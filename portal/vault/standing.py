"""How an inspection stands, in the words that its pages share."""

from typing import Any

from portal.domain.checklist import ItemProgress, Progress
from portal.domain.times import say_deadline, say_moment
from portal.vault.cases import Case
from schemas.texts import say, together

View = dict[str, Any]


def heading(case: Case) -> View:
    """Return what heads every page of one inspection."""
    inspection = case.inspection
    return {
        "reference": inspection.reference,
        "agency": inspection.agency.name,
        "deadline_words": say_deadline(inspection.deadline_at),
        "passed": case.now > inspection.deadline_at,
        "open": case.open,
        "deferred": case.deferred,
        "cancelled": case.cancelled,
        "summary": case.progress.summary,
        "declared": declared_words(case),
    }


def declared_words(case: Case) -> str | None:
    """Say who declared and when, or nothing before."""
    inspection = case.inspection
    if inspection.declared_at is None:
        return None
    name = case.people.get(inspection.declared_by) if inspection.declared_by else None
    moment = say_moment(inspection.declared_at)
    if name:
        return say("Declared by {name} on {moment}", name=name, moment=moment)
    return say("Declared by the leader on {moment}", moment=moment)


def missing_words(standing: Progress) -> list[str]:
    """Name each item that is neither sent nor explained, with what it lacks."""
    return [together(filter(None, (each.item.label, rest_words(each))), ": ") for each in standing.unexplained]


def rest_words(each: ItemProgress) -> str:
    """Name what an item lacks, where some of it is there and nobody has said why."""
    return together(each.missing, ", ") if each.filled and not each.settled else ""
