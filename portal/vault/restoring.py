"""Taking away all by which somebody comes in, in the caller's transaction, so that they can begin anew."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.db.credentials import ApiToken, DirectoryIdentity, Passkey, RecoveryCode, Totp
from portal.db.endings import CalendarFeed
from portal.db.tables import Person
from portal.ports import Deps
from portal.vault.invitations import invite, withdraw_all_invitations
from portal.vault.sessions import end_sessions


def restore(session: Session, deps: Deps, person: Person, inspection: UUID | None, template: str) -> None:
    """Clear password, factors, codes, work account, sessions, scripts' tokens, calendars and links, then invite anew.

    Other inspections' invitations go too: a code that was read out for one of them must not fit what is mailed now.
    """
    person.password_hash, now = None, deps.clock.now()
    for table in (Totp, Passkey, RecoveryCode, DirectoryIdentity):
        session.execute(delete(table).where(table.person_id == person.id))
    end_sessions(session, person.id)
    session.execute(
        update(ApiToken).where(ApiToken.made_by == person.id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )
    feeds = update(CalendarFeed).where(CalendarFeed.person_id == person.id, CalendarFeed.ended_at.is_(None))
    session.execute(feeds.values(ended_at=now))
    withdraw_all_invitations(session, person.id)
    session.flush()
    invite(session, deps, person, inspection, template)
