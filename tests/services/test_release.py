"""What is flagged or withheld is released with a reason, by whom it is theirs to release, and handed out then."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.db.team_documents import Memory
from portal.domain.check_words import WITHHELD
from portal.domain.checks import Withheld
from portal.domain.errors import Conflict, NotAllowed, NotFound, Refused
from portal.ports import Deps
from portal.services.check import check_document
from portal.services.desk import item_page
from portal.services.hand_over import download_document
from portal.services.release import document_page, release
from portal.services.team_inspection import inspection_page
from portal.services.withdraw import withdraw
from schemas.checking import Answer, Found
from tests.fake_checker import EICAR
from tests.services.looks import content, rows, trail_text
from tests.services.releases import WHY, bundle, payload, send
from tests.world import World, sample, upload


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
    people = (world.qa_officer, world.lead_inspector, world.inspector)
    world.fakes.scanner.failure = "down"
    flagged, withheld = send(world, found="macros"), send(world, "annual-report", found="polyglot")
    waiting = upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide").document

    def offered(deps: Deps, document: UUID) -> list[tuple[bool, bool]]:
        views = [document_page(deps, each.actor, world.a.inspection, document) for each in people]
        return [(view["may_release"], view["lead_alone"]) for view in views]

    none = (False, False)

    for document in (flagged, withheld, waiting):
        assert [(False, True), (True, False), none] == offered(strict, document)
        with pytest.raises(NotAllowed):
            release(strict, world.qa_officer.actor, world.a.inspection, document, WHY)
        with pytest.raises(Conflict):
            download_document(strict, world.inspector.actor, world.a.inspection, document)
    assert [(True, False), (True, False), none] == offered(world.deps, flagged)
    for document in (flagged, withheld, waiting):
        release(strict, world.lead_inspector.actor, world.a.inspection, document, WHY)
        assert [none] * 3 == offered(strict, document)

    world.fakes.scanner.failure = ""
    scanned = send(world, "recruitment-strategy", found="polyglot")
    assert [(True, False), (True, False), none] == offered(strict, scanned)
    release(strict, world.qa_officer.actor, world.a.inspection, scanned, WHY)


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
    assert (False, None, "Withheld: something was found", WITHHELD[Withheld.quarantined]) == (
        view["may_release"], view["released"], view["document"]["check_words"], view["withheld_words"],
    )  # fmt: skip
    assert ("9 October 2023 at 9:30am", True) == (view["checked_words"], view["scans"])
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
