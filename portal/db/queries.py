"""Every SELECT, scoped to an actor: what is not theirs looks exactly like what does not exist (rule 5)."""

from collections.abc import Sequence
from functools import reduce
from uuid import UUID

from sqlalchemy import Engine, Select, bindparam, exists, func, select, union_all
from sqlalchemy.orm import Session

from portal.db.engine import glancing
from portal.db.proposal_queries import still_reads
from portal.db.tables import (
    Answer,
    Assignment,
    Document,
    Inspection,
    Person,
    Programme,
    Receipt,
)
from portal.domain.actors import OPERATOR, WORKER, Actor
from portal.domain.errors import NotAllowed, NotFound
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.roles import BY_READING, PROVIDER, STEWARDS, Permission, Role, may, say_role
from schemas.texts import say

NOT_FOUND = say(
    "This page does not exist, or you do not have access to it. Check the address, or go back to your list."
)
OTHER_PURPOSE = say("This token is for another purpose. Use one that was made for this.")
# Built once: what is asked for every part and every reading of the clock is asked as cheaply as can be.
_STATE_AND_KEY = select(
    Inspection.__table__.c.state, Inspection.__table__.c.wrapped_key, Document.__table__.c.state
).where(
    Inspection.__table__.c.id == bindparam("inspection"),
    Document.__table__.c.id == bindparam("document"),
    Document.__table__.c.inspection_id == Inspection.__table__.c.id,
)


def roles_of(session: Session, actor: Actor) -> dict[UUID | None, frozenset[Role]]:
    """Return the actor's current roles by inspection; stewardships stand under None."""
    if actor == OPERATOR:
        return {None: STEWARDS}
    if actor == WORKER:
        return {None: frozenset({Role.worker})}
    mine = select(Assignment.inspection_id, Assignment.role).where(
        Assignment.person_id == actor.person, Assignment.ended_at.is_(None)
    )
    rows = session.execute(vouched_for(actor, mine))
    roles: dict[UUID | None, set[Role]] = {}
    for inspection_id, role in rows:
        if actor.reaches(inspection_id):
            roles.setdefault(inspection_id, set()).add(Role(role))
    return {inspection_id: frozenset(held) for inspection_id, held in roles.items()}


def roles_in(session: Session, actor: Actor, *places: UUID | None) -> frozenset[Role]:
    """Return the actor's current roles in these places (stewardships: None), however many others they have.

    Those of a script's token end where it does: no token is a steward.
    """
    within = [place for place in places if actor.reaches(place)]
    return _held(session, actor, *within) if within else frozenset()


def _held(session: Session, actor: Actor, *places: UUID | None) -> frozenset[Role]:
    """Return the roles in these places that the actor has, or that a token's maker has."""
    if actor.person is None:
        roles = roles_of(session, actor)
        return frozenset().union(*(roles.get(place, frozenset()) for place in places))
    rows = session.execute(union_all(*(roles_at(actor, place) for place in places)))
    return frozenset(Role(role) for _place, role in rows)


def roles_at(actor: Actor, place: UUID | None) -> Select[UUID | None, str]:
    """Select current roles, with their place, from one: with OR, SQLite would read every assignment of the person."""
    there = select(Assignment.inspection_id, Assignment.role).where(
        Assignment.person_id == actor.person, Assignment.inspection_id == place, Assignment.ended_at.is_(None)
    )
    return vouched_for(actor, there)


def vouched_for(actor: Actor, assignments: Select[UUID | None, str]) -> Select[UUID | None, str]:
    """Leave out the roles that the actor may not use: of a disabled account, which may have begun something, all."""
    disabled = exists().where(Person.id == Assignment.person_id, Person.disabled_at.is_not(None))
    assignments = assignments.where(~disabled)
    return assignments if actor.only is None else assignments.where(Assignment.role.in_(sorted(actor.only)))


def admit(
    session: Session, actor: Actor, inspection_id: UUID, permission: Permission, *, lock: bool = False
) -> Inspection:
    """Return the inspection if the actor may do this in it; `lock` keeps others from changing it meanwhile.

    A script's token may what its maker may, a steward's stewardship included, as far as it reaches. Raises NotFound
    (unknown, or none of theirs: the same answer), NotAllowed (theirs, but not with this role or this token).
    A break-glass reading is looked up here too; how long it lasts, in `services/break_glass.py`.
    """
    held = _held(session, actor, inspection_id, None) if actor.reaches(inspection_id) else frozenset()
    statement = select(Inspection).where(Inspection.id == inspection_id)
    if lock:
        statement = statement.with_for_update(of=Inspection)
    inspection = session.scalar(statement) if held else None
    if inspection is None:
        raise NotFound(NOT_FOUND)
    if not actor.reaches(inspection_id, permission):
        raise NotAllowed(OTHER_PURPOSE)
    let_in = actor.reading is not None and permission in BY_READING
    if not any(may(role, permission) for role in held) and not (
        let_in and still_reads(session, actor.reading, actor.person, inspection_id)
    ):
        allowed = sorted(say_role(role) for role in set(Role) - {Role.api_token} if may(role, permission))
        roles_said = reduce(lambda one, other: say("{one} or {other}", one=one, other=other), allowed)
        raise NotAllowed(say("Only the {roles} can do this. Ask them, or go back to your list.", roles=roles_said))
    return inspection


def state_and_key(
    engine: Engine, inspection_id: UUID, document_id: UUID
) -> tuple[InspectionState, bytes | None, DocumentState]:
    """Return both states and the wrapped key as they are now, for each further use by whom `admit` let in before.

    It is asked for every part of a download, so it goes past the session, which would double its cost.
    """
    with glancing(engine) as connection:
        ids = {"inspection": inspection_id, "document": document_id}
        state, wrapped_key, document_state = connection.execute(_STATE_AND_KEY, ids).one()
    return InspectionState(state), wrapped_key, DocumentState(document_state)


def provides(session: Session, actor: Actor, inspection_id: UUID) -> bool:
    """Say whether the actor is one of the inspected agency's own people."""
    return bool(roles_in(session, actor, inspection_id) & PROVIDER)


def require_steward(session: Session, actor: Actor, permission: Permission) -> None:
    """Pass if the actor has this permission beyond any single inspection. Raises NotFound otherwise."""
    if not any(may(role, permission) for role in roles_in(session, actor, None)):
        raise NotFound(NOT_FOUND)


def inspections_of(session: Session, actor: Actor) -> Sequence[Inspection]:
    """Return the inspections in which the actor has a role; stewards see all. Newest announcement first."""
    roles = roles_of(session, actor)
    statement = select(Inspection).order_by(Inspection.announced_at.desc(), Inspection.reference)
    if not any(may(role, Permission.list_inspections) for role in roles.get(None, frozenset())):
        statement = statement.where(Inspection.id.in_([each for each in roles if each is not None]))
    return session.scalars(statement).all()


def document_in(session: Session, inspection_id: UUID, document_id: UUID) -> Document:
    """Return a document that was received in this inspection, in whatever state since. Raises NotFound."""
    document = session.scalar(
        select(Document).where(
            Document.id == document_id, Document.inspection_id == inspection_id, Document.received_at.is_not(None)
        )
    )
    if document is None:
        raise NotFound(NOT_FOUND)
    return document


def _current(inspection_id: UUID) -> Select[Document]:
    return select(Document).where(Document.inspection_id == inspection_id, Document.state == DocumentState.received)


def current_documents(session: Session, inspection_id: UUID) -> Sequence[Document]:
    """Return the documents that count now, oldest first."""
    return session.scalars(_current(inspection_id).order_by(Document.received_at, Document.id)).all()


def documents_in_slot(session: Session, inspection_id: UUID, item: str, slot: str) -> Sequence[Document]:
    """Return the documents that count now in one slot."""
    return session.scalars(_current(inspection_id).where(Document.item == item, Document.slot == slot)).all()


def next_version(session: Session, inspection_id: UUID, item: str, slot: str) -> int:
    """Return the number that the next document received in this slot gets; from 1, never used again."""
    highest = session.scalar(
        select(func.max(Document.version)).where(
            Document.inspection_id == inspection_id, Document.item == item, Document.slot == slot
        )
    )
    return (highest or 0) + 1


def upload_of(session: Session, inspection_id: UUID, upload_id: str) -> Document | None:
    """Return the document that this upload id stands for, unless it was abandoned."""
    return session.scalar(
        select(Document).where(
            Document.inspection_id == inspection_id,
            Document.upload_id == upload_id,
            Document.state != DocumentState.abandoned,
        )
    )


def unfinished_uploads(session: Session, inspection_id: UUID) -> Sequence[Document]:
    """Return pending and abandoned uploads in whose slot nothing was received since they began, newest first.

    Those that were refused are not among them: their sender was told why, and nothing of them is kept.
    """
    rows = session.scalars(
        select(Document)
        .where(
            Document.inspection_id == inspection_id,
            Document.sealed_details.is_not(None) | Document.received_at.is_not(None),
        )
        .order_by(Document.began_at.desc())
    ).all()
    received: dict[tuple[str, str], list[Document]] = {}
    for row in rows:
        if row.received_at is not None:
            received.setdefault((row.item, row.slot), []).append(row)
    return [
        row
        for row in rows
        if row.received_at is None
        and not any(each.began_at >= row.began_at for each in received.get((row.item, row.slot), []))
    ]


def current_answers(session: Session, inspection_id: UUID) -> Sequence[Answer]:
    """Return the explained gaps that count now, at most one an item."""
    return session.scalars(
        select(Answer).where(Answer.inspection_id == inspection_id, Answer.superseded_at.is_(None))
    ).all()


def latest_receipt(session: Session, inspection_id: UUID) -> Receipt | None:
    """Return the newest receipt of the whole inspection, if its declaration was sent."""
    return session.scalar(
        select(Receipt).where(Receipt.inspection_id == inspection_id).order_by(Receipt.number.desc()).limit(1)
    )


def receipt_numbered(session: Session, inspection_id: UUID, number: int) -> Receipt:
    """Return one receipt by its number. Raises NotFound."""
    receipt = session.scalar(select(Receipt).where(Receipt.inspection_id == inspection_id, Receipt.number == number))
    if receipt is None:
        raise NotFound(NOT_FOUND)
    return receipt


def people_in(session: Session, inspection_id: UUID) -> dict[UUID, str]:
    """Return the names of everyone who ever had a role in the inspection, by id."""
    rows = session.execute(
        select(Person.id, Person.name)
        .join(Assignment, Assignment.person_id == Person.id)
        .where(Assignment.inspection_id == inspection_id)
    )
    return {person_id: name for person_id, name in rows}  # noqa: C416 -- rows are Row objects, not pairs


def people_with(session: Session, roles: frozenset[Role], inspection_id: UUID | None = None) -> Sequence[Person]:
    """Return the people who now hold one of these roles, in the inspection or (stewards) in none."""
    return session.scalars(
        select(Person)
        .distinct()
        .join(Assignment, Assignment.person_id == Person.id)
        .where(
            Assignment.role.in_(sorted(roles)),
            Assignment.ended_at.is_(None),
            Assignment.inspection_id.is_(None) if inspection_id is None else Assignment.inspection_id == inspection_id,
            Person.disabled_at.is_(None),
        )
    ).all()


def provider_people(session: Session, inspection_id: UUID) -> Sequence[Person]:
    """Return the leader and contributors of an inspection."""
    return people_with(session, PROVIDER, inspection_id)


def programme_by_code(session: Session, code: str, *, lock: bool = False) -> Programme:
    """Return a programme by its code. Raises NotFound."""
    statement = select(Programme).where(Programme.code == code)
    programme = session.scalar(statement.with_for_update() if lock else statement)
    if programme is None:
        raise NotFound(say("There is no programme {code}. `portal programme list` shows those there are.", code=code))
    return programme


def inspection_by_reference(session: Session, reference: str) -> Inspection:
    """Return an inspection by what people call it. For the operator alone. Raises NotFound."""
    inspection = session.scalar(select(Inspection).where(Inspection.reference == reference))
    if inspection is None:
        raise NotFound(
            say(
                "There is no inspection {reference}. `portal inspection list` shows those there are.",
                reference=reference,
            )
        )
    return inspection
