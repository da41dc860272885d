"""Queueing mails: once for an occasion, and nothing but ids, codes, numbers and times beside it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from portal.db.engine import writing
from portal.db.tables import OutboxMail
from portal.vault.mails import queue_mail
from tests.services.looks import count, rows
from tests.world import World

LATE = OutboxMail.template == "late"


def _queue(world: World, occasion: str | None, **facts: str) -> None:
    with writing(world.deps.engine) as session:
        for person in (world.leader, world.inspector):
            queue_mail(
                session, world.deps, person.id, world.a.inspection, "late", occasion=occasion, facts=facts
            )  # fmt: skip


def test_an_occasion_queues_one_mail_for_each_person(world: World) -> None:
    """However often it is said, and with whatever facts the second time."""
    for item in ("panel-minutes", "panel-minutes", "annual-report"):
        _queue(world, "once", item=item)
    assert 2 == count(world.deps, OutboxMail, LATE)
    _queue(world, "again")
    assert 4 == count(world.deps, OutboxMail, LATE)


def test_without_an_occasion_each_call_is_a_mail(world: World) -> None:
    """Two questions are two mails."""
    _queue(world, None)
    _queue(world, None)
    assert 4 == count(world.deps, OutboxMail, LATE)


def test_an_occasion_is_kept_once_by_many_at_the_same_moment(world: World) -> None:
    """Two workers that see the same moment come make one mail."""
    barrier = Barrier(4)

    def run(_number: int) -> None:
        barrier.wait()
        _queue(world, "reminder")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    assert 2 == count(world.deps, OutboxMail, LATE)


@pytest.mark.parametrize("typed", ["Family Smith", "", "x" * 65, "a\nb", "a@example.org", "report.pdf is missing"])
def test_words_are_no_facts(world: World, typed: str) -> None:
    """What people type would stand unsealed in the outbox, so it is refused and nothing is queued."""
    with pytest.raises(ValueError, match="must be an id"):
        _queue(world, None, reason=typed)
    assert [] == rows(world.deps, OutboxMail, LATE)
