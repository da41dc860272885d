"""Ways to look at what a service left behind."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from portal.db.chain import entries
from portal.db.engine import reading
from portal.db.tables import Base, Inspection
from portal.domain.actors import Actor
from portal.ports import Deps
from portal.services.hand_over import download_document

Row = TypeVar("Row", bound=Base)


def actions(deps: Deps, inspection: UUID | None = None) -> list[str]:
    """Return the actions in the audit trail, in order; of one inspection alone, if it is given."""
    with reading(deps.engine) as session:
        return [entry.action for entry in entries(session, inspection)]


def trail_text(deps: Deps) -> str:
    """Return all that the audit trail says, as one text to search."""
    with reading(deps.engine) as session:
        return "\n".join(repr(entry) for entry in entries(session))


def rows(deps: Deps, table: type[Row], *where: Any) -> list[Row]:
    """Return the rows of a table for which all conditions hold."""
    with reading(deps.engine) as session:
        return list(session.scalars(select(table).where(*where)))


def count(deps: Deps, table: type[Base], *where: Any) -> int:
    """Count the rows of a table for which all conditions hold."""
    with reading(deps.engine) as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def inspection_row(deps: Deps, inspection: UUID) -> Inspection:
    """Return an inspection's row."""
    [row] = rows(deps, Inspection, Inspection.id == inspection)
    return row


def content(deps: Deps, actor: Actor, inspection: UUID, document: UUID) -> bytes:
    """Open a document and return its bytes."""
    return b"".join(download_document(deps, actor, inspection, document).chunks)
