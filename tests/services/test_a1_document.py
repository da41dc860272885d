"""What was found in an A1 form that was sent: both sides see it, errors block nothing, a typed reason goes along."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.db.queries import current_documents
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.services.a1_document import checked_form, give_reason
from portal.services.check import check_document
from portal.services.check_unsent import Unsent, check_unsent
from portal.services.declare import declare
from portal.services.withdraw import withdraw
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer, Found
from schemas.checks import read_effects
from tests.services.looks import actions, rows, trail_text
from tests.world import World, complete, sample, upload

REASON = "The order was made abroad: Eleanor Vance"
WRONG = A1Result(
    definition="illustrative-2023",
    complete=True,
    rows={"Children": 40},
    problems=(Problem("F03", "ERROR", "Children", "placed_date", "Q", 1, (Cell(17, "31/02/2023", "C-17"),)),),
)


def send(world: World, result: A1Result | None = WRONG, item: str = "a1-form", slot: str = "workbook") -> UUID:
    """Let agency A's leader send a file in which the checker finds this, and let it be checked."""
    world.fakes.checker.answer = Answer(kind="xlsx", a1=result)
    kind = "xlsx" if item == "a1-form" else "pdf"
    document = upload(world.deps, world.leader.actor, world.a.inspection, item, slot, sample(kind)).document
    check_document(world.deps, document)
    return document


def test_both_sides_see_what_was_found_and_the_reason(world: World) -> None:
    """Leader, contributor and team see the same; who is of neither side sees nothing; the reason is kept sealed."""
    deps, inspection, document = world.deps, world.a.inspection, send(world)

    for reader, own in ((world.leader, True), (world.contributor, True), (world.inspector, False)):
        seen = checked_form(deps, reader.actor, inspection, document)
        assert WRONG == seen.answer.a1
        assert (own, own, None) == (seen.head["own"], seen.may_reason, seen.reason)
    for stranger in (world.leader_b, world.lead_inspector_b):
        with pytest.raises(NotFound):
            checked_form(deps, stranger.actor, inspection, document)
    with pytest.raises(NotAllowed):
        checked_form(deps, world.administrator.actor, inspection, document)
    assert 3 == actions(deps).count("a1.findings-opened")

    give_reason(deps, world.contributor.actor, inspection, document, f"  {REASON} ")
    world.fakes.clock.advance(timedelta(minutes=1))
    give_reason(deps, world.leader.actor, inspection, document, REASON)

    seen = checked_form(deps, world.inspector.actor, inspection, document)
    assert seen.reason is not None
    assert (REASON, "Lena Leader") == (seen.reason["words"], seen.reason["by"])
    [row] = rows(deps, DocumentCheck, DocumentCheck.document_id == document)
    assert row.sealed_reason
    assert b"Eleanor" not in row.sealed_reason
    assert "Eleanor" not in trail_text(deps)
    assert 2 == actions(deps).count("document.errors-explained")


def test_errors_block_nothing_and_reasons_are_refused_in_words(world: World) -> None:
    """With errors all is sent and declared; no reason without words, without errors, from the team, or when closed."""
    deps, leader, inspection = world.deps, world.leader.actor, world.a.inspection
    complete(deps, leader, inspection)
    document = send_again(world)
    declare(deps, leader, inspection, {})

    for words in (" ", "x" * 2_001):
        with pytest.raises(Refused):
            give_reason(deps, leader, inspection, document, words)
    with pytest.raises(NotAllowed):
        give_reason(deps, world.lead_inspector.actor, inspection, document, REASON)
    give_reason(deps, leader, inspection, document, REASON)
    other = send(world, item="childrens-guide", slot="file")
    for wrong in (other, world.b.inspection):
        with pytest.raises(NotFound):
            give_reason(deps, leader, inspection, wrong, REASON)
    withdraw(deps, leader, inspection, document)
    with pytest.raises(NotFound):
        give_reason(deps, leader, inspection, document, REASON)
    assert not checked_form(deps, leader, inspection, document).may_reason
    with pytest.raises(NotFound):
        checked_form(deps, world.inspector.actor, inspection, document)
    good = send(world, A1Result("illustrative-2023", complete=True, rows={"Children": 1}))
    with pytest.raises(Conflict):
        give_reason(deps, leader, inspection, good, REASON)


def send_again(world: World) -> UUID:
    """Replace the A1 form that was sent by one with an error."""
    with reading(world.deps.engine) as session:
        [before] = [each for each in current_documents(session, world.a.inspection) if each.item == "a1-form"]
    world.fakes.checker.answer = Answer(kind="xlsx", a1=WRONG)
    sent = upload(
        *(world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook", sample("xlsx")),
        replaces=before.id,
    )
    check_document(world.deps, sent.document)
    return sent.document


def test_what_is_told_of_the_file_goes_by_the_effects_of_the_deployment(world: World) -> None:
    """A note that it makes a flag is listed, of a form sent as of one that is not; a flag made a note is not."""
    world.fakes.checker.answer = Answer("xlsx", (Found("macros"), Found("external-link")), a1=WRONG)
    document = upload(
        world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook", sample("xlsx")
    ).document
    check_document(world.deps, document)
    changed = replace(world.deps, effects=read_effects('external-link = "flag"\nmacros = "note"'))

    for deps, told in ((world.deps, "macros"), (changed, "external-link")):
        sent = checked_form(deps, world.leader.actor, world.a.inspection, document).answer
        for answer in (sent, check_unsent(deps, world.leader.actor, Unsent((b"PK",)))):
            assert ([told], WRONG) == ([each.code for each in answer.findings], answer.a1)
