"""The certificate of a disposal as a JSON-ready dict: no names, no content, each time in a field of its own (§65).

The first certificate is provisional. The final one takes its place once no backup of the key can be left: modelled on
the cryptographic erase of NIST SP 800-88r2, without claiming to conform to it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.domain.times import iso, london_date
from schemas.certificate import FINAL, NOT_TAKEN, PROVISIONAL
from schemas.texts import say

EARLY_RULE = say(
    "Disposed of before a year had passed since the publication of the final report, by the decision of two people"
)
RULE = say(
    "Held for one year from the date of publication of the final report, then disposed of "
    "(Thematic inspections of regional adoption agencies, paragraph 65)"
)
UNDATED_RULE = say("Disposed of without publication of a final report, by the decision of two people")
KEY_BACKUPS = "backups of the key folder, from which the removed key could be restored"
DATABASE_BACKUPS = "backups of the database: references, sizes, times, digests, and sealed columns without a key"
COPIES = "copies outside the portal are not certified"
METHOD = (
    "cryptographic erase, modelled on NIST SP 800-88 Rev. 2 without claiming conformity: the key was removed, "
    "then every object deleted and every sealed column blanked"
)
STANDING, ONE, TWO = "standing", "one person", "two people"


@dataclass(frozen=True)
class Approval:
    """By whose approval an inspection was disposed of, by identifiers alone (see `schemas/certificate.py`)."""

    how: str
    people: tuple[str, ...] = ()
    proposal: str | None = None
    at: datetime | None = None
    plan_sha256: str | None = None


@dataclass(frozen=True)
class Copies:
    """Downloads, and of how many the copies are said to be deleted."""

    downloads: int
    confirmed: int
    outstanding: int


@dataclass(frozen=True)
class Facts:
    """What a disposal was, step by step; a step that has no time was not confirmed. Sizes in bytes."""

    inspection: UUID
    reference: str
    programme: str
    published_on: date | None
    due_at: datetime | None
    approval: Approval | None
    began_at: datetime
    began_by: str
    key_removed_at: datetime | None
    key_removed_how: str
    objects_removed_at: datetime | None
    objects: int
    ciphertext_bytes: int | None
    ciphertext_sha256: str | None
    columns_blanked_at: datetime | None
    documents: int
    accounts: int
    compacted_at: datetime | None
    copies: Copies
    key_backup_days: int
    database_backup_days: int
    reapplied: bool = False
    """Whether it was done again after a database from before it was restored."""


@dataclass(frozen=True)
class Making:
    """One certificate: which it is, who makes it when, and where in the trail it stands."""

    certificate: UUID
    number: int
    supersedes: str | None
    certified_at: datetime
    certified_by: str
    trail_seq: int
    trail_hash: str
    final: bool = False


def irrecoverable_at(key_removed_at: datetime, key_backup_days: int) -> datetime:
    """Return the instant, in UTC, from which no backup can hold the removed key any more."""
    return key_removed_at + timedelta(days=key_backup_days)


def disposal_certificate(facts: Facts, making: Making) -> dict[str, Any]:
    """Return the certificate's body (`schemas/certificate.py`).

    Raises ValueError: a step has no time, so that there is nothing to certify; or it is to be final too early.
    """
    key_removed_at, objects_at, columns_at = facts.key_removed_at, facts.objects_removed_at, facts.columns_blanked_at
    if key_removed_at is None or objects_at is None or columns_at is None:
        raise ValueError("A disposal is certified only once every step of it is done.")
    irrecoverable = irrecoverable_at(key_removed_at, facts.key_backup_days)
    if making.final and making.certified_at < irrecoverable:
        raise ValueError("A certificate is final only once no backup of the key can be left.")
    return {
        "kind": "disposal-certificate",
        "format": 2,
        "status": FINAL if making.final else PROVISIONAL,
        "number": making.number,
        "certificate": str(making.certificate),
        "supersedes": making.supersedes,
        "inspection": str(facts.inspection),
        "reference": facts.reference,
        "programme": facts.programme,
        "rule": _rule(facts),
        "published_on": facts.published_on.isoformat() if facts.published_on else None,
        "due_at": _iso(facts.due_at),
        "approval": _approval(facts.approval) if facts.approval else None,
        "began_at": iso(facts.began_at),
        "began_by": facts.began_by,
        "inaccessible_at": iso(key_removed_at),
        "key": facts.key_removed_how,
        "objects_deleted_at": iso(objects_at),
        "keys_irrecoverable_at": iso(irrecoverable) if making.final else None,
        "expected_final_on": None if making.final else london_date(irrecoverable).isoformat(),
        "objects_deleted": facts.objects,
        "ciphertext_bytes": facts.ciphertext_bytes,
        "ciphertext_sha256": facts.ciphertext_sha256 or NOT_TAKEN,
        "columns_blanked_at": iso(columns_at),
        "documents": facts.documents,
        "accounts_removed": facts.accounts,
        "compacted_at": _iso(facts.compacted_at),
        "copies": {**vars(facts.copies), "statement": COPIES},
        "remains_elsewhere": [
            {"what": what, "until": until.isoformat()}
            for what, until in (
                *([] if making.final else [(KEY_BACKUPS, london_date(irrecoverable))]),
                (DATABASE_BACKUPS, london_date(_left_database(facts, columns_at))),
            )
        ],
        "method": METHOD,
        "trail": {"seq": making.trail_seq, "hash": making.trail_hash},
        "certified_at": iso(making.certified_at),
        "certified_by": making.certified_by,
        **({"reapplied": True} if facts.reapplied else {}),
    }


def _left_database(facts: Facts, columns_at: datetime) -> datetime:
    """Return when the last backup of what stood in the database is gone; a compaction is what empties its pages."""
    return max(columns_at, facts.compacted_at or columns_at) + timedelta(days=facts.database_backup_days)


def _rule(facts: Facts) -> str:
    if facts.approval is None or facts.approval.how != TWO:
        return RULE
    return EARLY_RULE if facts.published_on else UNDATED_RULE


def _approval(approval: Approval) -> dict[str, Any]:
    return {**vars(approval), "people": list(approval.people), "at": _iso(approval.at)}


def _iso(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None
