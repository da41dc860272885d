"""The SELECTs of conducting an inspection: where one may announce and whom, who was told, and what came late."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from portal.db.queries import NOT_FOUND, programme_by_code, roles_in, roles_of
from portal.db.tables import Agency, Assignment, AuditEntry, Document, Inspection, OutboxMail, Person, Programme
from portal.domain.actors import Actor
from portal.domain.addresses import known_form
from portal.domain.errors import NotFound
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.domain.roles import Permission, may
from schemas.texts import say

MOST_PROGRAMMES, MOST_AGENCIES = 100, 500


def _in_reach(session: Session, actor: Actor) -> Select[Programme]:
    """Select the programmes in which the actor may announce.

    An administrator in all; a lead inspector or quality assurance officer in those of their inspections.
    """
    roles = roles_of(session, actor)
    heads = [each for each, held in roles.items() if any(may(role, Permission.announce) for role in held)]
    statement = select(Programme)
    if None in heads:
        return statement
    return statement.where(Programme.id.in_(select(Inspection.programme_id).where(Inspection.id.in_(heads))))


def programmes_to_announce_in(session: Session, actor: Actor) -> Sequence[Programme]:
    """Return the programmes in which the actor may announce now, newest first, 100 at most."""
    statement = _in_reach(session, actor).where(Programme.published_on.is_(None))
    return session.scalars(statement.order_by(Programme.created_at.desc()).limit(MOST_PROGRAMMES)).all()


def programme_to_announce_in(session: Session, actor: Actor, code: str, *, lock: bool = False) -> Programme:
    """Return the programme if the actor may announce in it. Raises NotFound, for what is not theirs as for no such."""
    # The id alone: a row that is here before it is locked would stay as it was then.
    mine = _in_reach(session, actor).with_only_columns(Programme.id)
    if session.scalar(mine.where(Programme.code == code)) is None:
        if any(may(role, Permission.announce) for role in roles_of(session, actor).get(None, frozenset())):
            programme_by_code(session, code)  # says what there is
        raise NotFound(NOT_FOUND)
    return programme_by_code(session, code, lock=lock)


def announced_in_reach(session: Session, actor: Actor, inspection_id: UUID) -> Inspection:
    """Return an inspection in which the actor may announce, or that they announced themselves. Raises NotFound.

    To be at the head of another team in the programme is not enough: who takes part is that inspection's own (rule 5).
    """
    inspection = session.get(Inspection, inspection_id)
    if inspection is None:
        raise NotFound(NOT_FOUND)
    if not any(may(role, Permission.announce) for role in roles_in(session, actor, inspection_id, None)):
        mine = _in_reach(session, actor).with_only_columns(Programme.id).where(Programme.id == inspection.programme_id)
        theirs = exists().where(
            AuditEntry.inspection == str(inspection_id),
            AuditEntry.action == "inspection.announced",
            AuditEntry.actor == actor.label,
        )
        if session.scalar(mine.where(theirs)) is None:
            raise NotFound(NOT_FOUND)
    return inspection


def eligible_agencies(session: Session) -> Sequence[Agency]:
    """Return the registered agencies that may be inspected (§14), by name, 500 at most."""
    statement = select(Agency).where(Agency.voluntary.is_(False))
    return session.scalars(statement.order_by(Agency.name, Agency.code).limit(MOST_AGENCIES)).all()


def agency_by_code(session: Session, code: str) -> Agency | None:
    """Return an agency by its code."""
    return session.scalar(select(Agency).where(Agency.code == code))


def open_inspection_of(session: Session, programme_id: UUID, agency_id: UUID) -> str | None:
    """Return the reference of the agency's inspection in this programme that is announced or deferred."""
    return session.scalar(
        select(Inspection.reference).where(
            Inspection.programme_id == programme_id,
            Inspection.agency_id == agency_id,
            Inspection.state.in_([InspectionState.announced, InspectionState.deferred]),
        )
    )


def inspections_in(session: Session, programme_id: UUID) -> int:
    """Count the inspections of a programme, whatever their state."""
    return session.scalar(select(func.count()).where(Inspection.programme_id == programme_id)) or 0


def taking_place_in(session: Session, programme_id: UUID) -> int:
    """Count the inspections of a programme that were not cancelled."""
    mine = (Inspection.programme_id == programme_id, Inspection.cancelled_at.is_(None))
    return session.scalar(select(func.count()).where(*mine)) or 0


def inspectors_in(session: Session, inspection_id: UUID) -> int:
    """Count the inspectors who are in the team now, the lead inspector included."""
    statement = select(func.count()).where(
        Assignment.inspection_id == inspection_id,
        Assignment.role.in_(["lead_inspector", "inspector"]),
        Assignment.ended_at.is_(None),
    )
    return session.scalar(statement) or 0


def people_told(session: Session, inspection_id: UUID) -> list[tuple[Person, str, OutboxMail | None]]:
    """Return everyone with a role in the inspection, the role, and the newest mail of its announcement to them."""
    mails = select(OutboxMail).where(
        OutboxMail.inspection_id == inspection_id, OutboxMail.template.in_(["announcement", "team"])
    )
    newest = {mail.person_id: mail for mail in session.scalars(mails.order_by(OutboxMail.created_at))}
    people = session.execute(
        select(Person, Assignment.role)
        .join(Assignment, Assignment.person_id == Person.id)
        .where(Assignment.inspection_id == inspection_id, Assignment.ended_at.is_(None))
        .order_by(Assignment.created_at, Person.name)
    )
    return [(person, role, newest.get(person.id)) for person, role in people]


def _late(inspection_id: UUID) -> ColumnElement[bool]:
    return and_(
        Document.inspection_id == inspection_id,
        Document.state == DocumentState.received,
        Document.on_time.is_(False),
        Document.accepted_at.is_(None),
    )


def late_documents(
    session: Session, inspection_id: UUID, item: str | None = None, most: int | None = None
) -> Sequence[Document]:
    """Return the documents that count, were late and are not accepted yet, oldest first; of one item, if given."""
    statement = select(Document).where(_late(inspection_id))
    if item is not None:
        statement = statement.where(Document.item == item)
    return session.scalars(statement.order_by(Document.received_at, Document.id).limit(most)).all()


def late_by_item(session: Session, inspection_id: UUID) -> dict[str, int]:
    """Count those documents by the code of their item."""
    rows = session.execute(select(Document.item, func.count()).where(_late(inspection_id)).group_by(Document.item))
    return {item: number for item, number in rows}  # noqa: C416 -- rows are Row objects, not pairs


def person_by_address(session: Session, email: str) -> Person:
    """Return a person by their address. For the operator alone. Raises NotFound."""
    person = session.scalar(select(Person).where(Person.email == (known_form(email) or email)))
    if person is None:
        raise NotFound(
            say(
                "There is no account with the address {email}. `portal account list` shows those there are.",
                email=email,
            )
        )
    return person


def ever_late(session: Session, inspection_id: UUID) -> Sequence[Document]:
    """Return every received document that was late, whatever became of it since."""
    return session.scalars(
        select(Document).where(
            Document.inspection_id == inspection_id, Document.received_at.is_not(None), Document.on_time.is_(False)
        )
    ).all()
