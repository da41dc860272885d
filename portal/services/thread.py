"""The thread of an inspection, which both sides see: write, answer, close a question (what is typed is sealed)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.exchanges import Message
from portal.db.queries import admit, people_in, people_with, roles_of
from portal.db.tables import Inspection
from portal.db.thread_queries import count_messages, message_in, messages_in, open_questions, sides
from portal.domain.actors import Actor
from portal.domain.errors import Refused
from portal.domain.roles import PROVIDER, TEAM, Permission
from portal.domain.thread import (
    KIND_WORDS,
    SIDE_WORDS,
    MessageKind,
    Side,
    check_message,
    check_settles,
    side_of,
)
from portal.domain.times import say_moment
from portal.ports import Deps
from portal.vault.asked import checklist_of
from portal.vault.mails import queue_mail
from portal.vault.records import inspection_key, open_message_words, readable_key, seal_message_words
from schemas.definitions import Checklist
from schemas.texts import say, together

PAGE = 20
SOMEONE = say("Someone")
View = dict[str, Any]


def write(
    deps: Deps,
    actor: Actor,
    inspection_id: UUID,
    words: str,
    *,
    item: str = "",
    asks: bool = False,
    answers: UUID | None = None,
) -> UUID:
    """Write a message, and tell the other side by mail that there is one.

    `asks` makes it a question, about `item` (a code) if one is given; `answers` names the other side's question that
    it answers. Returns the message's id. Raises NotFound, NotAllowed, Refused, Conflict, KeyRemoved, KeyUnavailable.
    """
    words = check_message(words)
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.write_message, lock=True)
        side, now = _side(session, actor, inspection.id), deps.clock.now()
        key = inspection_key(deps, inspection)
        question = message_in(session, inspection.id, answers) if answers else None
        if question:
            _settle(session, question, actor, side, now=now, answers=True)
            item = question.item or ""
        if item and item not in _labels(checklist_of(session, key, inspection)):
            raise Refused(say("Select one of the requested items, or none."), "item")
        message = Message(
            id=uuid4(),
            inspection_id=inspection.id,
            kind=MessageKind.question if asks else MessageKind.reply,
            item=item or None,
            written_by=actor.person,
            written_at=now,
        )
        message.sealed_words = seal_message_words(key, inspection.id, message.id, words)
        session.add(message)
        _tell(session, deps, inspection, message, side)
        append(
            session, actor, "message.written", now, inspection=inspection.id, subject=message.id,
            kind=message.kind, item=item,
        )  # fmt: skip
        return message.id


def close_question(deps: Deps, actor: Actor, inspection_id: UUID, message_id: UUID) -> None:
    """Close a question that one's own side asked. Raises NotFound, NotAllowed, Conflict."""
    with writing(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.write_message, lock=True)
        question = message_in(session, inspection.id, message_id)
        now = deps.clock.now()
        _settle(session, question, actor, _side(session, actor, inspection.id), now=now, answers=False)
        append(session, actor, "question.closed", now, inspection=inspection.id, subject=question.id)


def thread_page(deps: Deps, actor: Actor, inspection_id: UUID, page: int = 1) -> View:
    """Return one page of the thread, newest first, as thread/thread.html takes it; a page too far is the last one.

    Raises NotFound, NotAllowed, KeyRemoved, KeyUnavailable.
    """
    with reading(deps.engine) as session:
        inspection = admit(session, actor, inspection_id, Permission.read_thread)
        key = readable_key(deps, inspection, deps.clock.now())
        total = count_messages(session, inspection.id)
        pages = max(1, -(-total // PAGE))
        page = min(max(page, 1), pages)
        rows = messages_in(session, inspection.id, first=(page - 1) * PAGE, count=PAGE)
        labels = _labels(checklist_of(session, key, inspection))
        people, on_side = people_in(session, inspection.id), sides(session, inspection.id)
        mine = _side(session, actor, inspection.id)
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "side": mine,
            "page": page,
            "pages": pages,
            "items": [{"code": code, "label": label} for code, label in labels.items()],
            "open": sum(on_side.get(each.written_by) is not mine for each in open_questions(session, inspection.id)),
            "messages": [_view(each, open_message_words(key, each), labels, people, on_side, mine) for each in rows],
        }


def _view(
    message: Message,
    words: str,
    labels: Mapping[str, str],
    people: Mapping[UUID, str],
    on_side: Mapping[UUID, Side],
    mine: Side,
) -> View:
    side = on_side.get(message.written_by, Side.team)
    is_open = message.kind == MessageKind.question and message.settled_at is None
    return {
        "id": message.id,
        "title": KIND_WORDS[MessageKind(message.kind)],
        "item_label": labels.get(message.item or "", ""),
        "who": together((people.get(message.written_by, SOMEONE), SIDE_WORDS[side]), ", "),
        "at": message.written_at,
        "words": words,
        "is_question": message.kind == MessageKind.question,
        "open": is_open,
        "settled_words": _settled_words(message.settled_at) if message.settled_at else "",
        "may_answer": is_open and side is not mine,
        "may_close": is_open and side is mine,
    }


def _settled_words(at: datetime) -> str:
    return say("Answered or closed at {moment}", moment=say_moment(at))


def _side(session: Session, actor: Actor, inspection_id: UUID) -> Side:
    return side_of(roles_of(session, actor).get(inspection_id, frozenset()))


def _labels(checklist: Checklist) -> dict[str, str]:
    return {item.code: item.label for item in checklist.items}


def _settle(session: Session, question: Message, actor: Actor, side: Side, *, now: datetime, answers: bool) -> None:
    check_settles(
        kind=MessageKind(question.kind),
        settled=question.settled_at is not None,
        asked_by=sides(session, question.inspection_id).get(question.written_by, Side.team),
        by=side,
        answers=answers,
    )
    question.settled_at, question.settled_by = now, actor.person


def _tell(session: Session, deps: Deps, inspection: Inspection, message: Message, side: Side) -> None:
    """Queue a mail to everyone on the other side; it says that there is a message, and nothing of it."""
    template = "question" if message.kind == MessageKind.question else "reply"
    others = people_with(session, PROVIDER if side is Side.team else TEAM, inspection.id)
    for person in others:
        queue_mail(session, deps, person.id, inspection.id, template, occasion=str(message.id))
