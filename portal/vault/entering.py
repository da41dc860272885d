"""Around an invitation: whom to tell that it ended, and the words that a person's password must not be made of."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.people_queries import members_in, posts_of, stewards_with
from portal.db.tables import Agency, Assignment, Inspection, Invitation, Person
from portal.domain.roles import PROVIDER, TEAM, Role
from portal.ports import Deps
from portal.vault.mails import queue_mail


def tell_of_end(session: Session, deps: Deps, invitation: Invitation) -> None:
    """Tell the team, and who can invite anew, that wrong codes ended an invitation; not whose mail it went to."""
    place = invitation.inspection_id
    invited = {post.role for post in posts_of(session, invitation.person_id) if post.inspection == place}
    told = set()
    if place is not None:
        told = {each.person.id for each in members_in(session, place, TEAM)}
        if Role.contributor in invited:
            told |= {each.person.id for each in members_in(session, place, {Role.leader})}
    if place is None or invited & TEAM:
        told |= {each.person.id for each in stewards_with(session, Role.administrator)}
    template = "invitation-ended" if place else "steward-invitation-ended"
    for person in sorted(told - {invitation.person_id}):
        queue_mail(session, deps, person, place, template, occasion=str(invitation.id))


def context_of(session: Session, deps: Deps, person_id: UUID) -> list[str]:
    """Return what others know of a person: name, address, agencies, and who runs the service (ASVS V6.2.11)."""
    person = session.get_one(Person, person_id)
    agencies = (
        select(Agency.name)
        .join(Inspection, Inspection.agency_id == Agency.id)
        .join(Assignment, Assignment.inspection_id == Inspection.id)
        .where(Assignment.person_id == person_id, Assignment.ended_at.is_(None), Assignment.role.in_(sorted(PROVIDER)))
    )
    return [person.name, person.email, deps.policy.owner.name, *session.scalars(agencies.distinct().limit(20))]
