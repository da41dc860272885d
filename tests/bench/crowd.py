"""Rows in bulk: thousands of inspections in somebody's list, thousands of documents in one inspection.

They are copies of rows that the portal made itself, with the entries in the trail that those would have.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.db.engine import writing
from portal.db.tables import Assignment, AuditEntry, Base, Document, Inspection, Person
from portal.domain.actors import Actor, person_actor
from portal.domain.roles import Role
from portal.ports import Deps
from portal.vault.records import Details, inspection_key, seal_details

_BATCH = 1000
_SECOND = timedelta(seconds=1)
SHOWN = 150
"""How many of a crowd hold as many documents as the inspection that they are copies of; the others hold one."""

Row = dict[str, Any]


def crowd(deps: Deps, like: UUID, sizes: Sequence[int]) -> list[Actor]:
    """Add as many inspections as the largest size, and for each size an inspector who is in the newest so many."""
    with writing(deps.engine) as session:
        first = _row(session.get_one(Inspection, like))
        documents = [_row(each) for each in session.scalars(select(Document).where(Document.inspection_id == like))]
        ids = [uuid4() for _ in range(max(sizes))]
        _insert(
            session,
            Inspection,
            (
                first | {"id": each, "reference": f"CROWD-{number:05d}", "announced_at": _before(first, number)}
                | {"deadline_at": first["deadline_at"] + (number * 7919 % len(ids)) * _SECOND}
                for number, each in enumerate(ids)
            ),
        )  # fmt: skip
        held = [
            copied | {"id": uuid4(), "inspection_id": each, "upload_id": secrets.token_hex(8)}
            for number, each in enumerate(ids)
            for copied in documents[: len(documents) if number < SHOWN else 1]
        ]
        _insert(session, Document, iter(held))
        _tell(session, held)
        return [_inspector(session, size, ids[:size], first["announced_at"]) for size in sizes]


def pile(deps: Deps, inspection_id: UUID, documents: int) -> None:
    """Fill the inspection up to this many documents, each with a sealed name of its own; nothing is in the store."""
    with writing(deps.engine) as session:
        inspection = session.get_one(Inspection, inspection_id)
        key = inspection_key(deps, inspection)
        mine = session.scalars(select(Document).where(Document.inspection_id == inspection_id)).all()
        like = _row(next(each for each in mine if each.item == "commissioned-services"))
        added = []
        for number in range(documents - len(mine)):
            each = uuid4()
            name = seal_details(key, inspection_id, each, Details(f"Evaluation of a commissioned service {number}.pdf"))
            fresh = {"id": each, "upload_id": secrets.token_hex(8), "sealed_details": name}
            added.append(like | fresh | {"received_at": like["received_at"] + number * _SECOND / documents})
        _insert(session, Document, iter(added))
        _tell(session, added)


def _before(first: Row, number: int) -> datetime:
    announced: datetime = first["announced_at"]
    return announced - number * _SECOND


def _inspector(session: Session, size: int, inspections: Sequence[UUID], at: datetime) -> Actor:
    person = uuid4()
    session.add(Person(id=person, email=f"inspector-of-{size}@crowd.example", name="Iris Inspector", created_at=at))
    session.flush()
    common = {"person_id": person, "role": str(Role.inspector), "created_at": at}
    _insert(session, Assignment, (common | {"id": uuid4(), "inspection_id": each} for each in inspections))
    return person_actor(person)


def _tell(session: Session, documents: Sequence[Row]) -> None:
    """Add to the trail that each document was begun and received; the chain of hashes is not a true one."""
    numbers = count((session.scalar(select(func.max(AuditEntry.seq))) or 0) + 1)
    _insert(
        session,
        AuditEntry,
        (
            {"seq": next(numbers), "at": each["received_at"], "actor": "person", "action": f"document.{act}"}
            | {"inspection": str(each["inspection_id"]), "subject": str(each["id"]), "details": "{}"}
            | {"previous": "", "hash": secrets.token_hex(32)}
            for each in documents
            for act in ("began", "received")
        ),
    )


def _row(found: Base) -> Row:
    return {column.key: getattr(found, column.key) for column in found.__table__.columns}


def _insert(session: Session, table: type[Base], rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, _BATCH)):
        session.execute(insert(table), batch)
