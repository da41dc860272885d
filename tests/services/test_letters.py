"""The letters of an inspection: what is known of it is what they say, and who may have them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from portal.db.engine import writing
from portal.db.tables import Agency, Assignment, Inspection
from portal.domain.actors import OPERATOR, Actor
from portal.domain.errors import Conflict, KeyRemoved, NotFound
from portal.domain.policy import Owner
from portal.domain.roles import Role
from portal.formats.letters import PAGES, Text, render_html
from portal.services.letters import (
    NOT_YET_KNOWN,
    Contact,
    Plan,
    current_fingerprint,
    list_letters,
    make_letter,
    preview_notice,
)
from portal.services.publish import publish
from portal.vault.signatures import fingerprint
from schemas.letters import ORDER
from tests.pseudo import outside, pseudo
from tests.services.looks import rows, trail_text
from tests.world import DUE, PROGRAMME, World


def said(text: Text) -> str:
    """Return a letter's words."""
    return "\n".join("".join(run.text for run in line) for block in text.blocks for line in block.lines)


def notice(world: World, actor: Actor | None = None) -> str:
    """Return what inspection A's notice says to somebody, the leader unless another is named."""
    return said(make_letter(world.deps, actor or world.leader.actor, world.a.inspection, "notice").text)


def change(world: World, **values: object) -> None:
    """Change inspection A's row."""
    with writing(world.deps.engine) as session:
        session.execute(update(Inspection).where(Inspection.id == world.a.inspection).values(**values))


def test_the_notice_says_what_is_known(world: World) -> None:
    """Agency, reference, programme, the deadline's day and date (R2), the days on site, and whom to turn to."""
    words = notice(world)
    for fact in (
        "To the leader of Adoption A",
        "“Regional adoption agencies”",
        "RAA-2023-01",
        "Send the information listed below by 4pm on Tuesday 10 October 2023.",
        "from Monday 16 October 2023 to Thursday 19 October 2023",
        "Ines Inspector leads the inspection: lead.inspector@example.org",
        "the quality assurance officer, Quinn Quality: qa.officer@example.org",
        "https://evidence.example/help/genuine",
        "https://evidence.example\n",
        "Adoption panel minutes. Send the minutes of the last 3 meetings",
        fingerprint(world.fakes.signer.public_keys()["test-1"]),
        Owner().conduct_url,
        Owner().charter_url,
    ):
        assert fact in words


def test_the_head_names_sender_and_day_of_notice(world: World) -> None:
    """A letter made days later bears the date of the notice, and its file the reference."""
    world.fakes.clock.advance(timedelta(days=3))
    made = make_letter(world.deps, world.leader.actor, world.a.inspection, "children")
    assert ("The Example Inspectorate", "Monday 9 October 2023") == (made.text.sender, made.text.date)
    assert ("RAA-2023-01-children", world.deps.clock.now() - timedelta(days=3)) == (made.name, made.made_at)


def test_a_moved_deadline_is_the_one_that_letters_name(world: World) -> None:
    """A letter made after the deadline was moved asks for nothing that no longer holds (R3)."""
    change(world, deadline_at=DUE + timedelta(days=1))
    words = notice(world)
    assert "4pm on Wednesday 11 October 2023" in words
    assert "Tuesday 10 October" not in words


def test_no_letter_holds_an_invitation(world: World) -> None:
    """The way in goes to each person by mail, and is in no letter that is handed on."""
    for code in ORDER:
        assert "/invitations/" not in said(make_letter(world.deps, OPERATOR, world.a.inspection, code).text)


def test_no_letter_names_another_agency(world: World) -> None:
    """No letter lets anyone know who else is inspected."""
    for code in ORDER:
        words = said(make_letter(world.deps, world.leader.actor, world.a.inspection, code).text)
        assert "Adoption B" not in words


def test_without_an_officer_the_support_address_stands_in(world: World) -> None:
    """A team need not have a quality assurance officer; the notice still says where to turn, and the list says so."""
    assert list_letters(world.deps, world.leader.actor, world.a.inspection).officer_named
    with writing(world.deps.engine) as session:
        session.execute(
            update(Assignment)
            .where(Assignment.person_id == world.qa_officer.id)
            .values(ended_at=world.deps.clock.now())
        )
    assert "The Example Inspectorate: support@inspectorate.example" in notice(world)
    assert not list_letters(world.deps, world.leader.actor, world.a.inspection).officer_named


def test_those_who_may(world: World) -> None:
    """The agency's people, the team and the stewards get the same letters."""
    people = (world.leader, world.contributor, world.lead_inspector, world.inspector, world.qa_officer)
    actors = [each.actor for each in (*people, world.administrator, world.dpo)] + [OPERATOR]
    assert {notice(world)} == {notice(world, actor) for actor in actors}
    for actor in actors:
        assert ORDER == tuple(each.code for each in list_letters(world.deps, actor, world.a.inspection).letters)


def test_those_who_may_not(world: World) -> None:
    """Another agency and another team are told what an unknown id is told, and so is who asks for an unknown letter."""
    tries = [
        (world.leader_b.actor, world.a.inspection, "notice"),
        (world.lead_inspector_b.actor, world.a.inspection, "notice"),
        (world.leader.actor, world.leader.id, "notice"),
        (world.leader.actor, world.a.inspection, "../notice"),
    ]
    sentences = set()
    for actor, inspection, code in tries:
        with pytest.raises(NotFound) as refusal:
            make_letter(world.deps, actor, inspection, code)
        sentences.add(str(refusal.value))
    assert 1 == len(sentences)


def test_a_deferred_inspection_has_no_letters(world: World) -> None:
    """What was put off has dates that no longer hold."""
    change(world, state="deferred")
    for attempt in (lambda: notice(world), lambda: list_letters(world.deps, world.leader.actor, world.a.inspection)):
        with pytest.raises(Conflict, match="put off"):
            attempt()


def test_a_closed_inspection_still_has_them(world: World) -> None:
    """Closing ends the taking of documents, not the reading of letters."""
    change(world, state="closed")
    assert "RAA-2023-01" in notice(world)


def test_once_disposal_is_due_there_are_none(world: World) -> None:
    """With the evidence the letters go, even if the job never ran."""
    world.fakes.clock.advance(timedelta(days=60))
    publish(world.deps, OPERATOR, PROGRAMME, date(2023, 11, 1))
    world.fakes.clock.advance(timedelta(days=366))
    with pytest.raises(KeyRemoved):
        notice(world)


def test_letters_leave_no_trace(world: World) -> None:
    """Making a letter is no reading of a document: nothing is written."""
    before = trail_text(world.deps)
    notice(world)
    assert before == trail_text(world.deps)


def test_names_are_said_as_they_are(world: World) -> None:
    """Accents, circumflexes and signs in an agency's name arrive unchanged."""
    with writing(world.deps.engine) as session:
        session.execute(update(Agency).where(Agency.name == "Adoption A").values(name="Mabwysiadu Gŵyr & Café"))
    assert "To the leader of Mabwysiadu Gŵyr & Café" in notice(world)


PLAN = Plan(
    agency="Adoption C",
    deadline_at=DUE,
    starts_on=date(2023, 10, 16),
    last_day_on=date(2023, 10, 19),
    lead_inspector=Contact("Nils New", "nils@example.org"),
)


def test_a_notice_can_be_seen_before_it_is_given(world: World) -> None:
    """The preview says what the notice will say, but for the reference, and nothing is kept of it."""
    before = len(rows(world.deps, Inspection))
    text = preview_notice(world.deps, world.administrator.actor, PROGRAMME, PLAN)
    for words in ("Adoption C", "“Regional adoption agencies”", "4pm on Tuesday 10 October 2023", NOT_YET_KNOWN):
        assert words in said(text)
    assert "Monday 9 October 2023" == text.date
    assert before == len(rows(world.deps, Inspection))
    officer = replace(PLAN, quality_officer=Contact("Olga New", "olga@example.org"))
    words = said(preview_notice(world.deps, OPERATOR, PROGRAMME, officer))
    assert "Olga New: olga@example.org" in words


def test_a_preview_is_for_those_who_announce(world: World) -> None:
    """A leader sees no notice that is not given, and an unknown programme has none."""
    with pytest.raises(NotFound):
        preview_notice(world.deps, world.leader.actor, PROGRAMME, PLAN)
    with pytest.raises(NotFound):
        preview_notice(world.deps, OPERATOR, "NONE", PLAN)


def test_the_fingerprint_is_of_the_key_that_signs(world: World) -> None:
    """What the notice prints is the SHA-256 of the public key with which receipts can be checked."""
    key_id = world.fakes.signer.sign(b"a receipt").key_id
    assert fingerprint(world.fakes.signer.public_keys()[key_id]) == current_fingerprint(world.deps)


def test_without_a_lead_the_support_address_stands_in(world: World) -> None:
    """Between two lead inspectors a letter still says whom to turn to."""
    with writing(world.deps.engine) as session:
        lead = update(Assignment).where(Assignment.role == Role.lead_inspector)
        session.execute(lead.values(ended_at=world.deps.clock.now()))
    assert "The Example Inspectorate leads the inspection: support@inspectorate.example" in notice(world)


@pytest.mark.parametrize("code", ORDER)
def test_every_word_of_a_letter_comes_through_the_catalogue(world: World, code: str) -> None:
    """But for data: names, addresses, links, the reference and the fingerprint."""
    deps, owner = replace(world.deps, catalogue=pseudo()), world.deps.policy.owner
    made = make_letter(deps, world.leader.actor, world.a.inspection, code)
    people = [word for each in (world.lead_inspector, world.qa_officer) for word in (each.name, each.email)]
    data = {*people, owner.name, owner.support, owner.conduct_url, owner.charter_url, deps.public_url}
    data |= {"/help/genuine", "/privacy", "Adoption A", world.a.reference, "Regional adoption agencies"}
    assert [] == outside(render_html(made.text), data | set(current_fingerprint(deps).split()))
    assert f"⟦{PAGES}⟧" == made.text.pages


def test_what_is_not_known_yet_is_said_by_the_catalogue(world: World) -> None:
    """The preview has a place for the reference."""
    deps = replace(world.deps, catalogue=pseudo())
    assert f"⟦{NOT_YET_KNOWN}⟧" in said(preview_notice(deps, world.administrator.actor, PROGRAMME, PLAN))
