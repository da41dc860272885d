"""Announce an inspection: freeze deadline and checklist, make the key, give out roles, queue the mails (§15–§21)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.conduct_queries import (
    agency_by_code,
    announced_in_reach,
    eligible_agencies,
    inspections_in,
    open_inspection_of,
    people_told,
    programme_to_announce_in,
    programmes_to_announce_in,
    taking_place_in,
)
from portal.db.engine import reading, writing
from portal.db.people_queries import person_at
from portal.db.register_queries import holidays_now
from portal.db.tables import Agency, Assignment, Inspection, OutboxMail, Programme
from portal.domain.actors import Actor
from portal.domain.addresses import check_address, check_code, check_name
from portal.domain.announcing import Asked, Dates, Seen, first_day, plan_dates, settle
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.lifecycle import InspectionState
from portal.domain.registers import MAX_DAYS_ON_SITE, check_eligible
from portal.domain.roles import PROVIDER, ROLE_TITLES, TEAM, Role, say_role
from portal.domain.times import say_date, say_deadline, say_moment
from portal.ports import Deps
from portal.vault.appointments import account_for, check_free_for
from portal.vault.invitations import tell_of_role
from schemas.texts import say

View = dict[str, Any]
_INSPECTORS = frozenset({Role.lead_inspector, Role.inspector})


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
    """For an agency that is not registered yet; "" refuses one that is not."""
    people: Sequence[Invitee]
    policy: DeadlinePolicy | None = None
    starts_on: date | None = None
    confirmed: bool = False
    """Whether the announcer goes on in spite of every warning of R5, R6, R7 and §12."""
    days_on_site: int | None = None
    seen: Seen = field(default=Seen())
    """What a page has shown, in place of `confirmed`."""


@dataclass(frozen=True)
class Announced:
    """What came of it."""

    inspection: UUID
    reference: str
    deadline_words: str
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Plan:
    """What an announcement would be, if it were made at `dates.at`."""

    programme: Programme
    agency: Agency | None
    """None: not registered yet."""
    agency_name: str
    dates: Dates


def choices(deps: Deps, actor: Actor) -> View:
    """Return what there is to choose from: `programmes` and `agencies` as code and words, `starts_on`, `days_on_site`.

    Raises NotFound for who may announce nowhere.
    """
    with reading(deps.engine) as session:
        programmes = programmes_to_announce_in(session, actor)
        if not programmes:
            raise NotFound(say("There is no programme in which you can announce an inspection. Go back to your list."))
        return {
            "programmes": [{"value": each.code, "text": f"{each.title} ({each.code})"} for each in programmes],
            "agencies": [{"value": each.code, "text": each.name} for each in eligible_agencies(session)],
            "starts_on": first_day(deps.clock.now(), holidays_now(session, deps)),
            "days_on_site": MAX_DAYS_ON_SITE,
        }


def preview(deps: Deps, actor: Actor, announcement: Announcement) -> Plan:
    """Return what would be announced now; nothing is stored. Raises as `announce`, but asks for no choice."""
    with reading(deps.engine) as session:
        return _plan(session, deps, actor, announcement)


def announce(deps: Deps, actor: Actor, announcement: Announcement) -> Announced:
    """Announce now.

    Raises NotFound (programme), Conflict (it is published; the agency is being inspected in it already), Refused
    (people, agency, an unmade choice, a warning that nobody confirmed, dates that changed since they were shown).
    """
    seen = Seen(all_warnings=True) if announcement.confirmed else announcement.seen
    with reading(deps.engine) as session:  # what is refused leaves no key behind
        settle(_plan(session, deps, actor, announcement).dates, seen)
    inspection_id = uuid4()
    # The key first: an inspection without a key could take nothing, a key without an inspection does no harm.
    wrapped = deps.custodian.create(inspection_id)
    with writing(deps.engine) as session:
        plan = _plan(session, deps, actor, announcement, lock=True)
        policy, deadline_at = settle(plan.dates, seen)
        now = plan.dates.at
        inspection = Inspection(
            id=inspection_id,
            reference=f"{plan.programme.code}-{inspections_in(session, plan.programme.id) + 1:02d}",
            programme_id=plan.programme.id,
            agency_id=(plan.agency or _new_agency(session, announcement)).id,
            state=InspectionState.announced,
            checklist_version=plan.programme.checklist_version,
            announced_at=now,
            deadline_policy=policy,
            deadline_at=deadline_at,
            starts_on=plan.dates.starts_on,
            last_day_on=plan.dates.last_day_on,
            wrapped_key=wrapped,
        )
        session.add(inspection)
        session.flush()
        roles = _give_roles(session, deps, inspection, announcement.people, now)
        append(session, actor, "inspection.announced", now, inspection=inspection.id, policy=str(policy), roles=roles)
        return Announced(inspection.id, inspection.reference, say_deadline(deadline_at), plan.dates.warnings)


def announcement_told(deps: Deps, actor: Actor, inspection_id: UUID) -> View:
    """Return what was announced, and what was sent to whom. Raises NotFound."""
    with reading(deps.engine) as session:
        inspection = announced_in_reach(session, actor, inspection_id)
        return {
            "reference": inspection.reference,
            "agency": inspection.agency.name,
            "deadline_words": say_deadline(inspection.deadline_at),
            "on_site_words": say(
                "{first} to {last}", first=say_date(inspection.starts_on), last=say_date(inspection.last_day_on)
            ),
            "people": [
                {
                    "id": person.id,
                    "name": person.name,
                    "email": person.email,
                    "role": Role(role),
                    "role_words": ROLE_TITLES[Role(role)],
                    "code_waits": person.password_hash is None,
                    "mail_words": _mail_words(mail),
                }
                for person, role, mail in people_told(session, inspection.id)
            ],
        }


def _mail_words(mail: OutboxMail | None) -> str:
    if mail is None:
        return say("No mail")
    if mail.sent_at:
        return say("Mail sent on {moment}", moment=say_moment(mail.sent_at))
    return say("Mail failed, and is tried again") if mail.failure else say("Mail waits to be sent")


def _plan(session: Session, deps: Deps, actor: Actor, announcement: Announcement, *, lock: bool = False) -> Plan:
    """Check all but what a person must have seen (§12, §14, §16)."""
    programme = programme_to_announce_in(session, actor, announcement.programme, lock=lock)
    if programme.published_on is not None:
        raise Conflict(say("The programme's report is published: no further inspection can be announced in it."))
    _check_people(announcement.people)
    _check_free(session, announcement.people, programme)
    agency = agency_by_code(session, announcement.agency_code)
    if agency is not None:
        check_eligible(agency.name, voluntary=agency.voluntary)
        reference = open_inspection_of(session, programme.id, agency.id)
        if reference:
            raise Conflict(
                say(
                    "{agency} is being inspected in this programme already: {reference}. Open that one.",
                    agency=agency.name,
                    reference=reference,
                )
            )
    elif announcement.agency_name:
        check_code(announcement.agency_code)
    else:
        raise Refused(say("Select an agency from the register"), "agency")
    roles = [each.role for each in announcement.people]
    window = (programme.window_from, programme.window_until)
    dates = plan_dates(
        deps.clock.now(),
        Asked(announcement.policy, announcement.starts_on, announcement.days_on_site),
        usual=DeadlinePolicy(programme.deadline_policy),
        window=(window[0], window[1]) if window[0] and window[1] else None,
        inspections=taking_place_in(session, programme.id) + 1,
        inspectors=sum(role in _INSPECTORS for role in roles),
        holidays=holidays_now(session, deps),
    )
    return Plan(programme, agency, agency.name if agency else check_name(announcement.agency_name), dates)


def _check_people(people: Sequence[Invitee]) -> None:
    roles = [invitee.role for invitee in people]
    if roles.count(Role.leader) != 1 or roles.count(Role.lead_inspector) != 1:
        raise Refused(say("Name exactly one leader of the agency and one lead inspector."))
    if not set(roles) <= PROVIDER | TEAM:
        raise Refused(say("Only people of the agency and of the inspection team can be named."))
    if len({check_address(invitee.email) for invitee in people}) != len(roles):
        raise Refused(say("Each person can be named once: two have the same email address."))
    for invitee in people:
        check_name(invitee.name)


def _check_free(session: Session, people: Sequence[Invitee], programme: Programme) -> None:
    """Refuse whose other roles, or closed account, rule their part out: nobody is on both sides of a programme."""
    for invitee in people:
        person = person_at(session, check_address(invitee.email))
        try:
            if person is not None:
                check_free_for(session, person, invitee.role, programme.id)
        except Refused as refused:
            said = {"name": invitee.name, "role": say_role(invitee.role), "fault": str(refused)}
            raise Refused(say("{name}, {role}: {fault}", **said)) from None


def _new_agency(session: Session, announcement: Announcement) -> Agency:
    agency = Agency(id=uuid4(), code=announcement.agency_code, name=check_name(announcement.agency_name))
    session.add(agency)
    session.flush()
    return agency


def _give_roles(
    session: Session, deps: Deps, inspection: Inspection, people: Sequence[Invitee], now: datetime
) -> dict[str, str]:
    """Give each person their role and mail; return the roles by person, as the trail keeps them."""
    roles: dict[str, str] = {}
    # By address: two who announce the same people at once lock their accounts in the same order.
    for invitee in sorted(people, key=lambda each: check_address(each.email)):
        person = account_for(session, invitee.email, invitee.name, now)
        # Once more: until the account was locked, somebody else could give the person another role, or disable it.
        check_free_for(session, person, invitee.role, inspection.programme_id)
        session.add(Assignment(person_id=person.id, inspection_id=inspection.id, role=invitee.role, created_at=now))
        tell_of_role(session, deps, person, inspection.id, "announcement" if invitee.role in PROVIDER else "team")
        roles[str(person.id)] = invitee.role.value
    return roles
