"""The life of a check: taken by one, looked at outside any transaction, kept sealed; and tried again where it fails."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from portal.db.check_queries import due_checks
from portal.db.endings import Alarm
from portal.db.engine import reading, writing
from portal.db.tables import OutboxMail
from portal.domain.checks import CheckState, wait_after
from portal.domain.errors import StoreUnavailable
from portal.ports.checking import Body, NotScanned
from portal.services.check import check_document, check_due, lease_for
from portal.services.recall import recall
from portal.services.withdraw import withdraw
from schemas.checking import Answer, Ask, Found
from schemas.checks import read_effects
from tests.fake_checker import EICAR, FakeChecker, FakeScanner
from tests.services.checks import LONG, found, row, said, send, with_answer
from tests.services.looks import actions, inspection_row, rows, trail_text
from tests.world import World, upload


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


def test_tries_of_the_checker_are_none_of_the_scanner(world: World) -> None:
    """Where the checker answers at last, the scanner that is down then has all its tries before it is given up."""
    document = send(world)
    world.fakes.checker.failure, world.fakes.scanner.failure = "died", "down"
    for _ in range(4):
        check_document(world.deps, document)
        world.fakes.clock.advance(timedelta(minutes=30))
    assert 4 == row(world, document).attempts
    world.fakes.checker.failure = ""
    assert CheckState.clear is check_document(world.deps, document)
    kept = row(world, document)
    assert (1, world.deps.clock.now() + timedelta(seconds=10)) == (kept.attempts, kept.next_try_at)


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


@pytest.mark.parametrize("how", ["withdrawn", "disposing"])
def test_what_was_gone_before_is_not_even_opened(world: World, how: str) -> None:
    """Nobody will read it, so neither checker nor scanner gets a byte of it, and it is not asked for again."""
    document = send(world)
    if how == "withdrawn":
        withdraw(world.deps, world.leader.actor, world.a.inspection, document)
    else:
        with writing(world.deps.engine) as session:
            session.merge(inspection_row(world.deps, world.a.inspection)).state = "disposing"

    assert check_document(world.deps, document) is None
    assert ([], []) == (world.fakes.checker.asked, world.fakes.scanner.scanned)
    assert (None, None) == (row(world, document).next_try_at, row(world, document).lease_until)


def test_who_sends_many_keeps_nobody_waiting(world: World) -> None:
    """Each inspection has its turn: another's only document comes second, though it was sent last."""
    first = [send(world, item=each) for each in ("annual-report", "childrens-guide", "statement-of-purpose")]
    world.fakes.clock.advance(timedelta(minutes=1))
    other = upload(world.deps, world.leader_b.actor, world.b.inspection).document
    with reading(world.deps.engine) as session:
        due = due_checks(session, world.deps.clock.now(), 4)
    assert (other, set(first)) == (due[1], set(due) - {other})
