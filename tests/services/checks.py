"""What tests of checks do over and over: send a document, let the checker answer, look at what is kept."""

from uuid import UUID

from portal.db.chain import entries
from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.vault.checks import open_answer
from portal.vault.records import inspection_key
from schemas.a1_result import A1Result
from schemas.checking import Answer, Found
from tests.services.looks import inspection_row, rows
from tests.world import PART, World, sample, upload

LONG = sample("pdf", 3 * PART + 5)


def send(world: World, data: bytes = LONG, item: str = "statement-of-purpose", slot: str = "file") -> UUID:
    """Let agency A's leader send a document."""
    return upload(world.deps, world.leader.actor, world.a.inspection, item, slot, data).document


def row(world: World, document: UUID) -> DocumentCheck:
    """Return what is kept of a document's check."""
    [found] = rows(world.deps, DocumentCheck, DocumentCheck.document_id == document)
    return found


def found(world: World, document: UUID) -> Answer:
    """Return what was found in a document, opened."""
    key = inspection_key(world.deps, inspection_row(world.deps, world.a.inspection))
    answer = open_answer(key, row(world, document))
    assert answer is not None
    return answer


def codes(answer: Answer) -> list[str]:
    """Return the codes of what was found in an A1 form."""
    return [each.code for each in answer.a1.problems] if answer.a1 else []


def said(world: World, action: str = "document.checked") -> list[dict[str, object]]:
    """Return what the trail says of such acts."""
    with reading(world.deps.engine) as session:
        return [dict(each.details) for each in entries(session) if each.action == action]


def with_answer(world: World, *codes: str, a1: A1Result | None = None) -> None:
    """Let the checker find these from now on."""
    world.fakes.checker.answer = Answer("pdf", tuple(Found(code, 1, ("Sheet1",)) for code in codes), a1=a1)
