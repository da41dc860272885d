"""What is looked up of whoever is signed in, at every request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, literal_column, select, union_all
from sqlalchemy.orm import Session

from portal.db.queries import vouched_for
from portal.db.tables import Assignment, Inspection, Person, WebSession
from portal.domain.actors import Actor
from portal.domain.roles import PROVIDER, TEAM, Role

_LOOKED_THROUGH = 300


@dataclass(frozen=True)
class Seen:
    """A session as it stands, and whose it is."""

    id: UUID
    person_id: UUID
    stage: str
    factor: str | None
    created_at: datetime
    last_seen_at: datetime
    sealed_refresh: bytes | None
    checked_at: datetime | None
    name: str
    disabled_at: datetime | None


# Built once, of tables and not of mapped classes: this is asked at every request, as cheaply as can be.
_session, _person, _role = (each.__table__.c for each in (WebSession, Person, Assignment))
_SEEN = (
    select(
        *(_session.id, _session.person_id, _session.stage, _session.factor, _session.created_at),
        *(_session.last_seen_at, _session.sealed_refresh, _session.checked_at, _person.name, _person.disabled_at),
    )
    .join_from(WebSession.__table__, Person.__table__, _person.id == _session.person_id)
    .where(_session.token_hash == bindparam("token_hash"))
)


def _held(kind: str, where: ColumnElement[bool]) -> Select[int, str]:
    mine = (_role.person_id == bindparam("person"), _role.ended_at.is_(None))
    return select(literal_column(kind, Integer).label("kind"), _role.role).where(*mine, where)


_STEWARD, _HERE, _ANYWHERE = "012"
_SOME = _held(_ANYWHERE, _role.inspection_id.is_not(None)).limit(literal_column(str(_LOOKED_THROUGH))).subquery()
# One SELECT for each kind: with OR, SQLite would read every assignment of the person.
_ROLES = union_all(
    _held(_STEWARD, _role.inspection_id.is_(None)),
    _held(_HERE, _role.inspection_id == bindparam("here")),
    select(_SOME.c.kind, _SOME.c.role).distinct(),
)


def session_seen(connection: Connection, token_hash: bytes) -> Seen | None:
    """Return the session of a token, whatever its stage and age."""
    row = connection.execute(_SEEN, {"token_hash": token_hash}).mappings().one_or_none()
    return Seen(**row) if row else None


def roles_here(
    connection: Connection, actor: Actor, inspection_id: UUID | None
) -> tuple[dict[UUID | None, frozenset[Role]], frozenset[Role]]:
    """Return the roles of a person who is not disabled: by place, of the places that a page needs, and in any team.

    The places are the inspection that is asked about and stewardship (None). Roles in teams are looked for among a few
    hundred inspections: by them pages know what to offer, and never what to allow.
    """
    kinds: tuple[set[Role], set[Role], set[Role]] = set(), set(), set()
    for kind, role in connection.execute(_ROLES, {"person": actor.person, "here": inspection_id}):
        if actor.only is None or role in actor.only:
            kinds[kind].add(Role(role))
    steward, here, anywhere = (frozenset(kind) for kind in kinds)
    places: dict[UUID | None, frozenset[Role]] = {inspection_id: here, None: steward}
    return {place: held for place, held in places.items() if held}, (here | anywhere) & TEAM


def first_places(session: Session, actor: Actor, limit: int) -> list[tuple[Inspection, frozenset[Role]]]:
    """Return inspections in which the actor has roles, with these: of their own agency first, newest first in each."""
    mine = _in_inspections(actor)
    rows = [
        row
        for roles in (PROVIDER, TEAM)
        for row in session.execute(mine.where(Assignment.role.in_(sorted(roles))).limit(2 * limit))
    ]
    held: dict[UUID | None, set[Role]] = {}
    for place, role in rows:
        held.setdefault(place, set()).add(Role(role))
    found = session.scalars(
        select(Inspection).where(Inspection.id.in_(held)).order_by(Inspection.announced_at.desc(), Inspection.reference)
    )
    return sorted(((each, frozenset(held[each.id])) for each in found), key=lambda place: not place[1] & PROVIDER)[
        :limit
    ]


def _in_inspections(actor: Actor) -> Select[UUID | None, str]:
    mine = select(Assignment.inspection_id, Assignment.role).where(
        Assignment.person_id == actor.person, Assignment.inspection_id.is_not(None), Assignment.ended_at.is_(None)
    )
    return vouched_for(actor, mine)
