"""The life of a check: taken by one, looked at outside any transaction, kept sealed; and tried again where it fails."""

import json
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from portal.db.chain import entries
from portal.db.check_queries import due_checks
from portal.db.checks import DocumentCheck
from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.db.registers import AgencyMember
from portal.db.tables import Agency, OutboxMail, Programme
from portal.domain.checks import CheckState, wait_after
from portal.domain.errors import StoreUnavailable
from portal.ports import Deps
from portal.ports.checking import Body, NotScanned
from portal.services.check import check_document, check_due, lease_for
from portal.services.check_unsent import Unsent, check_unsent
from portal.services.recall import recall
from portal.services.release import release
from portal.services.withdraw import withdraw
from portal.vault.checks import open_answer
from portal.vault.records import inspection_key
from schemas.a1_glance import Glance
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Ask, Found
from schemas.checks import read_effects
from tests.fake_checker import EICAR, FakeChecker, FakeScanner
from tests.services.looks import actions, inspection_row, rows, trail_text
from tests.world import PART, World, sample, upload

LONG = sample("pdf", 3 * PART + 5)
SHEETS = ("Children", "Adopters", "Support")
GLANCE = Glance("illustrative-2023", {"Children": {"301": 7}}, {"PLACED": 7}, ())


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


def test_it_is_asked_told_and_kept(world: World) -> None:
    """The checker reads every byte and is told what the place accepts; what it finds is sealed, the trail has codes."""
    document = send(world)
    before = row(world, document)
    assert ("waiting", "unscanned", None) == (before.state, before.scan, before.checked_at)
    with_answer(world, "macros", "external-link")
    assert CheckState.flagged is check_document(world.deps, document)
    [ask] = world.fakes.checker.asked
    assert ("pdf", (len(LONG),), None) == (ask.extension, ask.sizes, ask.a1)
    assert ("pdf", "docx", "doc", "odt", "rtf") == ask.accepts
    assert [len(LONG)] == world.fakes.scanner.scanned
    after = row(world, document)
    assert ("flagged", "clean", 0, None, None) == (
        after.state, after.scan, after.attempts, after.next_try_at, after.lease_until,
    )  # fmt: skip
    assert world.deps.clock.now() == after.checked_at
    assert ["macros", "external-link"] == [each.code for each in found(world, document).findings]
    assert [{"state": "flagged", "scan": "clean", "codes": ["external-link", "macros"]}] == said(world)
    assert b"Sheet1" not in (after.sealed_result or b"")
    assert "Sheet1" not in trail_text(world.deps)
    assert check_document(world.deps, document) is None  # not due any more
    assert 1 == len(said(world))


@pytest.mark.parametrize(
    ("codes", "effects", "state"),
    [
        ((), "", "clear"),
        (("external-link",), "", "clear"),
        (("macros", "external-link"), "", "flagged"),
        (("polyglot", "macros"), "", "quarantined"),
        (("macros",), 'macros = "quarantine"', "quarantined"),
    ],
)
def test_effects_make_the_state(world: World, codes: tuple[str, ...], effects: str, state: str) -> None:
    """The worst effect counts, and a deployment may change what each is."""
    deps = replace(world.deps, effects=read_effects(effects))
    document = send(world)
    with_answer(world, *codes)
    assert state == check_document(deps, document)


def test_malware_is_quarantined_and_told(world: World) -> None:
    """In the file or in a file inside it; leader and lead inspector get one mail, and nothing names the file."""
    whole = send(world, LONG + EICAR)
    inside = send(world, item="annual-report")
    world.fakes.checker.members = [b"harmless", b"a virus: " + EICAR, b"never looked at"]
    assert [CheckState.quarantined] * 2 == [check_document(world.deps, each) for each in (whole, inside)]
    assert [("infected", ["malware"])] * 2 == [
        (row(world, each).scan, [one.code for one in found(world, each).findings]) for each in (whole, inside)
    ]
    mails = [each for each in rows(world.deps, OutboxMail) if each.template == "malware-found"]
    assert {(world.leader.id, item) for item in ("statement-of-purpose", "annual-report")} | {
        (world.lead_inspector.id, item) for item in ("statement-of-purpose", "annual-report")
    } == {(each.person_id, json.loads(each.facts)["item"]) for each in mails}
    assert 4 == len(mails)


def test_members_are_all_scanned(world: World) -> None:
    """Files inside count as much as the whole: one that cannot be scanned leaves the document unscanned."""
    document = send(world)
    world.fakes.checker.members = [b"one", b"two"]
    assert CheckState.clear is check_document(world.deps, document)
    assert [len(LONG), 3, 3] == world.fakes.scanner.scanned
    assert "clean" == row(world, document).scan

    class Limited(FakeScanner):
        def is_infected(self, body: Body) -> bool:
            if body.size == 3:
                raise NotScanned("limit")
            return super().is_infected(body)

    other = send(world, item="annual-report")
    check_document(replace(world.deps, scanner=Limited()), other)
    assert ("clear", "unscanned") == (row(world, other).state, row(world, other).scan)


def test_without_a_scanner_nothing_is_scanned(world: World) -> None:
    """What was found is kept, unscanned stays unscanned, and nothing is tried again for it."""
    document = send(world)
    check_document(replace(world.deps, scanner=None), document)
    kept = row(world, document)
    assert ("clear", "unscanned", None, 0) == (kept.state, kept.scan, kept.next_try_at, kept.attempts)


def test_a_checker_that_fails_is_tried_again_and_then_given_up(world: World) -> None:
    """Five tries with growing waits; then a person has to look, who is told, and whose alarm goes when it is mended."""
    document = send(world)
    world.fakes.checker.failure = "time-out"
    for attempts in range(1, 5):
        assert CheckState.waiting is check_document(world.deps, document)
        kept = row(world, document)
        wait = wait_after(attempts)
        assert wait is not None
        assert (attempts, world.deps.clock.now() + wait) == (kept.attempts, kept.next_try_at)
        assert check_document(world.deps, document) is None  # not yet
        world.fakes.clock.advance(wait)
    assert [] == said(world)
    assert CheckState.unchecked is check_document(world.deps, document)
    kept = row(world, document)
    assert (5, None, None) == (kept.attempts, kept.next_try_at, kept.checked_at)
    assert [{"state": "unchecked", "scan": "unscanned", "codes": []}] == said(world)
    [alarm] = rows(world.deps, Alarm)
    assert ("unchecked", "", None) == (alarm.kind, alarm.subject, alarm.cleared_at)
    check_due(world.deps)
    assert rows(world.deps, Alarm)[0].cleared_at is None
    withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    check_due(world.deps)
    assert world.deps.clock.now() == rows(world.deps, Alarm)[0].cleared_at


def test_malware_is_found_where_the_checker_fails(world: World) -> None:
    """A file that brings the checker down is scanned all the same, and withheld if it is malware; clean it is not."""
    world.fakes.checker.failure = "ended-139"
    bad, good = send(world, LONG + EICAR), send(world, item="annual-report")
    assert [CheckState.quarantined, CheckState.waiting] == [check_document(world.deps, each) for each in (bad, good)]
    assert ["infected", "unscanned"] == [row(world, each).scan for each in (bad, good)]


def test_a_scanner_that_is_down_is_asked_again_alone(world: World) -> None:
    """What the checker said is kept; later only the scan runs. After the last try it is given up with an alarm."""
    document = send(world)
    world.fakes.scanner.failure = "down"
    with_answer(world, "macros")
    assert CheckState.flagged is check_document(world.deps, document)
    assert ("unscanned", 1) == (row(world, document).scan, row(world, document).attempts)
    assert world.deps.clock.now() + timedelta(seconds=10) == row(world, document).next_try_at
    world.fakes.clock.advance(timedelta(seconds=10))
    check_document(world.deps, document)
    assert (1, 2) == (len(world.fakes.checker.asked), row(world, document).attempts)
    world.fakes.clock.advance(timedelta(minutes=1))
    world.fakes.scanner.failure = ""
    assert CheckState.flagged is check_document(world.deps, document)
    assert ("clean", 1) == (row(world, document).scan, len(world.fakes.checker.asked))
    assert ["macros"] == [each.code for each in found(world, document).findings]
    assert ["unscanned", "unscanned", "clean"] == [each["scan"] for each in said(world)]

    world.fakes.scanner.failure = "down"
    other = send(world, item="annual-report")
    for _ in range(5):
        check_document(world.deps, other)
        world.fakes.clock.advance(timedelta(minutes=30))
    assert (None, "flagged", "unscanned") == (
        row(world, other).next_try_at, row(world, other).state, row(world, other).scan,
    )  # fmt: skip
    assert ["unchecked"] == [each.kind for each in rows(world.deps, Alarm)]


def test_an_outside_that_fails_costs_no_try(world: World) -> None:
    """A store that does not answer, or a busy checker, says nothing about the file."""
    document = send(world)

    class Down(type(world.fakes.store)):  # type: ignore[misc]
        def get(self, key: str) -> bytes:
            raise StoreUnavailable(key)

    assert CheckState.waiting is check_document(replace(world.deps, store=Down()), document)
    assert (0, world.deps.clock.now() + timedelta(minutes=1), None) == (
        row(world, document).attempts, row(world, document).next_try_at, row(world, document).lease_until,
    )  # fmt: skip
    world.fakes.clock.advance(timedelta(minutes=1))
    world.fakes.checker.failure = "busy"
    check_document(world.deps, document)
    assert 0 == row(world, document).attempts
    world.fakes.clock.advance(timedelta(minutes=1))
    world.fakes.checker.failure = ""

    class Breaks(FakeChecker):
        def check(self, ask: Ask, bodies: object) -> Answer:
            raise RuntimeError("a fault of ours")

    other = send(world, item="annual-report")
    assert CheckState.waiting is check_document(replace(world.deps, checker=Breaks()), other)
    assert 1 == row(world, other).attempts
    world.fakes.store.delete([f"{world.a.inspection}/{document}/000002"])
    check_document(world.deps, document)
    assert 1 == row(world, document).attempts  # what is gone from the store is not read, and a person is to look


def test_of_two_at_once_one_checks(world: World) -> None:
    """And of ten documents that are due each is checked once."""
    documents = [send(world)] + [send(world, item="childrens-guide") for _ in range(3)]
    start = Barrier(3)

    def work() -> None:
        start.wait()
        check_due(world.deps)

    threads = [Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    start.wait()
    for each in threads:
        each.join()
    assert 4 == len(world.fakes.checker.asked) == len(said(world))
    assert {"clear"} == {row(world, each).state for each in documents}


def test_what_was_killed_is_taken_over(world: World) -> None:
    """Until the lease has run out it is nobody else's; whoever comes back after that keeps nothing."""
    document = send(world)

    class Slow(FakeChecker):
        def check(self, ask: Ask, bodies: object) -> Answer:
            assert check_document(world.deps, document) is None
            world.fakes.clock.advance(lease_for(len(LONG)))
            assert CheckState.clear is check_document(world.deps, document)
            return Answer("pdf", (Found("macros"),))

    assert check_document(replace(world.deps, checker=Slow()), document) is None
    assert "clear" == row(world, document).state
    assert 1 == len(said(world))


@pytest.mark.parametrize("how", ["recalled", "withdrawn", "replaced", "disposing"])
def test_what_is_gone_meanwhile_is_let_be(world: World, how: str) -> None:
    """Whatever becomes of a document while it is looked at, or before: the check stops, and keeps nothing."""
    document, mine = send(world), (world.deps, world.leader.actor, world.a.inspection)

    def end() -> None:
        if how == "recalled":
            recall(*mine, document)
        elif how == "withdrawn":
            withdraw(*mine, document)
        elif how == "replaced":
            upload(*mine, "statement-of-purpose", replaces=document)
        else:
            with writing(world.deps.engine) as session:
                session.merge(inspection_row(world.deps, world.a.inspection)).state = "disposing"

    class Ends(FakeChecker):
        def check(self, ask: Ask, bodies: object) -> Answer:
            end()
            return Answer("pdf", (Found("macros"),))

    assert check_document(replace(world.deps, checker=Ends()), document) is None
    assert "document.checked" not in actions(world.deps)
    if how != "recalled":
        assert ("waiting", None) == (row(world, document).state, row(world, document).sealed_result)
    world.fakes.clock.advance(lease_for(len(LONG)))
    assert check_document(world.deps, document) is None


def a_form(*problems: tuple[str, str, str], complete: bool = True) -> A1Result:
    """Return what reading an A1 form might say: (code, severity, sheet) of each problem."""
    made = tuple(Problem(code, severity, sheet, "", "", 1) for code, severity, sheet in problems)
    return A1Result("illustrative-2023", complete, {"Children": 1, "Adopters": 2, "Support": 3}, made)


def set_registers(deps: Deps, agency: str) -> None:
    """Give the agency its members and words, and the programme its period."""
    with writing(deps.engine) as session:
        row = session.query(Agency).filter_by(code=agency).one()
        row.id_words = "LEEDS ADOPT"
        session.query(Programme).one().data_from = date(2022, 4, 1)
        spells = (("101", date(2020, 1, 1), None), ("102", date(2019, 1, 1), date(2022, 12, 31)), (None,) * 3)
        session.add_all(
            AgencyMember(agency_id=row.id, authority=f"Council {code}", code=code, from_on=first or date(2021, 1, 1),
                         until_on=last)
            for code, first, last in spells
        )  # fmt: skip


def test_an_a1_form_is_read_against_its_registers(world: World) -> None:
    """Definition, period, agency, authorities with their days, day of upload and words come from the portal."""
    set_registers(world.deps, "agency-a")
    document = send(world, sample("xlsx"), "a1-form", "workbook")
    with_answer(world, a1=a_form(("F02", "ERROR", "Children"), ("X02", "CHECK", "Adopters")))
    assert CheckState.flagged is check_document(world.deps, document)
    asked = world.fakes.checker.asked[0].a1
    assert asked is not None
    assert ("illustrative-2023", ("2022-04-01", "2023-09-30"), "agency-a", "2023-10-09") == (
        asked.definition, asked.period, asked.raa_code, asked.today,
    )  # fmt: skip
    assert {"101": [["2020-01-01", ""]], "102": [["2019-01-01", "2022-12-31"]]} == asked.authorities
    assert (("LEEDS", "ADOPT"), ()) == (asked.id_words, asked.sheets)
    assert "illustrative-2023" == row(world, document).definition
    assert ["F02"] == said(world)[0]["codes"]
    with_answer(world, a1=a_form(("X02", "CHECK", "Adopters")))
    assert CheckState.clear is check_document(
        world.deps, upload(world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook",
                           sample("xlsx"), replaces=document).document,
    )  # fmt: skip


def test_a_rule_that_fails_is_told_to_the_operator(world: World) -> None:
    """It is our fault: the log names its code for monitoring, sent or not, and the form is no worse for it."""
    document = send(world, sample("xlsx"), "a1-form", "workbook")
    with_answer(world, a1=replace(a_form(), faults=("X01",)))
    with capture_logs() as logs:
        assert CheckState.clear is check_document(world.deps, document)
        check_unsent(world.deps, world.leader.actor, Unsent((b"PK",)), world.a.inspection)
    failed = [(each["log_level"], each["codes"]) for each in logs if each["event"] == "a1.rule-failed"]
    assert [("error", ["X01"])] * 2 == failed


def test_csv_files_are_read_alone_and_then_together(world: World) -> None:
    """Each keeps the problems of its own sheet; the last to come lets the others be judged anew."""
    alone = []
    for slot, sheet in (("children", "Children"), ("adopters", "Adopters")):
        with_answer(world)
        alone.append(send(world, b"child_id\n1\n", "a1-form", slot))
        assert CheckState.clear is check_document(world.deps, alone[-1])
        assert world.fakes.checker.asked[-1].a1 is not None
        assert (sheet,) == world.fakes.checker.asked[-1].a1.sheets
    last = send(world, b"support_id\n1,2\n", "a1-form", "support")
    world.fakes.checker.asked.clear()
    with_answer(world, a1=a_form(("X01", "ERROR", "Children"), ("F01", "CHECK", "Support"), ("S04", "CHECK", "")))
    assert CheckState.clear is check_document(world.deps, last)
    own, together = world.fakes.checker.asked
    assert (None, (15,)) == (own.a1, own.sizes)
    assert together.a1 is not None
    assert (("Children", "Adopters", "Support"), (11, 11, 15)) == (together.a1.sheets, together.sizes)
    results = [found(world, each).a1 for each in (*alone, last)]
    assert [["X01", "S04"], ["S04"], ["F01", "S04"]] == [
        [each.code for each in result.problems] for result in results if result
    ]
    assert ["flagged", "clear", "clear"] == [row(world, each).state for each in (*alone, last)]
    assert ["clear", "clear", "flagged", "clear"] == [each["state"] for each in said(world)]


def test_csv_files_are_looked_at_anew_when_one_goes(world: World) -> None:
    """What they showed together is outdated then; the glance of all is kept with each, and a release while it holds."""
    wrong = Answer("csv", a1=a_form(("X01", "ERROR", "Children"), ("F02", "ERROR", "Children")), glance=GLANCE)
    world.fakes.checker.answer = wrong
    children, adopters, support = (send(world, b"id\n1,2\n", "a1-form", each.lower()) for each in SHEETS)
    check_document(world.deps, children)
    assert [GLANCE, ["X01", "F02"]] == [found(world, children).glance, codes(found(world, children))]
    for each in (adopters, support):
        check_document(world.deps, each)
    assert [GLANCE] * 2 == [found(world, each).glance for each in (adopters, support)]
    release(world.deps, world.lead_inspector.actor, world.a.inspection, children, "Known, and explained by telephone")

    withdraw(world.deps, world.leader.actor, world.a.inspection, support)
    assert [world.deps.clock.now()] * 2 == [row(world, each).next_try_at for each in (children, adopters)]
    with_answer(world, a1=a_form(("F02", "ERROR", "Children")))
    assert 2 == check_due(world.deps)
    assert {("Children",), ("Adopters",)} == {each.a1.sheets for each in world.fakes.checker.asked[-2:] if each.a1}
    assert ["F02"] == codes(found(world, children))
    assert row(world, children).released_at is not None

    world.fakes.scanner.failure = "down"
    with_answer(world, a1=a_form(("P04", "STOP", "Support"), complete=False))
    again = send(world, b"id\n1,4\n", "a1-form", "support")
    check_document(world.deps, again)
    assert [["P04"]] * 3 == [codes(found(world, each)) for each in (children, adopters, again)]
    assert (None, "flagged") == (row(world, children).released_at, row(world, adopters).state)
    asked = len(world.fakes.checker.asked)
    recall(world.deps, world.leader.actor, world.a.inspection, children)
    check_document(world.deps, again)  # not scanned yet, and still the checker is asked
    assert ("Support",) == world.fakes.checker.asked[asked].a1.sheets  # type: ignore[union-attr]


def test_a_csv_file_that_goes_meanwhile_leaves_nothing_outdated(world: World) -> None:
    """Whoever looks at three files of which one is withdrawn just then keeps nothing, and looks again."""
    children, _adopters, support = (send(world, b"id\n1,2\n", "a1-form", each.lower()) for each in SHEETS)

    class Goes(FakeChecker):
        def check(self, ask: Ask, bodies: object) -> Answer:
            if ask.a1:
                withdraw(world.deps, world.leader.actor, world.a.inspection, support)
            return Answer("csv", a1=a_form(("X01", "ERROR", "Children")))

    check_document(replace(world.deps, checker=Goes()), children)
    kept = row(world, children)
    assert (None, world.deps.clock.now(), None) == (kept.sealed_result, kept.next_try_at, kept.lease_until)
    assert CheckState.clear is check_document(world.deps, children)


def test_who_sends_many_keeps_nobody_waiting(world: World) -> None:
    """Each inspection has its turn: another's only document comes second, though it was sent last."""
    first = [send(world, item=each) for each in ("annual-report", "childrens-guide", "statement-of-purpose")]
    world.fakes.clock.advance(timedelta(minutes=1))
    other = upload(world.deps, world.leader_b.actor, world.b.inspection).document
    with reading(world.deps.engine) as session:
        due = due_checks(session, world.deps.clock.now(), 4)
    assert (other, set(first)) == (due[1], set(due) - {other})
