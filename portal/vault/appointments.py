"""Giving roles and ending them, in the caller's transaction: the steps that several use cases share."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.people_queries import Member, person_at, posts_of, stewards_with
from portal.db.tables import Assignment, Inspection, Person
from portal.db.ways_in import has_way_in
from portal.domain.addresses import check_address, check_name
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.lifecycle import InspectionState, collects, readable
from portal.domain.people import Holder, check_appointment, check_steward_leaves
from portal.domain.roles import Role
from portal.vault.invitations import withdraw_invitations
from schemas.texts import say

DISABLED = say("This account is disabled. An administrator can enable it; otherwise choose somebody else.")
OVER = say("This inspection is over, so nobody can be given a role in it.")


def account_for(session: Session, email: str, name: str, now: datetime) -> Person:
    """Return the person at this address, locked, with a new account where there is none; theirs keeps its own name.

    Raises Refused (address, name).
    """
    address, name = check_address(email), check_name(name)
    person = person_at(session, address, lock=True)
    if person is not None:
        return person
    try:
        with session.begin_nested():
            person = Person(id=uuid4(), email=address, name=name, created_at=now)
            session.add(person)
    except IntegrityError:  # somebody else invited the same person at this moment
        person = person_at(session, address, lock=True)
        if person is None:
            raise
    return person


def check_free_for(session: Session, person: Person, role: Role, programme: UUID | None = None) -> None:
    """Let the person be given the role, as their other roles and their account allow. Raises Refused."""
    if person.disabled_at is not None:
        raise Refused(DISABLED, "email")
    check_appointment(posts_of(session, person.id), role, programme)


def check_not_over(inspection: Inspection) -> None:
    """Let roles be given in the inspection. Raises Conflict (disposal has begun)."""
    if not readable(InspectionState(inspection.state)):
        raise Conflict(OVER)


def mail_of(inspection: Inspection, template: str) -> str:
    """Return the template to invite with; where nothing is due in the inspection, the one that names no deadline."""
    return template if collects(InspectionState(inspection.state)) else "access"


def appoint(session: Session, person: Person, role: Role, inspection: UUID | None, now: datetime) -> None:
    """Give the role; whatever it takes the place of was ended before."""
    session.flush()
    session.add(Assignment(person_id=person.id, inspection_id=inspection, role=role, created_at=now))
    session.flush()


def dismiss(session: Session, member: Member, now: datetime) -> None:
    """End a role at once, and with it the links that were sent for it."""
    member.assignment.ended_at = now
    withdraw_invitations(session, member.person.id, member.assignment.inspection_id)


def member_among(found: list[Member], person: UUID, message: str) -> Member:
    """Return the one of `found` who is this person. Raises NotFound."""
    member = next((each for each in found if each.person.id == person), None)
    if member is None:
        raise NotFound(message)
    return member


def steward_who_may_leave(session: Session, person: UUID, role: Role) -> Member | None:
    """Return the person as holder of the stewardship, None if they are not. Raises Conflict (the last who can act)."""
    holders = stewards_with(session, role)
    leaving = next((each for each in holders if each.person.id == person), None)
    if leaving is not None:
        others = [_holder(session, each) for each in holders if each is not leaving]
        check_steward_leaves(role, _holder(session, leaving), others)
    return leaving


def _holder(session: Session, member: Member) -> Holder:
    return Holder(member.person.disabled_at is None, has_way_in(session, member.person))
