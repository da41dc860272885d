"""Files and checkers that mean harm to the checks themselves: tried for ever, counted wrong, let out by a failure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.ports.checking import Body
from portal.services.check import check_document, lease_for
from schemas.checking import Answer, Ask, Found
from tests.fake_checker import EICAR, FakeChecker, FakeScanner
from tests.services.test_check import LONG, row, said, send, with_answer
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
