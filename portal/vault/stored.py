"""A received document as it lies in the store, opened part by part in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from portal.db.queries import state_and_key
from portal.db.tables import Document
from portal.ports import Deps
from portal.ports.checking import Body
from portal.vault.parts import PartContext, object_key, open_part, part_count
from portal.vault.records import check_not_recalled, key_in_state


@dataclass(frozen=True)
class Stored:
    """Where a document's parts are: `size` and `part_bytes` in bytes."""

    inspection: UUID
    document: UUID
    size: int
    part_bytes: int

    @property
    def parts(self) -> int:
        """How many parts the document has."""
        return part_count(self.size, self.part_bytes)


def stored(document: Document) -> Stored:
    """Return where a received document's parts are."""
    return Stored(document.inspection_id, document.id, document.size or 0, document.part_bytes)


def open_stored(deps: Deps, document: Stored, number: int) -> bytes:
    """Open one part, having looked at both states again: disposal and recall fence readers (rule 10).

    Raises KeyRemoved (disposing, recalled), KeyUnavailable, StoreUnavailable, ObjectMissing, SealBroken.
    """
    state, wrapped_key, document_state = state_and_key(deps.engine, document.inspection, document.document)
    check_not_recalled(document_state)
    key = key_in_state(deps, document.inspection, state, wrapped_key)
    sealed = deps.store.get(object_key(document.inspection, document.document, number))
    final = number == document.parts
    return open_part(key, PartContext(document.inspection, document.document, number, final), sealed)


def body_of(deps: Deps, document: Stored) -> Body:
    """Return a document as checker and scanner take it: opened anew each time that its pieces are asked for."""

    def pieces() -> Iterator[bytes]:
        for number in range(1, document.parts + 1):
            yield open_stored(deps, document, number)

    return Body(document.size, pieces)
