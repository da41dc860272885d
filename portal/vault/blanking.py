"""Blanking the columns of an inspection that is disposed of, and looking again, in the caller's transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.checks import DocumentCheck
from portal.db.credentials import ApiToken
from portal.db.endings import Hold
from portal.db.exchanges import ExtraItem, Message
from portal.db.proposals import Proposal
from portal.db.tables import Answer, Document, Inspection, Invitation, OutboxMail, Receipt
from portal.domain.actors import Actor
from portal.domain.lifecycle import InspectionState
from portal.vault.leaving import leaving

_WORDS = (Answer, Message, ExtraItem)
_REASONS = (Proposal, Hold)


def blank_columns(session: Session, inspection_id: UUID) -> int:
    """Blank every sealed column, name and plaintext digest; delete checks, mails, invitations and tokens tied to it.

    Return how many documents had been received. The rows are blanked in the database, however many there are.
    """
    theirs = Document.inspection_id == inspection_id
    received = session.scalar(select(func.count()).where(theirs, Document.received_at.is_not(None)))
    blanked = dict.fromkeys(("sealed_details", "name_digest", "sha256", "crc32"))
    # The sender chose the upload id, so it might say something. With a character that no sender may use: one that was
    # chosen to equal the id of another document would let the update fail for ever.
    neutral = literal("gone:") + cast(Document.id, String)
    session.execute(
        update(Document).where(theirs).values(**blanked, upload_id=neutral),
        execution_options={"synchronize_session": False},
    )
    session.execute(update(Receipt).where(Receipt.inspection_id == inspection_id).values(sealed_body=None))
    for words in _WORDS:
        session.execute(update(words).where(words.inspection_id == inspection_id).values(sealed_words=None))
    for reasons in _REASONS:
        session.execute(update(reasons).where(reasons.inspection_id == inspection_id).values(sealed_reason=None))
    session.execute(update(Inspection).where(Inspection.id == inspection_id).values(wrapped_key=None))
    session.execute(delete(DocumentCheck).where(DocumentCheck.inspection_id == inspection_id))
    session.execute(delete(OutboxMail).where(OutboxMail.inspection_id == inspection_id))
    session.execute(delete(Invitation).where(Invitation.inspection_id == inspection_id))
    session.execute(delete(ApiToken).where(ApiToken.inspection_id == inspection_id))
    return received or 0


def blank_ended(session: Session, actor: Actor, now: datetime) -> int:
    """Blank the reasons of holds and proposals about whole programmes that nobody needs any more; return how many.

    They are lifted or decided, and every inspection of the programme is disposed of, or fenced for it: from there on
    nothing keeps it.
    """
    gone = Inspection.state.in_([InspectionState.disposing, InspectionState.disposed])
    blanked = 0
    for reasons, ended in ((Hold, Hold.lifted_at), (Proposal, Proposal.decided_at)):
        theirs = Inspection.programme_id == reasons.programme_id
        spent = (ended.is_not(None), reasons.sealed_reason.is_not(None))
        blank = update(reasons).where(*spent, exists().where(theirs), ~exists().where(theirs, ~gone))
        found = session.execute(
            blank.values(sealed_reason=None).returning(reasons.id, reasons.programme_id),
            execution_options={"synchronize_session": False},
        ).all()
        for row, programme in found:
            append(session, actor, "reason.blanked", now, subject=row, programme=str(programme))
        blanked += len(found)
    return blanked


def columns_left(session: Session, inspection_id: UUID) -> bool:
    """Look once more whether anything was left in a column that has to be blank, or an account that had to go."""
    kept = (Document.sealed_details, Document.name_digest, Document.sha256, Document.crc32)
    left = [
        select(Document.id).where(Document.inspection_id == inspection_id, or_(*(each.is_not(None) for each in kept))),
        *(
            select(words.id).where(words.inspection_id == inspection_id, words.sealed_words.is_not(None))
            for words in _WORDS
        ),
        *(
            select(reasons.id).where(reasons.inspection_id == inspection_id, reasons.sealed_reason.is_not(None))
            for reasons in _REASONS
        ),
        select(Receipt.id).where(Receipt.inspection_id == inspection_id, Receipt.sealed_body.is_not(None)),
        select(Inspection.id).where(Inspection.id == inspection_id, Inspection.wrapped_key.is_not(None)),
        select(DocumentCheck.document_id).where(DocumentCheck.inspection_id == inspection_id),
        select(ApiToken.id).where(ApiToken.inspection_id == inspection_id),
    ]
    return bool(leaving(session, inspection_id)) or any(
        session.scalars(statement.limit(1)).first() for statement in left
    )
