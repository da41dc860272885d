"""The way into the outbox: a row says which mail, to whom, about which inspection. Its text is made when it is sent."""

import json
import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.db.tables import OutboxMail
from portal.ports import Deps

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
) -> None:
    """Queue a mail in the caller's transaction; once for each person where `occasion` says what gave rise to it.

    Raises ValueError for a fact that is no id, code, number or time: facts are not sealed.
    """
    wrong = [name for name, value in (facts or {}).items() if not _FACT.fullmatch(value)]
    if wrong:
        raise ValueError(f"A mail's fact must be an id, a code, a number or a time: {', '.join(wrong)}.")
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
            facts=json.dumps(dict(facts or {}), sort_keys=True),
            created_at=now,
            next_try_at=now,
            attempts=0,
            occasion=f"{template}:{occasion}:{person}" if occasion else None,
        )
        .on_conflict_do_nothing(index_elements=["occasion"])
    )
