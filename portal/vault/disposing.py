"""The steps of a disposal, each confirmed by looking again, recorded once, and fit to be done again.

Whether a disposal may begin is asked elsewhere, by whoever calls `begin`: the services that dispose, and dispose again.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.chain import append
from portal.db.compact import compact
from portal.db.ending_queries import certificate_of, disposal_of, was_told
from portal.db.endings import Disposal
from portal.db.engine import reading, writing
from portal.db.states import move_document, move_inspection
from portal.db.tables import Document, Inspection, OutboxMail
from portal.domain.actors import Actor
from portal.domain.errors import NotFound, StoreUnavailable
from portal.domain.lifecycle import DocumentState, InspectionState
from portal.ports import Deps
from portal.vault.alarms import raise_alarm
from portal.vault.blanking import blank_columns, blank_ended
from portal.vault.digesting import ciphertext_digest
from portal.vault.leaving import leaving, let_go, mails_to
from portal.vault.parts import inspection_prefix
from portal.vault.tokens import revoke_tokens_in
from schemas.texts import say

DIGEST_PATIENCE: Final = timedelta(hours=6)
_ACCOUNTS: Final = "disposal.accounts-removed"
STUCK: Final = "disposal-stuck"
STUCK_WORDS: Final = say(
    "A disposal was begun and does not get on. Look whether the store, the folder of the keys or the key service, the "
    "database and its disk can be written to; every run of the worker tries again."
)
NOT_ALL_GONE = say("Not everything of the inspection is gone yet. The next run tries again.")


def begin(
    session: Session, actor: Actor, inspection: Inspection, now: datetime, due_at: datetime | None, **details: str
) -> None:
    """Fence a locked inspection in the caller's transaction: once committed, every reader and writer is refused."""
    move_inspection(inspection, InspectionState.disposing)
    pending = select(Document).where(Document.inspection_id == inspection.id, Document.state == DocumentState.pending)
    for document in session.scalars(pending).all():
        move_document(document, DocumentState.abandoned)
        document.ended_at = now
        append(
            session, actor, "document.abandoned", now, inspection=inspection.id, subject=document.id, reason="disposal"
        )
    session.add(Disposal(inspection_id=inspection.id, due_at=due_at, started_at=now, actor=actor.label))
    append(session, actor, "disposal.began", now, inspection=inspection.id, **details)


def carry_out(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Do every step of a disposal that was begun, so that only its certificate is left to make.

    Raises NotFound, KeyUnavailable, StoreUnavailable: then it goes on there when it is called again.
    """
    deps.fault_point("disposal.fenced")
    take_digest(deps, actor, inspection_id)
    deps.fault_point("disposal.digested")
    remove_key(deps, actor, inspection_id)
    deps.fault_point("disposal.key-removed")
    remove_objects(deps, actor, inspection_id)
    deps.fault_point("disposal.objects-removed")
    blank(deps, actor, inspection_id)
    deps.fault_point("disposal.columns-blanked")
    remove_accounts(deps, actor, inspection_id)
    deps.fault_point("disposal.accounts-removed")
    compact_database(deps, actor, inspection_id)
    deps.fault_point("disposal.compacted")


def steps_of(session: Session, inspection_id: UUID) -> Disposal:
    """Return the record of the steps, locked: of two who dispose at once, one waits and finds the step done.

    Raises NotFound: it was not begun.
    """
    disposal = disposal_of(session, inspection_id, lock=True)
    if disposal is None:
        raise NotFound(say("The disposal of this inspection was not begun."))
    return disposal


def take_digest(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Count all objects and take the digest of their ciphertext, unless something was removed: then there is none.

    A store that cannot be read for `DIGEST_PATIENCE` keeps no key alive: then it goes on without.
    Raises StoreUnavailable.
    """
    with reading(deps.engine) as session:
        disposal = disposal_of(session, inspection_id)
    if disposal is None or not _undigested(disposal):
        return
    prefix = inspection_prefix(inspection_id)
    try:
        objects = deps.store.remains(prefix)
        digest, size = ciphertext_digest(deps.store, prefix)
    except StoreUnavailable:
        if deps.clock.now() < disposal.started_at + DIGEST_PATIENCE:
            raise
        return
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        # Once more: another run may have come further meanwhile, and then this digest lacks what that one removed.
        if _undigested(disposal):
            disposal.ciphertext_sha256, disposal.ciphertext_bytes, disposal.objects = digest, size, objects
            append(session, actor, "disposal.digested", deps.clock.now(), inspection=inspection_id)


def _undigested(disposal: Disposal) -> bool:
    return disposal.ciphertext_sha256 is None and disposal.key_removed_at is None


def remove_key(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Remove the inspection's key and look again; from here on nothing it sealed can be opened.

    Raises KeyUnavailable, StoreUnavailable.
    """
    removal = deps.custodian.remove(inspection_id, deps.clock.now())
    if deps.custodian.state(inspection_id) != "removed":
        raise StoreUnavailable(say("The key custodian still has the inspection's key. The next run tries again."))
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if disposal.key_removed_at is None:
            disposal.key_removed_at, disposal.key_removed_how = removal.removed_at, removal.how
            append(session, actor, "disposal.key-removed", deps.clock.now(), inspection=inspection_id)


def remove_objects(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Delete every version of every object, and read back that nothing is left. Raises StoreUnavailable."""
    removed = empty_store(deps, inspection_id)
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if disposal.ciphertext_sha256 is None:
            # Not counted before: a lower bound, because a run that was killed has not said how many it removed.
            disposal.objects += removed
        if disposal.objects_removed_at is None:
            disposal.objects_removed_at = deps.clock.now()
            append(session, actor, "disposal.objects-removed", deps.clock.now(), inspection=inspection_id)


def empty_store(deps: Deps, inspection_id: UUID) -> int:
    """Delete all that the store has of an inspection, look again, and return how much it was. Raises StoreUnavailable.

    The database is not asked: it need not know the inspection.
    """
    prefix = inspection_prefix(inspection_id)
    removed = deps.store.empty(prefix)
    if deps.store.remains(prefix):
        raise StoreUnavailable(say("The store still holds objects of the inspection. The next run tries again."))
    return removed


def blank(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Blank every sealed column, name digest and plaintext digest; delete what else is tied to it. Raises OSError.

    That is mails, also those that still lie here after they were sent, invitations, and tokens of scripts.
    """
    with reading(deps.engine) as session:
        if (disposal := disposal_of(session, inspection_id)) is not None and disposal.columns_blanked_at is not None:
            return
        mails = session.scalars(select(OutboxMail.id).where(OutboxMail.inspection_id == inspection_id)).all()
    # Before their rows go, which alone know of them.
    deps.mailer.forget(mails)
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if disposal.columns_blanked_at is not None:
            return
        now = deps.clock.now()
        revoke_tokens_in(session, actor, inspection_id, now)
        disposal.documents += blank_columns(session, inspection_id)
        disposal.columns_blanked_at = now
        blank_ended(session, actor, now)
        append(session, actor, "disposal.columns-blanked", now, inspection=inspection_id)


def remove_accounts(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Remove the accounts of people who have nothing else here, each in a transaction of its own. Raises OSError."""
    with reading(deps.engine) as session:
        people = leaving(session, inspection_id)
    for person in people:
        with reading(deps.engine) as session:
            mails = mails_to(session, person)
        deps.mailer.forget(mails)
        with writing(deps.engine) as session:
            disposal = steps_of(session, inspection_id)
            disposal.accounts += let_go(session, deps, actor, person)
        deps.fault_point("disposal.account-removed")
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if not was_told(session, inspection_id, _ACCOUNTS):
            count = disposal.accounts
            append(session, actor, _ACCOUNTS, deps.clock.now(), inspection=inspection_id, accounts=count)


def compact_database(deps: Deps, actor: Actor, inspection_id: UUID) -> None:
    """Have the database let go of what was blanked, in its files and its log too. Raises StoreUnavailable."""
    with reading(deps.engine) as session:
        if (disposal := disposal_of(session, inspection_id)) is not None and disposal.compacted_at is not None:
            return
    compact(deps.engine)
    with writing(deps.engine) as session:
        disposal = steps_of(session, inspection_id)
        if disposal.compacted_at is None:
            disposal.compacted_at = now = deps.clock.now()
            append(session, actor, "disposal.compacted", now, inspection=inspection_id)


def tell_stuck(deps: Deps, inspection_id: UUID) -> None:
    """Raise the alarm that a disposal that was begun does not get on; it stands until the certificate is made."""
    with writing(deps.engine) as session:
        # Locked: of two runs that fail at once, one raises it. What was not begun has nothing to be stuck in.
        disposal = disposal_of(session, inspection_id, lock=True)
        if disposal is not None and certificate_of(session, inspection_id) is None:
            raise_alarm(session, deps, STUCK, STUCK_WORDS, subject=str(inspection_id))


def confirm_outside(deps: Deps, inspection_id: UUID) -> None:
    """Look once more at key and store. Raises StoreUnavailable: then nothing is certified."""
    if deps.custodian.state(inspection_id) != "removed" or deps.store.remains(inspection_prefix(inspection_id)):
        raise StoreUnavailable(NOT_ALL_GONE)
