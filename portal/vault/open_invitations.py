"""Which invitations can be accepted now, whichever way they are looked for."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from portal.db.credentials import DirectoryIdentity
from portal.db.tables import Assignment, Invitation, Person
from portal.domain.invitations import WRONG_CODES


def open_invitation(
    session: Session, which: ColumnElement[bool], now: datetime, *, lock: bool = False
) -> Invitation | None:
    """Return the invitation if it can be accepted now; one whose role has ended, or account is disabled, cannot.

    An invitation sets a first password, or connects a first work account. Whoever was invited twice has two links, and
    the one that is left must not let a later finder of the mail set another way in beside the first.
    """
    role = exists().where(
        Assignment.person_id == Invitation.person_id,
        Assignment.inspection_id.is_not_distinct_from(Invitation.inspection_id),
        Assignment.ended_at.is_(None),
    )
    statement = (
        select(Invitation)
        .join(Person, Person.id == Invitation.person_id)
        .where(
            which,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            Invitation.wrong_codes < WRONG_CODES,
            Person.disabled_at.is_(None),
            Person.password_hash.is_(None),
            ~exists().where(DirectoryIdentity.person_id == Invitation.person_id),
            role,
        )
    )
    # The person too: of two links for one account, used at once, the second must wait and find a way in there.
    return session.scalar(statement.with_for_update(of=[Invitation, Person], key_share=True) if lock else statement)
