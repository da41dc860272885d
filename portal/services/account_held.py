"""All that the portal holds on the owner of an account, for whoever answers a subject access request (UK GDPR Art. 15).

Of documents and messages there are counts alone: what is in them is sealed by their inspection's key, and nobody who
looks here may open it. Nothing that could let somebody in is shown, in whatever form it is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.credentials import ApiToken, DirectoryIdentity, Passkey, Totp
from portal.db.dpo_queries import labels_of
from portal.db.endings import CalendarFeed, CopyNotice, Hold
from portal.db.engine import reading, writing
from portal.db.exchanges import ExtraItem, Message
from portal.db.people_queries import people_like
from portal.db.proposals import Proposal
from portal.db.queries import NOT_FOUND, require_steward
from portal.db.registers import BankHoliday
from portal.db.tables import (
    Answer,
    Assignment,
    AuditEntry,
    Document,
    Inspection,
    Invitation,
    OutboxMail,
    Person,
    Programme,
    WebSession,
)
from portal.domain.actors import Actor
from portal.domain.browsers import say_browser
from portal.domain.errors import NotFound
from portal.domain.roles import ROLE_TITLES, Permission, Role
from portal.domain.times import iso
from portal.ports import Deps
from portal.vault.factors import recovery_codes_left
from schemas.texts import say

Value: TypeAlias = str | int | datetime | None
MOST_FOUND = 25
MOST_ROWS = 1_000
"""Of one section; nobody has as many of anything."""


@dataclass(frozen=True)
class Section:
    """One kind of data: columns as code and label, and the rows under them."""

    code: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: Sequence[tuple[Value, ...]]


@dataclass(frozen=True)
class Held:
    """What the portal holds on one account."""

    id: UUID
    name: str
    sections: tuple[Section, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as a file has it: times in UTC."""
        return {each.code: [_stated(each, row) for row in each.rows] for each in self.sections}


@dataclass(frozen=True)
class Account:
    """An account that was found."""

    id: UUID
    name: str
    email: str


def find_accounts(deps: Deps, actor: Actor, typed: str) -> list[Account]:
    """Return the accounts that have this in their name or address, `MOST_FOUND` at most, by name. Raises NotFound.

    The search leaves an entry in the trail that says how many were found, without what was typed.
    """
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.find_person)
        there = people_like(typed.strip()).where(Person.removed_at.is_(None)).limit(MOST_FOUND)
        found = [Account(each.id, each.name, each.email) for each in session.scalars(there)]
    with writing(deps.engine) as session:
        append(session, actor, "account.searched", deps.clock.now(), found=len(found))
    return found


def account_held(deps: Deps, actor: Actor, person_id: UUID) -> Held:
    """Return all that is held on an account; the look leaves an entry. Raises NotFound (unknown, or removed)."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.find_person)
        person = session.get(Person, person_id)
        if person is None or person.removed_at is not None:
            raise NotFound(NOT_FOUND)
        sections = (
            _account(person),
            _roles(session, person_id),
            _invitations(session, person_id),
            _sessions(session, person_id),
            _factors(session, person_id),
            _tokens(session, person_id),
            _feeds(session, person_id),
            _mails(session, person_id),
            _notices(session, person_id),
            _holds(session, person_id),
            _counts(session, person_id),
        )
    with writing(deps.engine) as session:
        append(session, actor, "account.shown", deps.clock.now(), subject=person_id)
    return Held(person.id, person.name, sections)


def _stated(section: Section, row: tuple[Value, ...]) -> dict[str, Any]:
    codes = (code for code, _label in section.columns)
    return {code: iso(value) if isinstance(value, datetime) else value for code, value in zip(codes, row, strict=True)}


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Any]:
    return list(session.execute(statement.limit(MOST_ROWS)))


def _account(person: Person) -> Section:
    columns = (("name", say("Name")), ("email", say("Email address")), ("made", say("Made")))
    more = (("disabled", say("Disabled")), ("password", say("Password")))
    password = say("Kept as a digest that nobody can read back") if person.password_hash else say("None")
    row = (person.name, person.email, person.created_at, person.disabled_at, password)
    return Section("account", say("The account"), columns + more, [row])


def _roles(session: Session, person: UUID) -> Section:
    columns = (("role", say("Role")), ("inspection", say("Inspection")), ("given", say("Given")))
    found = _rows(
        session,
        select(Assignment.role, Inspection.reference, Assignment.created_at, Assignment.ended_at)
        .outerjoin(Inspection, Inspection.id == Assignment.inspection_id)
        .where(Assignment.person_id == person)
        .order_by(Assignment.created_at, Assignment.id),
    )
    rows = [(ROLE_TITLES[Role(each.role)], each.reference, each.created_at, each.ended_at) for each in found]
    return Section("roles", say("Roles"), (*columns, ("ended", say("Ended"))), rows)


def _invitations(session: Session, person: UUID) -> Section:
    columns = (("inspection", say("Inspection")), ("sent", say("Sent")), ("until", say("Good until")))
    found = _rows(
        session,
        select(Inspection.reference, Invitation.created_at, Invitation.expires_at, Invitation.used_at)
        .outerjoin(Inspection, Inspection.id == Invitation.inspection_id)
        .where(Invitation.person_id == person)
        .order_by(Invitation.created_at, Invitation.id),
    )
    return Section(
        "invitations", say("Invitations"), (*columns, ("used", say("Used"))), [tuple(each) for each in found]
    )


def _sessions(session: Session, person: UUID) -> Section:
    columns = (("browser", say("Browser")), ("began", say("Began")), ("seen", say("Last seen")))
    found = _rows(
        session,
        select(WebSession.browser, WebSession.created_at, WebSession.last_seen_at)
        .where(WebSession.person_id == person)
        .order_by(WebSession.created_at, WebSession.id),
    )
    rows = [(say_browser(each.browser), each.created_at, each.last_seen_at) for each in found]
    return Section("sessions", say("Where they are signed in"), columns, rows)


def _factors(session: Session, person: UUID) -> Section:
    """Return by what they sign in beside a password: of secrets and keys there is only that they exist."""
    rows: list[tuple[Value, ...]] = [
        (say("Authenticator app"), "", each.confirmed_at or each.created_at, None)
        for each in session.scalars(select(Totp).where(Totp.person_id == person).order_by(Totp.created_at, Totp.id))
    ]
    passkeys = select(Passkey).where(Passkey.person_id == person).order_by(Passkey.created_at, Passkey.id)
    rows += [(say("Passkey"), each.label, each.created_at, each.last_used_at) for each in session.scalars(passkeys)]
    identities = select(DirectoryIdentity).where(DirectoryIdentity.person_id == person)
    rows += [
        (say("Work account"), f"{each.issuer} {each.subject}", each.created_at, None)
        for each in session.scalars(identities.order_by(DirectoryIdentity.created_at, DirectoryIdentity.id))
    ]
    left = recovery_codes_left(session, person)
    rows += [(say("Recovery codes that are left"), str(left), None, None)] if left else []
    columns = (("kind", say("Kind")), ("name", say("Name")), ("since", say("Since")), ("used", say("Last used")))
    return Section("factors", say("How they sign in"), columns, rows)


def _tokens(session: Session, person: UUID) -> Section:
    columns = (("inspection", say("Inspection")), ("purpose", say("Purpose")), ("made", say("Made")))
    found = _rows(
        session,
        select(Inspection.reference, ApiToken.purpose, ApiToken.made_at, ApiToken.expires_at, ApiToken.last_used_at)
        .join(Inspection, Inspection.id == ApiToken.inspection_id)
        .where(ApiToken.made_by == person)
        .order_by(ApiToken.made_at, ApiToken.id),
    )
    more = (("until", say("Good until")), ("used", say("Last used")))
    return Section("tokens", say("Tokens for scripts"), columns + more, [tuple(each) for each in found])


def _feeds(session: Session, person: UUID) -> Section:
    mine = select(CalendarFeed.made_at, CalendarFeed.ended_at).where(CalendarFeed.person_id == person)
    rows = [tuple(each) for each in _rows(session, mine.order_by(CalendarFeed.made_at, CalendarFeed.id))]
    return Section("calendars", say("Calendar addresses"), (("made", say("Made")), ("ended", say("Ended"))), rows)


def _mails(session: Session, person: UUID) -> Section:
    columns = (("mail", say("Mail")), ("inspection", say("Inspection")), ("queued", say("Written")))
    found = _rows(
        session,
        select(OutboxMail.template, Inspection.reference, OutboxMail.created_at, OutboxMail.sent_at)
        .outerjoin(Inspection, Inspection.id == OutboxMail.inspection_id)
        .where(OutboxMail.person_id == person)
        .order_by(OutboxMail.created_at, OutboxMail.id),
    )
    return Section("mails", say("Mails"), (*columns, ("sent", say("Sent"))), [tuple(each) for each in found])


def _notices(session: Session, person: UUID) -> Section:
    columns = (("inspection", say("Inspection")), ("downloads", say("Downloads")), ("asked", say("Asked")))
    found = _rows(
        session,
        select(Inspection.reference, CopyNotice.downloads, CopyNotice.asked_at, CopyNotice.confirmed_at)
        .join(Inspection, Inspection.id == CopyNotice.inspection_id)
        .where(CopyNotice.person_id == person)
        .order_by(CopyNotice.asked_at, CopyNotice.id),
    )
    title = say("Requests to delete copies")
    return Section("copy_notices", title, (*columns, ("confirmed", say("Confirmed"))), [tuple(each) for each in found])


def _holds(session: Session, person: UUID) -> Section:
    columns = (("of", say("Held")), ("placed", say("Placed")), ("lifted", say("Lifted")))
    found = _rows(
        session,
        select(func.coalesce(Inspection.reference, Programme.code), Hold.placed_at, Hold.lifted_at)
        .outerjoin(Inspection, Inspection.id == Hold.inspection_id)
        .outerjoin(Programme, Programme.id == Hold.programme_id)
        .where(Hold.owner_id == person)
        .order_by(Hold.placed_at, Hold.id),
    )
    return Section("holds", say("Holds that they answer for"), columns, [tuple(each) for each in found])


COUNTED: tuple[tuple[str, InstrumentedAttribute[Any], str], ...] = (
    ("documents_sent", Document.sent_by, say("Documents that they sent")),
    ("documents_accepted_late", Document.accepted_by, say("Late documents that they accepted")),
    ("documents_released", DocumentCheck.released_by, say("Documents that they released after a check")),
    ("errors_explained", DocumentCheck.reason_by, say("Reasons for errors in forms that they gave")),
    ("answers", Answer.given_by, say("Reasons for gaps that they gave")),
    ("declarations", Inspection.declared_by, say("Declarations that they made")),
    ("messages", Message.written_by, say("Messages that they wrote")),
    ("questions_settled", Message.settled_by, say("Questions that they answered or closed")),
    ("requests", ExtraItem.asked_by, say("Requests for something more")),
    ("proposals", Proposal.proposed_by, say("Proposals that they made")),
    ("decisions", Proposal.decided_by, say("Proposals that they decided on")),
    ("bank_holidays", BankHoliday.added_by, say("Bank holidays that they added")),
)
"""What names somebody as its author, and is counted and not shown."""


def _counts(session: Session, person: UUID) -> Section:
    """Count what names them; in the trail what they did, and what was done about them."""
    rows: list[tuple[Value, ...]] = [
        (code, title, session.scalar(select(func.count()).where(column == person)) or 0)
        for code, column, title in COUNTED
    ]
    theirs = or_(AuditEntry.actor.in_(labels_of(session, person)), AuditEntry.subject == str(person))
    number = session.scalar(select(func.count()).where(theirs)) or 0
    rows.append(("trail", say("Entries in the audit trail, under a number in place of the name"), number))
    columns = (("code", say("Kind")), ("what", say("What")), ("number", say("Number")))
    return Section("counts", say("What names them, without its content"), columns, rows)
