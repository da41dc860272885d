"""Programmes and stewards: what must be there before anything is announced."""

from uuid import UUID, uuid4

from sqlalchemy import select

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.queries import require_steward
from portal.db.tables import Assignment, Person, Programme
from portal.domain.actors import Actor
from portal.domain.addresses import check_address, check_code, check_name
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, Refused
from portal.domain.roles import STEWARDS, Permission, Role
from portal.ports import Deps
from portal.vault.invitations import tell_of_role
from schemas.definitions import checklist_versions


def add_programme(
    deps: Deps, actor: Actor, code: str, title: str, policy: DeadlinePolicy, checklist_version: str
) -> UUID:
    """Add a programme. Raises NotFound, Refused (code, unknown checklist), Conflict (the code is taken).

    Its inspections and their bundles are named after the code, so that it must be fit for a folder's name.
    """
    check_code(code)
    if checklist_version not in checklist_versions():
        raise Refused(f"There is no checklist {checklist_version}. There are: {', '.join(checklist_versions())}.")
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_programmes)
        if session.scalar(select(Programme).where(Programme.code == code)) is not None:
            raise Conflict(f"There is a programme {code} already. Choose another code.")
        now = deps.clock.now()
        programme = Programme(
            id=uuid4(),
            code=code,
            title=title,
            deadline_policy=policy,
            checklist_version=checklist_version,
            created_at=now,
        )
        session.add(programme)
        append(session, actor, "programme.added", now, subject=programme.id)
        return programme.id


def add_steward(deps: Deps, actor: Actor, email: str, name: str, role: Role) -> UUID:
    """Give a person a stewardship, and an invitation if they have no password. Raises NotFound, Refused, Conflict."""
    if role not in STEWARDS:
        raise Refused("Only an administrator or a data protection officer is added in this way.")
    email, name = check_address(email), check_name(name)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_accounts)
        now = deps.clock.now()
        person = session.scalar(select(Person).where(Person.email == email))
        if person is None:
            person = Person(id=uuid4(), email=email, name=name, created_at=now)
            session.add(person)
            session.flush()
        current = select(Assignment).where(
            Assignment.person_id == person.id, Assignment.role == role, Assignment.ended_at.is_(None)
        )
        if session.scalar(current) is not None:
            raise Conflict("This person has that role already.")
        session.add(Assignment(person_id=person.id, inspection_id=None, role=role, created_at=now))
        tell_of_role(session, deps, person, None, "steward")
        append(session, actor, "role.given", now, subject=person.id, role=str(role))
        return person.id


def list_programmes(deps: Deps, actor: Actor) -> list[dict[str, str]]:
    """Return code, title, deadline policy, publication date and hold of every programme. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.list_inspections)
        return [
            {
                "code": each.code,
                "title": each.title,
                "deadline": each.deadline_policy,
                "published on": each.published_on.isoformat() if each.published_on else "",
                "held": "yes" if each.held else "no",
            }
            for each in session.scalars(select(Programme).order_by(Programme.code))
        ]
