"""Whose work account is whose here: by an invitation that its owner accepts with it, or by connecting it themselves.

A steward prepares the account, and the invitation has its two channels: nobody gets in by being in the directory alone.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.tables import Assignment, Invitation
from portal.db.ways_in import has_identity
from portal.domain.actors import STRANGER, Actor, person_actor
from portal.domain.directory import TurnedAway, Why
from portal.domain.errors import NotFound
from portal.domain.roles import STEWARDS, TEAM, Role
from portal.domain.sessions import Factor, Stage
from portal.ports import Admitted, Deps
from portal.vault.directory import add_identity, begin_by_directory, identity_at, is_staff
from portal.vault.mails import queue_mail
from portal.vault.open_invitations import open_invitation
from portal.vault.sessions import lock_own
from schemas.texts import say

NOT_FOR_YOU = say("Work accounts are for the inspection team and stewards. Sign in with your password.")


def accept_by_directory(deps: Deps, invitation: str, admitted: Admitted, browser: str) -> str:
    """Use an invitation up whose code was right: the identity is its person's. Return the token of a full session.

    The directory must vouch for a role that they are invited to. Raises TurnedAway.
    """
    try:
        with writing(deps.engine) as session:
            now = deps.clock.now()
            found = open_invitation(session, Invitation.id == UUID(invitation), now, lock=True)
            why = Why.stray if found is None else _why_not(session, found, admitted)
            if found is not None and why is None:
                found.used_at = now
                add_identity(session, found.person_id, admitted, now)
                session.flush()
                queue_mail(session, deps, found.person_id, None, "directory-connected")
                who, place, by = person_actor(found.person_id), found.inspection_id, Factor.directory
                append(session, who, "invitation.accepted", now, inspection=place, subject=found.id, by=by)
                return begin_by_directory(session, deps, found.person_id, admitted, browser)
            append(session, STRANGER, "invitation.refused", now, subject=invitation, reason=str(why))
    except IntegrityError:  # it became somebody's at the same instant
        why = Why.other
    raise TurnedAway(why or Why.stray)


def _why_not(session: Session, found: Invitation, admitted: Admitted) -> Why | None:
    if not _invited_to(session, found) & admitted.roles:
        return Why.no_role
    return Why.other if identity_at(session, admitted) is not None else None


def _invited_to(session: Session, found: Invitation) -> frozenset[Role]:
    """Return the roles of staff that an invitation is for."""
    roles = session.scalars(
        select(Assignment.role).where(
            Assignment.person_id == found.person_id,
            Assignment.inspection_id.is_not_distinct_from(found.inspection_id),
            Assignment.ended_at.is_(None),
        )
    )
    return frozenset(Role(each) for each in roles) & (TEAM | STEWARDS)


def connection(deps: Deps, actor: Actor) -> bool:
    """Say whether somebody's work account is connected. Raises NotFound (they are no staff)."""
    with reading(deps.engine) as session:
        if actor.person is None or not is_staff(session, actor.person):
            raise NotFound(NOT_FOR_YOU)
        return has_identity(session, actor.person)


def connect(deps: Deps, left_from: UUID | None, admitted: Admitted, session_id: UUID | None) -> None:
    """Let the identity be that of the session's owner, from whom the browser left, and tell them. Raises TurnedAway."""
    try:
        with writing(deps.engine) as session:
            row = lock_own(session, left_from) if left_from else None
            if row is None or row.id != session_id or row.stage != Stage.full:
                raise TurnedAway(Why.stray)
            now, who = deps.clock.now(), person_actor(row.person_id)
            free = identity_at(session, admitted) is None and not has_identity(session, row.person_id)
            if free and is_staff(session, row.person_id):
                add_identity(session, row.person_id, admitted, now)
                queue_mail(session, deps, row.person_id, None, "directory-connected")
                append(session, who, "factor.added", now, factor=Factor.directory)
                return
            append(session, who, "factor.refused", now, factor=Factor.directory, reason=Why.other)
    except IntegrityError:  # it became somebody's at the same instant
        pass
    raise TurnedAway(Why.other)
