"""What is withheld is handed to nobody but the agency, listed wherever it is left out, and released with a reason."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.db.team_documents import Memory
from portal.domain.check_words import LEFT_OUT
from portal.domain.checks import Withheld
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.ports import Deps
from portal.services.a1_document import checked_form, give_reason
from portal.services.a1_glance import glance_page
from portal.services.break_glass import ask_to_read, begin_reading
from portal.services.check import check_document
from portal.services.decide import approve
from portal.services.desk import item_page
from portal.services.hand_over import download_document, make_bundle
from portal.services.release import document_page, release
from portal.services.team_inspection import inspection_page
from portal.services.withdraw import withdraw
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Found
from tests.fake_checker import EICAR
from tests.services.looks import content, rows, trail_text
from tests.world import Someone, World, sample, upload

WHY = "A known form of the council."


def send(world: World, item: str = "statement-of-purpose", found: str = "", data: bytes | None = None) -> UUID:
    """Let agency A send a document in which this is found."""
    world.fakes.checker.answer = Answer("pdf", (Found(found, 1, ("/OpenAction",)),)) if found else None
    document = upload(world.deps, world.leader.actor, world.a.inspection, item, data=data or sample(seed=9)).document
    check_document(world.deps, document)
    return document


def bundle(world: World, who: Someone, scope: str = "all", item: str = "", deps: Deps | None = None) -> ZipFile:
    """Download to the end, and open what came."""
    bag, chunks = make_bundle(deps or world.deps, who.actor, world.a.inspection, scope, item)  # type: ignore[arg-type]
    data = b"".join(chunks)
    assert bag.length == len(data)
    return ZipFile(io.BytesIO(data))


def payload(archive: ZipFile) -> list[str]:
    """Return the names of the documents in a bundle."""
    return [each.rpartition("/")[2] for each in archive.namelist() if "/data/" in each and not each.endswith("/")]


def text(archive: ZipFile, name: str) -> str:
    """Return one of a bundle's own files."""
    [path] = [each for each in archive.namelist() if each.endswith("/" + name)]
    return archive.read(path).decode("utf-8-sig")


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


def test_what_was_released_is_new(world: World) -> None:
    """It was in no download before, so it is in the next of changes, and marked as new until then."""
    clock, inspector = world.fakes.clock, world.inspector
    held = send(world, found="polyglot")
    clock.advance(timedelta(minutes=1))
    send(world, "annual-report", "macros")

    def seen() -> tuple[object, ...]:
        view = inspection_page(world.deps, inspector.actor, world.a.inspection, Memory())
        return view["new"], view["withheld"], [each["new"] for each in view["documents"]]

    assert (1, 1, [True, False]) == seen()
    clock.advance(timedelta(hours=1))
    assert ["annual-report-file.pdf"] == payload(bundle(world, inspector))
    clock.advance(timedelta(hours=1))
    assert (0, 1, [False, False]) == seen()
    release(world.deps, world.qa_officer.actor, world.a.inspection, held, WHY)
    assert (1, 0, [False, True]) == seen()
    clock.advance(timedelta(hours=1))
    assert ["statement-of-purpose-file.pdf"] == payload(bundle(world, inspector, "changes"))
    clock.advance(timedelta(hours=1))
    assert [] == payload(bundle(world, inspector, "changes"))
    assert (0, 0, [False, False]) == seen()


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


def test_where_a_scanner_is_needed_nothing_unscanned_is_handed_out(world: World) -> None:
    """In production what is not checked and scanned is withheld; scanned late, it is new to who downloaded before."""
    deps = replace(world.deps, policy=replace(world.deps.policy, scanner_needed=True))
    world.fakes.scanner.failure = "down"
    waiting = upload(deps, world.leader.actor, world.a.inspection).document
    checked = send(world, "annual-report")
    for document in (waiting, checked):
        with pytest.raises(Conflict, match="until it is checked and scanned"):
            download_document(deps, world.inspector.actor, world.a.inspection, document)
        assert content(deps, world.leader.actor, world.a.inspection, document)
    world.fakes.clock.advance(timedelta(minutes=1))
    assert [] == payload(bundle(world, world.inspector, deps=deps))
    world.fakes.clock.advance(timedelta(minutes=1))
    world.fakes.scanner.failure = ""
    check_document(deps, checked)
    world.fakes.clock.advance(timedelta(minutes=1))
    assert ["annual-report-file.pdf"] == payload(bundle(world, world.inspector, "changes", deps=deps))
    view = inspection_page(deps, world.inspector.actor, world.a.inspection, Memory(scanner_needed=True))
    assert (0, 1) == (view["new"], view["withheld"])
    release(deps, world.lead_inspector.actor, world.a.inspection, waiting, WHY)
    assert content(deps, world.inspector.actor, world.a.inspection, waiting)
    # Whoever released it did not know what is found now.
    world.fakes.checker.answer = Answer("pdf", (Found("polyglot"),))
    check_document(deps, waiting)
    with pytest.raises(Conflict):
        download_document(deps, world.inspector.actor, world.a.inspection, waiting)


def test_what_is_not_scanned_the_lead_inspector_alone_releases(world: World) -> None:
    """Where nothing unscanned is handed out, quarantined too; elsewhere, and once it is scanned, each head may."""
    strict = replace(world.deps, policy=replace(world.deps.policy, scanner_needed=True))
    heads = (world.qa_officer, world.lead_inspector)
    world.fakes.scanner.failure = "down"
    flagged, withheld = send(world, found="macros"), send(world, "annual-report", found="polyglot")
    waiting = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document

    def offered(deps: Deps, document: UUID) -> list[tuple[bool, bool]]:
        views = [document_page(deps, each.actor, world.a.inspection, document) for each in heads]
        return [(view["may_release"], view["lead_alone"]) for view in views]

    for document in (flagged, withheld, waiting):
        assert [(False, True), (True, False)] == offered(strict, document)
        with pytest.raises(NotAllowed):
            release(strict, world.qa_officer.actor, world.a.inspection, document, WHY)
        with pytest.raises(Conflict):
            download_document(strict, world.inspector.actor, world.a.inspection, document)
    assert [(True, False), (True, False)] == offered(world.deps, flagged)
    for document in (flagged, withheld, waiting):
        release(strict, world.lead_inspector.actor, world.a.inspection, document, WHY)
        assert [(False, False), (False, False)] == offered(strict, document)

    world.fakes.scanner.failure = ""
    scanned = send(world, "recruitment-strategy", found="polyglot")
    assert [(True, False), (True, False)] == offered(strict, scanned)
    release(strict, world.qa_officer.actor, world.a.inspection, scanned, WHY)
    view = document_page(strict, world.inspector.actor, world.a.inspection, waiting)
    assert (False, False) == (view["may_release"], view["lead_alone"])


def test_what_is_found_to_be_malware_later_is_released_no_more(world: World) -> None:
    """Checked, not scanned, released: when the scan alone is made up for, nothing is left of the release."""
    world.fakes.scanner.failure = "down"
    waiting = send(world, found="macros", data=sample() + EICAR)

    def releases() -> list[bool]:
        return [
            row.released_at is not None and row.sealed_release is not None for row in rows(world.deps, DocumentCheck)
        ]

    release(world.deps, world.lead_inspector.actor, world.a.inspection, waiting, WHY)
    assert [True] == releases()
    world.fakes.scanner.failure = ""
    world.fakes.clock.advance(timedelta(minutes=1))
    check_document(world.deps, waiting)
    assert [False] == releases()
    with pytest.raises(Conflict):
        download_document(world.deps, world.inspector.actor, world.a.inspection, waiting)


def test_who_may_release_and_what(world: World) -> None:
    """Heads of the team alone, with a reason, what is flagged or withheld, once; malware never, by the database too."""
    flagged, clear = send(world, found="macros"), send(world, "annual-report")
    malware = send(world, "recruitment-strategy", data=sample() + EICAR)
    mine = (world.deps, world.lead_inspector.actor, world.a.inspection)
    for actor, error in (
        (world.inspector, NotAllowed), (world.leader, NotAllowed), (world.administrator, NotAllowed),
        (world.lead_inspector_b, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            release(world.deps, actor.actor, world.a.inspection, flagged, WHY)
    for reason, match in ((" ", "Enter why"), ("x" * 2_001, "2,000 characters")):
        with pytest.raises(Refused, match=match):
            release(*mine, flagged, reason)
    with pytest.raises(Conflict, match="malware"):
        release(*mine, malware, WHY)
    with pytest.raises(Conflict, match="nothing to release"):
        release(*mine, clear, WHY)
    with pytest.raises(NotFound):
        release(*mine, uuid4(), WHY)
    with pytest.raises(NotFound):
        release(world.deps, world.lead_inspector_b.actor, world.b.inspection, flagged, WHY)
    release(*mine, flagged, f"  {WHY} ")
    with pytest.raises(Conflict, match="nothing to release"):
        release(*mine, flagged, WHY)
    [row] = rows(world.deps, DocumentCheck, DocumentCheck.document_id == flagged)
    assert (world.lead_inspector.id, world.deps.clock.now()) == (row.released_by, row.released_at)
    assert WHY.encode() not in (row.sealed_release or b"")
    assert WHY not in trail_text(world.deps)
    with pytest.raises(IntegrityError), writing(world.deps.engine) as session:
        session.execute(
            update(DocumentCheck).where(DocumentCheck.document_id == malware).values(released_at=world.deps.clock.now())
        )


def test_the_page_of_a_document_says_what_was_found(world: World) -> None:
    """To the whole team; whether it may be released to whom may; then by whom, when and why."""
    document = send(world, found="polyglot")
    view = document_page(world.deps, world.inspector.actor, world.a.inspection, document)
    [found] = view["findings"]
    assert ("polyglot", ["/OpenAction"]) == (found["code"], found["where"])
    assert (False, None, "Withheld: something was found") == (
        view["may_release"], view["released"], view["document"]["check_words"],
    )  # fmt: skip
    assert document_page(world.deps, world.qa_officer.actor, world.a.inspection, document)["may_release"]
    release(world.deps, world.qa_officer.actor, world.a.inspection, document, WHY)
    view = document_page(world.deps, world.inspector.actor, world.a.inspection, document)
    assert {"by": "Quinn Quality", "moment": "9 October 2023 at 9:30am", "words": WHY} == view["released"]
    slots = item_page(world.deps, world.leader.actor, world.a.inspection, "statement-of-purpose")["slots"]
    [kept] = slots[0]["documents"]
    assert (False, "Released by a head of the team") == (kept["problem"], kept["check_words"])
    assert [each["title"] for each in view["findings"]] == [each["title"] for each in kept["findings"]]
    assert kept["findings"]
    assert ("Released by a head of the team", None) == (view["document"]["check_words"], view["withheld_words"])
    for actor, error in ((world.leader, NotAllowed), (world.lead_inspector_b, NotFound)):
        with pytest.raises(error):
            document_page(world.deps, actor.actor, world.a.inspection, document)
    withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    with pytest.raises(NotFound):
        document_page(world.deps, world.inspector.actor, world.a.inspection, document)
