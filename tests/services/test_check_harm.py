"""Files and checkers that mean harm to the checks themselves: tried for ever, counted wrong, let out by a failure."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.domain.errors import Conflict, SealBroken
from portal.ports.checking import Body, CheckFailed
from portal.services.check import OUTSIDE_FAILED, TO_KEEP, check_document, check_due, lease_for
from portal.services.hand_over import download_document
from portal.services.release import release
from schemas.checking import Answer, Ask, Found
from schemas.checks import LOCKED
from tests.fake_checker import EICAR, FakeChecker, FakeScanner
from tests.services.checks import LONG, found, row, said, send, with_answer
from tests.world import World, sample, upload


def test_what_nobody_comes_back_from_is_given_up(world: World) -> None:
    """A file that ends whoever looks at it, or takes the scanner longer than the lease, is not tried for ever."""
    document = send(world)

    class Ends(FakeChecker):
        def check(self, ask: Ask, bodies: object) -> Answer:
            raise KeyboardInterrupt

    for _ in range(5):  # each later than the one before, as any other try
        with pytest.raises(KeyboardInterrupt):
            check_document(replace(world.deps, checker=Ends()), document)
        world.fakes.clock.advance(timedelta(minutes=30))
    assert check_document(world.deps, document) is None
    assert ("unchecked", None, None, 5) == (
        row(world, document).state, row(world, document).next_try_at, row(world, document).lease_until,
        row(world, document).attempts,
    )  # fmt: skip
    assert [{"state": "unchecked", "scan": "unscanned", "codes": []}] == said(world)

    class Long(FakeScanner):
        def is_infected(self, body: Body) -> bool:
            world.fakes.clock.advance(lease_for(len(LONG)) / 10)
            return super().is_infected(body)

    many = send(world, item="annual-report")
    world.fakes.checker.members = [b"a file"] * 20
    check_document(replace(world.deps, scanner=Long()), many)
    assert ("clear", "unscanned", 1, None) == (
        row(world, many).state, row(world, many).scan, row(world, many).attempts, row(world, many).lease_until,
    )  # fmt: skip


def test_a_scan_that_nobody_comes_back_from_is_given_up_too(world: World) -> None:
    """The checker has answered; a scan alone that takes the server down each time is not tried for ever either."""
    document = send(world)
    world.fakes.scanner.failure = "down"
    check_document(world.deps, document)

    class Ends(FakeScanner):
        def is_infected(self, body: Body) -> bool:
            raise KeyboardInterrupt

    for _ in range(4):
        world.fakes.clock.advance(timedelta(minutes=30))
        with pytest.raises(KeyboardInterrupt):
            check_document(replace(world.deps, scanner=Ends()), document)
    world.fakes.clock.advance(timedelta(minutes=30))
    assert check_document(world.deps, document) is None
    assert ("clear", "unscanned", None, None, 5) == (
        row(world, document).state, row(world, document).scan, row(world, document).next_try_at,
        row(world, document).lease_until, row(world, document).attempts,
    )  # fmt: skip


def test_what_is_kept_and_cannot_be_opened_is_not_tried_for_ever(world: World) -> None:
    """Altered, its scan fails as any other try does; a key that does not answer is waited for, and counts as none."""
    world.fakes.scanner.failure = "down"
    document = send(world)
    check_document(world.deps, document)
    world.fakes.scanner.failure = ""
    world.fakes.clock.advance(timedelta(minutes=30))

    world.fakes.custodian.unavailable = True
    assert 1 == check_due(world.deps)
    assert ("clear", 1) == (row(world, document).state, row(world, document).attempts)
    assert world.deps.clock.now() + OUTSIDE_FAILED == row(world, document).next_try_at

    world.fakes.custodian.unavailable = False
    with writing(world.deps.engine) as session:
        session.get_one(DocumentCheck, document).sealed_result = bytes(600)
    for _ in range(4):
        world.fakes.clock.advance(timedelta(minutes=30))
        assert 1 == check_due(world.deps)
    assert ("unchecked", None, None) == (
        row(world, document).state, row(world, document).next_try_at, row(world, document).lease_until,
    )  # fmt: skip


def test_how_many_files_are_inside_is_not_left_to_the_checker(world: World) -> None:
    """It says none of a Word file or a broken PDF: they are looked for all the same. Fewer than it said are no scan."""
    for name, answer in (
        ("guide.docx", Answer("docx")),
        ("broken.pdf", Answer("pdf", (Found("unreadable"),))),
        ("fewer.pdf", Answer("pdf", members=3)),
    ):
        world.fakes.checker.answer, world.fakes.checker.members = answer, [b"one", EICAR]
        mine = (world.deps, world.leader.actor, world.a.inspection, "childrens-guide", "file")
        inside = upload(*mine, sample(name[-4:].lstrip(".")), name=name).document
        check_document(world.deps, inside)
        assert "infected" == row(world, inside).scan, name
        world.fakes.checker.members = [b"one", b"two"]
        again = upload(*mine, sample(name[-4:].lstrip(".")), name=name).document
        check_document(world.deps, again)
        assert ("unscanned" if name == "fewer.pdf" else "clean") == row(world, again).scan, name


@pytest.mark.parametrize(
    ("found_first", "ended", "scan"),
    [
        ((), "cut-short", "unscanned"),
        ((Found(LOCKED),), "time-out", "unscanned"),
        ((Found(LOCKED),), "cut-short", "locked"),
    ],
)
def test_what_is_not_taken_out_to_the_end_is_not_clean(
    world: World, found_first: tuple[Found, ...], ended: str, scan: str
) -> None:
    """Files inside that came no more may be malware; only at a lock the end is where it has to be."""

    class Ends(FakeChecker):
        def extract(self, ask: Ask, bodies: Sequence[Body]) -> Iterator[Body]:
            yield from super().extract(ask, bodies)
            raise CheckFailed(ended)

    document = send(world)
    deps = replace(world.deps, checker=Ends(Answer("pdf", found_first, members=1), members=[b"one"]))
    check_document(deps, document)
    assert (scan, scan == "unscanned") == (row(world, document).scan, row(world, document).next_try_at is not None)


def test_a_scan_stops_in_time_to_be_counted(world: World) -> None:
    """Shortly before the lease runs out no further file inside is scanned: another's try would begin it all again."""

    class Slow(FakeChecker):
        def extract(self, ask: Ask, bodies: Sequence[Body]) -> Iterator[Body]:
            for each in super().extract(ask, bodies):
                yield each
                world.fakes.clock.advance(lease_for(len(LONG)) - TO_KEEP)

    document = send(world)
    check_document(replace(world.deps, checker=Slow(Answer("pdf", members=2), members=[b"one", b"more"])), document)
    assert [len(LONG), len(b"one")] == world.fakes.scanner.scanned
    assert ("unscanned", 1, None) == (
        row(world, document).scan, row(world, document).attempts, row(world, document).lease_until,
    )  # fmt: skip


def test_what_was_found_once_stays_though_later_tries_fail(world: World) -> None:
    """Malware is malware whatever a later scan says; what is quarantined is not let out because a check failed."""
    infected, locked = send(world, b"child_id\n" + EICAR, "a1-form", "children"), send(world, item="annual-report")
    check_document(world.deps, infected)
    with_answer(world, "polyglot")
    check_document(world.deps, locked)
    with writing(world.deps.engine) as session:
        for document in (infected, locked):
            session.get_one(DocumentCheck, document).next_try_at = world.deps.clock.now()
    with_answer(world)
    check_document(replace(world.deps, scanner=FakeScanner("down")), infected)
    world.fakes.checker.failure = "signal-9"
    for _ in range(5):
        check_document(world.deps, locked)
        world.fakes.clock.advance(timedelta(minutes=30))
    assert [("quarantined", "infected"), ("quarantined", "clean")] == [
        (row(world, each).state, row(world, each).scan) for each in (infected, locked)
    ]


def test_a_release_that_meets_a_check_lets_no_malware_out(world: World) -> None:
    """Released before the scanner answers, or at the very moment that the answer is kept: withheld in the end."""
    deps = replace(world.deps, policy=replace(world.deps.policy, scanner_needed=True))
    first, document = send(world, LONG + EICAR), send(world, LONG + EICAR, item="annual-report")
    mine = (deps, world.lead_inspector.actor, world.a.inspection)

    class Releases(FakeScanner):
        def is_infected(self, body: Body) -> bool:
            release(*mine, first, "The network was down; the file is needed.")
            return super().is_infected(body)

    check_document(replace(deps, scanner=Releases()), first)

    start = Barrier(2)

    class Waits(FakeScanner):
        def is_infected(self, body: Body) -> bool:
            found = super().is_infected(body)
            start.wait(10)
            return found

    other = Thread(target=lambda: check_document(replace(deps, scanner=Waits()), document))
    other.start()
    start.wait(10)
    with suppress(Conflict):  # malware already
        release(*mine, document, "The network was down; the file is needed.")
    other.join()

    for each in (first, document):
        assert ("quarantined", "infected", None) == (
            row(world, each).state, row(world, each).scan, row(world, each).released_at,
        )  # fmt: skip
        for reader in (world.inspector, world.lead_inspector, world.leader):
            with pytest.raises(Conflict):
                download_document(deps, reader.actor, world.a.inspection, each)


def test_what_was_found_in_one_document_is_nothing_to_another(world: World) -> None:
    """Whoever may write to the database cannot put a harmless file's findings beside another file."""
    ours, theirs = send(world), send(world, item="annual-report")
    check_document(world.deps, ours)
    with_answer(world, "macros")
    check_document(world.deps, theirs)
    with writing(world.deps.engine) as session:
        taken = session.get_one(DocumentCheck, ours).sealed_result
        session.get_one(DocumentCheck, theirs).sealed_result = taken
    with pytest.raises(SealBroken):
        found(world, theirs)
