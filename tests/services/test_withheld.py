"""What is withheld is handed to nobody, and listed wherever it is left out; what is flagged is said."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest

from portal.db.team_documents import Memory
from portal.domain.check_words import LEFT_OUT
from portal.domain.checks import Withheld
from portal.domain.errors import Conflict
from portal.services.a1_document import checked_form, give_reason
from portal.services.a1_glance import glance_page
from portal.services.break_glass import ask_to_read, begin_reading
from portal.services.check import check_document
from portal.services.decide import approve
from portal.services.hand_over import download_document
from portal.services.release import document_page, release
from portal.services.team_inspection import inspection_page
from portal.services.withdraw import withdraw
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer
from tests.fake_checker import EICAR
from tests.services.looks import content
from tests.services.releases import WHY, bundle, payload, send, text
from tests.world import World, sample, upload


def test_who_may_have_what_is_withheld(world: World) -> None:
    """Nobody what is quarantined, the agency itself included; malware never; what is flagged everybody."""
    quarantined = send(world, found="polyglot")
    flagged = send(world, "annual-report", "macros")
    malware = send(world, "recruitment-strategy", data=sample(seed=3) + EICAR)
    asked = ask_to_read(world.deps, world.dpo.actor, world.a.inspection, "A complaint.")
    approve(world.deps, world.lead_inspector.actor, asked, world.a.inspection)
    steward = begin_reading(world.deps, world.dpo.actor, world.a.inspection)
    team = (world.lead_inspector.actor, world.inspector.actor, world.qa_officer.actor, steward)
    for actor in (*team, world.leader.actor, world.contributor.actor):
        with pytest.raises(Conflict, match="withheld because of what was found"):
            download_document(world.deps, actor, world.a.inspection, quarantined)
        assert content(world.deps, actor, world.a.inspection, flagged)
    for actor in (world.leader.actor, world.lead_inspector.actor, steward):
        with pytest.raises(Conflict, match="contains malware"):
            download_document(world.deps, actor, world.a.inspection, malware)
    withdraw(world.deps, world.leader.actor, world.a.inspection, malware)
    with pytest.raises(Conflict, match="contains malware"):
        download_document(world.deps, world.leader.actor, world.a.inspection, malware)


def test_a_bundle_lists_what_it_leaves_out(world: World) -> None:
    """As a page, as CSV and in its metadata, with the reason; names inside are the same once it is released."""
    held = send(world, found="polyglot")
    send(world, "annual-report")
    send(world, "recruitment-strategy", data=sample(seed=4) + EICAR)
    archive = bundle(world, world.inspector)
    assert ["annual-report-file.pdf"] == payload(archive)
    page, lines = text(archive, "index.html"), list(csv.DictReader(io.StringIO(text(archive, "index.csv"))))
    assert "2 documents are withheld and not in it: see below why." in page
    assert "What is withheld" in page
    said = {each["File"]: each["State"] for each in lines if each["State"].startswith("Withheld")}
    assert {
        "statement-of-purpose-file.pdf": LEFT_OUT[Withheld.quarantined],
        "recruitment-strategy-file.pdf": "Withheld: it contains malware",
    } == said
    assert all(reason in page for reason in said.values())
    assert "Withheld: 2, listed in index.html" in text(archive, "bag-info.txt")
    assert 1 == len(text(archive, "manifest-sha256.txt").splitlines())
    assert [] == payload(bundle(world, world.inspector, "item", "statement-of-purpose"))
    assert "Withheld: 1," in text(bundle(world, world.inspector, "item", "statement-of-purpose"), "bag-info.txt")
    assert "withheld" not in text(bundle(world, world.inspector, "item", "annual-report"), "index.html").lower()
    release(world.deps, world.lead_inspector.actor, world.a.inspection, held, WHY)
    assert {"statement-of-purpose-file.pdf", "annual-report-file.pdf"} == set(payload(bundle(world, world.inspector)))


def test_a_bundle_says_how_each_document_was_found(world: World) -> None:
    """What was found in words, who released it, when and why, and why errors stay; it is as of the last of these."""
    clock, lead = world.fakes.clock, world.lead_inspector
    held, _flagged = send(world, found="polyglot"), send(world, "annual-report", "macros")
    send(world, "recruitment-strategy", "embedded-object")
    wrong = A1Result("illustrative-2023", True, {}, (Problem("F02", "ERROR", "Children", "", "", 3),))
    world.fakes.checker.answer = Answer("xlsx", a1=wrong)
    form = upload(world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook", sample("xlsx")).document
    check_document(world.deps, form)
    assert [None] * 4 == _reasons(world, form)
    before = bundle(world, world.inspector)
    assert "2 files are flagged: see below what was found." in text(before, "index.html")
    clock.advance(timedelta(hours=1))
    give_reason(world.deps, world.leader.actor, world.a.inspection, form, "They are right in our system.")
    said = {"by": world.leader.name, "moment": "9 October 2023 at 10:30am", "words": "They are right in our system."}
    assert [said] * 4 == _reasons(world, form)
    release(world.deps, lead.actor, world.a.inspection, held, WHY)
    after = bundle(world, world.inspector)
    assert text(before, "index.html") != text(after, "index.html")
    assert "9 October 2023 at 10:30am" in text(after, "index.html").partition("Bundle as of")[2][:120]
    lines = {each["File"]: each for each in csv.DictReader(io.StringIO(text(after, "index.csv")))}
    told = {name: (each["Check"], each["What was found"], each["Released"], each["Reason given"])
            for name, each in lines.items() if name}  # fmt: skip
    polyglot = "The file can be read as two different types at once, which ordinary programs do not make."
    by = f"By {lead.name} on 9 October 2023 at 10:30am: {WHY}"
    assert {
        "statement-of-purpose-file.pdf": ("Released by a head of the team", polyglot, by, ""),
        "annual-report-file.pdf": ("Flagged: something was found", "The file contains macros.", "", ""),
        "recruitment-strategy-file.pdf": ("Not flagged", "", "", ""),
        "a1-form-workbook.xlsx": ("Flagged: something was found", "The data in the A1 form has 3 errors.", "",
                                 "They are right in our system."),
    } == told  # fmt: skip
    assert "They are right in our system." in text(after, "index.html")


def _reasons(world: World, form: UUID) -> list[object]:
    """Return the agency's reason as each page of the team that tells of the form has it."""
    who = (world.deps, world.inspector.actor, world.a.inspection)
    listed = next(each for each in inspection_page(*who, Memory())["documents"] if each["id"] == form)
    [counted] = glance_page(*who)["files"]
    return [listed["reason"], counted["reason"], document_page(*who, form)["reason"], checked_form(*who, form).reason]


def test_the_page_counts_what_is_flagged_and_what_is_withheld(world: World) -> None:
    """In all and of each item, though nothing is missing; what was released is neither, nor what is only noted."""
    held, flagged = send(world, found="polyglot"), send(world, "annual-report", "macros")
    send(world, "recruitment-strategy", "embedded-object")

    def counts() -> tuple[object, ...]:
        view = inspection_page(world.deps, world.inspector.actor, world.a.inspection, memory)
        of_items = {each["code"]: (each["flagged"], each["withheld"]) for each in view["items"] if each["count"]}
        return view["count"], view["flagged"], view["withheld"], of_items

    memory = Memory()
    items = {"statement-of-purpose": (0, 1), "annual-report": (1, 0), "recruitment-strategy": (0, 0)}
    assert (3, 1, 1, items) == counts()
    for each in (held, flagged):
        release(world.deps, world.lead_inspector.actor, world.a.inspection, each, WHY)
    assert (3, 0, 0, dict.fromkeys(items, (0, 0))) == counts()
