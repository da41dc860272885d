"""Withdrawing and explaining: small changes, each with an entry in the trail, and a receipt after the declaration."""

from uuid import uuid4

import pytest

from portal.db.tables import Answer, Document, Receipt
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.services.conduct import close
from portal.services.declare import declare, read_receipt
from portal.services.explain import explain_gap
from portal.services.withdraw import withdraw
from tests.services.looks import actions, content, count, rows, trail_text
from tests.world import World, complete, sample, upload


def test_a_withdrawn_document_no_longer_counts_and_stays_sealed(world: World) -> None:
    """It is not deleted: until disposal it can be shown what was sent and taken back."""
    data = sample()
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=data).document
    withdraw(world.deps, world.contributor.actor, world.a.inspection, document)
    [row] = rows(world.deps, Document)
    assert ("withdrawn", world.deps.clock.now()) == (row.state, row.ended_at)
    assert data == content(world.deps, world.leader.actor, world.a.inspection, document)
    assert "document.withdrawn" in actions(world.deps, world.a.inspection)


def test_its_slot_is_free_again(world: World) -> None:
    """The next file needs no choice, and gets a number of its own."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    assert 2 == upload(world.deps, world.leader.actor, world.a.inspection).receipt["body"]["version"]


def test_only_what_counts_can_be_withdrawn(world: World) -> None:
    """Not twice, and not a version that was replaced."""
    first = upload(world.deps, world.leader.actor, world.a.inspection).document
    second = upload(world.deps, world.leader.actor, world.a.inspection, replaces=first).document
    withdraw(world.deps, world.leader.actor, world.a.inspection, second)
    for document in (first, second):
        with pytest.raises(Conflict, match="withdrawn or replaced already"):
            withdraw(world.deps, world.leader.actor, world.a.inspection, document)


def test_nobody_else_withdraws(world: World) -> None:
    """Inspectors may not; in another inspection, or by another agency, the document is unknown."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    with pytest.raises(NotAllowed):
        withdraw(world.deps, world.lead_inspector.actor, world.a.inspection, document)
    for actor, inspection in (
        (world.leader_b.actor, world.a.inspection),
        (world.leader_b.actor, world.b.inspection),
        (world.leader.actor, uuid4()),
    ):
        with pytest.raises(NotFound):
            withdraw(world.deps, actor, inspection, document)
    assert 1 == count(world.deps, Document, Document.state == "received")


def test_after_closing_nothing_changes_any_more(world: World) -> None:
    """What the team has is what it keeps."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    with pytest.raises(Conflict, match="closed"):
        withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    with pytest.raises(Conflict, match="closed"):
        explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "None.")
    assert (1, 0) == (count(world.deps, Document, Document.state == "received"), count(world.deps, Answer))


def test_an_explanation_is_sealed_and_the_newest_counts(world: World) -> None:
    """The words are nowhere unsealed, and giving them anew sets the earlier ones aside."""
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "to_follow", "Canary-words, May")
    explain_gap(world.deps, world.contributor.actor, world.a.inspection, "annual-report", "not_held", "Never was one")
    answers = rows(world.deps, Answer)
    assert [("not_held", None), ("to_follow", world.deps.clock.now())] == sorted(
        (each.kind, each.superseded_at) for each in answers
    )
    for each in answers:
        assert each.sealed_words is not None
        assert b"Canary" not in each.sealed_words
    assert "Canary" not in trail_text(world.deps)
    assert 2 == actions(world.deps, world.a.inspection).count("gap.explained")


@pytest.mark.parametrize(
    ("item", "kind", "words", "error"),
    [
        ("nothing", "not_held", "x", NotFound),
        ("annual-report", "", "x", Refused),
        ("annual-report", "lost", "x", Refused),
        ("annual-report", "not_held", "  ", Refused),
        ("annual-report", "not_held", "x" * 2_001, Refused),
    ],
)
def test_an_explanation_must_be_one(world: World, item: str, kind: str, words: str, error: type[Exception]) -> None:
    """A known item, a kind and some words; else nothing is changed."""
    with pytest.raises(error):
        explain_gap(world.deps, world.leader.actor, world.a.inspection, item, kind, words)
    assert 0 == count(world.deps, Answer)


def test_only_the_agencys_people_explain(world: World) -> None:
    """The team reads explanations and writes none."""
    with pytest.raises(NotAllowed):
        explain_gap(world.deps, world.inspector.actor, world.a.inspection, "annual-report", "not_held", "x")
    with pytest.raises(NotFound):
        explain_gap(world.deps, world.leader_b.actor, world.a.inspection, "annual-report", "not_held", "x")


def test_each_change_after_the_declaration_gets_a_receipt(world: World) -> None:
    """Received, replaced, withdrawn, explained: four changes, four receipts, each of the whole inspection."""
    sent = complete(world.deps, world.leader.actor, world.a.inspection)
    assert 0 == count(world.deps, Receipt)
    declare(world.deps, world.leader.actor, world.a.inspection, {})
    report = sent["annual-report", "file"].document
    upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    newer = upload(world.deps, world.leader.actor, world.a.inspection, "annual-report", replaces=report).document
    withdraw(world.deps, world.leader.actor, world.a.inspection, newer)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "not_held", "Withdrawn in error")
    bodies = [read_receipt(world.deps, world.leader.actor, world.a.inspection, n)["body"] for n in range(1, 6)]
    assert ["declaration", "document received", "document replaced", "document withdrawn", "gap explained"] == [
        body["cause"] for body in bodies
    ]
    assert [15, 16, 16, 15, 15] == [len(body["documents"]) for body in bodies]
    assert ["not_held"] == [gap["kind"] for gap in bodies[-1]["gaps"]]
    with pytest.raises(NotFound):
        read_receipt(world.deps, world.leader.actor, world.a.inspection, 6)
