"""Something that was sent in error, and ways to look at what became of it."""

from uuid import UUID

from portal.db.engine import reading
from portal.db.recall_queries import Recalled, recalled_documents
from portal.db.tables import Document
from portal.ports import Deps
from portal.services.recall import recall
from portal.vault.parts import document_prefix
from tests.services.looks import rows
from tests.world import PART, World, sample, upload

LONG = sample("pdf", 4 * PART + 1)


def send(world: World, item: str = "statement-of-purpose", data: bytes = LONG, replaces: UUID | str = "") -> UUID:
    """Let agency A's leader send a document of five parts, and return its id."""
    return upload(world.deps, world.leader.actor, world.a.inspection, item, data=data, replaces=replaces).document


def take_back(world: World, document: UUID, deps: Deps | None = None) -> bool:
    """Let agency A's leader recall it."""
    return recall(deps or world.deps, world.leader.actor, world.a.inspection, document)


def row_of(world: World, document: UUID) -> Document:
    """Return a document's row."""
    [row] = rows(world.deps, Document, Document.id == document)
    return row


def tombstones(world: World) -> list[Recalled]:
    """Return what is told of agency A's recalled documents."""
    with reading(world.deps.engine) as session:
        return recalled_documents(session, world.a.inspection)


def left(world: World, document: UUID) -> int:
    """Count what the store still holds of it."""
    return world.fakes.store.remains(document_prefix(world.a.inspection, document))
