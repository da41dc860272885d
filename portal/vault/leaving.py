"""The accounts of people who have nothing else here: they go with the last inspection that they had to do with.

Name, address and every way in are removed; the row stays, because what somebody did is told by its id.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.credentials import ApiToken, DirectoryIdentity, Passkey, RecoveryCode, Throttle, Totp
from portal.db.endings import CalendarFeed
from portal.db.tables import Assignment, Inspection, Invitation, OutboxMail, Person, WebSession
from portal.domain.actors import Actor
from portal.domain.lifecycle import InspectionState
from portal.domain.people import REMOVED, removed_address
from portal.ports import Deps
from portal.vault.throttles import throttle_key
from portal.vault.tokens import revoke_tokens_of

_OVER = (InspectionState.disposing, InspectionState.disposed)
"""What is being disposed of will be gone: of two that end at once, neither keeps a person for the other's sake."""
_WAYS_IN = (Totp, Passkey, RecoveryCode, DirectoryIdentity, WebSession, Invitation, OutboxMail, CalendarFeed)


def leaving(session: Session, inspection_id: UUID) -> Sequence[UUID]:
    """Return who ever had a role in the inspection, has none elsewhere or as a steward, and is not removed yet."""
    here = select(Assignment.person_id).where(Assignment.inspection_id == inspection_id)
    return session.scalars(select(Person.id).where(Person.id.in_(here), _has_nothing_else()).order_by(Person.id)).all()


def _has_nothing_else() -> ColumnElement[bool]:
    standing = select(Inspection.id).where(Inspection.state.not_in(_OVER))
    steward = and_(Assignment.inspection_id.is_(None), Assignment.ended_at.is_(None))
    # A role that ended counts too: who looks into what was done there may still have to find its doer.
    elsewhere = or_(steward, Assignment.inspection_id.in_(standing))
    return and_(Person.removed_at.is_(None), ~exists().where(Assignment.person_id == Person.id, elsewhere))


def mails_to(session: Session, person: UUID) -> Sequence[UUID]:
    """Return the ids of the mails to somebody that the outbox still knows, sent or not."""
    return session.scalars(select(OutboxMail.id).where(OutboxMail.person_id == person)).all()


def let_go(session: Session, deps: Deps, actor: Actor, person_id: UUID) -> bool:
    """Remove an account if its owner still has nothing else here; say whether it was.

    In a transaction of its own: it waits for whoever refers to the row at this moment, and must hold no other's.
    """
    # Whoever gives somebody a role locks the row first, so that from here on there is no other than those seen now.
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    person = session.scalar(select(Person).where(Person.id == person_id, _has_nothing_else()))
    if person is None:
        return False
    now = deps.clock.now()
    session.execute(delete(Throttle).where(Throttle.key.in_(_throttles(session, deps.secret, person))))
    revoke_tokens_of(session, actor, person.id, now)
    session.execute(delete(ApiToken).where(ApiToken.made_by == person.id))
    for table in _WAYS_IN:
        session.execute(delete(table).where(table.person_id == person.id))
    person.name, person.email = str(REMOVED), removed_address(person.id)
    person.password_hash, person.disabled_at, person.removed_at = None, person.disabled_at or now, now
    append(session, actor, "account.removed", now, subject=person.id)
    return True


def _throttles(session: Session, secret: bytes, person: Person) -> list[bytes]:
    """Return under which keys wrong tries at this account are counted; those on a device are forgotten in a day."""
    own = [(kind, str(person.id)) for kind in ("second factor", "passkey set-up", "own password")]
    sessions = session.scalars(select(WebSession.id).where(WebSession.person_id == person.id))
    own += [(kind, str(each)) for each in sessions for kind in ("step-up", "session")]
    return [throttle_key(secret, kind, what) for kind, what in [("account", person.email), *own]]
