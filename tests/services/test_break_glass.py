"""Break-glass reading: a steward reads one inspection, once its team lets them, for a while, each look recorded."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.db.chain import entries
from portal.db.engine import reading, writing
from portal.db.proposals import Proposal
from portal.db.tables import Assignment, OutboxMail
from portal.db.team_documents import Memory
from portal.domain.actors import OPERATOR
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.services.break_glass import ask_to_read, begin_reading, look_at_asking, while_it_lasts
from portal.services.decide import approve, end_reading, refuse, withdraw
from portal.services.hand_over import download_document, make_bundle
from portal.services.proposal_list import proposal_page, readings_asked
from portal.services.team_inspection import inspection_page
from tests.services.looks import actions, count, rows, trail_text
from tests.world import PART, Someone, World, sample, upload

WHY = "A complaint names a canary"
DATA = sample("pdf", 3 * PART)


def asked(world: World, person: Someone | None = None) -> UUID:
    """Let a steward ask to read A."""
    return ask_to_read(world.deps, (person or world.dpo).actor, world.a.inspection, WHY)


def let_in(world: World) -> UUID:
    """Let the data protection officer ask, and the lead inspector agree."""
    proposal = asked(world)
    approve(world.deps, world.lead_inspector.actor, proposal, world.a.inspection)
    return proposal


def read(world: World, document: UUID, person: Someone | None = None) -> bytes:
    """Read a document as the page does."""
    reader = begin_reading(world.deps, (person or world.dpo).actor, world.a.inspection, document)
    found = download_document(world.deps, reader, world.a.inspection, document)
    return b"".join(while_it_lasts(world.deps, reader, world.a.inspection, found.chunks))


def test_a_steward_who_was_let_in_reads_and_each_look_names_the_proposal(world: World) -> None:
    """The list and a document; the leader is told by mail, the proposer too; the reason is in no mail and no trail."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=DATA, name="canary-name.pdf").document
    proposal = let_in(world)
    reader = begin_reading(world.deps, world.dpo.actor, world.a.inspection)
    page = inspection_page(world.deps, reader, world.a.inspection, Memory())
    assert ["canary-name.pdf"] == [each["name"] for each in page["documents"]]
    assert DATA == read(world, document)
    with reading(world.deps.engine) as session:
        mine = [
            (each.action, each.subject, each.details.get("proposal"))
            for each in entries(session, world.a.inspection)
            if each.actor == world.dpo.actor.label
        ][1:]
    assert [
        ("reading.used", "", str(proposal)),
        ("reading.used", str(document), str(proposal)),
        ("document.opened", str(document), str(proposal)),
    ] == mine
    told = {(row.template, row.person_id, row.inspection_id) for row in rows(world.deps, OutboxMail)}
    assert {
        ("reading-asked", world.lead_inspector.id, world.a.inspection),
        ("reading-asked", world.qa_officer.id, world.a.inspection),
        ("reading-allowed", world.leader.id, world.a.inspection),
        ("proposal-decided", world.dpo.id, None),
    } == {each for each in told if each[0].startswith(("reading", "proposal"))}
    assert "canary" not in trail_text(world.deps)


def test_without_it_a_steward_reads_nothing(world: World) -> None:
    """Never asked, asked and waiting, refused, for another inspection, or another steward's: refused, in the trail."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    stewards = (world.dpo, world.administrator)

    def refused() -> None:
        for person in stewards:
            for act in (begin_reading, download_document):
                with pytest.raises(NotAllowed):
                    act(world.deps, person.actor, world.a.inspection, document)
            with pytest.raises(NotAllowed):
                inspection_page(world.deps, person.actor, world.a.inspection, Memory())

    refused()
    assert 2 == actions(world.deps, world.a.inspection).count("reading.refused")
    proposal = asked(world)
    refused()
    refuse(world.deps, world.qa_officer.actor, proposal)
    refused()
    let_in(world)
    with pytest.raises(NotAllowed):
        begin_reading(world.deps, world.administrator.actor, world.a.inspection, document)
    with pytest.raises(NotAllowed):
        begin_reading(world.deps, world.dpo.actor, world.b.inspection)
    reader = begin_reading(world.deps, world.dpo.actor, world.a.inspection)
    with pytest.raises(NotAllowed):
        inspection_page(world.deps, reader, world.b.inspection, Memory())
    with pytest.raises(NotAllowed):
        make_bundle(world.deps, reader, world.a.inspection)


def test_it_ends_after_an_hour(world: World) -> None:
    """To the instant; it can be asked for anew then, and not before."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, data=DATA).document
    let_in(world)
    with pytest.raises(Conflict, match="already"):
        asked(world)
    world.fakes.clock.advance(timedelta(hours=1) - timedelta(milliseconds=1))
    assert DATA == read(world, document)
    assert look_at_asking(world.deps, world.dpo.actor, world.a.inspection)["proposal"]
    world.fakes.clock.advance(timedelta(milliseconds=1))
    with pytest.raises(NotAllowed):
        read(world, document)
    assert look_at_asking(world.deps, world.dpo.actor, world.a.inspection)["proposal"] is None
    let_in(world)
    assert DATA == read(world, document)


def test_it_ends_at_once(world: World) -> None:
    """Ended by the steward, by the head of the team, or with the stewardship: between two pieces of one document."""

    def by_steward(proposal: UUID) -> None:
        withdraw(world.deps, world.dpo.actor, proposal)

    def by_team(proposal: UUID) -> None:
        end_reading(world.deps, world.qa_officer.actor, proposal, world.a.inspection)

    def with_the_role(_proposal: UUID) -> None:
        with writing(world.deps.engine) as session:
            ended = update(Assignment).where(Assignment.person_id == world.dpo.id)
            session.execute(ended.values(ended_at=world.deps.clock.now()))

    document = upload(world.deps, world.leader.actor, world.a.inspection, data=DATA).document
    for end, error in ((by_steward, NotAllowed), (by_team, NotAllowed), (with_the_role, NotFound)):
        proposal = let_in(world)
        reader = begin_reading(world.deps, world.dpo.actor, world.a.inspection)
        found = download_document(world.deps, reader, world.a.inspection, document)
        pieces = while_it_lasts(world.deps, reader, world.a.inspection, found.chunks)
        assert DATA[:PART] == next(pieces)
        end(proposal)
        with pytest.raises(error):
            next(pieces)
        with pytest.raises(error):
            begin_reading(world.deps, world.dpo.actor, world.a.inspection)
        with pytest.raises(error):
            inspection_page(world.deps, reader, world.a.inspection, Memory())
    ended = [row.outcome for row in rows(world.deps, Proposal)]
    assert ["approved", "withdrawn", "withdrawn"] == sorted(str(each) for each in ended)


def test_only_the_head_of_its_team_decides(world: World) -> None:
    """Neither another team's, nor an inspector, nor the agency, nor a steward; ending it is theirs as well."""
    proposal = asked(world)
    for person, error in [
        (world.lead_inspector_b, NotFound),
        (world.leader_b, NotFound),
        (world.inspector, NotAllowed),
        (world.leader, NotAllowed),
        (world.administrator, NotAllowed),
        (world.dpo, NotAllowed),
    ]:
        for decide in (approve, refuse):
            with pytest.raises(error):
                decide(world.deps, person.actor, proposal)
        with pytest.raises(error):
            end_reading(world.deps, person.actor, proposal, world.a.inspection)
        with pytest.raises(error):
            readings_asked(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        approve(world.deps, world.lead_inspector.actor, proposal, world.b.inspection)
    with pytest.raises(Conflict, match="not approved yet"):
        end_reading(world.deps, world.lead_inspector.actor, proposal, world.a.inspection)
    [view] = readings_asked(world.deps, world.qa_officer.actor, world.a.inspection)
    assert (WHY, True) == (view["reason"], view["waits"])
    assert (WHY, None) == tuple(
        proposal_page(world.deps, person.actor, proposal)["reason"] for person in (world.dpo, world.administrator)
    )
    approve(world.deps, world.qa_officer.actor, proposal, world.a.inspection)
    with pytest.raises(Conflict):
        approve(world.deps, world.lead_inspector.actor, proposal, world.a.inspection)


def test_only_stewards_ask(world: World) -> None:
    """With a reason; nobody of team or agency, and not the command line."""
    for person in (world.leader, world.inspector, world.lead_inspector):
        with pytest.raises(NotAllowed):
            asked(world, person)
        with pytest.raises(NotAllowed):
            begin_reading(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        asked(world, world.leader_b)
    with pytest.raises(NotAllowed, match="two people who are signed in"):
        ask_to_read(world.deps, OPERATOR, world.a.inspection, WHY)
    with pytest.raises(NotAllowed):
        begin_reading(world.deps, OPERATOR, world.a.inspection)
    with pytest.raises(Refused):
        ask_to_read(world.deps, world.dpo.actor, world.a.inspection, " ")
    assert 0 == count(world.deps, Proposal)
