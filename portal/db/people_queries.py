"""What is asked about people: who holds which role, who was invited when. Asked for whom `admit` let in before.

Whoever locks a person, here and elsewhere, waits for others who do, and not for rows that only refer to them, such as a
mail (`key_share`): two that lock and tell the same people in another order would each wait for the other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal.db.queries import NOT_FOUND
from portal.db.tables import Assignment, AuditEntry, Inspection, Invitation, Person
from portal.domain.actors import person_actor
from portal.domain.errors import NotFound
from portal.domain.lifecycle import InspectionState
from portal.domain.people import Post
from portal.domain.roles import Role

MOST_ROLES = 100
"""Of one person, on one page; the newest are shown."""


@dataclass(frozen=True)
class Member:
    """A person with one of the roles that they hold now."""

    assignment: Assignment
    person: Person

    @property
    def role(self) -> Role:
        """The role."""
        return Role(self.assignment.role)


def person_at(session: Session, address: str, *, lock: bool = False) -> Person | None:
    """Return the person whose account has this address, in its known form; `lock` keeps their roles from changing."""
    statement = select(Person).where(Person.email == address)
    if lock:  # as it is now: a row that is here already would stay as it was when it was read
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(statement)


def person_of(session: Session, person_id: UUID, *, lock: bool = False) -> Person:
    """Return a person by id. Raises NotFound, also where the account was removed: nothing can be done with it."""
    person = session.get(Person, person_id, with_for_update={"key_share": True} if lock else None)
    if person is None or person.removed_at is not None:
        raise NotFound(NOT_FOUND)
    return person


def _current() -> Select[Assignment, Person]:
    both = select(Assignment, Person).join(Person, Person.id == Assignment.person_id)
    return both.where(Assignment.ended_at.is_(None))


def _members(session: Session, statement: Select[Assignment, Person]) -> list[Member]:
    return [Member(assignment, person) for assignment, person in session.execute(statement)]


def members(session: Session, inspections: Collection[UUID], roles: Collection[Role] = tuple(Role)) -> list[Member]:
    """Return who holds one of these roles in these inspections now, by name; disabled accounts too."""
    chosen = _current().where(Assignment.inspection_id.in_(inspections), Assignment.role.in_(sorted(roles)))
    return _members(session, chosen.order_by(Person.name, Person.email))


def members_in(session: Session, inspection_id: UUID, roles: Collection[Role] = tuple(Role)) -> list[Member]:
    """Return who holds one of these roles in the inspection now, by name; disabled accounts too."""
    return members(session, [inspection_id], roles)


def stewards_with(session: Session, role: Role) -> list[Member]:
    """Return who holds this stewardship, locked: of two who end each other's, one waits and finds itself the last."""
    chosen = _current().where(Assignment.role == role, Assignment.inspection_id.is_(None))
    locked = chosen.order_by(Assignment.id).with_for_update(of=[Assignment, Person], key_share=True)
    return _members(session, locked.execution_options(populate_existing=True))


def roles_held(session: Session, person_id: UUID) -> Sequence[tuple[Assignment, Inspection | None]]:
    """Return the roles that a person holds now, each with its inspection, the newest first; `MOST_ROLES` at most."""
    statement = (
        select(Assignment, Inspection)
        .outerjoin(Inspection, Inspection.id == Assignment.inspection_id)
        .where(Assignment.person_id == person_id, Assignment.ended_at.is_(None))
        .order_by(Assignment.created_at.desc(), Assignment.id)
        .limit(MOST_ROLES)
    )
    return [(assignment, inspection) for assignment, inspection in session.execute(statement)]


def posts_of(session: Session, person_id: UUID) -> list[Post]:
    """Return what a person's roles rule out for them; those in inspections that were disposed of no longer do."""
    rows = session.execute(
        select(Assignment.role, Assignment.inspection_id, Inspection.programme_id)
        .outerjoin(Inspection, Inspection.id == Assignment.inspection_id)
        .where(
            Assignment.person_id == person_id,
            Assignment.ended_at.is_(None),
            or_(Inspection.id.is_(None), Inspection.state != InspectionState.disposed),
        )
    )
    return [Post(Role(role), inspection, programme) for role, inspection, programme in rows]


def invitations_in(session: Session, inspection_id: UUID, people: Collection[UUID]) -> dict[UUID, Invitation]:
    """Return the newest invitation of each of these people to the inspection."""
    rows = session.scalars(
        select(Invitation)
        .where(Invitation.inspection_id == inspection_id, Invitation.person_id.in_(people))
        .order_by(Invitation.created_at)
    )
    return {each.person_id: each for each in rows}


def invitations_of(session: Session, person_id: UUID) -> dict[UUID | None, Invitation]:
    """Return the newest invitation of a person to each inspection; to a stewardship under None."""
    newest = select(Invitation).where(Invitation.person_id == person_id).order_by(Invitation.created_at.desc())
    found = list(session.scalars(newest.limit(MOST_ROLES)))
    return {each.inspection_id: each for each in reversed(found)}


def active_in(session: Session, inspection_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """Return those of these people who have done anything in the inspection, by its audit trail."""
    labels = {person_actor(each).label: each for each in people}
    done = select(AuditEntry.actor).where(
        AuditEntry.inspection == str(inspection_id), AuditEntry.actor.in_(sorted(labels))
    )
    return {labels[label] for label in session.scalars(done.distinct())}


def people_like(search: str) -> Select[Person]:
    """Return the statement of everybody whose name or address has `search` in it, by name; no removed accounts."""
    statement = select(Person).where(Person.removed_at.is_(None)).order_by(func.lower(Person.name), Person.email)
    if not search:
        return statement
    return statement.where(
        or_(Person.name.icontains(search, autoescape=True), Person.email.icontains(search, autoescape=True))
    )


def role_counts(session: Session, people: Collection[UUID]) -> dict[UUID, list[tuple[Role, int]]]:
    """Return for each of these people how many of each role they hold now."""
    rows = session.execute(
        select(Assignment.person_id, Assignment.role, func.count())
        .where(Assignment.person_id.in_(people), Assignment.ended_at.is_(None))
        .group_by(Assignment.person_id, Assignment.role)
        .order_by(Assignment.role)
    )
    counts: dict[UUID, list[tuple[Role, int]]] = {}
    for person, role, number in rows:
        counts.setdefault(person, []).append((Role(role), number))
    return counts
