"""Signing in: equal words for every fault, a wait after wrong tries, and sessions that end when they should."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, event, update

from portal.db.credentials import Throttle
from portal.db.engine import writing
from portal.db.tables import Assignment, Person, WebSession
from portal.domain.errors import Refused
from portal.domain.roles import Role
from portal.ports import Deps
from portal.services.sign_in import WRONG, sign_in, sign_out, who_is
from portal.vault.invitations import token_hash
from portal.vault.passwords import hash_password, is_outdated
from portal.vault.throttles import throttle_key
from tests.fakes import FakeClock
from tests.services.looks import actions, count, rows
from tests.world import Someone, World, add_person, give_role, session_for

PASSWORD = "correct horse battery"
HASHED = hash_password(PASSWORD)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def person(deps: Deps) -> Someone:
    """An account that can sign in."""
    someone = add_person(deps, "ann@example.org", "Ann")
    _set(deps, someone, password_hash=HASHED)
    return someone


def _set(deps: Deps, person: Someone, **values: object) -> None:
    with writing(deps.engine) as session:
        session.execute(update(Person).where(Person.id == person.id).values(**values))


def _refused(deps: Deps, email: str, password: str) -> None:
    with pytest.raises(Refused) as refused:
        sign_in(deps, email, password)
    assert (WRONG, "email") == (str(refused.value), refused.value.field)


def test_a_right_password_gives_a_session(deps: Deps, person: Someone) -> None:
    """However the address is written; the database keeps the token's hash alone."""
    token = sign_in(deps, " ANN@example.org ", PASSWORD)
    signed_in = who_is(deps, token)
    assert signed_in is not None
    assert (person.actor, "Ann", {}) == (signed_in.actor, signed_in.name, signed_in.roles)
    assert [token_hash(token)] == [row.token_hash for row in rows(deps, WebSession)]
    assert ["session.began"] == actions(deps)


def test_an_older_hash_is_made_anew_at_sign_in(deps: Deps, person: Someone) -> None:
    """With the parameters of today, of the same password; a wrong one changes nothing, nor does the next right one."""
    _set(deps, person, password_hash=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))
    _refused(deps, person.email, PASSWORD + "x")
    kept = []
    for _ in range(3):
        kept += [row.password_hash for row in rows(deps, Person, Person.id == person.id)]
        sign_in(deps, person.email, PASSWORD)
    assert [True, False, False] == [is_outdated(each or "") for each in kept]
    assert kept[1] == kept[2]


def test_the_words_are_equal_whatever_was_wrong(deps: Deps, person: Someone) -> None:
    """Unknown address, wrong password, no password yet, disabled account: nobody learns which."""
    fresh = add_person(deps, "fresh@example.org")
    _set(deps, fresh, password_hash=None)
    gone = add_person(deps, "gone@example.org")
    _set(deps, gone, password_hash=HASHED, disabled_at=deps.clock.now())
    for email in ("nobody@example.org", "", "a\0b@example.org", "x" * 300):
        _refused(deps, email, PASSWORD)
    _refused(deps, person.email, PASSWORD + "x")
    _refused(deps, fresh.email, "")
    _refused(deps, gone.email, PASSWORD)
    assert 0 == count(deps, WebSession)


def _fail(deps: Deps, person: Someone, times: int) -> None:
    """Count wrong tries by the row: each real one takes a tenth of a second."""
    key = throttle_key(deps.secret, "account", person.email)
    with writing(deps.engine) as session:
        session.merge(Throttle(key=key, failures=times, waits_until=None, last_at=deps.clock.now()))


def test_after_the_fifth_wrong_password_a_right_one_must_wait_too(
    deps: Deps, person: Someone, clock: FakeClock
) -> None:
    """Half a minute, in which the right password is refused in the same words, and then it fits."""
    _fail(deps, person, 3)
    _refused(deps, person.email, "wrong")
    assert sign_in(deps, person.email, PASSWORD), "the fourth costs nothing"
    _fail(deps, person, 4)
    _refused(deps, person.email, "wrong")
    _refused(deps, person.email, PASSWORD)
    clock.advance(timedelta(seconds=30, microseconds=-1))
    _refused(deps, person.email, PASSWORD)
    clock.advance(timedelta(microseconds=1))
    assert sign_in(deps, person.email, PASSWORD)


def test_tries_during_the_wait_do_not_prolong_it(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Otherwise anybody could lock a person out for good by trying on."""
    _fail(deps, person, 4)
    _refused(deps, person.email, "wrong")
    _refused(deps, person.email, "wrong again")
    clock.advance(timedelta(seconds=30))
    assert sign_in(deps, person.email, PASSWORD)


@pytest.mark.parametrize(("failures", "seconds"), [(5, 60), (6, 120), (9, 900), (5_000, 900)])
def test_the_wait_doubles_up_to_fifteen_minutes(
    deps: Deps, person: Someone, clock: FakeClock, failures: int, seconds: int
) -> None:
    """However many tries there were, a person gets in again within a quarter of an hour."""
    _fail(deps, person, failures)
    _refused(deps, person.email, "wrong")
    [row] = rows(deps, Throttle)
    assert clock.now() + timedelta(seconds=seconds) == row.waits_until


def test_a_right_password_forgives_nothing_and_a_day_does(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Whoever knows one password must not be able to reset the count by it; old mistakes are forgotten in time."""
    _fail(deps, person, 4)
    assert sign_in(deps, person.email, PASSWORD)
    _refused(deps, person.email, "wrong")
    _refused(deps, person.email, PASSWORD)
    clock.advance(timedelta(hours=24))
    _refused(deps, person.email, "wrong")
    assert sign_in(deps, person.email, PASSWORD)


def test_an_unknown_account_waits_as_a_known_one_does(deps: Deps) -> None:
    """What is counted does not depend on whether there is such an account."""
    for number in range(5):
        _refused(deps, "nobody@example.org", f"guess {number}")
    [row] = rows(deps, Throttle)
    assert (5, True) == (row.failures, row.waits_until is not None)


def test_wrong_tries_at_once_are_all_counted(deps: Deps, person: Someone) -> None:
    """A burst of guesses is throttled as guesses one by one are."""

    def guess(number: int) -> None:
        _refused(deps, person.email, f"guess {number}")

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(guess, range(5)))
    [row] = rows(deps, Throttle)
    assert (5, True) == (row.failures, row.waits_until is not None)
    assert 5 == actions(deps).count("session.refused")


def test_an_idle_session_ends_after_two_hours(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """Counted from when it was last seen, which is kept to the minute."""
    token = session_for(deps, person.id)
    clock.advance(timedelta(hours=2) - MINUTE)
    assert who_is(deps, token)
    clock.advance(timedelta(hours=2) - timedelta(microseconds=1))
    assert who_is(deps, token)
    clock.advance(timedelta(hours=2))
    assert None is who_is(deps, token)


def test_a_busy_session_ends_after_twelve_hours(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """However busy it is, at the end of a long day one signs in again."""
    token = session_for(deps, person.id)
    for _ in range(11):
        clock.advance(timedelta(hours=1))
        assert who_is(deps, token)
    clock.advance(timedelta(hours=1, microseconds=-1))
    assert who_is(deps, token)
    clock.advance(timedelta(microseconds=1))
    assert None is who_is(deps, token)


def test_last_seen_is_written_once_a_minute_at_most(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """A page with many requests writes once (rule 8)."""
    token, began = session_for(deps, person.id), clock.now()

    def seen() -> timedelta:
        [row] = rows(deps, WebSession)
        return row.last_seen_at - began

    clock.advance(MINUTE - timedelta(microseconds=1))
    who_is(deps, token)
    assert timedelta() == seen()
    clock.advance(timedelta(microseconds=1))
    who_is(deps, token)
    assert MINUTE == seen()


def test_a_session_that_was_signed_out_is_over(deps: Deps, person: Someone) -> None:
    """At the next request, and a second sign-out does no harm."""
    token, other = session_for(deps, person.id), session_for(deps, person.id)
    sign_out(deps, token)
    sign_out(deps, token)
    assert None is who_is(deps, token)
    assert who_is(deps, other)
    assert ["session.ended"] == actions(deps)


def test_a_slow_request_does_not_revive_a_session(deps: Deps, person: Someone, clock: FakeClock) -> None:
    """A sign-out between a request's look at the session and its note of it stands."""
    token = session_for(deps, person.id)
    clock.advance(2 * MINUTE)

    looked = iter([True])

    def sign_it_out(*_arguments: object) -> None:
        if next(looked, False):
            with writing(deps.engine) as other:
                other.execute(delete(WebSession))

    event.listen(deps.engine, "after_execute", sign_it_out)
    assert who_is(deps, token)
    assert 0 == count(deps, WebSession)
    assert None is who_is(deps, token)


def test_a_role_given_or_ended_counts_at_the_next_request(world: World) -> None:
    """Nothing about roles is kept in the session."""
    deps = world.deps
    token = session_for(deps, world.contributor.id)

    def roles() -> Mapping[UUID | None, frozenset[Role]]:
        signed_in = who_is(deps, token, world.a.inspection)
        assert signed_in is not None
        return signed_in.roles

    assert {world.a.inspection: {Role.contributor}} == roles()
    give_role(deps, world.contributor.id, Role.leader, world.a.inspection)
    assert {world.a.inspection: {Role.contributor, Role.leader}} == roles()
    with writing(deps.engine) as session:
        session.execute(
            update(Assignment).where(Assignment.person_id == world.contributor.id).values(ended_at=deps.clock.now())
        )
    assert {} == roles()


def test_a_disabled_account_is_out_at_the_next_request(deps: Deps, person: Someone) -> None:
    """Its open sessions say nobody's name any more."""
    token = session_for(deps, person.id)
    _set(deps, person, disabled_at=deps.clock.now())
    assert None is who_is(deps, token)


@pytest.mark.parametrize("token", ["", "x", "ü" * 43])
def test_an_unknown_token_is_nobody(deps: Deps, token: str) -> None:
    """Whatever a cookie holds, the answer is the same."""
    assert None is who_is(deps, token)
    sign_out(deps, token)
    assert [] == actions(deps)


def test_only_the_roles_that_a_request_asks_about_are_read(world: World) -> None:
    """Whoever is in thousands of inspections waits no longer: the one asked about, stewardship, and roles in teams."""
    deps = world.deps
    for inspection in (world.a.inspection, world.b.inspection):
        give_role(deps, world.leader.id, Role.inspector, inspection)
    give_role(deps, world.leader.id, Role.administrator)
    token = session_for(deps, world.leader.id)
    here, elsewhere = who_is(deps, token, world.a.inspection), who_is(deps, token)
    assert here is not None
    assert elsewhere is not None
    assert {Role.leader, Role.inspector} == here.roles[world.a.inspection]
    assert {Role.administrator} == here.roles[None] == elsewhere.roles[None]
    assert [None] == list(elsewhere.roles)
    assert {Role.inspector} == elsewhere.in_teams == here.in_teams
