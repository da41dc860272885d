"""The way into the outbox: a row says which mail, to whom, about which inspection. Its text is made when it is sent."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.db.tables import OutboxMail
from portal.ports import Deps
from portal.vault.own import open_own, seal_own

ADDRESS: Final = "address"
"""The fact that holds another address than the person's own, sealed."""
_FACT: Final = re.compile(r"[A-Za-z0-9:.+_-]{1,64}")
"""Ids, codes, numbers and times; nothing that a person typed has this shape for long (rule 1)."""


def queue_mail(
    session: Session,
    deps: Deps,
    person: UUID,
    inspection: UUID | None,
    template: str,
    *,
    occasion: str | None = None,
    facts: Mapping[str, str] | None = None,
    to: str = "",
) -> None:
    """Queue a mail in the caller's transaction; once for each person where `occasion` says what gave rise to it.

    It goes to the person's address as it is when the mail is sent, or to `to`, an address that was theirs until now.

    Raises ValueError for a fact that is no id, code, number or time: facts are not sealed.
    """
    wrong = [name for name, value in (facts or {}).items() if not _FACT.fullmatch(value)]
    if wrong:
        raise ValueError(f"A mail's fact must be an id, a code, a number or a time: {', '.join(wrong)}.")
    told = dict(facts or {}) | ({ADDRESS: _seal_address(deps.secret, person, to)} if to else {})
    now = deps.clock.now()
    # Both databases have it; whoever comes second, at the same moment even, adds nothing.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.flush()
    session.execute(
        insert(OutboxMail)
        .values(
            id=uuid4(),
            person_id=person,
            inspection_id=inspection,
            template=template,
            facts=json.dumps(told, sort_keys=True),
            created_at=now,
            next_try_at=now,
            attempts=0,
            occasion=f"{template}:{occasion}:{person}" if occasion else None,
        )
        .on_conflict_do_nothing(index_elements=["occasion"])
    )


def address_of(secret: bytes, person: UUID, facts: Mapping[str, str]) -> str:
    """Return the other address that a mail goes to, or the empty string. Raises SealBroken."""
    sealed = facts.get(ADDRESS, "")
    return open_own(secret, ADDRESS, person.bytes, base64.urlsafe_b64decode(sealed)).decode() if sealed else ""


def _seal_address(secret: bytes, person: UUID, address: str) -> str:
    return base64.urlsafe_b64encode(seal_own(secret, ADDRESS, person.bytes, address.encode())).decode()
