"""What is kept of checks, opened before the transaction that needs it: of a large A1 form that takes a while."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.db.tables import Inspection
from portal.domain.errors import KeyRemoved
from portal.ports import Deps
from portal.vault.checks import open_answer
from portal.vault.records import GONE, inspection_key
from schemas.checking import Answer


@dataclass(frozen=True)
class Opened:
    """What was kept of some documents at one moment."""

    _answers: Mapping[UUID, tuple[bytes | None, Answer | None]] = field(default_factory=dict, repr=False)

    def of(self, key: bytes, row: DocumentCheck) -> Answer | None:
        """Return what is kept of a document now: what came since that moment is opened here. Raises SealBroken."""
        sealed, answer = self._answers.get(row.document_id, (None, None))
        return answer if sealed == row.sealed_result else open_answer(key, row)


def open_kept(deps: Deps, document: UUID) -> Answer | None:
    """Return what is kept of one document. Raises KeyRemoved (it is gone, too), KeyUnavailable, SealBroken."""
    with reading(deps.engine) as session:
        row = session.get(DocumentCheck, document)
        if row is None:
            raise KeyRemoved(GONE)
        inspection = session.get_one(Inspection, row.inspection_id)
    return open_answer(inspection_key(deps, inspection), row)


def open_before(deps: Deps, documents: Collection[UUID]) -> Opened:
    """Open what is kept of these documents, outside any transaction. Raises KeyUnavailable, SealBroken."""
    answers = {}
    with reading(deps.engine) as session:
        rows = [row for each in documents if (row := session.get(DocumentCheck, each)) is not None]
        inspections = {row.inspection_id: session.get_one(Inspection, row.inspection_id) for row in rows}
    for row in rows:
        if row.sealed_result is not None:
            try:
                key = inspection_key(deps, inspections[row.inspection_id])
            except KeyRemoved:
                return Opened()
            answers[row.document_id] = row.sealed_result, open_answer(key, row)
    return Opened(answers)
