"""Agencies and their dated member authorities, as an administrator keeps them (§13, §14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.queries import require_steward
from portal.db.register_queries import (
    Paged,
    agencies,
    agency_by_code,
    elsewhere,
    membership_in,
    memberships,
    paged,
)
from portal.db.registers import AgencyMember
from portal.db.tables import Agency
from portal.domain.actors import Actor
from portal.domain.addresses import check_code, check_name
from portal.domain.errors import Conflict, Refused
from portal.domain.form_registers import check_authority_code, check_id_words
from portal.domain.registers import MAX_MEMBERSHIPS, Membership, check_membership
from portal.domain.roles import Permission
from portal.domain.times import london_date
from portal.ports import Deps
from schemas.texts import say


@dataclass(frozen=True)
class Listed:
    """An agency as the list shows it, with the number of its members today."""

    code: str
    name: str
    voluntary: bool
    members: int


@dataclass(frozen=True)
class Member:
    """One membership; `now` says whether it holds today."""

    id: UUID
    authority: str
    from_on: date
    until_on: date | None
    words: str
    now: bool
    number: str = ""
    """The three digits by which the A1 form names the authority, or ""."""


@dataclass(frozen=True)
class AgencyPage:
    """An agency with all its memberships, and a sentence for each authority that is in another agency too."""

    code: str
    name: str
    voluntary: bool
    members: tuple[Member, ...]
    warnings: tuple[str, ...]
    id_words: str = ""
    """Words that begin its case numbers, with a space between."""


def list_agencies(deps: Deps, actor: Actor, page: int = 1) -> Paged[Listed]:
    """Return one page of the agencies, by name. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        found = paged(session, agencies(london_date(deps.clock.now())), page)
    rows = [Listed(agency.code, agency.name, agency.voluntary, members) for agency, members in found.rows]
    return Paged(rows, found.page, found.pages)


def agency_page(deps: Deps, actor: Actor, code: str) -> AgencyPage:
    """Return one agency with its memberships and what to look at in them. Raises NotFound."""
    today = london_date(deps.clock.now())
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        agency = agency_by_code(session, code)
        own = memberships(session, agency.id)
        warnings = _in_two(session, agency.id, own)
    members = tuple(_member(row, today) for row in own)
    return AgencyPage(agency.code, agency.name, agency.voluntary, members, warnings, agency.id_words)


def _member(row: AgencyMember, today: date) -> Member:
    said = _said(row)
    return Member(
        row.id,
        row.authority,
        row.from_on,
        row.until_on,
        said.words,
        said.meets(Membership(row.authority, today, today)),
        row.code or "",
    )


def _said(row: AgencyMember) -> Membership:
    return Membership(row.authority, row.from_on, row.until_on)


def _in_two(session: Session, agency_id: UUID, own: Sequence[AgencyMember]) -> tuple[str, ...]:
    """Say of each membership that another agency has the same authority on some of the same days."""
    others = elsewhere(session, agency_id)
    return tuple(
        say(
            "{authority} is also a member of {agency}, {days}. "
            "An authority is in one agency at a time: check the days.",
            authority=mine.authority,
            agency=name,
            days=_said(other).words,
        )
        for mine in own
        for other, name in others
        if mine.authority.casefold() == other.authority.casefold() and _said(mine).meets(_said(other))
    )


def add_agency(deps: Deps, actor: Actor, code: str, name: str) -> UUID:
    """Add an agency. Raises NotFound, Refused (code, name), Conflict (the code is taken)."""
    code, name = check_code(code.strip()), check_name(name)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        if session.scalar(select(Agency).where(Agency.code == code)) is not None:
            raise Conflict(say("There is an agency {code} already. Choose another code.", code=code))
        agency = Agency(id=uuid4(), code=code, name=name)
        session.add(agency)
        append(session, actor, "agency.added", deps.clock.now(), subject=agency.id)
        return agency.id


def rename_agency(deps: Deps, actor: Actor, code: str, name: str) -> None:
    """Give an agency another name; its code stays. Raises NotFound, Refused."""
    name = check_name(name)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        agency = agency_by_code(session, code, lock=True)
        agency.name = name
        append(session, actor, "agency.renamed", deps.clock.now(), subject=agency.id)


def mark_voluntary(deps: Deps, actor: Actor, code: str, *, voluntary: bool) -> None:
    """Say whether an agency is registered as a voluntary adoption agency, so that it is not inspected (§14).

    What was announced already goes on. Raises NotFound.
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        agency = agency_by_code(session, code, lock=True)
        agency.voluntary = voluntary
        append(session, actor, "agency.marked", deps.clock.now(), subject=agency.id, voluntary=voluntary)


def set_id_words(deps: Deps, actor: Actor, code: str, words: str) -> str:
    """Set the words that begin an agency's case numbers, and return them as they are kept. Raises NotFound, Refused."""
    kept = check_id_words(words)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        agency = agency_by_code(session, code, lock=True)
        agency.id_words = kept
        append(session, actor, "agency.words-set", deps.clock.now(), subject=agency.id)
    return kept


def add_member(
    deps: Deps,
    actor: Actor,
    code: str,
    authority: str,
    from_on: date | None,
    until_on: date | None = None,
    *,
    number: str = "",
) -> UUID:
    """Add an authority's membership of an agency. Raises NotFound, Refused (name, days, number, it is one already).

    `number` is the three digits by which the A1 form names the authority, or "".
    """
    checked = check_authority_code(number)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        # Locked, so that of two who add the same authority at once one sees the other's entry.
        agency = agency_by_code(session, code, lock=True)
        own = memberships(session, agency.id)
        if len(own) >= MAX_MEMBERSHIPS:
            raise Refused(
                say("An agency can have up to {most} memberships. Correct one of them instead.", most=MAX_MEMBERSHIPS)
            )
        new = check_membership(authority, from_on, until_on, map(_said, own))
        row = AgencyMember(
            id=uuid4(),
            agency_id=agency.id,
            authority=new.authority,
            code=checked,
            from_on=new.from_on,
            until_on=new.until_on,
        )
        session.add(row)
        append(session, actor, "member.added", deps.clock.now(), subject=row.id)
        return row.id


def correct_member(
    deps: Deps,
    actor: Actor,
    code: str,
    member: UUID,
    authority: str,
    from_on: date | None,
    until_on: date | None,
    *,
    number: str | None = None,
) -> None:
    """Correct a membership, or end it by its last day. Raises NotFound, Refused (as for a new one).

    Without a `number` the one that is entered stays; "" takes it away.
    """
    checked = check_authority_code(number or "")
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        agency = agency_by_code(session, code, lock=True)
        row = membership_in(session, agency.id, member)
        others = (_said(each) for each in memberships(session, agency.id) if each.id != row.id)
        new = check_membership(authority, from_on, until_on, others)
        row.authority, row.from_on, row.until_on = new.authority, new.from_on, new.until_on
        row.code = row.code if number is None else checked
        append(session, actor, "member.corrected", deps.clock.now(), subject=row.id)


def end_member(deps: Deps, actor: Actor, code: str, authority: str, until_on: date) -> None:
    """End the membership that an authority has on that day, which becomes its last.

    Raises NotFound, Conflict (it is no member), Refused (before its first day).
    """
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_registers)
        agency = agency_by_code(session, code)
        wanted = " ".join(authority.split()).casefold()
        reaching = [
            row
            for row in memberships(session, agency.id)
            if row.authority.casefold() == wanted and (row.until_on is None or row.until_on >= until_on)
        ]
    if not reaching:
        raise Conflict(
            say(
                "{authority} is no member of {agency}. `portal agency show {code}` shows those there are.",
                authority=authority,
                agency=agency.name,
                code=code,
            )
        )
    row = next((each for each in reaching if each.from_on <= until_on), reaching[0])
    correct_member(deps, actor, code, row.id, row.authority, row.from_on, until_on)
