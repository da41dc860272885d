"""Locks on people, where several who are at work at once meet the same people."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from sqlalchemy import text

from portal.db.engine import glancing, writing
from portal.db.people_queries import person_at
from portal.db.tables import Inspection
from portal.domain.actors import OPERATOR
from portal.domain.errors import Refused
from portal.domain.roles import Role
from portal.services.announce import Announcement, Invitee, announce
from portal.vault.appointments import appoint
from portal.vault.mails import queue_mail
from tests.services.looks import count
from tests.world import PROGRAMME, World, add_person


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


@pytest.mark.parametrize("disabled", [False, True])
def test_who_is_given_another_role_meanwhile_is_not_announced(world: World, *, disabled: bool) -> None:
    """An announcement that waits for somebody's account looks again at it, and at the roles it has by then."""
    if world.deps.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    person = add_person(world.deps, "wanted@example.org")
    people = [
        Invitee(person.email, person.name, Role.leader),
        Invitee("head@example.org", "Hanna Head", Role.lead_inspector),
    ]
    wanted = Announcement(PROGRAMME, "agency-c", "Adopt C", people, confirmed=True)
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with ThreadPoolExecutor(1) as thread:
        with writing(world.deps.engine) as session:
            row = person_at(session, person.email, lock=True)
            assert row is not None
            announced = thread.submit(announce, world.deps, OPERATOR, wanted)
            while not announced.done():
                with glancing(world.deps.engine) as connection:
                    if connection.scalar(waiting):
                        break
                sleep(0.01)
            if disabled:
                row.disabled_at = world.deps.clock.now()
            else:
                appoint(session, row, Role.inspector, world.a.inspection, world.deps.clock.now())
        with pytest.raises(Refused, match="disabled" if disabled else "both sides"):
            announced.result(30)
    assert 2 == count(world.deps, Inspection)
