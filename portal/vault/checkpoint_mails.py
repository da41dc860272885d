"""Both sides of an inspection get by mail what fixes the trail, so that it is kept where the service cannot reach.

The agency's leaders are told as disposal begins, since their accounts go with it; the stewards get the checkpoint that
follows a certificate.
"""

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from portal.db.anchor_queries import any_after, stated_checkpoint
from portal.db.chain import last_entry
from portal.db.queries import people_with
from portal.db.tables import Inspection
from portal.domain.audit import read_checkpoint
from portal.domain.roles import STEWARDS, Role
from portal.domain.times import iso
from portal.ports import Deps
from portal.vault.mails import queue_mail
from schemas.texts import say

CERTIFIED: Final = frozenset({"disposal.certified"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9:.+_-]{1,64}")


def tell_of_checkpoint(session: Session, deps: Deps, after: int, name: str) -> None:
    """Mail the checkpoint of this name to every steward, if something was certified after entry `after`."""
    if any_after(session, after, CERTIFIED):
        for person in people_with(session, STEWARDS):
            queue_mail(session, deps, person.id, None, "checkpoint", occasion=name, facts={"checkpoint": name})


def tell_of_beginning(session: Session, deps: Deps, inspection: Inspection) -> None:
    """Mail the agency's leaders that disposal has begun, with number and hash of the entry that says so.

    It is about no inspection, because whatever mail is about this one goes with it.
    """
    last = last_entry(session)
    if last is None:
        raise ValueError("the trail says nothing of a disposal yet")
    facts = {"entry": str(last.seq), "hash": last.hash}
    if _PLAIN.fullmatch(inspection.reference):
        facts["reference"] = inspection.reference
    for person in people_with(session, frozenset({Role.leader}), inspection.id):
        occasion = f"{inspection.id}:{last.seq}"
        queue_mail(session, deps, person.id, None, "disposal-began", occasion=occasion, facts=facts)


def say_fixed(session: Session, facts: Mapping[str, str]) -> str:
    """Say what a mail fixes of the trail: a checkpoint with its signature, or an entry alone; else nothing."""
    if "checkpoint" in facts:
        body = stated_checkpoint(session, facts["checkpoint"])
        if body is None:
            return ""
        checkpoint = read_checkpoint(body.encode())
        return say(
            "Entry: {seq}\nHash: {hash}\nSigned at: {at}\nKey: {key}\nSignature: {signature}",
            seq=checkpoint.seq,
            hash=checkpoint.hash,
            at=iso(checkpoint.at),
            key=checkpoint.key_id,
            signature=checkpoint.signature,
        )
    if "entry" in facts:
        return say("Entry: {seq}\nHash: {hash}", seq=facts["entry"], hash=facts["hash"])
    return ""
