"""The way to the anchors: a row says which statement goes to which anchor. Its text is found again by its name.

The worker hands over what waits (`services/anchor.py`); nobody waits for an anchor, and one that fails raises an alarm.
"""

import re
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.anchor_queries import stated_certificate, stated_checkpoint
from portal.db.endings import Anchoring
from portal.ports import Deps

_CERTIFICATE: Final = re.compile(r"certificate-([0-9a-f-]{36})-([1-9][0-9]*)\.json")


def certificate_name(inspection: UUID, number: int) -> str:
    """Return the name under which every anchor keeps an inspection's certificate."""
    return f"certificate-{inspection}-{number}.json"


def queue_statement(session: Session, deps: Deps, name: str, body: bytes) -> None:
    """Queue a signed statement for every anchor, in the caller's transaction; queued already, it stays so.

    Raises ValueError where `body` is not what its name leads to: a checkpoint's or a certificate's row, which the
    caller has added to the session.
    """
    session.flush()
    if stated(session, name) != body:
        raise ValueError("A statement is a row of a checkpoint or certificate, and is queued by the name of that.")
    now = deps.clock.now()
    for anchor in deps.anchors:
        if session.get(Anchoring, (name, anchor)) is None:
            session.add(Anchoring(name=name, anchor=anchor, queued_at=now))
    session.flush()


def stated(session: Session, name: str) -> bytes | None:
    """Return the statement of this name as anchors keep it, or None."""
    found = _CERTIFICATE.fullmatch(name)
    if found is None:
        text = stated_checkpoint(session, name)
    else:
        text = stated_certificate(session, UUID(found[1]), int(found[2]))
    return None if text is None else text.encode()
