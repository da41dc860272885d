"""The made-up programme and people of the demo. They exist in the development profile alone."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.credentials import Totp
from portal.db.engine import reading, writing
from portal.db.tables import Assignment, Person, Programme
from portal.domain.actors import OPERATOR, person_actor
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound
from portal.domain.roles import Role
from portal.ports import Clock, Deps
from portal.services.announce import Announced, Announcement, Invitee, announce
from portal.services.explain import explain_gap
from portal.services.programmes import add_programme
from portal.services.receive import Upload, receive
from portal.services.registers import add_member
from portal.services.stewards import add_steward
from portal.vault.factors import PERIOD, app_of, secret_of
from portal.vault.own import seal_own
from portal.vault.passwords import hash_password

PASSWORD = "correct horse demo"  # noqa: S105 -- printed by `make run`; there are no demo people in production
CODE = "DEMO"


@dataclass(frozen=True)
class DemoPerson:
    """Someone to sign in as."""

    email: str
    name: str
    role: str
    where: str = ""


_SHORE, _HILLS = " of Adopt Shoreline (announced today)", " of Adopt Three Hills (announced earlier)"
PEOPLE = (
    DemoPerson("leader@shoreline.example", "Lena Leader", Role.leader, _SHORE),
    DemoPerson("colleague@shoreline.example", "Colin Colleague", Role.contributor, _SHORE),
    DemoPerson("leader@threehills.example", "Hilda Head", Role.leader, _HILLS),
    DemoPerson("lead@inspectorate.example", "Iris Inspector", Role.lead_inspector, ", both inspections"),
    DemoPerson("second@inspectorate.example", "Sam Second", Role.inspector, ", the first inspection"),
    DemoPerson("quality@inspectorate.example", "Quentin Quality", Role.quality_assurance_officer, ", both inspections"),
    DemoPerson("admin@inspectorate.example", "Ada Admin", Role.administrator),
    DemoPerson("dpo@inspectorate.example", "Dora Data", Role.data_protection_officer),
)
MEMBERS = (
    ("SHORE", "Northmoor Council", "901", date(2018, 4, 1), None),
    ("SHORE", "Saltmarsh Borough Council", "902", date(2018, 4, 1), None),
    ("SHORE", "Eastcliff City Council", "903", date(2021, 10, 1), None),
    ("HILLS", "Eastcliff City Council", "903", date(2019, 4, 1), date(2021, 9, 30)),
    ("HILLS", "Stonedale County Council", "904", date(2019, 4, 1), None),
    ("HILLS", "Fernhill Borough Council", "905", date(2019, 4, 1), None),
)
"""Agency, local authority, its number, first and last day: one authority changed from one agency to the other."""
_EMAILS = frozenset(person.email for person in PEOPLE)
_BY_EMAIL = {person.email.removesuffix(".example"): person for person in PEOPLE}
_TEAM = ("lead@inspectorate", "quality@inspectorate")


class _Earlier(Clock):
    """The portal's clock, some time ago: so that one demo inspection was announced before today."""

    def __init__(self, clock: Clock, ago: timedelta) -> None:
        self._clock = clock
        self._ago = ago

    def now(self) -> datetime:
        """Return the instant that long ago."""
        return self._clock.now() - self._ago


def seed(deps: Deps) -> None:
    """Put the demo programme in place unless it is there; whatever was done in it since is kept."""
    with reading(deps.engine) as session:
        if session.scalar(select(Programme).where(Programme.code == CODE)) is not None:
            return
    earlier = replace(deps, clock=_Earlier(deps.clock, timedelta(days=3)))
    add_programme(earlier, OPERATOR, CODE, "Demonstration of the thematic inspections", DeadlinePolicy.next_day, "2023")
    for person in PEOPLE:
        if person.role in (Role.administrator, Role.data_protection_officer):
            add_steward(earlier, OPERATOR, person.email, person.name, Role(person.role))
    hills = announce(earlier, OPERATOR, _announcement("HILLS", "Adopt Three Hills", ("leader@threehills", *_TEAM)))
    shore_people = ("leader@shoreline", *_TEAM, "second@inspectorate")
    shore = announce(deps, OPERATOR, _announcement("SHORE", "Adopt Shoreline", shore_people))
    for agency, authority, number, first, last in MEMBERS:
        add_member(deps, OPERATOR, agency, authority, first, last, number=number)
    hashed = hash_password(PASSWORD)
    with writing(deps.engine) as session:
        _add_colleague(session, deps, shore)
        for row in session.scalars(select(Person)):
            row.password_hash = hashed
            _add_app(session, deps, row.id)
        head = session.scalars(select(Person.id).where(Person.email == "leader@threehills.example")).one()
    _send_something(earlier, head, hills)


def _announcement(code: str, name: str, people: tuple[str, ...]) -> Announcement:
    chosen = [_BY_EMAIL[each] for each in people]
    invitees = [Invitee(person.email, person.name, Role(person.role)) for person in chosen]
    return Announcement(CODE, code, name, invitees, DeadlinePolicy.next_day, confirmed=True)


def _add_colleague(session: Session, deps: Deps, shore: Announced) -> None:
    colleague = _BY_EMAIL["colleague@shoreline"]
    now = deps.clock.now()
    person = Person(email=colleague.email, name=colleague.name, created_at=now)
    session.add(person)
    session.flush()
    role = Role(colleague.role)
    session.add(Assignment(person_id=person.id, inspection_id=shore.inspection, role=role, created_at=now))


def _add_app(session: Session, deps: Deps, person: UUID) -> None:
    """Give somebody an authenticator app; its codes are printed by `portal dev code`."""
    app, now = uuid4(), deps.clock.now()
    sealed = seal_own(deps.secret, "totp", app.bytes, pyotp.random_base32().encode())
    session.add(Totp(id=app, person_id=person, sealed_secret=sealed, created_at=now, confirmed_at=now))


def next_code(deps: Deps, email: str) -> tuple[str, int]:
    """Return a code of a demo person's app that fits and was not used, and the seconds until it fits no more.

    Raises NotFound (no demo person, or none with an app), Conflict (all that fit now are used).
    """
    with reading(deps.engine) as session:
        person = session.scalar(select(Person.id).where(Person.email == email.strip().casefold()))
        app = app_of(session, person, confirmed=True) if person and email.strip().casefold() in _EMAILS else None
        if app is None:
            raise NotFound("This is no demo person with an authenticator app. `portal dev run` lists the demo people.")
        now = deps.clock.now()
        at = int(now.timestamp()) // PERIOD
        counter = max(at, (app.last_counter or 0) + 1)
        if counter > at + 1:
            raise Conflict("The codes of this minute are used. Wait half a minute, then ask again.")
        code = pyotp.TOTP(secret_of(deps.secret, app), interval=PERIOD).generate_otp(counter)
        return code, (counter + 2) * PERIOD - int(now.timestamp())


def _send_something(deps: Deps, head: UUID, hills: Announced) -> None:
    """The earlier inspection has a document and an explained gap to look at."""
    upload = Upload(
        hills.inspection, "statement-of-purpose", "file", "demo-upload-1", "Statement of purpose.pdf", deps.clock.now()
    )
    receive(deps, person_actor(head), upload, [b"%PDF-1.4\n% A made-up statement of purpose.\n%%EOF\n"])
    explain_gap(
        deps, person_actor(head), hills.inspection, "annual-report", "to_follow", "The board approves it next Thursday."
    )
