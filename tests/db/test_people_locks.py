"""Locks on people, where several who are at work at once meet the same people."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from portal.db.engine import writing
from portal.db.people_queries import person_at
from portal.vault.mails import queue_mail
from tests.world import World


def test_who_locks_people_and_who_tells_them_do_not_wait_for_each_other(world: World) -> None:
    """One locks first the inspector, the other mails first the lead inspector: each goes on to the other person."""
    if world.deps.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    began, one, other = Barrier(2), world.inspector, world.lead_inspector

    def give_roles() -> bool:
        with writing(world.deps.engine) as session:
            found = [person_at(session, one.email, lock=True)]
            began.wait(10)
            began.wait(10)
            found.append(person_at(session, other.email, lock=True))
            return None not in found

    def tell() -> bool:
        with writing(world.deps.engine) as session:
            began.wait(10)
            queue_mail(session, world.deps, other.id, world.a.inspection, "reply")
            began.wait(10)
            queue_mail(session, world.deps, one.id, world.a.inspection, "reply")
            return True

    with ThreadPoolExecutor(2) as threads:
        assert [True, True] == [each.result(30) for each in (threads.submit(give_roles), threads.submit(tell))]
