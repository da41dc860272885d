"""Declaring: the leader's word, once, with a word on each gap; never a gate."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from portal.db.tables import Answer, OutboxMail, Receipt
from portal.domain.errors import Conflict, KeyRemoved, NotAllowed, NotFound
from portal.services.ask_more import ask_more
from portal.services.conduct import close
from portal.services.declare import Explanation, GapsUnexplained, declare, read_receipt
from portal.services.explain import explain_gap
from portal.services.recall import recall, sent_page
from portal.services.receive import receive
from portal.services.statements import RECALLED, declaration_page, document_receipt, receipt_page
from portal.vault.records import signed_well
from portal.vault.signatures import fingerprint
from schemas.statements import faults_of
from tests.services.looks import actions, count, inspection_row, rows
from tests.world import CHECKLIST, DUE, World, an_upload, complete, sample, upload

EXPLAINED = {item.code: Explanation("not_held", f"No {item.code} here") for item in CHECKLIST.items}


def _declare(world: World, explanations: Mapping[str, Explanation]) -> int:
    return declare(world.deps, world.leader.actor, world.a.inspection, explanations)


def test_a_complete_inspection_is_declared(world: World) -> None:
    """The receipt is signed, counts everything, and is mailed to the agency's people without its content."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    assert 1 == _declare(world, {})
    row = inspection_row(world.deps, world.a.inspection)
    assert (world.deps.clock.now(), world.leader.id, "announced") == (row.declared_at, row.declared_by, row.state)
    signed = read_receipt(world.deps, world.leader.actor, world.a.inspection)
    [public] = world.deps.signer.public_keys().values()
    assert signed_well(public, signed)
    body = signed["body"]
    assert (1, "declaration", 15, [], "11 provided", "leader") == (
        body["number"], body["cause"], len(body["documents"]), body["gaps"], body["summary"], body["declared_by_role"],
    )  # fmt: skip
    mails = rows(world.deps, OutboxMail, OutboxMail.template == "receipt")
    assert {world.leader.id, world.contributor.id} == {mail.person_id for mail in mails}
    assert "declaration.sent" == actions(world.deps, world.a.inspection)[-1]


def test_every_gap_without_a_word_is_listed_and_nothing_is_changed(world: World) -> None:
    """What was received stands, and what was typed for other items is not kept half."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    upload(world.deps, world.leader.actor, world.a.inspection, "panel-minutes", "latest")
    with pytest.raises(GapsUnexplained) as gaps:
        _declare(world, {"annual-report": EXPLAINED["annual-report"]})
    assert {item.code for item in CHECKLIST.items} - {"statement-of-purpose", "annual-report"} == set(gaps.value.faults)
    assert "Adoption panel minutes: select why it is not complete" == gaps.value.faults["panel-minutes"]
    assert (0, 0, None) == (
        count(world.deps, Answer), count(world.deps, Receipt),
        inspection_row(world.deps, world.a.inspection).declared_at,
    )  # fmt: skip
    assert "declaration.sent" not in actions(world.deps, world.a.inspection)


def test_an_answer_that_is_true_no_longer_is_left_out(world: World) -> None:
    """What was to follow and has come is no gap, on the page and in the receipt; an equivalent stays one."""
    for item, kind in (("annual-report", "to_follow"), ("childrens-guide", "equivalent")):
        explain_gap(world.deps, world.leader.actor, world.a.inspection, item, kind, "Soon.")
        upload(world.deps, world.leader.actor, world.a.inspection, item)
    page = declaration_page(world.deps, world.leader.actor, world.a.inspection)
    said = {row["code"]: row["gap_words"] for group in page["groups"] for row in group["rows"]}
    assert (None, True) == (said["annual-report"], "Soon." in said["childrens-guide"])
    _declare(world, EXPLAINED)
    body = read_receipt(world.deps, world.leader.actor, world.a.inspection)["body"]
    gaps = {gap["item"]: gap["kind"] for gap in body["gaps"]}
    assert (None, "equivalent") == (gaps.get("annual-report"), gaps["childrens-guide"])


def test_words_given_with_the_declaration_explain_the_gaps(world: World) -> None:
    """They are kept as answers, and the receipt has them."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    explain_gap(world.deps, world.leader.actor, world.a.inspection, "annual-report", "to_follow", "On Thursday")
    assert 1 == _declare(world, EXPLAINED)
    body = read_receipt(world.deps, world.leader.actor, world.a.inspection)["body"]
    words = {gap["item"]: gap["words"] for gap in body["gaps"]}
    assert "On Thursday" == words.pop("annual-report")
    assert {f"No {item} here" for item in words} == set(words.values())
    assert "1 provided, 9 not held, 1 to follow" == body["summary"]
    assert [*["gap.explained"] * 9, "declaration.sent"] == actions(world.deps, world.a.inspection)[-10:]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (Explanation("", "words"), "select why"),
        (Explanation("not_held", " "), "Enter a few words"),
        (Explanation("not_held", "x" * 2_001), "2,000"),
        (Explanation("equivalent", "The yearbook"), "send the equivalent"),
    ],
)
def test_a_word_that_does_not_explain_is_said_to_be_missing(world: World, given: Explanation, word: str) -> None:
    """An equivalent that was promised still lacks its file."""
    with pytest.raises(GapsUnexplained, match=word) as gaps:
        _declare(world, EXPLAINED | {"annual-report": given})
    assert ["annual-report"] == list(gaps.value.faults)
    assert 0 == count(world.deps, Answer)


def test_declared_again_it_makes_no_second_receipt(world: World) -> None:
    """The newest receipt's number is the answer, whatever is sent along."""
    assert 1 == _declare(world, EXPLAINED)
    assert 1 == _declare(world, {})
    upload(world.deps, world.leader.actor, world.a.inspection)
    assert 2 == _declare(world, EXPLAINED)
    assert (2, 11) == (count(world.deps, Receipt), count(world.deps, Answer))
    assert 1 == actions(world.deps, world.a.inspection).count("declaration.sent")


def test_fifty_declarations_at_once_make_one_receipt(world: World) -> None:
    """An impatient person clicks, and a proxy repeats."""
    barrier = Barrier(50)

    def send(_number: int) -> int:
        barrier.wait()
        return _declare(world, EXPLAINED)

    with ThreadPoolExecutor(50) as threads:
        assert {1} == set(threads.map(send, range(50)))
    assert (1, 11, 2) == (
        count(world.deps, Receipt), count(world.deps, Answer),
        count(world.deps, OutboxMail, OutboxMail.template == "receipt"),
    )  # fmt: skip


def test_only_the_leader_declares(world: World) -> None:
    """A contributor sends and explains, and does not give the word."""
    for person in (world.contributor, world.lead_inspector, world.administrator):
        with pytest.raises(NotAllowed, match="leader"):
            declare(world.deps, person.actor, world.a.inspection, EXPLAINED)
    with pytest.raises(NotFound):
        declare(world.deps, world.leader_b.actor, world.a.inspection, EXPLAINED)
    assert 0 == count(world.deps, Receipt)


def test_a_closed_inspection_is_not_declared(world: World) -> None:
    """It is no gate: what was received counts without it."""
    close(world.deps, world.lead_inspector.actor, world.a.inspection)
    with pytest.raises(Conflict, match="closed"):
        _declare(world, EXPLAINED)


def test_before_the_declaration_there_is_no_receipt_to_read(world: World) -> None:
    """And the words say so."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    with pytest.raises(Conflict, match="not sent yet"):
        read_receipt(world.deps, world.leader.actor, world.a.inspection)


def test_the_receipt_is_read_by_the_agency_and_the_team_alone(world: World) -> None:
    """It lists what was sent."""
    _declare(world, EXPLAINED)
    for person in (world.contributor, world.inspector, world.qa_officer):
        assert 1 == read_receipt(world.deps, person.actor, world.a.inspection)["body"]["number"]
    for person in (world.administrator, world.dpo):
        with pytest.raises(NotAllowed):
            read_receipt(world.deps, person.actor, world.a.inspection)
    with pytest.raises(NotFound):
        read_receipt(world.deps, world.leader_b.actor, world.a.inspection)


def test_the_receipt_is_sealed_in_the_database(world: World) -> None:
    """Its reasons for gaps are what people typed."""
    _declare(world, EXPLAINED)
    [row] = rows(world.deps, Receipt)
    assert row.sealed_body is not None
    assert b"statement-of-purpose" not in row.sealed_body


def test_ten_of_eleven_before_the_deadline_are_on_time(world: World) -> None:
    """Ten items at 3:58pm and a word on the eleventh: declared on time. The eleventh comes late, and is labelled so."""
    late = CHECKLIST.item("annual-report")
    world.fakes.clock.set(DUE - timedelta(minutes=2))
    for item in CHECKLIST.items:
        if item != late:
            for slot in item.complete[0]:
                upload(world.deps, world.leader.actor, world.a.inspection, item.code, slot)
    assert 1 == _declare(world, {late.code: Explanation("to_follow", "At the printer's until five")})
    world.fakes.clock.set(DUE + timedelta(minutes=65))
    document = upload(world.deps, world.contributor.actor, world.a.inspection, late.code).document
    before, after = (read_receipt(world.deps, world.leader.actor, world.a.inspection, n) for n in (1, 2))
    assert [{}, {}] == [faults_of(before), faults_of(after)]
    assert ("10 provided, 1 to follow", 14, {True}, [late.code]) == (
        before["body"]["summary"],
        len(before["body"]["documents"]),
        {each["on_time"] for each in before["body"]["documents"]},
        [each["item"] for each in before["body"]["gaps"]],
    )
    assert before["body"]["declared_at"] < before["body"]["deadline_at"]
    assert [str(document)] == [each["document"] for each in after["body"]["documents"] if not each["on_time"]]
    assert "document received" == after["body"]["cause"]
    shown = receipt_page(world.deps, world.leader.actor, world.a.inspection)["documents"]
    assert [(late.label, "Received after the deadline")] == [
        (each["item_label"], each["on_time_words"]) for each in shown if each["on_time_words"] != "On time"
    ]


def test_a_receipt_says_what_was_signed(world: World) -> None:
    """Also of a document that was recalled since, but for its name; the newer one has its cause and lists it not."""
    document = upload(world.deps, world.leader.actor, world.a.inspection, name="Canary.pdf")
    _declare(world, EXPLAINED)
    recall(world.deps, world.leader.actor, world.a.inspection, document.document)
    first, second = (receipt_page(world.deps, world.inspector.actor, world.a.inspection, n) for n in (1, 2))
    [stated] = first["documents"]
    assert (RECALLED, document.receipt["body"]["sha256"]) == (stated["name"], stated["sha256"])
    assert ([], "document recalled", 2) == (second["documents"], second["cause"], first["newest"])
    with pytest.raises(KeyRemoved):
        document_receipt(world.deps, world.leader.actor, world.a.inspection, document.document)


def test_a_receipt_names_the_key_and_whom_to_ask(world: World) -> None:
    """The key's id and fingerprint, and the head of the team with the quality assurance officer."""
    _declare(world, EXPLAINED)
    shown = receipt_page(world.deps, world.leader.actor, world.a.inspection)
    [(key_id, raw)] = world.deps.signer.public_keys().items()
    assert (key_id, fingerprint(raw)) == (shown["key_id"], shown["fingerprint"])
    assert ["Ines Inspector, lead.inspector@example.org", "Quinn Quality, qa.officer@example.org"] == shown["contacts"]


def test_none_arranged_answers_for_meetings_alone(world: World) -> None:
    """It needs no words there; anywhere else it is no answer."""
    none = Explanation("none", "")
    with pytest.raises(GapsUnexplained) as gaps:
        _declare(world, EXPLAINED | {"annual-report": none, "prearranged-meetings": none})
    assert ["annual-report"] == list(gaps.value.faults)


def test_what_was_asked_for_beyond_the_checklist_waits_for_no_declaration(world: World) -> None:
    """It has a due time of its own: the declaration asks no word on it. Once sent it is on the receipt, by its name."""
    complete(world.deps, world.leader.actor, world.a.inspection)
    due = DUE + timedelta(days=2)
    code = ask_more(world.deps, world.lead_inspector.actor, world.a.inspection, "A rota", "", due)
    assert 0 == declaration_page(world.deps, world.leader.actor, world.a.inspection)["gaps"]
    assert 1 == _declare(world, {})
    first = receipt_page(world.deps, world.leader.actor, world.a.inspection)
    rota = replace(an_upload(world.deps, world.a.inspection), item=code, name="rota.pdf")
    document = receive(world.deps, world.leader.actor, rota, [sample()]).document
    second = receipt_page(world.deps, world.leader.actor, world.a.inspection)
    assert ("11 provided, 1 asked for later and still to send", "11 provided") == (first["summary"], second["summary"])
    assert {"A rota"} == {each["item_label"] for each in second["documents"]} - {
        each["item_label"] for each in first["documents"]
    }
    recall(world.deps, world.leader.actor, world.a.inspection, document)
    assert "A rota" == sent_page(world.deps, world.leader.actor, world.a.inspection)["tombstones"][0]["item_label"]
