"""Announce an inspection: freeze deadline and checklist, make the key, give out roles, queue the mails (§15–§21)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.queries import programme_by_code, require_steward
from portal.db.register_queries import holidays_now
from portal.db.tables import Agency, Assignment, Inspection, Person, Programme
from portal.domain.actors import Actor
from portal.domain.addresses import check_address, check_code, check_name
from portal.domain.deadline import (
    DeadlinePolicy,
    announcement_warnings,
    deadline,
    notice_warnings,
    nth_working_day_after,
    readings,
)
from portal.domain.errors import Conflict, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.registers import check_eligible
from portal.domain.roles import PROVIDER, TEAM, Permission, Role
from portal.domain.times import london_date, say_deadline
from portal.ports import Deps
from portal.vault.invitations import tell_of_role

MAX_INSPECTORS = 3
ON_SITE_DAYS = 4


@dataclass(frozen=True)
class Invitee:
    """Who gets which role; the address is their account."""

    email: str
    name: str
    role: Role


@dataclass(frozen=True)
class Announcement:
    """What is announced. `policy` None takes the programme's; where the two readings differ it must be given (R2)."""

    programme: str
    agency_code: str
    agency_name: str
    people: Sequence[Invitee]
    policy: DeadlinePolicy | None = None
    starts_on: date | None = None
    confirmed: bool = False
    """Whether the announcer has seen the warnings of R5, R6 and R7 and goes on."""


@dataclass(frozen=True)
class Announced:
    """What came of it."""

    inspection: UUID
    reference: str
    deadline_words: str
    warnings: tuple[str, ...] = field(default=())


def announce(deps: Deps, actor: Actor, announcement: Announcement) -> Announced:
    """Announce now. Raises NotFound, Conflict (programme published), Refused (people, an unmade choice, a warning)."""
    inspection_id = uuid4()
    now = deps.clock.now()
    with reading(deps.engine) as session:
        deps = replace(deps, holidays=holidays_now(session, deps))
    warnings = _check(deps, announcement)
    # The key first: an inspection without a key could take nothing, a key without an inspection does no harm.
    wrapped = deps.custodian.create(inspection_id)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.announce)
        programme = programme_by_code(session, announcement.programme, lock=True)
        if programme.published_on is not None:
            raise Conflict("The programme's report is published: no further inspection can be announced in it.")
        policy = _policy(deps, announcement, programme)
        starts_on = announcement.starts_on or nth_working_day_after(london_date(now), 5, deps.holidays)
        inspection = Inspection(
            id=inspection_id,
            reference=_reference(session, programme),
            programme_id=programme.id,
            agency_id=_agency(session, announcement).id,
            state=InspectionState.announced,
            checklist_version=programme.checklist_version,
            announced_at=now,
            deadline_policy=policy,
            deadline_at=deadline(now, policy, deps.holidays),
            starts_on=starts_on,
            last_day_on=starts_on + timedelta(days=ON_SITE_DAYS - 1),
            wrapped_key=wrapped,
        )
        session.add(inspection)
        session.flush()
        roles: dict[str, str] = {}
        for invitee in announcement.people:
            person = _person(session, invitee, deps)
            session.add(Assignment(person_id=person.id, inspection_id=inspection.id, role=invitee.role, created_at=now))
            tell_of_role(session, deps, person, inspection.id, "announcement" if invitee.role in PROVIDER else "team")
            roles[str(person.id)] = invitee.role.value
        append(
            session,
            actor,
            "inspection.announced",
            now,
            inspection=inspection.id,
            policy=str(policy),
            roles=roles,
        )
        return Announced(inspection.id, inspection.reference, say_deadline(inspection.deadline_at), warnings)


def _check(deps: Deps, announcement: Announcement) -> tuple[str, ...]:
    """Check the people (§12, §16) and gather the warnings of R5, R6 and R7, which ask for a confirmation."""
    roles = [invitee.role for invitee in announcement.people]
    if roles.count(Role.leader) != 1 or roles.count(Role.lead_inspector) != 1:
        raise Refused("Name exactly one leader of the agency and one lead inspector.")
    if not set(roles) <= PROVIDER | TEAM:
        raise Refused("Only people of the agency and of the inspection team can be named.")
    if roles.count(Role.inspector) + 1 > MAX_INSPECTORS:
        raise Refused("A team has up to 3 inspectors, the lead inspector included (paragraph 12).")
    if len({check_address(invitee.email) for invitee in announcement.people}) != len(roles):
        raise Refused("Each person can be named once: two have the same email address.")
    now = deps.clock.now()
    today = london_date(now)
    starts_on = announcement.starts_on or nth_working_day_after(today, 5, deps.holidays)
    warnings = (*announcement_warnings(now, deps.holidays), *notice_warnings(today, starts_on, deps.holidays))
    if warnings and not announcement.confirmed:
        raise Refused(" ".join((*warnings, "Confirm that you want to announce now.")), "confirmed")
    return warnings


def _policy(deps: Deps, announcement: Announcement, programme: Programme) -> DeadlinePolicy:
    """Return the policy to apply; where the readings differ only an explicit choice will do (R2)."""
    both = readings(deps.clock.now(), deps.holidays)
    if announcement.policy is None and both.differ:
        raise Refused(
            f"“The day after” can be read in two ways: {say_deadline(both.next_day)} (next_day) or "
            f"{say_deadline(both.next_working_day)} (next_working_day). Choose one.",
            "policy",
        )
    return announcement.policy or DeadlinePolicy(programme.deadline_policy)


def _reference(session: Session, programme: Programme) -> str:
    count = session.scalar(select(func.count()).where(Inspection.programme_id == programme.id)) or 0
    return f"{programme.code}-{count + 1:02d}"


def _agency(session: Session, announcement: Announcement) -> Agency:
    agency = session.scalar(select(Agency).where(Agency.code == announcement.agency_code))
    if agency is None:
        agency = Agency(
            id=uuid4(), code=check_code(announcement.agency_code), name=check_name(announcement.agency_name)
        )
        session.add(agency)
        session.flush()
    check_eligible(agency.name, voluntary=agency.voluntary)
    return agency


def _person(session: Session, invitee: Invitee, deps: Deps) -> Person:
    email = check_address(invitee.email)
    person = session.scalar(select(Person).where(Person.email == email))
    if person is None:
        person = Person(id=uuid4(), email=email, name=check_name(invitee.name), created_at=deps.clock.now())
        session.add(person)
        session.flush()
    return person
