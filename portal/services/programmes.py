"""Programmes: what must be there before anything is announced."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.conduct_queries import taking_place_in
from portal.db.engine import reading, writing
from portal.db.queries import programme_by_code, require_steward
from portal.db.register_queries import Paged, paged, steward_may
from portal.db.tables import Inspection, Programme
from portal.domain.actors import Actor
from portal.domain.addresses import check_code
from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, Refused
from portal.domain.registers import check_title, programme_warnings
from portal.domain.roles import Permission
from portal.ports import Deps
from schemas.definitions import checklist_versions
from schemas.texts import say


def add_programme(
    deps: Deps,
    actor: Actor,
    code: str,
    title: str,
    policy: DeadlinePolicy,
    checklist_version: str,
    window: tuple[date, date] | None = None,
    data: tuple[date, date] | None = None,
) -> UUID:
    """Add a programme. Raises NotFound, Refused (code, title, unknown checklist), Conflict (the code is taken).

    Its inspections and their bundles are named after the code, so that it must be fit for a folder's name. `window`
    is the first and the last day on which teams are to be on site, `data` of what the A1 form covers (its own if None).
    """
    check_code(code)
    title = check_title(title)
    if checklist_version not in checklist_versions():
        known = ", ".join(checklist_versions())
        raise Refused(
            say("There is no checklist {version}. There are: {known}.", version=checklist_version, known=known)
        )
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_programmes)
        if session.scalar(select(Programme).where(Programme.code == code)) is not None:
            raise Conflict(say("There is a programme {code} already. Choose another code.", code=code))
        now = deps.clock.now()
        programme = Programme(
            id=uuid4(),
            code=code,
            title=title,
            deadline_policy=policy,
            checklist_version=checklist_version,
            created_at=now,
            window_from=window[0] if window else None,
            window_until=window[1] if window else None,
            data_from=data[0] if data else None,
            data_until=data[1] if data else None,
        )
        session.add(programme)
        append(session, actor, "programme.added", now, subject=programme.id)
        return programme.id


def edit_programme(
    deps: Deps,
    actor: Actor,
    code: str,
    title: str,
    policy: DeadlinePolicy,
    window: tuple[date, date] | None,
    data: tuple[date, date] | None = None,
) -> None:
    """Change a programme's title, window, A1 days and, until its first announcement, policy. Raises NotFound, Refused.

    What was checked by other days before is not checked again by itself.
    """
    title = check_title(title)
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_programmes)
        # Locked, as an announcement does: it takes the policy either before the change or after it.
        programme = programme_by_code(session, code, lock=True)
        if policy != programme.deadline_policy and _announced(session, programme):
            raise Refused(
                say("An inspection was announced in this programme, so how its deadline is read can no longer change."),
                "policy",
            )
        programme.title, programme.deadline_policy = title, policy
        programme.window_from, programme.window_until = window or (None, None)
        programme.data_from, programme.data_until = data or (None, None)
        append(session, actor, "programme.changed", deps.clock.now(), subject=programme.id, policy=str(policy))


def _announced(session: Session, programme: Programme) -> bool:
    return session.scalar(select(Inspection.id).where(Inspection.programme_id == programme.id).limit(1)) is not None


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


def programmes_page(deps: Deps, actor: Actor, page: int = 1) -> Paged[Programme]:
    """Return one page of the programmes, by code. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.list_inspections)
        return paged(session, select(Programme).order_by(Programme.code), page)


@dataclass(frozen=True)
class ProgrammePage:
    """A programme with one page of its inspections: references, dates and states, and nothing that was sent."""

    programme: Programme
    inspections: Paged[Inspection]
    warnings: tuple[str, ...]
    announced: bool
    """Whether an inspection was announced in it, so that its policy stands."""
    may_manage: bool
    may_retain: bool


def programme_page(deps: Deps, actor: Actor, code: str, page: int = 1) -> ProgrammePage:
    """Return one programme with its inspections and what the guidance would have otherwise (§12). Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.list_inspections)
        programme = programme_by_code(session, code)
        own = select(Inspection).where(Inspection.programme_id == programme.id)
        taking_place, outside = own.where(Inspection.cancelled_at.is_(None)), 0
        if programme.window_from and programme.window_until:
            beyond = or_(Inspection.starts_on < programme.window_from, Inspection.last_day_on > programme.window_until)
            outside = session.scalar(select(func.count()).select_from(taking_place.where(beyond).subquery())) or 0
        count = session.scalar(select(func.count()).select_from(own.subquery())) or 0
        return ProgrammePage(
            programme,
            paged(session, own.order_by(Inspection.reference), page),
            programme_warnings(taking_place_in(session, programme.id), outside),
            count > 0,
            steward_may(session, actor, Permission.manage_programmes),
            steward_may(session, actor, Permission.manage_retention),
        )
