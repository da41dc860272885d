"""Ask for something beyond the checklist, with its own due time, and take such a request back (§25)."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.exchanges import ExtraItem
from portal.db.queries import NOT_FOUND, admit, current_documents, provider_people
from portal.domain.actors import Actor
from portal.domain.errors import Conflict, NotFound
from portal.domain.extras import check_extra, extra_code
from portal.domain.lifecycle import InspectionState, collects
from portal.domain.roles import Permission
from portal.domain.times import iso, say_deadline, say_moment
from portal.ports import Deps
from portal.vault.asked import ExtraWords, extra_words, extras_of, seal_extra_words
from portal.vault.mails import queue_mail
from portal.vault.records import inspection_key, readable_key
from schemas.texts import say

NOT_COLLECTING = say(
    "This inspection takes no documents now, so nothing more can be asked for. Write a message instead."
)
View = dict[str, Any]


def ask_more(deps: Deps, actor: Actor, inspection_id: UUID, label: str, guidance: str, due_at: datetime) -> str:
    """Ask the agency for something more, due at `due_at`, and tell it by mail. Returns the new item's code.

    Raises NotFound, NotAllowed, Refused (empty, too long, due in the past), Conflict (not collecting, too many).
    """
    label, guidance = check_extra(label, guidance, due_at, deps.clock.now())
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.ask_more, lock=True)
        if not collects(InspectionState(inspection.state)):
            raise Conflict(NOT_COLLECTING)
        now, extra_id = deps.clock.now(), uuid4()
        code = extra_code(len(extras_of(session, inspection.id)) + 1)
        key = inspection_key(deps, inspection)
        session.add(
            ExtraItem(
                id=extra_id,
                inspection_id=inspection.id,
                code=code,
                due_at=due_at,
                asked_by=actor.person,
                asked_at=now,
                sealed_words=seal_extra_words(key, inspection.id, extra_id, ExtraWords(label, guidance)),
            )
        )
        for person in provider_people(session, inspection.id):
            queue_mail(
                session, deps, person.id, inspection.id, "asked-more",
                occasion=str(extra_id), facts={"deadline": iso(due_at)},
            )  # fmt: skip
        append(
            session, actor, "extra.asked", now, inspection=inspection.id, subject=extra_id, item=code, due=iso(due_at)
        )
        return code


def end_request(deps: Deps, actor: Actor, inspection_id: UUID, code: str) -> None:
    """Ask no longer for an extra item; what was sent for it stays. Raises NotFound, NotAllowed, Conflict (ended)."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.ask_more, lock=True)
        extra = next((each for each in extras_of(session, inspection.id) if each.code == code), None)
        if extra is None:
            raise NotFound(NOT_FOUND)
        if extra.ended_at is not None:
            raise Conflict(say("This is no longer asked for already. Reload the page."))
        now = deps.clock.now()
        extra.ended_at = now
        append(session, actor, "extra.ended", now, inspection=inspection.id, subject=extra.id, item=code)


def requests_page(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what was asked for beyond the checklist, as conduct/requests.html takes it.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.ask_more)
        now = deps.clock.now()
        key = readable_key(deps, inspection, now)
        sent = [each.item for each in current_documents(session, inspection.id)]
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "open": collects(InspectionState(inspection.state)),
            "requests": [
                {
                    "code": each.code,
                    "label": (words := extra_words(key, each)).label,
                    "guidance": words.guidance,
                    "due_words": say_deadline(each.due_at),
                    "passed": each.due_at < now,
                    "asked_words": say_moment(each.asked_at),
                    "ended": each.ended_at is not None,
                    "documents": sent.count(each.code),
                }
                for each in extras_of(session, inspection.id)
            ],
        }
